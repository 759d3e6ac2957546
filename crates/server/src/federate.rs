//! `/federate`: the latest sample of selected series, for another server to scrape.
//!
//! Source: Prometheus 3.14 `web/federate.go`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use exposition::format::{Encoding, Format};
use exposition::{Metric, MetricFamily, MetricValue};
use http::{HeaderMap, StatusCode, header};
use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, ResetHint, indexes};
use model::labels::METRIC_NAME;
use model::{Labels, Matcher, MetricType};
use storage::{Queryable, Samples, SelectError, SelectRequest, TimeRange};
use telemetry::{Counter, Registry};

use crate::error::plain;
use crate::form::Form;
use crate::own_metrics::{content_type, negotiate};
use crate::router::App;
use crate::visibility::data::Data;

/// The label that says where a series comes from. Series without it must say so, or the reader would add ours.
const INSTANCE: &str = "instance";

/// Counts what could not be answered.
pub struct Metrics {
    errors: Counter,
    warnings: Counter,
}

impl Metrics {
    /// Registers the counters.
    pub fn new(registry: &Registry) -> Metrics {
        Metrics {
            errors: registry.counter(
                "prometheus_web_federation_errors_total",
                "Total number of errors that occurred while sending federation responses.",
            ),
            warnings: registry.counter(
                "prometheus_web_federation_warnings_total",
                "Total number of warnings that occurred while sending federation responses.",
            ),
        }
    }
}

/// The latest sample of a series.
enum Latest {
    Float(f64),
    Histogram(Box<FloatHistogram>),
}

struct Found {
    labels: Labels,
    t: i64,
    latest: Latest,
}

/// Answers with the latest sample of each series that passes one of the selectors.
pub async fn federate(State(app): State<Arc<App>>, data: Data, headers: HeaderMap, form: Form) -> Response {
    if let Err(error) = form.well_formed() {
        return plain(StatusCode::BAD_REQUEST, &error.text);
    }
    let texts: Vec<&str> = form.all("match[]").collect();
    let sets = match promql::parser::parse_selectors(&texts) {
        Ok(sets) => sets,
        Err(error) => return plain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let format = negotiate(&headers, Encoding::ALL);
    let max_ms = app.parts.runtime.now_ms();
    let range = TimeRange { min_ms: max_ms - app.options.lookback_ms, max_ms };
    let work = {
        let app = app.clone();
        move || -> Result<Vec<u8>, SelectError> {
            let mut warnings = 0;
            let found = latest_samples(&*data.queryable, &sets, range, &mut warnings)?;
            app.federation.warnings.inc_by(warnings);
            Ok(write(found, &app.parts.config.load().external_labels, format))
        }
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(body)) => ([(header::CONTENT_TYPE, content_type(format))], body).into_response(),
        failed => {
            app.federation.errors.inc();
            let text = match failed {
                Ok(Err(error)) => error.to_string(),
                Ok(Ok(_)) | Err(_) => "the request ended without an answer; see the log".to_owned(),
            };
            plain(StatusCode::INTERNAL_SERVER_ERROR, &text)
        }
    }
}

/// Finds the latest samples, each series once, sorted by metric name.
fn latest_samples(
    data: &dyn Queryable,
    sets: &[Vec<Matcher>],
    range: TimeRange,
    warnings: &mut u64,
) -> Result<Vec<Found>, SelectError> {
    let view = data.view(range)?;
    let mut found = Vec::new();
    let mut samples = Samples::default();
    for matchers in sets {
        let set = view.select(&SelectRequest::new(matchers, range))?;
        *warnings += set.warnings().len() as u64;
        for i in 0..set.len() {
            samples.clear();
            set.read(i, range, &mut samples)?;
            if let Some((t, latest)) = last(&mut samples) {
                found.push(Found { labels: set.labels(i), t, latest });
            }
        }
    }
    found.sort_by(|a, b| a.labels.name().cmp(b.labels.name()).then_with(|| a.labels.cmp(&b.labels)));
    found.dedup_by(|a, b| a.labels == b.labels);
    Ok(found)
}

/// Takes the last sample, unless it says that the series has ended: no format can.
fn last(samples: &mut Samples) -> Option<(i64, Latest)> {
    let float = samples.t.last().copied().zip(samples.v.last().copied());
    let histogram = samples.histograms.pop().filter(|(t, _)| float.is_none_or(|(other, _)| other < *t));
    match (histogram, float) {
        (Some((t, h)), _) => (!h.is_stale()).then(|| (t, Latest::Histogram(Box::new(h.to_float())))),
        (None, Some((t, v))) => (!model::value::is_stale(v)).then_some((t, Latest::Float(v))),
        (None, None) => None,
    }
}

fn write(found: Vec<Found>, external: &Labels, format: Format) -> Vec<u8> {
    let mut families: Vec<MetricFamily> = Vec::new();
    for Found { labels, t, latest } in found {
        let (kind, value) = match latest {
            Latest::Float(v) => (MetricType::Unknown, MetricValue::Number(v, None)),
            Latest::Histogram(h) if h.schema == CUSTOM_BUCKETS_SCHEMA => (histogram_type(&h), classic(&h)),
            // Only protobuf can carry the others.
            Latest::Histogram(_) if format.encoding != Encoding::Protobuf => continue,
            Latest::Histogram(h) => (histogram_type(&h), native(*h)),
        };
        let name = labels.name();
        if name.is_empty() {
            tracing::warn!(series = %labels, "a series without a name cannot be federated");
            continue;
        }
        if families.last().is_none_or(|f| f.name != name || f.kind != kind) {
            let (name, help, unit) = (name.to_owned(), String::new(), String::new());
            families.push(MetricFamily { name, help, kind, unit, metrics: Vec::new() });
        }
        let labels = with_external(&labels, external);
        let blank_labels: &[&str] = if labels.has(INSTANCE) { &[] } else { &[INSTANCE] };
        let metric = Metric { labels, value, timestamp_ms: Some(t), start_ms: None, blank_labels };
        families.last_mut().expect("there is a family for the metric").metrics.push(metric);
    }
    exposition::write(&families, format)
}

/// Adds external labels that the series does not have itself.
fn with_external(labels: &Labels, external: &Labels) -> Labels {
    let mut builder = labels.builder();
    builder.del(METRIC_NAME);
    for (name, value) in external.iter().filter(|(name, _)| !labels.has(name)) {
        builder.set(name, value);
    }
    builder.labels()
}

fn histogram_type(h: &FloatHistogram) -> MetricType {
    if h.reset_hint == ResetHint::Gauge { MetricType::GaugeHistogram } else { MetricType::Histogram }
}

fn native(h: FloatHistogram) -> MetricValue {
    MetricValue::Histogram { buckets: Vec::new(), sum: h.sum, count: h.count, native: Some(Box::new(h)) }
}

/// A histogram with custom bounds as a classic one, which every format has.
fn classic(h: &FloatHistogram) -> MetricValue {
    let mut buckets: Vec<_> = h.custom_values.iter().map(|bound| (*bound, 0.0, None)).collect();
    for (index, count) in indexes(&h.positive_spans).zip(&h.positive_buckets) {
        if let Some(bucket) = usize::try_from(index).ok().and_then(|i| buckets.get_mut(i)) {
            bucket.1 = *count;
        }
    }
    let mut cumulative = 0.0;
    for bucket in &mut buckets {
        cumulative += bucket.1;
        bucket.1 = cumulative;
    }
    MetricValue::Histogram { buckets, sum: h.sum, count: h.count, native: None }
}
