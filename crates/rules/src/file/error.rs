//! What is wrong with a rule file.

use std::fmt;

use model::number::quote;
use yaml::Position;

/// One mistake of a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Where it is.
    pub position: Option<Position>,
    /// The other place, if two places contradict each other.
    pub also: Option<Position>,
    /// Which rule is meant, if one is.
    pub rule: Option<RulePlace>,
    /// What is wrong, with the value.
    pub message: String,
}

/// Names a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// Its group.
    pub group: String,
    /// Its number in the group, from 1.
    pub number: usize,
    /// Its name.
    pub name: String,
}

/// Prints as Prometheus: `8:5: group "g", rule 1, "name": message`.
impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for position in [self.position, self.also].into_iter().flatten() {
            write!(f, "{position}: ")?;
        }
        if let Some(place) = &self.rule {
            write!(f, "group {}, rule {}, {}: ", quote(&place.group), place.number, quote(&place.name))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for RuleError {}

/// All mistakes of a file, in its order; at least one. Prints one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleErrors {}
