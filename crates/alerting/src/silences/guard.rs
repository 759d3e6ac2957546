//! A guard against silences that match too much.

use model::Labels;

use super::Silence;
use crate::matchers::Matchers;

/// From so many matching alerts on the share counts: of a few alerts any silence matches a large part.
const SHARE_FROM: usize = 10;
/// A value that nobody has: a matcher that passes it passes about anything.
const NOBODYS: &str = "\u{1}bongsu\u{1}";

/// Bounds of what one silence may match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Most alerts.
    pub alerts_max: Option<usize>,
    /// Most per cent of all alerts; counts from ten matching alerts on.
    pub percent_max: Option<u8>,
}

impl Guard {
    /// Reads `100`, `25%` or both, separated by a comma; an empty text is no guard.
    ///
    /// # Errors
    /// The part that is neither.
    pub fn parse(text: &str) -> Result<Option<Guard>, String> {
        let mut guard = Guard::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong =
                || format!("{part:?} is neither a number of alerts such as 100 nor a share such as 25%");
            match part.strip_suffix('%') {
                Some(share) => {
                    let share = share.parse().ok().filter(|p| *p <= 100).ok_or_else(wrong)?;
                    guard.percent_max = Some(share);
                }
                None => guard.alerts_max = Some(part.parse().map_err(|_| wrong())?),
            }
        }
        Ok(Some(guard).filter(|guard| *guard != Guard::default()))
    }

    /// Says why a silence that matches so many of all alerts is too broad, if it is.
    pub fn objection(&self, silence: &Silence, matching: usize, total: usize) -> Option<String> {
        if silence.matcher_sets.iter().any(passes_anything) {
            return Some("its matchers pass any alert".to_owned());
        }
        if let Some(max) = self.alerts_max.filter(|max| matching > *max) {
            return Some(format!("it matches {matching} of {total} alerts, more than {max}"));
        }
        let max = self.percent_max.filter(|_| matching >= SHARE_FROM)?;
        (matching * 100 > total * usize::from(max))
            .then(|| format!("it matches {matching} of {total} alerts, more than {max}%"))
    }
}

/// Tells whether an alert with a value that nobody has in all these labels would pass.
fn passes_anything(set: &Matchers) -> bool {
    let labels = Labels::from_pairs(set.0.iter().map(|m| (m.name(), NOBODYS)));
    set.match_labels(&labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchers::{Syntax, parse};

    fn silence(matchers: &str) -> Silence {
        Silence {
            id: String::new(),
            matcher_sets: vec![parse(matchers, Syntax::Utf8).unwrap().value],
            receiver_matcher_sets: Vec::new(),
            starts_at: jiff::Timestamp::UNIX_EPOCH,
            ends_at: jiff::Timestamp::UNIX_EPOCH,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
            created_by: String::new(),
            comment: String::new(),
            annotations: Default::default(),
        }
    }

    #[test]
    fn guards_are_read() {
        let guard = |alerts_max, percent_max| Ok(Some(Guard { alerts_max, percent_max }));
        for (text, expected) in [
            ("", Ok(None)),
            ("100", guard(Some(100), None)),
            ("25%", guard(None, Some(25))),
            (" 100 , 25% ", guard(Some(100), Some(25))),
            ("0", guard(Some(0), None)),
            ("101%", Err("\"101%\" is neither".to_owned())),
            ("many", Err("\"many\" is neither".to_owned())),
        ] {
            match (Guard::parse(text), expected) {
                (Err(error), Err(part)) => assert!(error.contains(&part), "{error}"),
                (got, expected) => assert_eq!(got, expected, "{text}"),
            }
        }
    }

    #[test]
    fn objections() {
        let both = Guard { alerts_max: Some(50), percent_max: Some(20) };
        for (matchers, matching, total, expected) in [
            ("a=b", 3, 3, None),
            ("a=b", 9, 9, None),
            ("a=b", 10, 49, Some("it matches 10 of 49 alerts, more than 20%")),
            ("a=b", 10, 50, None),
            ("a=b", 51, 10_000, Some("it matches 51 of 10000 alerts, more than 50")),
            ("a=~.+", 0, 0, Some("its matchers pass any alert")),
            ("a!=b", 0, 0, Some("its matchers pass any alert")),
            ("a=~.*,b=c", 0, 0, None),
        ] {
            let objection = both.objection(&silence(matchers), matching, total);
            assert_eq!(objection.as_deref(), expected, "{matchers} {matching}/{total}");
        }
    }
}
