//! The series part of a line: `name{label="value",…}` or `{"name",label="value",…}`.
//!
//! Two dialects share it. The Prometheus text format allows blanks between tokens, label pairs without commas between
//! them and line feeds in quoted values; OpenMetrics allows none of these.

use std::borrow::Cow;

use model::labels::{BUCKET_LABEL, METRIC_NAME, QUANTILE_LABEL};
use model::{Labels, MetricType};

use crate::cursor::Cursor;
use crate::error::{Excerpt, Fault, ParseError};

/// Which rules hold between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Prometheus,
    OpenMetrics,
}

/// A part of a series, as written, without quotes and not unescaped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'b> {
    Name(&'b [u8]),
    Label(&'b [u8], &'b [u8]),
}

/// Reads a series and leaves the cursor behind it; `part` gets its parts in order.
pub(crate) fn parse<'b>(
    c: &mut Cursor<'b>,
    dialect: Dialect,
    part: &mut impl FnMut(Part<'b>),
) -> Result<(), ParseError> {
    if c.peek() == Some(b'{') {
        let named = braces(c, dialect, false, part)?;
        return if named { Ok(()) } else { Err(c.error(Fault::NoName(Excerpt::of(c.read_so_far())))) };
    }
    let name = c.take_while(is_name_byte);
    // Digits may not come first; `take_while` cannot tell.
    if name.first().is_none_or(u8::is_ascii_digit) {
        c.at -= name.len();
        return Err(c.expected("a valid start token"));
    }
    part(Part::Name(name));
    let end_of_name = c.at;
    if dialect == Dialect::Prometheus {
        c.blanks();
    }
    if c.peek() == Some(b'{') {
        braces(c, dialect, true, part)?;
    } else {
        c.at = end_of_name;
    }
    Ok(())
}

/// Reads `{…}` with labels of an exemplar, among which no metric name may stand.
pub(crate) fn parse_exemplar_labels<'b>(
    c: &mut Cursor<'b>,
    part: &mut impl FnMut(Part<'b>),
) -> Result<(), ParseError> {
    let start = c.at;
    if braces(c, Dialect::OpenMetrics, false, part)? {
        c.at = start + 1;
        return Err(c.expected("label name"));
    }
    Ok(())
}

/// Reads `{…}` and tells whether the metric has a name by then.
fn braces<'b>(
    c: &mut Cursor<'b>,
    dialect: Dialect,
    named: bool,
    part: &mut impl FnMut(Part<'b>),
) -> Result<bool, ParseError> {
    let mut named = named;
    c.at += 1;
    loop {
        skip_blanks(c, dialect);
        if c.eat(b'}') {
            return Ok(named);
        }
        let quoted = c.peek() == Some(b'"');
        let name = if quoted {
            quoted_text(c, dialect, "label name")?
        } else {
            let name = c.take_while(|b| b != b':' && is_name_byte(b));
            if name.first().is_none_or(u8::is_ascii_digit) {
                c.at -= name.len();
                return Err(c.expected("label name"));
            }
            name
        };
        skip_blanks(c, dialect);
        // A quoted text alone is the metric's name.
        if quoted && matches!(c.peek(), Some(b',' | b'}')) {
            if named {
                return Err(c.error(Fault::SecondName(Excerpt::of(c.read_so_far()))));
            }
            named = true;
            part(Part::Name(name));
            c.eat(b',');
            continue;
        }
        if !c.eat(b'=') {
            return Err(c.expected("equal"));
        }
        skip_blanks(c, dialect);
        let value = quoted_text(c, dialect, "label value")?;
        if std::str::from_utf8(value).is_err() {
            let text = Excerpt::of(value);
            return Err(c.error(Fault::Utf8 { what: "label value", text }));
        }
        part(Part::Label(name, value));
        skip_blanks(c, dialect);
        if !c.eat(b',') && dialect == Dialect::OpenMetrics && c.peek() != Some(b'}') {
            return Err(c.expected("comma or brace close"));
        }
    }
}

fn skip_blanks(c: &mut Cursor<'_>, dialect: Dialect) {
    if dialect == Dialect::Prometheus {
        c.blanks();
    }
}

/// Reads a quoted text and returns what is between the quotes.
pub(crate) fn quoted_text<'b>(
    c: &mut Cursor<'b>,
    dialect: Dialect,
    what: &'static str,
) -> Result<&'b [u8], ParseError> {
    if c.peek() != Some(b'"') {
        return Err(c.expected(what));
    }
    let start = c.at + 1;
    let mut at = start;
    loop {
        match c.body.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            None => return Err(c.expected(what)),
            Some(step) if c.body[at + step] == b'\\' => at += step + 2,
            Some(step) => {
                at += step;
                break;
            }
        }
    }
    let text = &c.body[start..at];
    // Only the plain text format lets a value go over several lines; and an escaped line feed is none.
    let bad_line_feed = match dialect {
        Dialect::Prometheus => memchr::memmem::find(text, b"\\\n").is_some(),
        Dialect::OpenMetrics => memchr::memchr(b'\n', text).is_some(),
    };
    if bad_line_feed {
        return Err(c.expected(what));
    }
    c.at = at + 1;
    Ok(text)
}

#[inline]
pub(crate) fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b':'
}

/// Builds the labels of a series that was read before.
pub(crate) fn labels(key: &[u8], kind: MetricType) -> Result<Labels, Fault> {
    let mut c = Cursor::new(key);
    let mut pairs: Vec<(&[u8], &[u8])> = Vec::with_capacity(16);
    // The wider dialect reads what either accepted.
    parse(&mut c, Dialect::Prometheus, &mut |part| match part {
        Part::Name(name) => pairs.push((METRIC_NAME.as_bytes(), name)),
        Part::Label(name, value) => pairs.push((name, value)),
    })
    .map_err(|e| e.fault)?;
    let mut read = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        let name = unescape(utf8(name, "label name")?);
        let value = unescape(utf8(value, "label value")?);
        let value = normal_bound(kind, &name, value);
        read.push((name, value));
    }
    from_pairs(&mut read)
}

/// Returns the names of labels with an empty value, of a series whose labels were built before.
pub(crate) fn blank_labels(key: &[u8]) -> Vec<Cow<'_, str>> {
    let mut blank = Vec::new();
    let read = parse(&mut Cursor::new(key), Dialect::Prometheus, &mut |part| {
        if let Part::Label(name, []) = part {
            blank.extend(std::str::from_utf8(name).map(unescape));
        }
    });
    debug_assert!(read.is_ok(), "the key was read before: {read:?}");
    blank
}

/// Sorts pairs, refuses duplicates and builds the label set.
pub(crate) fn from_pairs<N: AsRef<str>, V: AsRef<str>>(pairs: &mut [(N, V)]) -> Result<Labels, Fault> {
    pairs.sort_unstable_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
    if let Some(pair) = pairs.windows(2).find(|p| p[0].0.as_ref() == p[1].0.as_ref()) {
        return Err(Fault::DuplicateLabel(Excerpt::of(pair[0].0.as_ref().as_bytes())));
    }
    let present = pairs.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).filter(|(_, v)| !v.is_empty());
    Ok(Labels::from_sorted(present))
}

fn utf8<'b>(text: &'b [u8], what: &'static str) -> Result<&'b str, Fault> {
    std::str::from_utf8(text).map_err(|_| Fault::Utf8 { what, text: Excerpt::of(text) })
}

/// Resolves `\\`, `\"` and `\n`; other escapes stay as they are.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    unescape_with(text, true)
}

/// Resolves `\\` and `\n`, as help texts of the Prometheus format have them.
pub(crate) fn unescape_help(text: &str) -> Cow<'_, str> {
    unescape_with(text, false)
}

fn unescape_with(text: &str, quotes: bool) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escaped = match rest.as_bytes().get(at + 1) {
            Some(b'n') => Some('\n'),
            Some(b'\\') => Some('\\'),
            Some(b'"') if quotes => Some('"'),
            Some(_) | None => None,
        };
        match escaped {
            Some(c) => {
                out.push(c);
                rest = &rest[at + 2..];
            }
            None => {
                out.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes the bound of a bucket or quantile as OpenMetrics does, so that one series has one name in all formats.
fn normal_bound<'b>(kind: MetricType, name: &str, value: Cow<'b, str>) -> Cow<'b, str> {
    let is_bound = (kind == MetricType::Summary && name == QUANTILE_LABEL)
        || (kind == MetricType::Histogram && name == BUCKET_LABEL);
    if !is_bound {
        return value;
    }
    model::number::parse_float_in_range(&value).map_or(value, |bound| Cow::Owned(openmetrics_float(bound)))
}

/// Prints a float that can be told from an integer: `1.0`, `0.25`, `1e+06`, `+Inf`.
pub(crate) fn openmetrics_float(value: f64) -> String {
    let mut text = model::number::format_g(value);
    if value.is_finite() && !text.contains(['e', '.']) {
        text.push_str(".0");
    }
    text
}
