//! `WITH (name = expression, f(a, b) = expression, filters = {a="b"}) expression`: MetricsQL's templates (feature `promql-with-templates`).
//!
//! Templates are words that stand for text, so they are expanded in the text before it is parsed; what comes out is ordinary PromQL. A template sees
//! the ones defined before it, and a parameter hides a template of its name, so expansion ends. A body that is not a plain
//! selector goes in parentheses; to a selector (`x{b="c"}`, `x[5m]`) labels, ranges and modifiers can be added. In braces a name alone stands for the
//! filters of a template. Names in `by`, `without`, `on`, `ignoring`, `group_left`, `group_right` are labels and stay.
//!
//! Invariants: 1. What comes out is at most [`QUERY_BYTES_MAX`] long.  2. Nesting is at most [`NESTING_MAX`].

use super::{NESTING_MAX, ParseError, ParseErrors, QUERY_BYTES_MAX};
use crate::ast::Span;

/// Words before a list of labels.
const LABEL_LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Expands a query that begins with `WITH`; `None` for any other.
///
/// # Errors
/// What is wrong with the templates; the whole query is named as the place.
pub(super) fn expand(text: &str) -> Result<Option<String>, ParseErrors> {
    let refuse = |message: String| {
        ParseErrors(vec![ParseError::new(Span { start: 0, end: text.len() as u32 }, message, text)])
    };
    let pieces = pieces(text);
    if !begins_with(&pieces) {
        return Ok(None);
    }
    expression(&pieces, &Scope::default(), 0).map(|out| Some(out.concat())).map_err(refuse)
}

/// A stretch of text that is looked at as one.
type Piece<'a> = &'a str;

/// Cuts a text into words, strings, comments, white space and single characters.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => quoted(rest, first),
            '`' => rest[1..].find('`').map_or(rest.len(), |end| end + 2),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '.' => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_:.".contains(c))).unwrap_or(rest.len())
            }
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        out.push(piece);
        rest = after;
    }
    out
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return i + 1,
            _other => {}
        }
    }
    text.len()
}

fn is_space(piece: &str) -> bool {
    piece.starts_with(|c: char| c.is_whitespace() || c == '#')
}

fn is_name(piece: &str) -> bool {
    piece.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':') && !piece.contains('.')
}

/// The first piece from `at` on that is not white space.
fn next(pieces: &[Piece<'_>], at: usize) -> usize {
    at + pieces[at.min(pieces.len())..].iter().take_while(|p| is_space(p)).count()
}

fn begins_with(pieces: &[Piece<'_>]) -> bool {
    let word = next(pieces, 0);
    pieces.get(word).is_some_and(|w| w.eq_ignore_ascii_case("with"))
        && pieces.get(next(pieces, word + 1)) == Some(&"(")
}

#[derive(Clone, Debug)]
struct Template {
    name: String,
    parameters: Vec<String>,
    /// Expanded, but for the parameters.
    body: Vec<String>,
}

/// The templates that can be seen, later ones first in force, and names that mean themselves.
#[derive(Clone, Debug, Default)]
struct Scope {
    templates: Vec<Template>,
    hidden: Vec<String>,
}

impl Scope {
    fn find(&self, name: &str) -> Option<&Template> {
        if self.hidden.iter().any(|h| h == name) {
            return None;
        }
        self.templates.iter().rev().find(|t| t.name == name)
    }
}

type Out = Vec<String>;

/// Expands an expression: templates first if it defines any.
fn expression(pieces: &[Piece<'_>], scope: &Scope, depth: u32) -> Result<Out, String> {
    if depth > NESTING_MAX {
        return Err(format!("templates are nested deeper than {NESTING_MAX} levels"));
    }
    if !begins_with(pieces) {
        return substitute(pieces, scope, depth);
    }
    let open = next(pieces, next(pieces, 0) + 1);
    let close = closing(pieces, open)?;
    let mut scope = scope.clone();
    for definition in split(&pieces[open + 1..close]) {
        if next(definition, 0) < definition.len() {
            let template = define(definition, &scope, depth)?;
            scope.hidden.retain(|name| *name != template.name);
            scope.templates.push(template);
        }
    }
    expression(&pieces[close + 1..], &scope, depth + 1)
}

fn define(pieces: &[Piece<'_>], scope: &Scope, depth: u32) -> Result<Template, String> {
    let at = next(pieces, 0);
    let name = pieces
        .get(at)
        .filter(|p| is_name(p))
        .ok_or_else(|| format!("a template needs a name, not {:?}", pieces.concat().trim()))?;
    let mut after = next(pieces, at + 1);
    let mut parameters = Vec::new();
    if pieces.get(after) == Some(&"(") {
        let close = closing(pieces, after)?;
        for parameter in split(&pieces[after + 1..close]) {
            let text = parameter.concat().trim().to_owned();
            if !is_name(&text) || parameters.contains(&text) {
                return Err(format!("{text:?} cannot be a parameter of template {name:?}"));
            }
            parameters.push(text);
        }
        after = next(pieces, close + 1);
    }
    if pieces.get(after) != Some(&"=") {
        return Err(format!("template {name:?} needs `=` and an expression"));
    }
    let body = &pieces[after + 1..];
    if next(body, 0) == body.len() {
        return Err(format!("template {name:?} is empty"));
    }
    let mut inner = scope.clone();
    inner.hidden.extend(parameters.iter().cloned());
    let body = expression(body, &inner, depth + 1)?;
    Ok(Template { name: (*name).to_owned(), parameters, body })
}

/// Puts templates in the place of their names.
fn substitute(pieces: &[Piece<'_>], scope: &Scope, depth: u32) -> Result<Out, String> {
    let mut out = Out::new();
    let mut bytes = 0;
    let mut braces = 0u32;
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let start = out.len();
        at += 1;
        match *piece {
            "{" => braces += 1,
            "}" => braces = braces.saturating_sub(1),
            _other => {}
        }
        if is_name(piece) && LABEL_LISTS.contains(&piece.to_ascii_lowercase().as_str()) && braces == 0 {
            let open = next(pieces, at);
            let end = if pieces.get(open) == Some(&"(") { closing(pieces, open)? + 1 } else { at };
            out.extend(pieces[at - 1..end].iter().map(|p| (*p).to_owned()));
            at = end;
        } else if *piece == "(" && begins_with(&pieces[at..]) {
            let close = closing(pieces, at - 1)?;
            out.push("(".to_owned());
            out.extend(expression(&pieces[at..close], scope, depth + 1)?);
            out.push(")".to_owned());
            at = close + 1;
        } else if let Some(template) = Some(*piece).filter(|p| is_name(p)).and_then(|p| scope.find(p)) {
            let after = next(pieces, at);
            if braces > 0 {
                if matches!(pieces.get(after), Some(&("," | "}"))) {
                    out.extend(filters(template)?);
                } else {
                    out.push((*piece).to_owned());
                }
            } else if template.parameters.is_empty() {
                at = put(template, pieces, at, scope, depth, &mut out)?;
            } else if pieces.get(after) == Some(&"(") {
                let close = closing(pieces, after)?;
                let args: Vec<Out> = split(&pieces[after + 1..close])
                    .into_iter()
                    .map(|arg| expression(arg, scope, depth + 1))
                    .collect::<Result<_, _>>()?;
                out.extend(call(template, args, depth)?);
                at = close + 1;
            } else {
                let wanted = template.parameters.len();
                return Err(format!("template {piece:?} takes {wanted} argument(s)"));
            }
        } else {
            out.push((*piece).to_owned());
        }
        bytes += out[start..].iter().map(String::len).sum::<usize>();
        if bytes > QUERY_BYTES_MAX {
            return Err(format!("templates expand to more than {QUERY_BYTES_MAX} bytes"));
        }
    }
    Ok(out)
}

/// Puts a template without parameters at the end of `out`; returns where to go on.
fn put(
    template: &Template,
    pieces: &[Piece<'_>],
    at: usize,
    scope: &Scope,
    depth: u32,
    out: &mut Out,
) -> Result<usize, String> {
    let body: Vec<&str> = template.body.iter().map(String::as_str).collect();
    let Some(braces) = plain_selector(&body) else {
        if body.iter().filter(|piece| !is_space(piece)).count() == 1 {
            // A number, duration or string.
            out.push(template.body.concat().trim().to_owned());
            return Ok(at);
        }
        out.push("(".to_owned());
        out.extend(template.body.iter().cloned());
        out.push(")".to_owned());
        return Ok(at);
    };
    let open = next(pieces, at);
    if pieces.get(open) != Some(&"{") {
        out.push(template.body.concat().trim().to_owned());
        return Ok(at);
    }
    // Filters of both: those of the template first.
    let close = closing(pieces, open)?;
    let more = substitute(&pieces[open..=close], scope, depth + 1)?.concat();
    let more = more.trim().trim_start_matches('{').trim_end_matches('}').trim().to_owned();
    let whole = template.body.concat();
    let (name, own) = match braces {
        None => (whole.trim(), ""),
        Some(open) => {
            (whole[..open].trim(), whole[open..].trim().trim_start_matches('{').trim_end_matches('}').trim())
        }
    };
    let own = own.trim_end_matches(',');
    let comma = if own.is_empty() || more.is_empty() { "" } else { ", " };
    out.push(format!("{name}{{{own}{comma}{more}}}"));
    Ok(close + 1)
}

/// If a body is a name, braces, or a name with braces: where in it the braces open, if there are any.
fn plain_selector(body: &[&str]) -> Option<Option<usize>> {
    let words: Vec<usize> = (0..body.len()).filter(|i| !is_space(body[*i])).collect();
    let (first, rest) = words.split_first()?;
    let open = if body[*first] == "{" { Some(*first) } else { rest.first().copied() };
    if body[*first] != "{" && !is_name(body[*first]) {
        return None;
    }
    let Some(open) = open else { return Some(None) };
    let ends = body[open] == "{" && closing(body, open).ok() == words.last().copied();
    ends.then(|| Some(body[..open].iter().map(|p| p.len()).sum()))
}

/// The filters of a template of the form `{…}`, without the braces.
fn filters(template: &Template) -> Result<Out, String> {
    let text = template.body.concat();
    let inner = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    let inner = inner
        .ok_or_else(|| format!("template {:?} is no list of filters such as {{a=\"b\"}}", template.name))?;
    Ok(vec![inner.trim().trim_end_matches(',').to_owned()])
}

/// The body of a template with arguments in the place of its parameters.
fn call(template: &Template, args: Vec<Out>, depth: u32) -> Result<Out, String> {
    let (name, wanted, got) = (&template.name, template.parameters.len(), args.len());
    if wanted != got {
        return Err(format!("template {name:?} takes {wanted} argument(s), got {got}"));
    }
    let templates = template.parameters.iter().zip(args).map(|(name, body)| Template {
        name: name.clone(),
        parameters: Vec::new(),
        body,
    });
    let scope = Scope { templates: templates.collect(), hidden: Vec::new() };
    let body: Vec<&str> = template.body.iter().map(String::as_str).collect();
    let mut out = vec!["(".to_owned()];
    out.extend(substitute(&body, &scope, depth + 1)?);
    out.push(")".to_owned());
    Ok(out)
}

/// Where the bracket that opens at `open` closes.
fn closing(pieces: &[Piece<'_>], open: usize) -> Result<usize, String> {
    let mut depth = 0usize;
    for (i, piece) in pieces.iter().enumerate().skip(open) {
        match *piece {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(i);
                }
            }
            _other => {}
        }
    }
    Err("a bracket in a query with templates is not closed".to_owned())
}

/// The parts between commas that are in no bracket.
fn split<'a, 'p>(pieces: &'p [Piece<'a>]) -> Vec<&'p [Piece<'a>]> {
    let (mut depth, mut from, mut out) = (0i32, 0, Vec::new());
    for (i, piece) in pieces.iter().enumerate() {
        match *piece {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => depth -= 1,
            "," if depth == 0 => {
                out.push(&pieces[from..i]);
                from = i + 1;
            }
            _other => {}
        }
    }
    if next(pieces, from) < pieces.len() {
        out.push(&pieces[from..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::extensions::Extensions;
    use crate::{ParseOptions, parse};

    #[test]
    fn templates_are_expanded() {
        for (text, want) in [
            ("WITH (x = up) x", "up"),
            ("with (x = up{a=\"b\"}) x{c=\"d\"} offset 5m", "up{a=\"b\",c=\"d\"} offset 5m"),
            ("WITH (x = up) rate(x[5m])", "rate(up[5m])"),
            ("WITH (x = 1 + 2) x * 3", "(1 + 2) * 3"),
            (
                "WITH (f = {job=\"a\", env=~\"p.*\"}) up{f, x=\"y\"} / down{f}",
                "up{job=\"a\",env=~\"p.*\",x=\"y\"} / down{job=\"a\",env=~\"p.*\"}",
            ),
            (
                "WITH (r(m, w) = rate(m[w])) r(requests_total{a=\"b\"}, 5m) / r(other, 1m)",
                "(rate(requests_total{a=\"b\"}[5m])) / (rate(other[1m]))",
            ),
            ("WITH (sq(x) = x * x, q(y) = sq(y) + 1) q(a + b)", "(((a + b) * (a + b)) + 1)"),
            ("WITH (job = up) sum by (job) (job)", "sum by (job) (up)"),
            ("WITH (job = {job=\"x\"}) up{job=\"y\", job}", "up{job=\"y\",job=\"x\"}"),
            ("WITH (x = a) (WITH (x = b) x) + x", "(b) + a"),
            ("WITH (a = b, ) a # a comment\n + a", "b + b"),
            (
                "WITH (s = \"x) (\") label_replace(up, \"a\", s, \"\", \"\")",
                "label_replace(up, \"a\", (\"x) (\"), \"\", \"\")",
            ),
            ("WITH () up", "up"),
            ("WITH (f(x) = WITH (y = x + 1) y * 2) f(3)", "((3 + 1) * 2)"),
        ] {
            let options = ParseOptions { extensions: Extensions::ALL, ..ParseOptions::ALL };
            let plain =
                |text: &str| parse(text, &options).unwrap_or_else(|e| panic!("{text}: {e}")).to_string();
            let strip = |text: String| text.replace(['(', ')'], "");
            assert_eq!(strip(plain(text)), strip(plain(want)), "{text}: {:?}", expand(text));
            assert!(parse(text, &ParseOptions::ALL).is_err(), "{text}: not without the feature");
        }
    }

    #[test]
    fn mistakes_are_told() {
        let deep = format!("{}1{}", "WITH (x = ".repeat(200), ") x".repeat(200));
        let wide = "WITH (a = x + x, b = a + a + a + a, c = b + b + b + b, d = c+c+c+c+c+c+c+c, e = d+d+d+d+d+d+d+d, f = e+e+e+e+e+e+e+e, g = f+f+f+f+f+f+f+f, h = g+g+g+g+g+g+g+g, i = h+h+h+h+h+h+h+h) i";
        for (text, want) in [
            ("WITH (x) x", "template \"x\" needs `=` and an expression"),
            ("WITH (x = ) x", "template \"x\" is empty"),
            ("WITH (5 = x) x", "a template needs a name"),
            ("WITH (f(a, a) = a) f(1, 2)", "cannot be a parameter"),
            ("WITH (f(a) = a) f(1, 2)", "template \"f\" takes 1 argument(s), got 2"),
            ("WITH (f(a) = a) f + 1", "template \"f\" takes 1 argument(s)"),
            ("WITH (f = up) up{f}", "template \"f\" is no list of filters"),
            ("WITH (x = (up) x", "is not closed"),
            (deep.as_str(), "nested deeper"),
            (wide, "expand to more than"),
        ] {
            let error = expand(text).unwrap_err().to_string();
            assert!(error.contains(want), "{}: {error}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn other_queries_are_left_alone() {
        for text in ["up", "with", "with{a=\"b\"}", "without", "", "sum(x) + with"] {
            assert_eq!(expand(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn any_text_is_read_without_harm() {
        let parts = [
            "WITH", " (", "x", " = ", "f(x) = ", ",", ")", "{", "}", "[5m", "]", "\"a", "'", "`", "#", "é",
            "\n", "1.5",
        ];
        let mut seed = 1u64;
        for _ in 0..5_000 {
            let mut text = String::from("WITH (");
            for _ in 0..20 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(parts[(seed >> 33) as usize % parts.len()]);
            }
            let _ = expand(&text);
        }
    }
}
