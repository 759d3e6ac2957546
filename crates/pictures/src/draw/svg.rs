//! Writing SVG.
//!
//! Invariants: 1. Every text goes through [`escape`]; there is no way to put markup in.  2. Nothing refers to anything outside: no
//! images, links, styles or scripts.  3. Numbers have at most two decimals and are finite.  4. What is written is bounded: past
//! [`BYTES_MAX`] nothing more is added and [`Canvas::finish`] says so.

use crate::field::color::Rgba;

/// Largest document. A page of a hundred busy panels has five megabytes.
pub const BYTES_MAX: usize = 48 << 20;

/// Fonts in the order in which they are looked for: those with Korean first where Latin looks as good.
pub const FONTS: &str = "Pretendard, Inter, Noto Sans KR, Noto Sans CJK KR, Noto Sans, NanumGothic, Malgun Gothic, \
                         Apple SD Gothic Neo, Roboto, Liberation Sans, DejaVu Sans, Arial, sans-serif";

/// A text without characters that markup or XML would take for its own.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(' '),
            // XML has no place for these, not even escaped.
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Area {
    /// The right side.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// The lower side.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Less by so much on every side.
    pub fn inset(&self, by: f64) -> Area {
        Area {
            x: self.x + by,
            y: self.y + by,
            w: (self.w - 2.0 * by).max(0.0),
            h: (self.h - 2.0 * by).max(0.0),
        }
    }
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    /// Pixels of its height.
    pub size: f64,
    /// Whether it is heavier.
    pub bold: bool,
    /// Its colour.
    pub color: Rgba,
    /// Where it stands.
    pub anchor: Anchor,
}

impl Ink {
    /// A plain text that begins at its point.
    pub fn new(size: f64, color: Rgba) -> Ink {
        Ink { size, color, bold: false, anchor: Anchor::Start }
    }

    /// The same, heavier.
    pub fn bold(self) -> Ink {
        Ink { bold: true, ..self }
    }

    /// The same, standing otherwise.
    pub fn at(self, anchor: Anchor) -> Ink {
        Ink { anchor, ..self }
    }
}

/// How a line looks.
#[derive(Clone, Debug)]
pub struct Pen {
    /// Its colour.
    pub color: Rgba,
    /// Its width in pixels.
    pub width: f64,
    /// Lengths of dashes and gaps; a whole line if empty.
    pub dash: Vec<f64>,
}

impl Pen {
    /// A whole line.
    pub fn new(color: Rgba, width: f64) -> Pen {
        Pen { color, width, dash: Vec::new() }
    }
}

/// A number as SVG has it.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{:.2}", value.clamp(-1e7, 1e7));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A document being written.
#[derive(Debug)]
pub struct Canvas {
    out: String,
    parts: usize,
    is_full: bool,
}

impl Canvas {
    /// Begins a document of a size in pixels.
    pub fn new(width: f64, height: f64) -> Canvas {
        let (w, h) = (number(width), number(height));
        let out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"{FONTS}\">\n"
        );
        Canvas { out, parts: 0, is_full: false }
    }

    /// Ends the document; the second part says whether something had to be left out.
    pub fn finish(mut self) -> (String, bool) {
        self.out.push_str("</svg>\n");
        (self.out, self.is_full)
    }

    fn add(&mut self, part: &str) {
        if self.out.len() + part.len() > BYTES_MAX {
            self.is_full = true;
        } else {
            self.out.push_str(part);
        }
    }

    fn fill(color: Rgba) -> String {
        let mut out = format!("fill=\"{color}\"");
        if color.alpha < 1.0 {
            out.push_str(&format!(" fill-opacity=\"{}\"", number(f64::from(color.alpha))));
        }
        out
    }

    fn stroke(pen: &Pen) -> String {
        let mut out = format!("stroke=\"{}\" stroke-width=\"{}\"", pen.color, number(pen.width));
        if pen.color.alpha < 1.0 {
            out.push_str(&format!(" stroke-opacity=\"{}\"", number(f64::from(pen.color.alpha))));
        }
        if !pen.dash.is_empty() {
            let lengths: Vec<String> = pen.dash.iter().map(|length| number(length.abs())).collect();
            out.push_str(&format!(" stroke-dasharray=\"{}\"", lengths.join(" ")));
        }
        out
    }

    /// A filled rectangle with round corners.
    pub fn rect(&mut self, area: Area, color: Rgba, radius: f64) {
        if color.alpha <= 0.0 || area.w <= 0.0 || area.h <= 0.0 {
            return;
        }
        let round = if radius > 0.0 { format!(" rx=\"{}\"", number(radius)) } else { String::new() };
        let (x, y, w, h) = (number(area.x), number(area.y), number(area.w), number(area.h));
        let fill = Canvas::fill(color);
        self.add(&format!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{round} {fill}/>\n"));
    }

    /// The outline of a rectangle with round corners.
    pub fn frame(&mut self, area: Area, pen: &Pen, radius: f64) {
        let (x, y, w, h) = (number(area.x), number(area.y), number(area.w), number(area.h));
        let (round, stroke) = (number(radius), Canvas::stroke(pen));
        self.add(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\" fill=\"none\" {stroke}/>\n"
        ));
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), pen: &Pen) {
        let stroke = Canvas::stroke(pen);
        let (x1, y1, x2, y2) = (number(x1), number(y1), number(x2), number(y2));
        self.add(&format!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" {stroke}/>\n"));
    }

    /// A line along a path.
    pub fn stroke_path(&mut self, path: &str, pen: &Pen) {
        if !path.is_empty() && pen.width > 0.0 {
            let stroke = Canvas::stroke(pen);
            self.add(&format!("<path d=\"{path}\" fill=\"none\" stroke-linejoin=\"round\" {stroke}/>\n"));
        }
    }

    /// A filled path.
    pub fn fill_path(&mut self, path: &str, color: Rgba) {
        if !path.is_empty() && color.alpha > 0.0 {
            let fill = Canvas::fill(color);
            self.add(&format!("<path d=\"{path}\" {fill}/>\n"));
        }
    }

    /// A dot.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, color: Rgba) {
        let (x, y, r, fill) = (number(x), number(y), number(radius), Canvas::fill(color));
        self.add(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" {fill}/>\n"));
    }

    /// A text on a baseline.
    pub fn text(&mut self, (x, y): (f64, f64), ink: Ink, text: &str) {
        self.turned_text((x, y), ink, 0.0, text);
    }

    /// A text on a baseline that is turned by degrees.
    pub fn turned_text(&mut self, (x, y): (f64, f64), ink: Ink, degrees: f64, text: &str) {
        if text.trim().is_empty() || ink.color.alpha <= 0.0 {
            return;
        }
        let anchor = match ink.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if ink.bold { " font-weight=\"600\"" } else { "" };
        let (x, y) = (number(x), number(y));
        let turn = if degrees == 0.0 {
            String::new()
        } else {
            format!(" transform=\"rotate({} {x} {y})\"", number(degrees))
        };
        let (size, fill, text) = (number(ink.size), Canvas::fill(ink.color), escape(text));
        self.add(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{anchor}{turn} {fill}>{text}</text>\n"
        ));
    }

    /// Draws only inside of a rectangle until [`Canvas::end`].
    pub fn clip(&mut self, area: Area) {
        self.parts += 1;
        let (x, y, w, h) = (number(area.x), number(area.y), number(area.w.max(0.0)), number(area.h.max(0.0)));
        let part = format!(
            "<clipPath id=\"c{0}\"><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/></clipPath>\n<g clip-path=\"url(#c{0})\">\n",
            self.parts
        );
        // Groups are written past the limit too, for every end has its beginning.
        self.out.push_str(&part);
    }

    /// Ends what [`Canvas::clip`] began.
    pub fn end(&mut self) {
        self.out.push_str("</g>\n");
    }

    /// A rectangle whose colour changes along its width, or from bottom to top; stops are shares and colours.
    pub fn gradient(&mut self, area: Area, stops: &[(f64, Rgba)], upwards: bool, radius: f64) {
        if area.w <= 0.0 || area.h <= 0.0 {
            return;
        }
        self.parts += 1;
        let ends = if upwards {
            "x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\""
        } else {
            "x1=\"0\" y1=\"0\" x2=\"1\" y2=\"0\""
        };
        let mut part = format!("<linearGradient id=\"g{}\" {ends}>", self.parts);
        for (share, color) in stops {
            let (share, alpha) = (number(share.clamp(0.0, 1.0)), number(f64::from(color.alpha)));
            part.push_str(&format!(
                "<stop offset=\"{share}\" stop-color=\"{color}\" stop-opacity=\"{alpha}\"/>"
            ));
        }
        let (x, y, w, h) = (number(area.x), number(area.y), number(area.w), number(area.h));
        let round = number(radius);
        part.push_str("</linearGradient>");
        let fill = format!("fill=\"url(#g{})\"", self.parts);
        part.push_str(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\" {fill}/>\n"
        ));
        self.add(&part);
    }
}

/// A path being written.
#[derive(Debug, Default)]
pub struct Path(String);

impl Path {
    /// Goes to a point without a line.
    pub fn go(&mut self, (x, y): (f64, f64)) {
        self.0.push_str(&format!("M{} {}", number(x), number(y)));
    }

    /// A straight line to a point.
    pub fn line(&mut self, (x, y): (f64, f64)) {
        self.0.push_str(&format!("L{} {}", number(x), number(y)));
    }

    /// A curve to a point by two handles.
    pub fn curve(&mut self, a: (f64, f64), b: (f64, f64), to: (f64, f64)) {
        let p = [a.0, a.1, b.0, b.1, to.0, to.1].map(number);
        self.0.push_str(&format!("C{} {} {} {} {} {}", p[0], p[1], p[2], p[3], p[4], p[5]));
    }

    /// Part of a circle to a point.
    pub fn arc(&mut self, radius: f64, is_large: bool, clockwise: bool, (x, y): (f64, f64)) {
        let (large, sweep) = (u8::from(is_large), u8::from(clockwise));
        self.0.push_str(&format!("A{0} {0} 0 {large} {sweep} {1} {2}", number(radius), number(x), number(y)));
    }

    /// Back to where it began.
    pub fn close(&mut self) {
        self.0.push('Z');
    }

    /// The path's text.
    pub fn text(&self) -> &str {
        &self.0
    }
}
