//! Replacement templates: `$1`, `${name}`, `$$`, as Go's `Regexp.Expand` reads them.

use regex_automata::util::captures::Captures;

/// Fills a template from the groups of a match. A reference to a group that does not exist or did not take part
/// becomes nothing; a `$` that starts no reference stays.
pub(super) fn expand(template: &str, value: &str, groups: &Captures) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        match reference(rest) {
            Some((name, after)) => {
                out.push_str(group(name, value, groups));
                rest = after;
            }
            None => out.push('$'),
        }
    }
    out.push_str(rest);
    out
}

/// Splits a reference (after its `$`) from what follows. The name is as long as it can be: `$1x` is the group `1x`.
fn reference(s: &str) -> Option<(&str, &str)> {
    let (name, braced) = match s.strip_prefix('{') {
        Some(inner) => (inner, true),
        None => (s, false),
    };
    let len = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let (name, after) = name.split_at(len);
    if name.is_empty() {
        return None;
    }
    let after = if braced { after.strip_prefix('}')? } else { after };
    Some((name, after))
}

fn group<'v>(name: &str, value: &'v str, groups: &Captures) -> &'v str {
    let is_number = name.bytes().all(|b| b.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
    let span = if is_number {
        name.parse().ok().and_then(|i: usize| groups.get_group(i))
    } else {
        groups.get_group_by_name(name)
    };
    span.map_or("", |span| &value[span.start..span.end])
}
