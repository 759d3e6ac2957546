//! The rules. Each tells what it finds wrong with a family.

use std::collections::HashSet;

use model::{Labels, MetricType};

use super::families::Family;
use super::units;

/// A rule.
type Rule = fn(&Family) -> Vec<String>;

/// All rules.
pub(super) const ALL: [Rule; 10] = [
    help,
    base_units,
    counter_suffix,
    timestamp_suffix,
    reserved_for_histograms_and_summaries,
    type_in_name,
    reserved_characters,
    camel_case,
    abbreviated_units,
    duplicates,
];

fn when(wrong: bool, text: &str) -> Vec<String> {
    if wrong { vec![text.to_owned()] } else { Vec::new() }
}

fn help(family: &Family) -> Vec<String> {
    when(!family.has_help, "no help text")
}

fn base_units(family: &Family) -> Vec<String> {
    match units::in_name(&family.name) {
        Some((unit, base)) if unit != base => vec![format!("use base unit \"{base}\" instead of \"{unit}\"")],
        Some(_) | None => Vec::new(),
    }
}

fn counter_suffix(family: &Family) -> Vec<String> {
    let has_suffix = family.name.ends_with("_total");
    match family.kind {
        MetricType::Counter => when(!has_suffix, "counter metrics should have \"_total\" suffix"),
        MetricType::Unknown => Vec::new(),
        _other => when(has_suffix, "non-counter metrics should not have \"_total\" suffix"),
    }
}

fn timestamp_suffix(family: &Family) -> Vec<String> {
    let wrong = !matches!(family.kind, MetricType::Gauge | MetricType::Unknown)
        && family.name.ends_with("_timestamp_seconds");
    when(wrong, "non-gauge metrics should not have \"_timestamp_seconds\" suffix")
}

fn reserved_for_histograms_and_summaries(family: &Family) -> Vec<String> {
    if family.kind == MetricType::Unknown {
        return Vec::new();
    }
    let histogram = family.kind == MetricType::Histogram;
    let summary = family.kind == MetricType::Summary;
    let ends = |suffix: &str| family.name.ends_with(suffix);
    let mut found = [
        when(!histogram && ends("_bucket"), "non-histogram metrics should not have \"_bucket\" suffix"),
        when(
            !histogram && !summary && ends("_count"),
            "non-histogram and non-summary metrics should not have \"_count\" suffix",
        ),
        when(
            !histogram && !summary && ends("_sum"),
            "non-histogram and non-summary metrics should not have \"_sum\" suffix",
        ),
    ]
    .concat();
    for (label, allowed, text) in [
        ("le", histogram, "non-histogram metrics should not have \"le\" label"),
        ("quantile", summary, "non-summary metrics should not have \"quantile\" label"),
    ] {
        let with_label = family.metrics.iter().filter(|labels| !allowed && labels.has(label));
        found.extend(with_label.map(|_| text.to_owned()));
    }
    found
}

fn type_in_name(family: &Family) -> Vec<String> {
    if family.kind == MetricType::Unknown {
        return Vec::new();
    }
    let kind = family.kind.as_str();
    if has_word(&family.name, kind) {
        vec![format!("metric name should not include type '{kind}'")]
    } else {
        Vec::new()
    }
}

fn reserved_characters(family: &Family) -> Vec<String> {
    when(family.name.contains(':'), "metric names should not contain ':'")
}

fn camel_case(family: &Family) -> Vec<String> {
    let mut found =
        when(is_camel_case(&family.name), "metric names should be written in 'snake_case' not 'camelCase'");
    let labels = family.metrics.iter().flat_map(Labels::iter).filter(|(name, _)| is_camel_case(name));
    found.extend(labels.map(|_| "label names should be written in 'snake_case' not 'camelCase'".to_owned()));
    found
}

fn abbreviated_units(family: &Family) -> Vec<String> {
    let abbreviations = units::ABBREVIATIONS.iter().filter(|unit| has_word(&family.name, unit));
    abbreviations.map(|_| "metric names should not contain abbreviated units".to_owned()).collect()
}

fn duplicates(family: &Family) -> Vec<String> {
    let mut seen = HashSet::new();
    let repeated = family.metrics.iter().filter(|labels| !seen.insert(*labels));
    repeated.map(|_| "metric not unique".to_owned()).collect()
}

/// Tells whether a word stands between or behind underscores, in any case.
fn has_word(name: &str, word: &str) -> bool {
    let words = name.split('_').skip(1);
    words.into_iter().any(|w| w.eq_ignore_ascii_case(word))
}

fn is_camel_case(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}
