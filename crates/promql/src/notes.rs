//! Warnings and remarks that come with a result, in Prometheus's words.
//!
//! A note is known by its text without the position: the same text from two places is one note, at the later place.

use std::collections::BTreeMap;

use crate::ast::Span;
use crate::number::{fmt_g_precision, fmt_rfc3339_seconds};
use model::number::format_g;

/// How serious a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The result may not be complete.
    Storage,
    /// The result may be wrong.
    Warning,
    /// The result may surprise.
    Info,
}

/// Where `histogram_quantile` had to make buckets monotonic; widened as occurrences are merged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Monotonicity {
    /// Times of the first and last step.
    pub t: (i64, i64),
    /// Lowest and highest upper bound of a corrected bucket.
    pub bucket: (f64, f64),
    /// Largest correction.
    pub diff_max: f64,
    /// Number of corrected histograms.
    pub count: u64,
}

impl Monotonicity {
    fn widen(&mut self, other: Monotonicity) {
        self.t = (self.t.0.min(other.t.0), self.t.1.max(other.t.1));
        self.bucket = (self.bucket.0.min(other.bucket.0), self.bucket.1.max(other.bucket.1));
        self.diff_max = self.diff_max.max(other.diff_max);
        self.count += other.count;
    }
}

#[derive(Clone, Debug)]
struct Note {
    span: Span,
    monotonicity: Option<Monotonicity>,
}

/// A set of notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(BTreeMap<(Level, String), Note>);

impl Notes {
    fn add(&mut self, level: Level, text: String, span: Span, monotonicity: Option<Monotonicity>) {
        let note = Note { span, monotonicity };
        match self.0.entry((level, text)) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(note);
            }
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                let merged = match (slot.get().monotonicity, note.monotonicity) {
                    (Some(mut old), Some(new)) => {
                        old.widen(new);
                        Some(old)
                    }
                    (old, new) => new.or(old),
                };
                // Parts of a query are evaluated side by side; the place written last is the later one whoever came first.
                let span = if slot.get().span.start > span.start { slot.get().span } else { span };
                slot.insert(Note { span, monotonicity: merged });
            }
        }
    }

    /// Adds a warning; the text without `PromQL warning: `.
    pub(crate) fn warn(&mut self, span: Span, text: impl Into<String>) {
        self.add(Level::Warning, text.into(), span, None);
    }

    /// Adds a remark; the text without `PromQL info: `.
    pub(crate) fn info(&mut self, span: Span, text: impl Into<String>) {
        self.add(Level::Info, text.into(), span, None);
    }

    /// Notes a correction of bucket counts.
    pub(crate) fn forced_monotonicity(&mut self, span: Span, metric: &str, detail: Monotonicity) {
        let text = "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
        self.add(Level::Info, with_metric(text.to_owned(), metric), span, Some(detail));
    }

    /// What a storage said about its answer, as it said it.
    pub(crate) fn storage_warning(&mut self, text: String) {
        self.add(Level::Storage, text, Span::default(), None);
    }

    /// A quantile outside 0..=1.
    pub(crate) fn invalid_quantile(&mut self, span: Span, q: f64) {
        self.warn(span, format!("quantile value should be between 0 and 1, got {}", format_g(q)));
    }

    /// Floats and histograms in one range.
    pub(crate) fn mixed_range(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.warn(span, format!("encountered a mix of histograms and floats for metric name {metric}"));
    }

    /// A start time before the sample before, and not that one's.
    pub(crate) fn start_time_overlap(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.warn(
            span,
            format!("sample has start time that overlaps with previous sample timestamp for metric {metric}"),
        );
    }

    /// Histograms left out of a range that also holds floats.
    pub(crate) fn histograms_ignored_in_range(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.info(
            span,
            format!(
                "ignored histograms in a range containing both floats and histograms for metric name {metric}"
            ),
        );
    }

    /// Histograms left out of an aggregation.
    pub(crate) fn histogram_ignored_in_aggregation(&mut self, span: Span, op: &str) {
        self.info(span, format!("ignored histogram in {op} aggregation"));
    }

    /// Custom bounds differed and were brought together.
    pub(crate) fn bounds_reconciled(&mut self, span: Span, step: &str) {
        self.info(span, format!("mismatched custom buckets were reconciled during {step}"));
    }

    /// Some histograms were resets, others were known not to be.
    pub(crate) fn reset_collision(&mut self, span: Span, step: &str) {
        self.warn(span, format!("conflicting counter resets during histogram {step}"));
    }

    /// Exponential and custom buckets met.
    pub(crate) fn mixed_schemas(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.warn(span, format!("vector contains a mix of histograms with exponential and custom buckets schemas for metric name {metric}"));
    }

    /// A gauge where a counter is needed.
    pub(crate) fn not_a_counter(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.warn(span, format!("this native histogram metric is not a counter: {metric}"));
    }

    /// A counter where a gauge is needed.
    pub(crate) fn not_a_gauge(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.warn(span, format!("this native histogram metric is not a gauge: {metric}"));
    }

    /// Observations of NaN, which are in no bucket; the text after `input to `.
    pub(crate) fn histogram_with_nan(&mut self, span: Span, text: &str, metric: &str) {
        self.info(span, with_metric(format!("input to {text}"), metric));
    }

    /// Buckets of a classic histogram and a native histogram with the same labels.
    pub(crate) fn mixed_classic_native(&mut self, span: Span, metric: &str) {
        self.warn(
            span,
            with_metric("vector contains a mix of classic and native histograms".to_owned(), metric),
        );
    }

    /// Two histograms whose buckets cannot be put together.
    pub(crate) fn incompatible_buckets(&mut self, span: Span, op: &str) {
        self.warn(span, format!("incompatible bucket layout encountered for binary operator {op}"));
    }

    /// Floats and histograms in one group.
    pub(crate) fn mixed_aggregation(&mut self, span: Span) {
        self.warn(span, "encountered a mix of histograms and floats for aggregation");
    }

    /// A binary operator between types it does not know.
    pub(crate) fn incompatible_types(&mut self, span: Span, left: &str, op: &str, right: &str) {
        self.info(
            span,
            format!(
                "incompatible sample types encountered for binary operator \"{op}\": {left} {op} {right}"
            ),
        );
    }

    /// A metric that was treated as a counter and is not named like one.
    pub(crate) fn possible_non_counter(&mut self, span: Span, metric: &str) {
        let metric = model::number::quote(metric);
        self.info(
            span,
            format!(
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {metric}"
            ),
        );
    }

    /// A metric that was treated as a counter and has another type.
    pub(crate) fn not_a_counter_type(&mut self, span: Span, metric: &str, metric_type: &str) {
        let (metric, found) = (model::number::quote(metric), model::number::quote(metric_type));
        self.info(
            span,
            format!("metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got {found}: {metric}"),
        );
    }

    /// Takes over all notes of another set, later than those here.
    pub(crate) fn merge(&mut self, other: Notes) {
        for ((level, text), note) in other.0 {
            self.add(level, text, note.span, note.monotonicity);
        }
    }

    /// Tells whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns warnings and remarks as users see them, positions found in the query's text.
    pub(crate) fn into_texts(self, query: &str) -> (Vec<String>, Vec<String>) {
        let (mut warnings, mut infos) = (Vec::new(), Vec::new());
        for ((level, text), note) in self.0 {
            let position =
                if query.is_empty() { String::new() } else { format!(" ({})", position(query, note.span)) };
            let detail = note.monotonicity.map(describe).unwrap_or_default();
            match level {
                Level::Storage => warnings.push(text),
                Level::Warning => warnings.push(format!("PromQL warning: {text}{detail}{position}")),
                Level::Info => infos.push(format!("PromQL info: {text}{detail}{position}")),
            }
        }
        (warnings, infos)
    }
}

/// Appends ` for metric name "…"` where a name is known.
pub(crate) fn with_metric(text: String, metric: &str) -> String {
    if metric.is_empty() { text } else { format!("{text} for metric name {}", model::number::quote(metric)) }
}

fn describe(m: Monotonicity) -> String {
    format!(
        ", from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
        format_g(m.bucket.0),
        format_g(m.bucket.1),
        fmt_g_precision(m.diff_max, 2),
        m.count,
        fmt_rfc3339_seconds(m.t.0),
        fmt_rfc3339_seconds(m.t.1),
    )
}

/// Returns `line:column` of a span's start; columns count bytes from 1.
fn position(query: &str, span: Span) -> String {
    match line_and_column(query, span) {
        Some((line, column)) => format!("{line}:{column}"),
        None => "invalid position".to_owned(),
    }
}

/// Where a span starts, both numbers from 1, columns in bytes; `None` if it starts outside the text.
pub(crate) fn line_and_column(query: &str, span: Span) -> Option<(usize, usize)> {
    let start = span.start as usize;
    let before = query.as_bytes().get(..start)?;
    let line = 1 + before.iter().filter(|b| **b == b'\n').count();
    let column = start - before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1) + 1;
    Some((line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_lines_and_byte_columns() {
        let at = |start| position("a +\n  b", Span { start, end: start });
        assert_eq!((at(0), at(2), at(6)), ("1:1".to_owned(), "1:3".to_owned(), "2:3".to_owned()));
        assert_eq!(at(99), "invalid position");
    }

    #[test]
    fn equal_texts_are_one_note_and_corrections_add_up() {
        let mut notes = Notes::default();
        notes.invalid_quantile(Span { start: 3, end: 4 }, 2.0);
        notes.invalid_quantile(Span { start: 5, end: 6 }, 2.0);
        let m = |t, diff_max| Monotonicity { t: (t, t), bucket: (1.0, 2.0), diff_max, count: 1 };
        notes.forced_monotonicity(Span::default(), "", m(60_000, 1.0));
        notes.forced_monotonicity(Span::default(), "", m(0, 2.5));
        let (warnings, infos) = notes.into_texts("0123456789");
        assert_eq!(warnings, ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:6)"]);
        assert!(infos[0].ends_with("from buckets 1 to 2, with a max diff of 2.5, over 2 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:1)"), "{infos:?}");
    }
}
