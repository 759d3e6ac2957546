//! Whole pictures: a dashboard on its grid with title, range and variables on top, or one panel alone.

use crate::document::COLUMNS;
use crate::draw::svg::{Anchor, Area, Canvas, Ink, Pen};
use crate::draw::text::{fitted, width, wrapped};
use crate::draw::theme::Theme;
use crate::draw::{self, Input};
use crate::error::PictureError;
use crate::fetch::{Fetch, Fetched, Wish};
use crate::field::{Table, decorate};
use crate::json::{at, flag, list, text};
use crate::transform;

/// Least and most pixels of a side.
pub const SIDE_MIN: u32 = 50;
/// Most pixels of a side.
pub const SIDE_MAX: u32 = 20_000;
/// Most pixels of a picture; four bytes each while a PNG is made.
pub const PIXELS_MAX: u64 = 40_000_000;

/// Height of a grid row and the gap below it, as in the web UI.
const ROW: f64 = 30.0;
const GAP: f64 = 8.0;
const HEAD: f64 = 30.0;
const MARGIN: f64 = 12.0;
const HEIGHT_SOLO: u32 = 500;

/// A picture as SVG.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The document.
    pub svg: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Whether it was too large and something was left out.
    pub is_cut: bool,
}

/// Checks a size.
///
/// # Errors
/// A side or the whole is out of bounds.
pub fn check(width: u32, height: u32) -> Result<(), PictureError> {
    let sides = SIDE_MIN..=SIDE_MAX;
    if sides.contains(&width) && sides.contains(&height) && u64::from(width) * u64::from(height) <= PIXELS_MAX
    {
        return Ok(());
    }
    Err(PictureError::Size { width, height, least: SIDE_MIN, most: SIDE_MAX, pixels: PIXELS_MAX })
}

/// Draws what was fetched.
///
/// # Errors
/// The size is out of bounds.
pub fn draw(fetch: &Fetch, wish: &Wish) -> Result<Picture, PictureError> {
    let theme = Theme::of(wish.dark);
    if wish.panel.is_some() {
        let height = wish.height.unwrap_or(HEIGHT_SOLO);
        check(wish.width, height)?;
        let whole = Area { x: 0.0, y: 0.0, w: f64::from(wish.width), h: f64::from(height) };
        let mut canvas = Canvas::new(whole.w, whole.h);
        canvas.rect(whole, theme.panel, 0.0);
        for panel in &fetch.panels {
            content(&mut canvas, whole.inset(4.0), fetch, panel, &theme);
        }
        let (svg, is_cut) = canvas.finish();
        return Ok(Picture { svg, width: wish.width, height, is_cut });
    }
    let wide = f64::from(wish.width);
    let lines = header_lines(fetch, wide);
    let top = 44.0 + lines.len() as f64 * 16.0 + if lines.is_empty() { 0.0 } else { 6.0 };
    let rows = fetch.panels.iter().map(|panel| panel.rect.y + panel.rect.h).max().unwrap_or(4);
    let needed = (top + f64::from(rows) * (ROW + GAP) + MARGIN).ceil();
    // A dashboard of thousands of rows ends where a picture does.
    let height = wish.height.unwrap_or((needed as u32).min(SIDE_MAX)).min(SIDE_MAX);
    check(wish.width, height)?;
    let mut canvas = Canvas::new(wide, f64::from(height));
    canvas.rect(Area { x: 0.0, y: 0.0, w: wide, h: f64::from(height) }, theme.page, 0.0);
    header(&mut canvas, fetch, &theme, wide, &lines);
    let cell = (wide - 2.0 * MARGIN + GAP) / f64::from(COLUMNS);
    let mut is_cut = false;
    for panel in &fetch.panels {
        let rect = panel.rect;
        let area = Area {
            x: MARGIN + f64::from(rect.x) * cell,
            y: top + f64::from(rect.y) * (ROW + GAP),
            w: f64::from(rect.w) * cell - GAP,
            h: f64::from(rect.h) * (ROW + GAP) - GAP,
        };
        if area.y > f64::from(height) {
            is_cut = true;
            continue;
        }
        if panel.panel.is_row() {
            row(&mut canvas, area, panel, &theme);
        } else {
            if !flag(&panel.panel.json, "transparent") {
                canvas.rect(area, theme.panel, 4.0);
                canvas.frame(area, &Pen::new(theme.border, 1.0), 4.0);
            }
            content(&mut canvas, area, fetch, panel, &theme);
        }
    }
    let (svg, is_full) = canvas.finish();
    Ok(Picture { svg, width: wish.width, height, is_cut: is_cut || is_full })
}

fn header_lines(fetch: &Fetch, wide: f64) -> Vec<String> {
    let chosen: Vec<String> = fetch.chosen.iter().map(|(label, value)| format!("{label}: {value}")).collect();
    wrapped(&chosen.join(" · "), 12.0, wide - 2.0 * MARGIN, 3)
}

fn header(canvas: &mut Canvas, fetch: &Fetch, theme: &Theme, wide: f64, lines: &[String]) {
    let range = fitted(&fetch.range, 12.0, wide * 0.5);
    let room = wide - 2.0 * MARGIN - width(&range, 12.0) - 20.0;
    canvas.text((MARGIN, 29.0), Ink::new(19.0, theme.text).bold(), &fitted(&fetch.title, 19.0, room));
    canvas.text((wide - MARGIN, 28.0), Ink::new(12.0, theme.weak).at(Anchor::End), &range);
    for (index, line) in lines.iter().enumerate() {
        canvas.text((MARGIN, 50.0 + index as f64 * 16.0), Ink::new(12.0, theme.weak), line);
    }
}

fn row(canvas: &mut Canvas, area: Area, fetched: &Fetched, theme: &Theme) {
    let mark = if fetched.panel.is_collapsed() { "▸" } else { "▾" };
    let baseline = area.y + 20.0;
    canvas.text((area.x + 4.0, baseline), Ink::new(14.0, theme.weak), mark);
    let title = fitted(&fetched.title, 15.0, area.w - 40.0);
    canvas.text((area.x + 22.0, baseline), Ink::new(15.0, theme.text).bold(), &title);
    canvas.line((area.x, area.bottom()), (area.right(), area.bottom()), &Pen::new(theme.border, 1.0));
}

/// A panel's title, troubles and content.
fn content(canvas: &mut Canvas, area: Area, fetch: &Fetch, fetched: &Fetched, theme: &Theme) {
    let panel = &fetched.panel;
    let (tables, mut problems) = tables(fetch, fetched);
    let note = &fetched.time_note;
    let mut inner = area.inset(8.0);
    if !fetched.title.is_empty() || !note.is_empty() {
        let room = area.w - 20.0 - width(note, 11.0);
        let title = fitted(&fetched.title, 13.0, room);
        canvas.text((area.x + 8.0, area.y + 20.0), Ink::new(13.0, theme.text).bold(), &title);
        canvas.text((area.right() - 8.0, area.y + 20.0), Ink::new(11.0, theme.weak).at(Anchor::End), note);
        inner = Area { y: area.y + HEAD, h: (area.h - HEAD - 8.0).max(4.0), ..inner };
    }
    let mut errors = fetched.errors.clone();
    errors.append(&mut problems);
    let has_data = tables.iter().any(|table| table.rows > 0);
    if !errors.is_empty() {
        let lines_max = if has_data { 2 } else { 8 };
        let lines = wrapped(&errors.join(" · "), 11.0, inner.w, lines_max);
        for line in &lines {
            canvas.text((inner.x, inner.y + 10.0), Ink::new(11.0, theme.error), line);
            inner = Area { y: inner.y + 15.0, h: (inner.h - 15.0).max(0.0), ..inner };
        }
        if !has_data {
            return;
        }
    }
    let words = fetch.context.people(&fetched.scope, text(&panel.json, "options.content"));
    let input = Input {
        kind: &panel.kind,
        tables: &tables,
        options: at(&panel.json, "options"),
        span: fetched.span,
        step_ms: fetched.step_ms,
        look: &fetch.look,
        theme,
        words: &words,
    };
    draw::panel(canvas, inner, &input);
}

/// The panel's data, transformed and with field options; the second part says what could not be applied.
fn tables(fetch: &Fetch, fetched: &Fetched) -> (Vec<Table>, Vec<String>) {
    let panel = &fetched.panel;
    let plain = |written: &str| {
        let builtins =
            crate::variables::builtins::Builtins { span: fetched.span, ..fetch.context.builtins.clone() };
        let place = crate::variables::interpolate::Place::Plain;
        fetch.context.fill(&builtins, &fetched.scope, place, written)
    };
    let (frames, unknown) =
        transform::apply(fetched.frames.clone(), list(&panel.json, "transformations"), &plain);
    let problems = unknown.into_iter().map(|id| match fetch.look.korean {
        true => format!("변환 \"{id}\"은(는) 그림에 적용되지 않습니다"),
        false => format!("transformation \"{id}\" is not applied in pictures"),
    });
    let fill = |written: &str, field: &crate::frame::Field, frame: &crate::frame::Frame| {
        series_text(&plain(written), field, frame)
    };
    let tables =
        decorate(frames, &draw::defaults(&panel.kind), at(&panel.json, "fieldConfig"), &fetch.look, &fill);
    (tables, problems.collect())
}

/// Fills what only a series knows into a display name: `${__field.labels.job}`, `${__series.name}`, `${__field.name}`.
fn series_text(written: &str, field: &crate::frame::Field, frame: &crate::frame::Frame) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("${__") {
        out.push_str(before);
        let Some((path, after)) = after.split_once('}') else {
            out.push_str("${__");
            rest = after;
            continue;
        };
        match path {
            "series.name" | "frame.name" => out.push_str(&frame.name),
            "field.name" | "field.displayName" => out.push_str(&field.name),
            "field.labels" => {
                let pairs: Vec<String> =
                    field.labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
                out.push_str(&pairs.join(", "));
            }
            path => {
                let label = path
                    .strip_prefix("field.labels")
                    .map(|rest| rest.trim_matches(['.', '[', ']', '"', '\'']));
                out.push_str(label.and_then(|label| field.labels.get(label)).map_or("", String::as_str));
            }
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests;
