//! What matches begin with: `node_.*|go_.*` begins with `node_` or `go_`, `(a|b)c.+` with `ac` or `bc`.
//!
//! An index that has its values in order reads only those between the bounds of a prefix.

use regex_syntax::hir::{Hir, HirKind};

use super::shape::words;

/// Most prefixes worth looking up one by one.
const PREFIXES_MAX: usize = 64;

/// Returns strings of which each match begins with one: sorted, not empty, none the beginning of another. None if there is a
/// match that begins otherwise. `hir` is without capture groups.
pub(super) fn prefixes(hir: &Hir) -> Vec<String> {
    let mut found = of(hir).unwrap_or_default();
    found.sort_unstable();
    if found.first().is_none_or(String::is_empty) {
        return Vec::new();
    }
    // In order, what begins with a prefix follows it at once.
    found.dedup_by(|longer, shorter| longer.starts_with(shorter.as_str()));
    found
}

/// Returns the beginnings of all matches, perhaps empty strings; `None` if there are too many.
fn of(hir: &Hir) -> Option<Vec<String>> {
    let found = match hir.kind() {
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(of(branch)?);
            }
            all
        }
        HirKind::Concat(parts) => {
            let mut all = vec![String::new()];
            for part in parts {
                let whole = words(part);
                let next = match &whole {
                    Some(words) => words.clone(),
                    None => of(part).unwrap_or_else(|| vec![String::new()]),
                };
                if all.len() * next.len() > PREFIXES_MAX {
                    break;
                }
                all = all.iter().flat_map(|a| next.iter().map(move |b| format!("{a}{b}"))).collect();
                if whole.is_none() {
                    break;
                }
            }
            all
        }
        HirKind::Repetition(r) if r.min > 0 => of(&r.sub)?,
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_) => words(hir).unwrap_or_else(|| vec![String::new()]),
    };
    (found.len() <= PREFIXES_MAX).then_some(found)
}
