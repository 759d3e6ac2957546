//! Classic histograms as native ones with custom buckets, for `load_with_nhcb`.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Labels;
use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Span};
use model::labels::{BUCKET_LABEL, METRIC_NAME};
use model::number::parse_float;

use super::load::{LoadedSample, LoadedSamples, LoadedValue};

/// What is known of a histogram at one time.
#[derive(Default)]
struct Collected {
    /// Cumulative counts by upper bound, sorted, each bound once.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
}

impl Collected {
    fn set_bucket(&mut self, bound: f64, count: f64) {
        let i = self.buckets.partition_point(|(known, _)| *known < bound);
        if self.buckets.get(i).is_none_or(|(known, _)| *known != bound) {
            self.buckets.insert(i, (bound, count));
        }
    }

    fn convert(mut self) -> Result<FloatHistogram, String> {
        let highest = self.buckets.last().copied();
        let count = self.count.or(highest.map(|(_, count)| count)).unwrap_or(0.0);
        if highest.is_none_or(|(bound, _)| bound != f64::INFINITY) {
            self.buckets.push((f64::INFINITY, count));
        }
        let mut histogram = FloatHistogram {
            schema: CUSTOM_BUCKETS_SCHEMA,
            count,
            sum: self.sum,
            custom_values: self.buckets.iter().map(|(bound, _)| *bound).filter(|b| b.is_finite()).collect(),
            ..FloatHistogram::default()
        };
        let mut below = 0.0;
        let mut gap = 0;
        for (_, cumulative) in &self.buckets {
            let inside = cumulative - below;
            if inside < 0.0 {
                return Err(format!("counts are not cumulative: {cumulative} < {below}"));
            }
            below = *cumulative;
            if inside == 0.0 {
                gap += 1;
                continue;
            }
            match histogram.positive_spans.last_mut() {
                Some(span) if gap == 0 => span.length += 1,
                Some(_) | None => histogram.positive_spans.push(Span { offset: gap, length: 1 }),
            }
            gap = 0;
            histogram.positive_buckets.push(inside);
        }
        if below != count {
            return Err(format!("count mismatch: count={count} != le=+Inf count={below}"));
        }
        Ok(histogram)
    }
}

/// Notes one value of a classic histogram.
type Set = Box<dyn Fn(&mut Collected, f64)>;

/// Returns the native histograms that the classic ones among `series` amount to.
pub(super) fn convert(series: &[(Labels, LoadedSamples)]) -> Result<Vec<(Labels, LoadedSamples)>, String> {
    let mut by_metric: BTreeMap<Labels, BTreeMap<i64, Collected>> = BTreeMap::new();
    for (labels, samples) in series {
        let name = labels.name();
        let (base, set): (&str, Set) = if let Some(base) = name.strip_suffix("_bucket") {
            match parse_float(labels.get(BUCKET_LABEL)).filter(|bound| !bound.is_nan()) {
                Some(bound) => (base, Box::new(move |c, v| c.set_bucket(bound, v))),
                None => continue,
            }
        } else if let Some(base) = name.strip_suffix("_count") {
            (base, Box::new(|c, v| c.count = Some(v)))
        } else if let Some(base) = name.strip_suffix("_sum") {
            (base, Box::new(|c, v| c.sum = v))
        } else {
            continue;
        };
        let metric = labels.builder().set(METRIC_NAME, base).del(BUCKET_LABEL).labels();
        let by_time = by_metric.entry(metric).or_default();
        for LoadedSample { t, value, .. } in samples {
            match value {
                LoadedValue::Float(v) => set(by_time.entry(*t).or_default(), *v),
                LoadedValue::Histogram(_) => {}
            }
        }
    }
    let mut converted = Vec::new();
    for (labels, by_time) in by_metric {
        let mut samples = LoadedSamples::new();
        for (t, collected) in by_time {
            let h = collected.convert().map_err(|e| format!("cannot convert {labels} at {t}: {e}"))?;
            samples.push(LoadedSample { t, value: LoadedValue::Histogram(Arc::new(h)), start_ms: 0 });
        }
        converted.push((labels, samples));
    }
    Ok(converted)
}
