//! Prometheus text format 0.0.4, with quoted names where they need quotes.
//!
//! Source: `prometheus/common` `expfmt/text_create.go`.

use model::MetricType;
use model::labels::{BUCKET_LABEL, QUANTILE_LABEL, is_legacy_metric_name};
use model::number::write_g;

use crate::family::{Metric, MetricFamily, MetricValue};

pub(super) fn write_family(out: &mut String, family: &MetricFamily) {
    if !family.help.is_empty() {
        out.push_str("# HELP ");
        write_name(out, &family.name);
        out.push(' ');
        write_escaped(out, &family.help, false);
        out.push('\n');
    }
    out.push_str("# TYPE ");
    write_name(out, &family.name);
    out.push(' ');
    out.push_str(type_word(family.kind));
    out.push('\n');
    for metric in &family.metrics {
        write_metric(out, &family.name, metric);
    }
}

/// The nearest type that the format has.
fn type_word(kind: MetricType) -> &'static str {
    match kind {
        MetricType::Counter => "counter",
        MetricType::Gauge | MetricType::Info | MetricType::StateSet => "gauge",
        MetricType::Histogram | MetricType::GaugeHistogram => "histogram",
        MetricType::Summary => "summary",
        MetricType::Unknown => "untyped",
    }
}

fn write_metric(out: &mut String, name: &str, metric: &Metric) {
    let mut sample = |suffix: &str, bound: Option<(&str, f64)>, value: f64| {
        let bound = bound.map(|(label, v)| (label, model::number::format_g(v)));
        write_series(out, name, suffix, metric, bound.as_ref().map(|(l, v)| (*l, v.as_str())));
        out.push(' ');
        write_g(out, value);
        if let Some(t) = metric.timestamp_ms {
            out.push(' ');
            out.push_str(itoa::Buffer::new().format(t));
        }
        out.push('\n');
    };
    match &metric.value {
        MetricValue::Number(value, _) => sample("", None, *value),
        MetricValue::Summary { quantiles, sum, count } => {
            for (quantile, value) in quantiles {
                sample("", Some((QUANTILE_LABEL, *quantile)), *value);
            }
            sample("_sum", None, *sum);
            sample("_count", None, *count);
        }
        MetricValue::Histogram { buckets, sum, count, native: _ } => {
            for (bound, cumulative, _) in buckets {
                sample("_bucket", Some((BUCKET_LABEL, *bound)), *cumulative);
            }
            if buckets.last().is_none_or(|(bound, ..)| *bound != f64::INFINITY) {
                sample("_bucket", Some((BUCKET_LABEL, f64::INFINITY)), *count);
            }
            sample("_sum", None, *sum);
            sample("_count", None, *count);
        }
    }
}

/// Writes `name{labels}`, or `{"name",labels}` if the name needs quotes; `extra` is the last label.
pub(super) fn write_series(
    out: &mut String,
    name: &str,
    suffix: &str,
    metric: &Metric,
    extra: Option<(&str, &str)>,
) {
    let quoted = !is_legacy_metric_name(name);
    let mut separator = '{';
    if quoted {
        out.push_str("{\"");
        write_escaped(out, name, true);
        out.push_str(suffix);
        out.push('"');
        separator = ',';
    } else {
        out.push_str(name);
        out.push_str(suffix);
    }
    for (label, value) in metric.written_labels().chain(extra) {
        out.push(separator);
        separator = ',';
        write_name(out, label);
        out.push_str("=\"");
        write_escaped(out, value, true);
        out.push('"');
    }
    if separator == ',' {
        out.push('}');
    }
}

/// Writes a name, in quotes if it needs them.
pub(super) fn write_name(out: &mut String, name: &str) {
    if is_legacy_metric_name(name) {
        out.push_str(name);
    } else {
        out.push('"');
        write_escaped(out, name, true);
        out.push('"');
    }
}

/// Escapes backslashes, line feeds and, if asked for, quotes.
pub(super) fn write_escaped(out: &mut String, text: &str, quotes: bool) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            other => out.push(other),
        }
    }
}
