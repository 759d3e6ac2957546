//! Advice on metrics: what `promtool check metrics` says.
//!
//! Source of rules and texts: `client_golang` 1.24 `prometheus/testutil/promlint`. A rule is a function in [`rules`] and a
//! line in its list.

mod families;
mod rules;
mod units;

use crate::error::ParseError;
use families::Families;

/// A piece of advice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The metric family.
    pub metric: String,
    /// What is wrong with it.
    pub text: String,
}

/// How many samples a metric family has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cardinality {
    /// The metric family.
    pub metric: String,
    /// Its samples, each bucket and quantile counted.
    pub samples: usize,
}

/// Checks a body in the Prometheus text format. The advice is sorted by metric, then by text.
///
/// # Errors
/// The body breaks the format.
pub fn lint(body: &[u8]) -> Result<Vec<Problem>, ParseError> {
    let families = Families::read(body)?;
    let mut problems = Vec::new();
    for family in families.iter() {
        for text in rules::ALL.iter().flat_map(|rule| rule(family)) {
            problems.push(Problem { metric: family.name.clone(), text });
        }
    }
    problems.sort();
    Ok(problems)
}

/// Counts the samples of each metric family of a body in the Prometheus text format; the largest first, by name among
/// equals.
///
/// # Errors
/// The body breaks the format.
pub fn cardinality(body: &[u8]) -> Result<Vec<Cardinality>, ParseError> {
    let families = Families::read(body)?;
    let count =
        |family: &families::Family| Cardinality { metric: family.name.clone(), samples: family.samples };
    let mut counts: Vec<Cardinality> = families.iter().map(count).collect();
    counts.sort_by(|a, b| b.samples.cmp(&a.samples).then_with(|| a.metric.cmp(&b.metric)));
    Ok(counts)
}

#[cfg(test)]
mod tests;
