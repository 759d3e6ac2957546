//! `matchers` and the older `match` and `match_re`.

use model::MatchOp;
use yaml::{Fields, Value};

use crate::matchers::{Matcher, Matchers, Syntax, is_valid_name, parse};

/// The three fields that together say which alerts are meant.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub(super) matchers: &'static str,
    pub(super) equal: &'static str,
    pub(super) regex: &'static str,
}

/// Reads the fields; all matchers must pass.
pub(super) fn read(f: &Fields<'_>, names: Names, syntax: Syntax) -> Matchers {
    let mut all = Vec::new();
    old_form(f, names.equal, MatchOp::Equal, &mut all);
    old_form(f, names.regex, MatchOp::Regex, &mut all);
    for item in f.get(names.matchers).and_then(|v| v.items()).unwrap_or_default() {
        let Some(text) = item.text() else { continue };
        match parse(text, syntax) {
            Ok(parsed) => {
                if let Some(warning) = parsed.warning {
                    item.warn(warning);
                }
                all.extend(parsed.value.0);
            }
            Err(error) => item.problem(error.to_string()),
        }
    }
    Matchers(all)
}

fn old_form(f: &Fields<'_>, field: &'static str, op: MatchOp, all: &mut Vec<Matcher>) {
    for (name, value) in f.get(field).and_then(|v| v.entries()).unwrap_or_default() {
        if !model::labels::is_legacy_label_name(name) {
            value.problem(format!("invalid label name {name:?}"));
        }
        match value.text().map(|text| Matcher::new(op, name, text)) {
            Some(Ok(matcher)) => all.push(matcher),
            Some(Err(error)) => value.problem(error.to_string()),
            None => {}
        }
    }
}

/// Reads a label name out of a list.
pub(super) fn label_name(value: &Value<'_>, syntax: Syntax, place: &str) -> Option<String> {
    let name = value.text()?;
    if !is_valid_name(name, syntax) {
        value.problem(format!("invalid label name {name:?} in {place}"));
        return None;
    }
    Some(name.to_owned())
}
