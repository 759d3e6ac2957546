//! Adds ad hoc filters to every selector of a PromQL expression.
//!
//! A scanner, not a parser: it knows strings, comments, label lists after `by (…)`, durations and keywords well enough to tell metric
//! names from all else. What it cannot tell it leaves alone, and the server judges the result.

use super::Filter;

const KEYWORDS: [&str; 38] = [
    "and",
    "or",
    "unless",
    "atan2",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "offset",
    "start",
    "end",
    "inf",
    "nan",
    "sum",
    "min",
    "max",
    "avg",
    "group",
    "stddev",
    "stdvar",
    "count",
    "count_values",
    "bottomk",
    "topk",
    "quantile",
    "limitk",
    "limit_ratio",
    "fill",
    "fill_left",
    "fill_right",
    "anchored",
    "smoothed",
    "step",
    "range",
    "true",
];
const LABEL_LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The expression with the filters in every selector; unchanged without filters.
pub fn narrowed(expr: &str, filters: &[Filter]) -> String {
    let matchers: Vec<String> = filters.iter().filter(|filter| !filter.key.is_empty()).map(matcher).collect();
    if matchers.is_empty() {
        return expr.to_owned();
    }
    let matchers = matchers.join(",");
    let mut out = String::with_capacity(expr.len() + matchers.len());
    let mut rest = expr;
    let mut labels_follow = false;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest);
        if length > 0 {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        } else if labels_follow && first == '(' {
            let end = rest.find(')').map_or(rest.len(), |at| at + 1);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            labels_follow = false;
        } else if first.is_ascii_alphabetic() || matches!(first, '_' | ':') {
            let length = word_length(rest);
            let (word, after) = rest.split_at(length);
            let lower = word.to_ascii_lowercase();
            let next = after.trim_start();
            labels_follow = LABEL_LISTS.contains(&lower.as_str());
            out.push_str(word);
            // `{` is met next and takes the matchers; a call or a keyword takes none.
            if !KEYWORDS.contains(&lower.as_str()) && !next.starts_with(['(', '{']) {
                out.push('{');
                out.push_str(&matchers);
                out.push('}');
            }
            rest = after;
        } else if first == '{' {
            let end = closing_brace(rest);
            let inner = rest[1..end].trim().trim_end_matches(',');
            let comma = if inner.is_empty() { "" } else { "," };
            out.push_str(&format!("{{{inner}{comma}{matchers}}}"));
            rest = rest.get(end + 1..).unwrap_or("");
            labels_follow = false;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            labels_follow = false;
        }
    }
    out
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':')).count()
}

/// How much of the beginning is no selector for sure: space, comment, string, range, number.
fn skipped(text: &str) -> usize {
    let up_to = |end: Option<usize>| end.unwrap_or(text.len());
    match text.as_bytes().first() {
        Some(b'#') => up_to(text.find('\n')),
        Some(b'[') => up_to(text.find(']').map(|at| at + 1)),
        Some(b'"' | b'\'' | b'`') => string_length(text),
        Some(b'0'..=b'9') => text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'.').count(),
        Some(b'@') => 1 + text[1..].bytes().take_while(|b| matches!(b, b' ' | b'.' | b'0'..=b'9')).count(),
        Some(_) | None => text.len() - text.trim_start().len(),
    }
}

/// The length of the string that a text begins with.
fn string_length(text: &str) -> usize {
    let quote = text.as_bytes().first().copied().unwrap_or(b'"');
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quote != b'`' => escaped = true,
            byte if byte == quote => return at + 1,
            _inside => {}
        }
    }
    text.len()
}

/// Where the brace that a text begins with is closed; the end of the text if it is not.
fn closing_brace(text: &str) -> usize {
    let mut at = 1;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'}' => return at,
            b'"' | b'\'' | b'`' => at += string_length(&text[at..]),
            _ => at += 1,
        }
    }
    text.len()
}

fn matcher(filter: &Filter) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let is_plain = word_length(&filter.key) == filter.key.len() && !filter.key.contains(':');
    let key = if is_plain { filter.key.clone() } else { quoted(&filter.key) };
    let operator = match filter.operator.as_str() {
        known @ ("=" | "!=" | "=~" | "!~") => known,
        _other => "=",
    };
    format!("{key}{operator}{}", quoted(&filter.value))
}
