//! What a pattern is, seen from outside: words, a prefix, a substring, or something that needs an automaton.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Most words a pattern may stand for before it is treated as a general one.
const WORDS_MAX: usize = 256;

/// What is known about a pattern without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Exactly these words, sorted, each once.
    Words(Vec<String>),
    /// `.*`
    Anything,
    /// `.+`
    AnythingButEmpty,
    /// `prefix.*` (or `.+` after it, with `more`)
    Prefix {
        /// What a value must begin with.
        prefix: String,
        /// Whether at least one more character must follow.
        more: bool,
    },
    /// `.*suffix` (or `.+` before it, with `more`)
    Suffix {
        /// What a value must end with.
        suffix: String,
        /// Whether at least one more character must stand before.
        more: bool,
    },
    /// `.*part.*`
    Contains(String),
    /// Anything else.
    General {
        /// What each match begins with, perhaps nothing.
        prefix: String,
    },
}

impl Shape {
    /// `plain` is without capture groups.
    pub(super) fn of(plain: &Hir) -> Shape {
        if let Some(mut words) = words(plain) {
            words.sort();
            words.dedup();
            return Shape::Words(words);
        }
        match gap(plain) {
            Some(Gap::Any) => return Shape::Anything,
            Some(Gap::Some) => return Shape::AnythingButEmpty,
            None => {}
        }
        let parts: &[Hir] = match plain.kind() {
            HirKind::Concat(parts) => parts,
            _others => std::slice::from_ref(plain),
        };
        match parts {
            [a, b] => match (literal(a), gap(a), literal(b), gap(b)) {
                (Some(prefix), _, _, Some(g)) => return Shape::Prefix { prefix, more: g == Gap::Some },
                (_, Some(g), Some(suffix), _) => return Shape::Suffix { suffix, more: g == Gap::Some },
                _others => {}
            },
            [a, b, c] if gap(a) == Some(Gap::Any) && gap(c) == Some(Gap::Any) => {
                if let Some(part) = literal(b) {
                    return Shape::Contains(part);
                }
            }
            _others => {}
        }
        Shape::General { prefix: parts.first().and_then(literal).unwrap_or_default() }
    }

    pub(super) fn prefix(&self) -> &str {
        match self {
            Shape::Prefix { prefix, .. } | Shape::General { prefix } => prefix,
            Shape::Words(words) if words.len() == 1 => &words[0],
            Shape::Words(_)
            | Shape::Anything
            | Shape::AnythingButEmpty
            | Shape::Suffix { .. }
            | Shape::Contains(_) => "",
        }
    }

    /// Answers whether a value matches; `None` if only the automaton can tell.
    pub(super) fn decide(&self, value: &str) -> Option<bool> {
        match self {
            Shape::Words(words) => Some(words.binary_search_by(|w| w.as_str().cmp(value)).is_ok()),
            Shape::Anything => Some(true),
            Shape::AnythingButEmpty => Some(!value.is_empty()),
            Shape::Prefix { prefix, more } => {
                Some(value.starts_with(prefix.as_str()) && (!more || value.len() > prefix.len()))
            }
            Shape::Suffix { suffix, more } => {
                Some(value.ends_with(suffix.as_str()) && (!more || value.len() > suffix.len()))
            }
            Shape::Contains(part) => Some(memchr::memmem::find(value.as_bytes(), part.as_bytes()).is_some()),
            Shape::General { prefix } => (!value.starts_with(prefix.as_str())).then_some(false),
        }
    }
}

/// Takes capture groups away: they do not change what matches.
pub(super) fn without_groups(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Capture(c) => without_groups(&c.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_groups).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_groups).collect()),
        HirKind::Repetition(r) => Hir::repetition(r.with(without_groups(&r.sub))),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

fn literal(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(l) => String::from_utf8(l.0.to_vec()).ok(),
        _others => None,
    }
}

/// All words of a pattern that is a finite choice, or `None`.
pub(super) fn words(hir: &Hir) -> Option<Vec<String>> {
    let found = match hir.kind() {
        HirKind::Empty => vec![String::new()],
        HirKind::Literal(_) => vec![literal(hir)?],
        HirKind::Class(Class::Unicode(class)) => {
            let count: usize = class.iter().map(|r| r.len()).sum();
            if count > WORDS_MAX {
                return None;
            }
            class.iter().flat_map(|r| r.start()..=r.end()).map(String::from).collect()
        }
        HirKind::Repetition(r) if r.min == 0 && r.max == Some(1) => {
            let mut choices = words(&r.sub)?;
            choices.push(String::new());
            choices
        }
        HirKind::Concat(parts) => {
            let mut all = vec![String::new()];
            for part in parts {
                let choices = words(part)?;
                if all.len() * choices.len() > WORDS_MAX {
                    return None;
                }
                all = all.iter().flat_map(|a| choices.iter().map(move |b| format!("{a}{b}"))).collect();
            }
            all
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(words(part)?);
            }
            all
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) | HirKind::Repetition(_) | HirKind::Capture(_) => {
            return None;
        }
    };
    (found.len() <= WORDS_MAX).then_some(found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// `.*`
    Any,
    /// `.+`
    Some,
}

/// Recognises `.*` and `.+` where `.` is any character.
fn gap(hir: &Hir) -> Option<Gap> {
    let HirKind::Repetition(r) = hir.kind() else { return None };
    let HirKind::Class(Class::Unicode(class)) = r.sub.kind() else { return None };
    let all: usize = class.iter().map(|r| r.len()).sum();
    let is_any = all == char::MAX as usize + 1 - 0x800;
    match (is_any, r.min, r.max) {
        (true, 0, None) => Some(Gap::Any),
        (true, 1, None) => Some(Gap::Some),
        _others => None,
    }
}
