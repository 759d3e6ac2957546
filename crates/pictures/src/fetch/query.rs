//! The queries of one panel: filled in, measured, asked, read into frames.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Zoned;
use serde_json::{Map, Value, json};

use super::{CELLS_MAX, Context, Fetched, Source, SourceInfo, Wish};
use crate::document::repeat::{Item, Scope};
use crate::document::{COLUMNS, Dashboard, Panel, Target};
use crate::draw;
use crate::error::PictureError;
use crate::frame::Frame;
use crate::json::{at, flag, number, plain, text, text_or};
use crate::prometheus::{self, Format, Reading};
use crate::variables::builtins::Builtins;
use crate::variables::interpolate::Place;
use crate::variables::{adhoc, interval};

/// How deep panels may reuse each other's answers.
const REUSE_MAX: usize = 3;
/// Most queries of a panel.
const TARGETS_MAX: usize = 50;

/// What all answers may still hold.
#[derive(Debug)]
pub struct Budget(AtomicUsize);

impl Budget {
    /// So many cells.
    pub fn new(cells: usize) -> Budget {
        Budget(AtomicUsize::new(cells))
    }

    fn take(&self, cells: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(cells)).is_ok()
    }
}

/// What all panels share.
pub struct Outer<'a, 'b> {
    /// The dashboard.
    pub dashboard: &'a Dashboard,
    /// What somebody wants to see.
    pub wish: &'b Wish,
    /// Variables.
    pub context: &'b Context,
    /// The moment, in the dashboard's zone.
    pub now: &'b Zoned,
    /// The time range as written.
    pub written: &'b (String, String),
    /// What is asked through.
    pub source: &'b dyn Source,
    /// What answers may hold.
    pub budget: &'b Budget,
}

/// Asks the queries of a panel.
pub async fn panel<'a>(outer: &Outer<'a, '_>, item: Item<'a>) -> Fetched {
    let Item { panel, rect, scope } = item;
    let (span, time_note, problem) = match panel_span(outer, panel) {
        Ok((span, note)) => (span, note, None),
        Err(problem) => (outer.context.builtins.span, String::new(), Some(problem)),
    };
    let builtins = Builtins { span, ..outer.context.builtins.clone() };
    let people = |text: &str| outer.context.fill(&builtins, &scope, Place::People, text);
    let mut fetched = Fetched {
        panel: panel.clone(),
        rect,
        title: people(&panel.title),
        time_note,
        frames: Vec::new(),
        step_ms: 0.0,
        span,
        errors: problem.into_iter().collect(),
        scope,
    };
    if panel.is_row() || draw::needs_no_data(&panel.kind) || !draw::is_known(&panel.kind) {
        return fetched;
    }
    // A reused answer is another panel's queries under this panel's range.
    let mut asked = panel;
    for _ in 0..REUSE_MAX {
        match reused(outer, asked) {
            None => break,
            Some(Ok(other)) => asked = other,
            Some(Err(problem)) => {
                fetched.errors.push(problem);
                return fetched;
            }
        }
    }
    let share = if outer.wish.panel.is_some() { 1.0 } else { f64::from(rect.w) / f64::from(COLUMNS) };
    let width = f64::from(outer.wish.width) * share;
    let targets: Vec<&Target> =
        asked.targets.iter().filter(|t| !flag(&t.json, "hide")).take(TARGETS_MAX).collect();
    for target in &targets {
        let one = prepare(outer, asked, target, &builtins, &fetched.scope, width);
        let answer = match &one {
            Ok(prepared) => {
                fetched.step_ms = fetched.step_ms.max(prepared.step_ms);
                ask(outer, prepared, span, targets.len() > 1).await
            }
            Err(problem) => Err(problem.clone()),
        };
        match answer {
            Ok(frames) => {
                let cells = frames.iter().map(|frame| frame.rows() * frame.fields.len()).sum();
                if outer.budget.take(cells) {
                    fetched.frames.extend(frames);
                } else {
                    let panel = fetched.title.clone();
                    fetched.errors.push(PictureError::Values { panel, most: CELLS_MAX }.to_string());
                }
            }
            Err(problem) if targets.len() > 1 => fetched.errors.push(format!("{}: {problem}", target.ref_id)),
            Err(problem) => fetched.errors.push(problem),
        }
    }
    fetched
}

/// The panel's range with its `timeFrom` (`1h`: the last hour) and `timeShift` (`1d`: a day earlier), and what to say of it.
fn panel_span(outer: &Outer<'_, '_>, panel: &Panel) -> Result<((f64, f64), String), String> {
    let context = outer.context;
    let filled =
        |key: &str| context.fill(&context.builtins, &Scope::new(), Place::Plain, text(&panel.json, key));
    let (last, shift) = (filled("timeFrom"), filled("timeShift"));
    let mut notes = Vec::new();
    let is_relative = outer.written.0.contains("now");
    let span = match last.as_str() {
        "" => context.builtins.span,
        _ if !is_relative => context.builtins.span,
        last => {
            let from = if last.starts_with("now") { last.to_owned() } else { format!("now-{last}") };
            let to = if from.contains('/') { from.clone() } else { "now".to_owned() };
            let read = |text: &str, is_end: bool| {
                (outer.wish.read_time)(text, outer.now, is_end).map(|ms| ms as f64)
            };
            notes.push(last.to_owned());
            (read(&from, false)?, read(&to, true)?)
        }
    };
    if shift.is_empty() {
        return Ok((span, notes.join(" ")));
    }
    let back = interval::parse(shift.trim_start_matches('-'))
        .ok_or_else(|| format!("invalid time shift {shift:?}"))?;
    notes.push(format!("⇠ {shift}"));
    Ok(((span.0 - back, span.1 - back), notes.join(" ")))
}

fn reused<'a>(outer: &Outer<'a, '_>, panel: &Panel) -> Option<Result<&'a Panel, String>> {
    let target = panel.targets.first();
    let written = at(&panel.json, "datasource");
    let of_target = target.map_or(&Value::Null, |target| at(&target.json, "datasource"));
    let is_reused = reference(written) == "-- Dashboard --" || reference(of_target) == "-- Dashboard --";
    is_reused.then(|| {
        let id = target.and_then(|target| number(&target.json, "panelId")).unwrap_or(0.0) as i64;
        outer.dashboard.panel(id).ok_or_else(|| format!("there is no panel {id} whose answer could be used"))
    })
}

/// The identifier, or type, that a reference to a data source names.
fn reference(written: &Value) -> String {
    match written {
        Value::Object(_) => text_or(written, "uid", text(written, "type")).to_owned(),
        other => plain(other),
    }
}

/// The data source that a reference means after variables are filled in; the default one if it names none.
pub fn source_of<'a>(
    written: &Value,
    context: &Context,
    scope: &Scope,
    known: &'a [SourceInfo],
) -> Option<&'a SourceInfo> {
    let filled = |text: &str| context.fill(&context.builtins, scope, Place::Plain, text);
    let default = || known.iter().find(|info| info.is_default).or(known.first());
    let (uid, kind) = match written {
        Value::Object(_) => (filled(text(written, "uid")), filled(text(written, "type"))),
        other => (filled(&plain(other)), String::new()),
    };
    let of_kind = || {
        let mut same = known.iter().filter(|info| info.kind == kind);
        let first = same.clone().next();
        same.find(|info| info.is_default).or(first)
    };
    if matches!(uid.as_str(), "" | "default" | "null") {
        return if kind.is_empty() { default() } else { of_kind().or_else(default) };
    }
    let exact =
        known.iter().find(|info| info.uid == uid).or_else(|| known.iter().find(|info| info.name == uid));
    match exact {
        Some(info) => Some(info),
        None if uid.starts_with("-- ") => None,
        // A uid of another installation: the nearest source of the same type is what its author would pick.
        None if kind.is_empty() => default(),
        None => of_kind(),
    }
}

/// A query that is ready to be asked.
struct Prepared<'a> {
    target: &'a Target,
    source: &'a SourceInfo,
    expr: String,
    step_ms: f64,
    query: Value,
}

fn prepare<'a>(
    outer: &Outer<'_, 'a>,
    panel: &Panel,
    target: &'a Target,
    builtins: &Builtins,
    scope: &Scope,
    width: f64,
) -> Result<Prepared<'a>, String> {
    let context = outer.context;
    let (of_panel, of_target) = (at(&panel.json, "datasource"), at(&target.json, "datasource"));
    let is_mixed = reference(of_panel) == "-- Mixed --";
    let chosen = match (reference(of_target).is_empty(), reference(of_panel).is_empty() || is_mixed) {
        (false, _) => of_target,
        (true, false) => of_panel,
        (true, true) => &Value::Null,
    };
    let source = source_of(chosen, context, scope, outer.source.known())
        .ok_or_else(|| format!("there is no data source {:?}", reference(chosen)))?;
    let span_ms = builtins.span.1 - builtins.span.0;
    let written = text_or(&target.json, "interval", text(&panel.json, "interval"));
    let least = context.fill(builtins, scope, Place::Plain, written);
    let least_ms = interval::parse(least.trim_start_matches(['>', ' '])).unwrap_or(source.scrape_ms).max(1.0);
    let points = number(&panel.json, "maxDataPoints").unwrap_or(width.max(100.0)).max(1.0);
    let factor = number(&target.json, "intervalFactor").unwrap_or(1.0).clamp(1.0, 1000.0);
    let step_ms = interval::safe(span_ms, interval::of(span_ms, points, least_ms) * factor, least_ms);
    let stepped = builtins.stepped(step_ms, least_ms);
    let expr = context.fill(&stepped, scope, Place::PromQl, text(&target.json, "expr"));
    let filters = context.variables.iter().filter(|variable| {
        let of_variable = source_of(at(&variable.doc, "datasource"), context, scope, outer.source.known());
        variable.kind == "adhoc" && of_variable.is_some_and(|info| info.uid == source.uid)
    });
    let filters: Vec<_> = filters.flat_map(|variable| variable.filters.iter().cloned()).collect();
    let mut query = filled(&target.json, &|text| context.fill(&stepped, scope, Place::Sql, text));
    if let Value::Object(members) = &mut query {
        members.insert("refId".to_owned(), target.ref_id.as_str().into());
        members.insert("datasource".to_owned(), json!({"uid": source.uid, "type": source.kind}));
        members.insert("intervalMs".to_owned(), step_ms.into());
        members.insert("maxDataPoints".to_owned(), width.max(100.0).round().into());
    }
    Ok(Prepared { target, source, expr: adhoc::narrowed(&expr, &filters), step_ms, query })
}

fn filled(value: &Value, fill: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(key, value)| (key.clone(), filled(value, fill))).collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

async fn ask(
    outer: &Outer<'_, '_>,
    one: &Prepared<'_>,
    span: (f64, f64),
    several: bool,
) -> Result<Vec<Frame>, String> {
    let (target, uid) = (&one.target.json, one.source.uid.as_str());
    if one.source.kind != "prometheus" {
        let answer = outer.source.frames(one.query.clone(), (span.0 as i64, span.1 as i64)).await?;
        return Ok(answer.iter().map(|frame| Frame::from_json(frame, &one.target.ref_id)).collect());
    }
    if one.expr.trim().is_empty() {
        return Ok(Vec::new());
    }
    let is_instant = flag(target, "instant");
    let is_range = at(target, "range").as_bool().unwrap_or(!is_instant) || !is_instant;
    let reading = Reading {
        ref_id: &one.target.ref_id,
        expr: &one.expr,
        legend: text_or(
            target,
            "legendFormat",
            if at(target, "legendFormat").is_string() { "" } else { "__auto" },
        ),
        format: match text(target, "format") {
            "table" => Format::Table,
            "heatmap" => Format::Heatmap,
            _series => Format::Series,
        },
        several,
        step_ms: one.step_ms,
    };
    let seconds = |ms: f64| format!("{:.3}", ms / 1000.0);
    let mut frames = Vec::new();
    if is_range {
        // On whole steps, so that points stay where they were from one picture to the next.
        let aligned = |ms: f64| (ms / one.step_ms).floor() * one.step_ms;
        let form = vec![
            ("query", one.expr.clone()),
            ("start", seconds(aligned(span.0))),
            ("end", seconds(aligned(span.1))),
            ("step", seconds(one.step_ms)),
        ];
        let data = outer.source.prometheus(uid, "query_range".to_owned(), form).await?;
        frames.extend(prometheus::frames(&data, &reading));
    }
    if is_instant {
        let form = vec![("query", one.expr.clone()), ("time", seconds(span.1))];
        let data = outer.source.prometheus(uid, "query".to_owned(), form).await?;
        frames.extend(prometheus::frames(&data, &Reading { step_ms: 0.0, ..reading }));
    }
    Ok(frames)
}
