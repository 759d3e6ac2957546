//! OpenMetrics 1.0 text.
//!
//! Source: `prometheus/common` `expfmt/openmetrics_create.go`; start times are written as `_created` lines.

use model::labels::{BUCKET_LABEL, QUANTILE_LABEL};
use model::{Exemplar, MetricType};

use super::text::{write_escaped, write_name, write_series};
use crate::family::{Metric, MetricFamily, MetricValue};
use crate::series::openmetrics_float;

const TOTAL: &str = "_total";

pub(super) fn write_family(out: &mut String, family: &MetricFamily) {
    // A counter must end in `_total`, which its family's name lacks; one that does not is no OpenMetrics counter.
    let counter_stem = match family.kind {
        MetricType::Counter => family.name.strip_suffix(TOTAL),
        _other => None,
    };
    let stem = counter_stem.unwrap_or(&family.name);
    let kind = match (family.kind, counter_stem) {
        (MetricType::Counter, None) => MetricType::Unknown,
        (kind, _) => kind,
    };
    write_meta(out, "# HELP ", stem, &family.help);
    write_meta(out, "# TYPE ", stem, kind.as_str());
    // A unit must end the name.
    if stem.strip_suffix(&family.unit).is_some_and(|rest| rest.ends_with('_')) {
        write_meta(out, "# UNIT ", stem, &family.unit);
    }
    for metric in &family.metrics {
        write_metric(out, &family.name, metric);
        if let (Some(start_ms), true) = (metric.start_ms, has_start(kind)) {
            write_series(out, stem, "_created", metric, None);
            out.push(' ');
            out.push_str(&openmetrics_float(start_ms as f64 / 1000.0));
            out.push('\n');
        }
    }
}

fn has_start(kind: MetricType) -> bool {
    matches!(kind, MetricType::Counter | MetricType::Summary | MetricType::Histogram)
}

fn write_meta(out: &mut String, word: &str, name: &str, text: &str) {
    if !text.is_empty() {
        out.push_str(word);
        write_name(out, name);
        out.push(' ');
        write_escaped(out, text, true);
        out.push('\n');
    }
}

fn write_metric(out: &mut String, name: &str, metric: &Metric) {
    let mut sample =
        |suffix: &str, bound: Option<(&str, f64)>, value: String, exemplar: Option<&Exemplar>| {
            let bound = bound.map(|(label, v)| (label, openmetrics_float(v)));
            write_series(out, name, suffix, metric, bound.as_ref().map(|(l, v)| (*l, v.as_str())));
            out.push(' ');
            out.push_str(&value);
            if let Some(t) = metric.timestamp_ms {
                out.push(' ');
                out.push_str(&openmetrics_float(t as f64 / 1000.0));
            }
            if let Some(exemplar) = exemplar {
                write_exemplar(out, exemplar);
            }
            out.push('\n');
        };
    match &metric.value {
        MetricValue::Number(value, exemplar) => {
            // Only counters may have exemplars here; others never carry one.
            sample("", None, openmetrics_float(*value), exemplar.as_ref());
        }
        MetricValue::Summary { quantiles, sum, count } => {
            for (quantile, value) in quantiles {
                sample("", Some((QUANTILE_LABEL, *quantile)), openmetrics_float(*value), None);
            }
            sample("_sum", None, openmetrics_float(*sum), None);
            sample("_count", None, count_text(*count), None);
        }
        MetricValue::Histogram { buckets, sum, count, native: _ } => {
            for (bound, cumulative, exemplar) in buckets {
                sample("_bucket", Some((BUCKET_LABEL, *bound)), count_text(*cumulative), exemplar.as_ref());
            }
            if buckets.last().is_none_or(|(bound, ..)| *bound != f64::INFINITY) {
                sample("_bucket", Some((BUCKET_LABEL, f64::INFINITY)), count_text(*count), None);
            }
            sample("_sum", None, openmetrics_float(*sum), None);
            sample("_count", None, count_text(*count), None);
        }
    }
}

/// Counts are integers where they can be.
fn count_text(count: f64) -> String {
    if count >= 0.0 && count.fract() == 0.0 && count < u64::MAX as f64 {
        itoa::Buffer::new().format(count as u64).to_owned()
    } else {
        openmetrics_float(count)
    }
}

fn write_exemplar(out: &mut String, exemplar: &Exemplar) {
    if exemplar.labels.is_empty() {
        return;
    }
    out.push_str(" # ");
    let mut separator = '{';
    for (name, value) in exemplar.labels.iter() {
        out.push(separator);
        separator = ',';
        write_name(out, name);
        out.push_str("=\"");
        write_escaped(out, value, true);
        out.push('"');
    }
    out.push_str("} ");
    out.push_str(&openmetrics_float(exemplar.value));
    if let Some(t) = exemplar.timestamp_ms {
        out.push(' ');
        out.push_str(&openmetrics_float(t as f64 / 1000.0));
    }
}
