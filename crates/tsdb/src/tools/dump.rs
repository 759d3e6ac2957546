//! `tsdb dump`: every sample of selected series as text.

use std::collections::BTreeMap;
use std::io::Write;

use model::labels::METRIC_NAME;
use model::number::{format_g, quote};
use model::{Labels, Matcher};
use storage::{Samples, Select, SelectRequest, SeriesSet, TimeRange};

use super::ToolError;

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DumpFormat {
    /// `{labels} value milliseconds`, native histograms included.
    #[default]
    Prometheus,
    /// Labels only, as one JSON object a line.
    SeriesJson,
    /// OpenMetrics text, without native histograms.
    OpenMetrics,
}

/// Prints the samples in a range of all series that pass one of the matcher sets, sorted by labels, then by time.
///
/// # Errors
/// [`ToolError`].
pub fn dump(
    out: &mut dyn Write,
    view: &dyn Select,
    range: TimeRange,
    matcher_sets: &[Vec<Matcher>],
    format: DumpFormat,
) -> Result<(), ToolError> {
    let mut sets = Vec::with_capacity(matcher_sets.len());
    for matchers in matcher_sets {
        sets.push(view.select(&SelectRequest { sorted: true, ..SelectRequest::new(matchers, range) })?);
    }
    let mut samples = Samples::default();
    for (labels, set, i) in merged(&sets) {
        samples.clear();
        set.read(i, range, &mut samples)?;
        if samples.is_empty() {
            continue;
        }
        match format {
            DumpFormat::Prometheus => print_samples(out, &labels, &samples)?,
            DumpFormat::SeriesJson => print_json(out, &labels)?,
            DumpFormat::OpenMetrics => print_openmetrics(out, &labels, &samples)?,
        }
    }
    if format == DumpFormat::OpenMetrics {
        writeln!(out, "# EOF")?;
    }
    Ok(())
}

/// Returns each series once, by labels, with the place to read it from.
fn merged(sets: &[Box<dyn SeriesSet>]) -> Vec<(Labels, &dyn SeriesSet, usize)> {
    if let [set] = sets {
        return (0..set.len()).map(|i| (set.labels(i), &**set, i)).collect();
    }
    let mut found: BTreeMap<Labels, (&dyn SeriesSet, usize)> = BTreeMap::new();
    for set in sets {
        for i in 0..set.len() {
            found.entry(set.labels(i)).or_insert((&**set, i));
        }
    }
    found.into_iter().map(|(labels, (set, i))| (labels, set, i)).collect()
}

fn print_samples(out: &mut dyn Write, labels: &Labels, samples: &Samples) -> Result<(), ToolError> {
    let labels = labels.to_string();
    let mut histograms = samples.histograms.iter().peekable();
    for (&t, &v) in samples.t.iter().zip(&samples.v) {
        while let Some((at, h)) = histograms.next_if(|(at, _)| *at < t) {
            writeln!(out, "{labels} {h} {at}")?;
        }
        writeln!(out, "{labels} {} {t}", format_g(v))?;
    }
    for (at, h) in histograms {
        writeln!(out, "{labels} {h} {at}")?;
    }
    Ok(())
}

fn print_json(out: &mut dyn Write, labels: &Labels) -> Result<(), ToolError> {
    let pairs: serde_json::Map<String, serde_json::Value> =
        labels.iter().map(|(n, v)| (n.to_owned(), v.into())).collect();
    let text = serde_json::Value::Object(pairs).to_string();
    // Go escapes what could end a script element. These characters occur in strings only.
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => escaped.push_str(&format!("\\u{:04x}", c as u32)),
            _ => escaped.push(c),
        }
    }
    writeln!(out, "{escaped}")?;
    Ok(())
}

fn print_openmetrics(out: &mut dyn Write, labels: &Labels, samples: &Samples) -> Result<(), ToolError> {
    let pairs: Vec<String> =
        labels.iter().filter(|(n, _)| *n != METRIC_NAME).map(|(n, v)| format!("{n}={}", quote(v))).collect();
    let series = format!("{}{{{}}}", labels.name(), pairs.join(","));
    for (&t, &v) in samples.t.iter().zip(&samples.v) {
        // As promtool prints them: float arithmetic, three decimals.
        writeln!(out, "{series} {} {:.3}", format_g(v), t as f64 / 1000.0)?;
    }
    Ok(())
}
