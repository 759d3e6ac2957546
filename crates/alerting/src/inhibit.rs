//! Inhibition: while one alert fires, others that follow from it stay quiet.
//!
//! Each rule remembers the alerts that match its source side, by the values of its `equal` labels. As in the original, one
//! source stands for all with the same values: the one that ends last.

use hashbrown::HashMap;
use jiff::Timestamp;
use model::Labels;

use crate::alert::Alert;
use crate::fingerprint::Fingerprint;
use crate::matchers::Matchers;

/// A rule: firing alerts on the source side quiet those on the target side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleConfig {
    /// For people; may be empty.
    pub name: String,
    /// What inhibits.
    pub source: Matchers,
    /// What is inhibited.
    pub target: Matchers,
    /// Labels whose values must be equal on both sides; a missing one is as an empty one.
    pub equal: Vec<String>,
}

#[derive(Debug)]
struct Source {
    alert: Fingerprint,
    ends_at: Timestamp,
    /// A source that is a target too inhibits no other such.
    is_target: bool,
}

#[derive(Debug)]
struct Rule {
    config: RuleConfig,
    sources: HashMap<Labels, Source>,
}

impl Rule {
    fn equal_labels(&self, labels: &Labels) -> Labels {
        labels.keep(&self.config.equal)
    }
}

/// All rules with what inhibits now.
#[derive(Debug, Default)]
pub struct Inhibitor {
    rules: Vec<Rule>,
}

/// Why an alert is inhibited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inhibition<'a> {
    /// The alert that inhibits.
    pub by: Fingerprint,
    /// The rule.
    pub rule: &'a RuleConfig,
}

impl Inhibitor {
    /// Builds an inhibitor that knows no alert yet.
    pub fn new(rules: impl IntoIterator<Item = RuleConfig>) -> Inhibitor {
        let rule = |config| Rule { config, sources: HashMap::new() };
        Inhibitor { rules: rules.into_iter().map(rule).collect() }
    }

    /// Takes note of an alert's newest state.
    pub fn handle_alert(&mut self, alert: &Alert) {
        for rule in &mut self.rules {
            if !rule.config.source.match_labels(&alert.labels) {
                continue;
            }
            let key = rule.equal_labels(&alert.labels);
            let source = Source {
                alert: alert.fingerprint(),
                ends_at: alert.ends_at,
                is_target: rule.config.target.match_labels(&alert.labels),
            };
            match rule.sources.get_mut(&key) {
                Some(known) if known.alert == source.alert || known.ends_at <= source.ends_at => {
                    *known = source
                }
                Some(_ends_later) => {}
                None => {
                    rule.sources.insert(key, source);
                }
            }
        }
    }

    /// Finds what inhibits an alert at `now`.
    pub fn inhibition(&self, labels: &Labels, now: Timestamp) -> Option<Inhibition<'_>> {
        self.rules.iter().find_map(|rule| {
            if !rule.config.target.match_labels(labels) {
                return None;
            }
            let source = rule.sources.get(&rule.equal_labels(labels))?;
            let both_sides = source.is_target && rule.config.source.match_labels(labels);
            (source.ends_at > now && !both_sides)
                .then_some(Inhibition { by: source.alert, rule: &rule.config })
        })
    }

    /// Forgets sources that ended.
    pub fn forget_resolved(&mut self, now: Timestamp) {
        for rule in &mut self.rules {
            rule.sources.retain(|_, source| source.ends_at > now);
        }
    }
}

#[cfg(test)]
mod tests;
