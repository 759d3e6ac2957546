//! From the text format to families: samples of histograms and summaries come together.

use std::collections::BTreeMap;

use exposition::{BodyFormat, Entry, Metric, MetricFamily, MetricValue, Options, Reader};
use model::labels::{BUCKET_LABEL, METRIC_NAME, QUANTILE_LABEL};
use model::{Labels, MetricType};

/// Reads all families of a text, sorted by name. All or nothing.
pub(super) fn families(text: &str) -> Result<Vec<MetricFamily>, String> {
    let mut building = Building::default();
    let mut reader = Reader::new(text.as_bytes(), BodyFormat::Text, Options::default());
    while let Some(entry) = reader.next().map_err(|e| e.to_string())? {
        match entry {
            Entry::Type { name, kind } => building.family(name).kind = kind,
            Entry::Help { name, text } => building.family(name).help = text.into_owned(),
            Entry::Unit { .. } | Entry::Histogram { .. } => {} // the text format has neither
            Entry::Sample { series, value, timestamp_ms, .. } => {
                let labels = series.labels().map_err(|e| e.to_string())?;
                if timestamp_ms.is_some() {
                    let name = labels.get(METRIC_NAME);
                    return Err(format!("contains unsupported client-side timestamps, at metric {name}"));
                }
                building.sample(&labels, value)?;
            }
        }
    }
    Ok(building.finish())
}

#[derive(Default)]
struct Building(BTreeMap<String, Family>);

#[derive(Default)]
struct Family {
    kind: MetricType,
    help: String,
    /// By labels without name, `le` and `quantile`.
    metrics: BTreeMap<Labels, Parts>,
}

#[derive(Default)]
struct Parts {
    value: f64,
    sum: f64,
    count: f64,
    /// Buckets or quantiles.
    points: Vec<(f64, f64)>,
}

impl Building {
    fn family(&mut self, name: &str) -> &mut Family {
        self.0.entry(name.to_owned()).or_default()
    }

    fn sample(&mut self, labels: &Labels, value: f64) -> Result<(), String> {
        let name = labels.get(METRIC_NAME);
        let (family, suffix) = self.owner(name);
        let kind = self.0.get(family).map(|f| f.kind).unwrap_or_default();
        let point_label = match (kind, suffix) {
            (MetricType::Histogram, "_bucket") => Some(BUCKET_LABEL),
            (MetricType::Summary, "") => Some(QUANTILE_LABEL),
            _ => None,
        };
        let mut rest = labels.builder();
        rest.del(METRIC_NAME);
        let point = point_label.map(|label| {
            rest.del(label);
            let at = labels.get(label);
            at.parse::<f64>().map_err(|_| format!("metric {name} has {label}={at:?}, which is no number"))
        });
        let parts = self.family(family).metrics.entry(rest.labels()).or_default();
        match (point, suffix) {
            (Some(at), _) => parts.points.push((at?, value)),
            (None, "_sum") => parts.sum = value,
            (None, "_count") => parts.count = value,
            (None, _) => parts.value = value,
        }
        Ok(())
    }

    /// Returns the family that a sample belongs to, and what its name has beyond the family's.
    fn owner<'n>(&self, name: &'n str) -> (&'n str, &'n str) {
        for suffix in ["_bucket", "_sum", "_count"] {
            let Some(family) = name.strip_suffix(suffix) else { continue };
            match self.0.get(family).map(|f| f.kind) {
                Some(MetricType::Histogram) => return (family, &name[family.len()..]),
                Some(MetricType::Summary) if suffix != "_bucket" => return (family, &name[family.len()..]),
                Some(_) | None => {}
            }
        }
        (name, "")
    }

    fn finish(self) -> Vec<MetricFamily> {
        let with_samples = self.0.into_iter().filter(|(_, family)| !family.metrics.is_empty());
        with_samples.map(|(name, family)| family.finish(name)).collect()
    }
}

impl Family {
    fn finish(self, name: String) -> MetricFamily {
        let metric = |(labels, mut parts): (Labels, Parts)| {
            parts.points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (sum, count) = (parts.sum, parts.count);
            let value = match self.kind {
                MetricType::Histogram => {
                    let buckets = parts.points.into_iter().map(|(bound, n)| (bound, n, None)).collect();
                    MetricValue::Histogram { buckets, sum, count, native: None }
                }
                MetricType::Summary => MetricValue::Summary { quantiles: parts.points, sum, count },
                _number => MetricValue::Number(parts.value, None),
            };
            Metric { labels, value, timestamp_ms: None, start_ms: None, blank_labels: &[] }
        };
        let metrics = self.metrics.into_iter().map(metric).collect();
        MetricFamily { name, help: self.help, kind: self.kind, unit: String::new(), metrics }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brings_samples_together() {
        let text = "# HELP h Times.\n# TYPE h histogram\nh_bucket{a=\"1\",le=\"0.5\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 2\n\
                    h_sum{a=\"1\"} 3.5\nh_count{a=\"1\"} 2\n# TYPE s summary\ns{quantile=\"0.9\"} 7\ns_sum 8\ns_count 9\n\
                    # TYPE c counter\nc{x=\"y\"} 4\nlone_count 5\n";
        let families = families(text).unwrap();
        let shown: Vec<String> = families
            .iter()
            .map(|f| {
                format!(
                    "{} {} {:?} {:?} {:?}",
                    f.kind.as_str(),
                    f.name,
                    f.help,
                    f.metrics[0].labels,
                    f.metrics[0].value
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"counter c "" {x="y"} Number(4.0, None)"#,
                r#"histogram h "Times." {a="1"} Histogram { buckets: [(0.5, 1.0, None), (inf, 2.0, None)], sum: 3.5, count: 2.0, native: None }"#,
                r#"unknown lone_count "" {} Number(5.0, None)"#,
                r#"summary s "" {} Summary { quantiles: [(0.9, 7.0)], sum: 8.0, count: 9.0 }"#,
            ]
        );
        assert!(
            super::families("a 1 1600000000000\n")
                .unwrap_err()
                .contains("unsupported client-side timestamps")
        );
        assert!(super::families("a{ 1\n").unwrap_err().contains("line 1"));
    }
}
