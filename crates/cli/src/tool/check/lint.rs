//! What is bad style in an exposition. The checks and their words are those of client_golang's promlint.

use std::collections::BTreeMap;

use model::{Labels, MetricType};

/// A metric family, as far as checks look at it.
pub(super) struct Family {
    /// Its name.
    pub(super) name: String,
    /// Its help text, if there is one.
    pub(super) help: Option<String>,
    /// Its type.
    pub(super) kind: MetricType,
    /// Its metrics by labels (without name, `le` of histograms and `quantile` of summaries), with their numbers of buckets or
    /// quantiles.
    pub(super) metrics: BTreeMap<Labels, usize>,
}

impl Family {
    /// A family of which nothing is known.
    pub(super) fn new(name: &str) -> Family {
        Family { name: name.to_owned(), help: None, kind: MetricType::Unknown, metrics: BTreeMap::new() }
    }

    /// Returns the number of series. Histograms and summaries are taken to have as many parts as their first metric.
    pub(super) fn cardinality(&self) -> usize {
        let parts = self.metrics.values().next().copied().unwrap_or(0);
        match self.kind {
            // Besides buckets or quantiles there are sum and count.
            MetricType::Histogram | MetricType::Summary => self.metrics.len() * (2 + parts),
            _one_series_each => self.metrics.len(),
        }
    }
}

/// Returns pairs of metric and problem, sorted.
pub(super) fn problems(families: &[Family]) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = families
        .iter()
        .flat_map(|family| {
            let all = [help(family), units(family), counter(family), reserved(family), spelling(family)];
            all.into_iter().flatten().map(|problem| (family.name.as_str(), problem))
        })
        .collect();
    found.sort();
    found
}

fn help(family: &Family) -> Vec<String> {
    if family.help.is_none() { vec!["no help text".to_owned()] } else { Vec::new() }
}

/// Units with their base units.
const UNITS: [(&str, &str); 24] = [
    ("amperes", "amperes"),
    ("bytes", "bytes"),
    ("celsius", "celsius"),
    ("grams", "grams"),
    ("joules", "joules"),
    ("kelvin", "kelvin"),
    ("meters", "meters"),
    ("metres", "metres"),
    ("seconds", "seconds"),
    ("volts", "volts"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];

const PREFIXES: [&str; 19] = [
    "", "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi",
    "giga", "gibi", "tera", "tebi", "peta", "pebi",
];

fn units(family: &Family) -> Vec<String> {
    let unit_of = |word: &str| {
        let known = UNITS
            .iter()
            .find(|(unit, _)| word.strip_suffix(unit).is_some_and(|prefix| PREFIXES.contains(&prefix)));
        known.map(|(_, base)| (word.to_owned(), *base))
    };
    match family.name.split('_').find_map(unit_of) {
        Some((unit, base)) if unit != base => vec![format!("use base unit {base:?} instead of {unit:?}")],
        Some(_) | None => Vec::new(),
    }
}

fn counter(family: &Family) -> Vec<String> {
    let problem = match (family.kind, family.name.ends_with("_total")) {
        (MetricType::Counter, false) => "counter metrics should have \"_total\" suffix",
        (MetricType::Counter | MetricType::Unknown, _) | (_, false) => return Vec::new(),
        (_, true) => "non-counter metrics should not have \"_total\" suffix",
    };
    vec![problem.to_owned()]
}

/// Names of samples and labels that belong to histograms and summaries.
fn reserved(family: &Family) -> Vec<String> {
    if family.kind == MetricType::Unknown {
        return Vec::new();
    }
    let (histogram, summary) = (family.kind == MetricType::Histogram, family.kind == MetricType::Summary);
    let mut problems = Vec::new();
    if !histogram && family.name.ends_with("_bucket") {
        problems.push("non-histogram metrics should not have \"_bucket\" suffix".to_owned());
    }
    for ending in ["_count", "_sum"] {
        if !histogram && !summary && family.name.ends_with(ending) {
            problems.push(format!("non-histogram and non-summary metrics should not have {ending:?} suffix"));
        }
    }
    for labels in family.metrics.keys() {
        if !histogram && labels.has("le") {
            problems.push("non-histogram metrics should not have \"le\" label".to_owned());
        }
        if !summary && labels.has("quantile") {
            problems.push("non-summary metrics should not have \"quantile\" label".to_owned());
        }
    }
    problems
}

const ABBREVIATIONS: [&str; 14] =
    ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

fn spelling(family: &Family) -> Vec<String> {
    let mut problems = Vec::new();
    let lower = family.name.to_ascii_lowercase();
    let has_word = |word: &str| lower.contains(&format!("_{word}_")) || lower.ends_with(&format!("_{word}"));
    if family.kind != MetricType::Unknown && has_word(family.kind.as_str()) {
        problems.push(format!("metric name should not include type '{}'", family.kind.as_str()));
    }
    if family.name.contains(':') {
        problems.push("metric names should not contain ':'".to_owned());
    }
    if is_camel_case(&family.name) {
        problems.push("metric names should be written in 'snake_case' not 'camelCase'".to_owned());
    }
    let labels = family.metrics.keys().flat_map(|labels| labels.iter());
    for _ in labels.filter(|(label, _)| is_camel_case(label)) {
        problems.push("label names should be written in 'snake_case' not 'camelCase'".to_owned());
    }
    for _ in ABBREVIATIONS.iter().filter(|word| has_word(word)) {
        problems.push("metric names should not contain abbreviated units".to_owned());
    }
    problems
}

fn is_camel_case(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

#[cfg(test)]
mod tests;
