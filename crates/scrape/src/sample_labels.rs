//! From a series as exposed to a series as stored: target labels, conflicts, metric relabelling, limits.
//!
//! Source: Prometheus 3.14 `scrape/scrape.go` (`mutateSampleLabels`, `verifyLabelLimits`).

use std::borrow::Cow;

use model::labels::{METRIC_NAME, is_legacy_label_name, is_legacy_metric_name};
use model::{Labels, relabel};

use crate::config::Limits;

/// What a label that a target label overrides is renamed to begin with.
const EXPORTED_PREFIX: &str = "exported_";

/// How exposed labels become stored ones.
#[derive(Clone, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) honor_labels: bool,
    pub(crate) relabel: &'a [relabel::Config],
    pub(crate) limits: Limits,
    pub(crate) names: relabel::NameScheme,
}

/// Why a series fails the whole scrape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// Relabelling took the metric name away.
    #[error("missing metric name (__name__ label)")]
    NoName,
    /// A name that the job's validation scheme forbids.
    #[error("invalid metric name or label names: {0}")]
    InvalidName(String),
    /// More labels than allowed, or longer ones.
    #[error("{0}")]
    LabelLimit(String),
}

/// Returns the labels to store a series under; `None` if relabelling drops it. `blank` are the labels that were exposed
/// with an empty value: where labels are honored they keep the target's away.
pub(crate) fn stored(
    exposed: &Labels,
    blank: &[Cow<'_, str>],
    target: &Labels,
    rules: &Rules<'_>,
) -> Result<Option<Labels>, SeriesError> {
    let mut builder = exposed.builder();
    let mut conflicts: Vec<(&str, &str)> = Vec::new();
    for (name, value) in target {
        let exposed_value = exposed.get(name);
        match (exposed_value.is_empty(), rules.honor_labels) {
            (false, true) => {}
            (false, false) => {
                conflicts.push((name, exposed_value));
                builder.set(name, value);
            }
            (true, true) if blank.iter().any(|b| b == name) => {}
            (true, _) => {
                builder.set(name, value);
            }
        }
    }
    // Short names first, so that `exported_a` of the target does not take the place that `a` needs.
    conflicts.sort_by_key(|(name, _)| name.len());
    for (name, value) in conflicts {
        let mut renamed = format!("{EXPORTED_PREFIX}{name}");
        while !builder.get(&renamed).is_empty() {
            renamed.insert_str(0, EXPORTED_PREFIX);
        }
        builder.set(renamed, value);
    }
    if !relabel::apply_all(rules.relabel, &mut builder) {
        return Ok(None);
    }
    let labels = builder.labels();
    if labels.is_empty() {
        return Ok(None);
    }
    check(&labels, rules)?;
    Ok(Some(labels))
}

fn check(labels: &Labels, rules: &Rules<'_>) -> Result<(), SeriesError> {
    let name = labels.get(METRIC_NAME);
    if name.is_empty() {
        return Err(SeriesError::NoName);
    }
    let legacy = rules.names == relabel::NameScheme::Legacy;
    if legacy && !(is_legacy_metric_name(name) && labels.iter().all(|(n, _)| is_legacy_label_name(n))) {
        return Err(SeriesError::InvalidName(labels.to_string()));
    }
    check_limits(labels, name, &rules.limits)
}

fn check_limits(labels: &Labels, metric: &str, limits: &Limits) -> Result<(), SeriesError> {
    let over = |length: usize, limit: u64| limit > 0 && length as u64 > limit;
    let metric = start(metric);
    if limits.label_limit > 0 && over(labels.len(), limits.label_limit) {
        let (count, limit) = (labels.len(), limits.label_limit);
        return Err(SeriesError::LabelLimit(format!(
            "label_limit exceeded (metric: {metric}, number of labels: {count}, limit: {limit})"
        )));
    }
    if limits.label_name_length_limit == 0 && limits.label_value_length_limit == 0 {
        return Ok(());
    }
    for (name, value) in labels {
        if over(name.len(), limits.label_name_length_limit) {
            return Err(SeriesError::LabelLimit(format!(
                "label_name_length_limit exceeded (metric: {metric}, label name: {}, length: {}, limit: {})",
                start(name),
                name.len(),
                limits.label_name_length_limit
            )));
        }
        if over(value.len(), limits.label_value_length_limit) {
            return Err(SeriesError::LabelLimit(format!(
                "label_value_length_limit exceeded (metric: {metric}, label name: {}, value: {}, length: {}, limit: {})",
                start(name),
                model::number::quote(start(value)),
                value.len(),
                limits.label_value_length_limit
            )));
        }
    }
    Ok(())
}

/// The first 50 characters: error texts must stay short however long a label is.
fn start(text: &str) -> &str {
    text.char_indices().nth(50).map_or(text, |(end, _)| &text[..end])
}

/// Returns the labels of a report series such as `up`.
pub(crate) fn report(name: &str, target: &Labels) -> Labels {
    let mut builder = target.builder();
    builder.set(METRIC_NAME, name);
    builder.labels()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(exposed: &[(&str, &str)], target: &[(&str, &str)], honor_labels: bool) -> String {
        let l = |p: &[(&str, &str)]| Labels::from_pairs(p.iter().copied());
        let rules =
            Rules { honor_labels, relabel: &[], limits: Limits::default(), names: relabel::NameScheme::Utf8 };
        let blank: Vec<Cow<'_, str>> =
            exposed.iter().filter(|(_, v)| v.is_empty()).map(|(n, _)| Cow::Borrowed(*n)).collect();
        stored(&l(exposed), &blank, &l(target), &rules).unwrap().unwrap().to_string()
    }

    #[test]
    fn target_labels_win_unless_labels_are_honored() {
        let exposed = [("__name__", "m"), ("job", "own"), ("x", "1")];
        let target = [("job", "j"), ("instance", "i")];
        assert_eq!(
            run(&exposed, &target, false),
            r#"{__name__="m", exported_job="own", instance="i", job="j", x="1"}"#
        );
        assert_eq!(run(&exposed, &target, true), r#"{__name__="m", instance="i", job="own", x="1"}"#);
    }

    #[test]
    fn a_blank_label_keeps_the_targets_away_where_labels_are_honored() {
        let exposed = [("__name__", "m"), ("instance", "")];
        let target = [("job", "j"), ("instance", "i")];
        assert_eq!(run(&exposed, &target, true), r#"{__name__="m", job="j"}"#);
        assert_eq!(run(&exposed, &target, false), r#"{__name__="m", instance="i", job="j"}"#);
    }

    #[test]
    fn conflicts_find_free_names_shortest_first() {
        let exposed = [("__name__", "m"), ("foo", "1"), ("exported_foo", "2")];
        let target = [("foo", "t"), ("exported_foo", "u")];
        assert_eq!(
            run(&exposed, &target, false),
            r#"{__name__="m", exported_exported_exported_foo="2", exported_exported_foo="1", exported_foo="u", foo="t"}"#
        );
    }

    #[test]
    fn limits_name_metric_label_and_figure() {
        let labels = Labels::from_pairs([("__name__", "m"), ("name", "value")]);
        for (limits, want) in [
            (
                Limits { label_limit: 1, ..Limits::default() },
                "label_limit exceeded (metric: m, number of labels: 2, limit: 1)",
            ),
            (
                Limits { label_name_length_limit: 7, ..Limits::default() },
                "label_name_length_limit exceeded (metric: m, label name: __name__, length: 8, limit: 7)",
            ),
            (
                Limits { label_value_length_limit: 4, ..Limits::default() },
                "label_value_length_limit exceeded (metric: m, label name: name, value: \"value\", length: 5, limit: 4)",
            ),
        ] {
            assert_eq!(check_limits(&labels, "m", &limits).unwrap_err().to_string(), want);
        }
        let limits = Limits {
            label_limit: 2,
            label_name_length_limit: 8,
            label_value_length_limit: 5,
            ..Limits::default()
        };
        assert_eq!(check_limits(&labels, "m", &limits), Ok(()));
    }
}
