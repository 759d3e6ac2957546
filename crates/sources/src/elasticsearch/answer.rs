//! Buckets as series, or as a table where no date histogram is innermost.

use serde_json::{Map, Value};

use super::{Bucket, Metric, Wanted};
use crate::error::SourceError;
use crate::frame::{Column, Field, Frame, Numbers};
use crate::series::SERIES_MAX;

/// Most buckets of an answer.
const BUCKETS_MAX: usize = 500_000;

/// Makes frames of the answer to a search.
///
/// # Errors
/// Too many series or buckets.
pub fn frames(
    ref_id: &str,
    wanted: &Wanted,
    executed: &str,
    answer: &Value,
) -> Result<Vec<Frame>, SourceError> {
    let over_time = wanted.buckets().last().is_some_and(|bucket| bucket.kind == "date_histogram");
    let mut walk = Walk { wanted, series: Vec::new(), rows: Vec::new(), buckets: 0 };
    walk.level(&answer["aggregations"], wanted.buckets(), &mut Vec::new(), over_time)?;
    if over_time {
        return Ok(walk
            .series
            .into_iter()
            .map(|series| series.into_frame(ref_id, wanted, executed))
            .collect());
    }
    Ok(vec![table(ref_id, wanted, executed, walk.rows)])
}

/// Groups on the way to a value: their field and what it is there.
type Groups = Vec<(String, Value)>;

/// A row of a table: where it is, and its values by the name of their column.
type Row = (Groups, Vec<(String, Option<f64>)>);

struct Series {
    groups: Groups,
    metric: Metric,
    /// Which of several values of a metric: `p95`, `Std Dev`.
    part: Option<String>,
    times: Vec<i64>,
    values: Vec<Option<f64>>,
}

struct Walk<'a> {
    wanted: &'a Wanted,
    series: Vec<Series>,
    rows: Vec<Row>,
    buckets: usize,
}

impl Walk<'_> {
    fn level(
        &mut self,
        aggregations: &Value,
        buckets: &[Bucket],
        groups: &mut Groups,
        over_time: bool,
    ) -> Result<(), SourceError> {
        let Some((bucket, rest)) = buckets.split_first() else {
            let row = self.values(aggregations).into_iter();
            let named =
                row.map(|(metric, part, value)| (column_name(&metric, part.as_deref()), value)).collect();
            self.rows.push((groups.clone(), named));
            return Ok(());
        };
        let found = &aggregations[&bucket.id];
        if bucket.kind == "nested" {
            return self.level(found, rest, groups, over_time);
        }
        if rest.is_empty() && over_time {
            return self.over_time(&found["buckets"], groups);
        }
        for (key, inner) in each(&found["buckets"]) {
            self.count(1)?;
            let name = if bucket.field.is_empty() { "filter".to_owned() } else { bucket.field.clone() };
            groups.push((name, key));
            self.level(inner, rest, groups, over_time)?;
            groups.pop();
        }
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), SourceError> {
        self.buckets += more;
        if self.buckets > BUCKETS_MAX {
            return Err(SourceError::TooLarge { limit: BUCKETS_MAX as u64, unit: "buckets" });
        }
        Ok(())
    }

    fn over_time(&mut self, buckets: &Value, groups: &Groups) -> Result<(), SourceError> {
        let begin = self.series.len();
        for (key, bucket) in each(buckets) {
            self.count(1)?;
            let time = key.as_f64().map_or(0, |ms| ms as i64);
            for (at, (metric, part, value)) in self.values(bucket).into_iter().enumerate() {
                if self.series.len() <= begin + at {
                    if self.series.len() >= SERIES_MAX {
                        return Err(SourceError::TooLarge { limit: SERIES_MAX as u64, unit: "series" });
                    }
                    let groups = groups.clone();
                    self.series.push(Series { groups, metric, part, times: Vec::new(), values: Vec::new() });
                }
                let series = &mut self.series[begin + at];
                series.times.push(time);
                series.values.push(value);
            }
        }
        Ok(())
    }

    /// The values of a bucket: always as many, in the order of the metrics.
    fn values(&self, bucket: &Value) -> Vec<(Metric, Option<String>, Option<f64>)> {
        let mut all = Vec::new();
        for metric in self.wanted.metrics.iter().filter(|metric| !metric.hide) {
            let found = &bucket[&metric.id];
            let mut add = |part: Option<&str>, value: &Value| {
                all.push((metric.clone(), part.map(str::to_owned), number(value)));
            };
            match metric.kind.as_str() {
                "count" => add(None, &bucket["doc_count"]),
                "percentiles" => {
                    for (percent, value) in found["values"].as_object().into_iter().flatten() {
                        add(Some(&format!("p{}", percent.trim_end_matches(".0"))), value);
                    }
                }
                "extended_stats" => {
                    let known = [
                        ("avg", "Avg"),
                        ("min", "Min"),
                        ("max", "Max"),
                        ("sum", "Sum"),
                        ("count", "Count"),
                        ("std_deviation", "Std Dev"),
                        ("std_deviation_bounds_upper", "Std Dev Upper"),
                        ("std_deviation_bounds_lower", "Std Dev Lower"),
                    ];
                    let is_wanted =
                        |name: &str| metric.meta.get(name).and_then(Value::as_bool).unwrap_or(false);
                    for (name, shown) in known.into_iter().filter(|(name, _)| is_wanted(name)) {
                        let value = match name.strip_prefix("std_deviation_bounds_") {
                            Some(bound) => &found["std_deviation_bounds"][bound],
                            None => &found[name],
                        };
                        add(Some(shown), value);
                    }
                }
                _one if found["normalized_value"].is_number() => add(None, &found["normalized_value"]),
                _one => add(None, &found["value"]),
            }
        }
        all
    }
}

/// Buckets with their keys, whether they come as list or by name.
fn each(buckets: &Value) -> Vec<(Value, &Value)> {
    match buckets {
        Value::Array(list) => list.iter().map(|bucket| (bucket["key"].clone(), bucket)).collect(),
        Value::Object(named) => {
            named.iter().map(|(name, bucket)| (Value::from(name.as_str()), bucket)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The name of a kind of metric, for people.
fn metric_name(kind: &str) -> &str {
    let known = [
        ("count", "Count"),
        ("avg", "Average"),
        ("sum", "Sum"),
        ("max", "Max"),
        ("min", "Min"),
        ("extended_stats", "Extended Stats"),
        ("percentiles", "Percentiles"),
        ("cardinality", "Unique Count"),
        ("moving_avg", "Moving Average"),
        ("moving_fn", "Moving Function"),
        ("derivative", "Derivative"),
        ("serial_diff", "Serial Difference"),
        ("cumulative_sum", "Cumulative Sum"),
        ("bucket_script", "Bucket Script"),
        ("value_count", "Value Count"),
        ("rate", "Rate"),
    ];
    known.into_iter().find(|(id, _)| *id == kind).map_or(kind, |(_, name)| name)
}

fn column_name(metric: &Metric, part: Option<&str>) -> String {
    let name = part.unwrap_or_else(|| metric_name(&metric.kind));
    if metric.kind == "count" || metric.field.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {}", metric.field)
    }
}

impl Series {
    fn title(&self, wanted: &Wanted) -> String {
        let metric = column_name(&self.metric, self.part.as_deref());
        if !wanted.alias.is_empty() {
            return self.aliased(&wanted.alias);
        }
        let groups: Vec<String> = self.groups.iter().map(|(_, value)| text(value)).collect();
        let shown = wanted.metrics.iter().filter(|metric| !metric.hide).count();
        match (groups.is_empty(), shown) {
            (true, _) => metric,
            (false, 1) if self.part.is_none() => groups.join(" "),
            (false, _) => format!("{} {metric}", groups.join(" ")),
        }
    }

    /// `{{metric}}`, `{{field}}` and `{{term host}}` filled in.
    fn aliased(&self, alias: &str) -> String {
        let mut out = String::new();
        let mut rest = alias;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((name, after)) = after.split_once("}}") else {
                out.push_str("{{");
                rest = after;
                continue;
            };
            let name = name.trim();
            let group =
                |wanted: &str| self.groups.iter().find(|(field, _)| field == wanted).map(|(_, v)| text(v));
            let value = match name {
                "metric" => {
                    Some(self.part.clone().unwrap_or_else(|| metric_name(&self.metric.kind).to_owned()))
                }
                "field" => Some(self.metric.field.clone()),
                name => group(name.strip_prefix("term ").unwrap_or(name).trim()),
            };
            match value {
                Some(value) => out.push_str(&value),
                None => out.push_str(&format!("{{{{{name}}}}}")),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn into_frame(self, ref_id: &str, wanted: &Wanted, executed: &str) -> Frame {
        let title = self.title(wanted);
        let labels: Map<String, Value> =
            self.groups.iter().map(|(field, value)| (field.clone(), text(value).into())).collect();
        let value = Field::numbers("Value", self.values).with_labels(labels).shown_as(&title);
        Frame::new(ref_id, "timeseries-multi", executed, vec![Field::times("Time", self.times), value])
            .named(&title)
    }
}

fn table(ref_id: &str, wanted: &Wanted, executed: &str, rows: Vec<Row>) -> Frame {
    let mut fields = Vec::new();
    for (at, bucket) in wanted.buckets().iter().filter(|bucket| bucket.kind != "nested").enumerate() {
        let name = if bucket.field.is_empty() { "filter" } else { &bucket.field };
        let key =
            |(groups, _): &(Groups, Vec<_>)| groups.get(at).map_or(Value::Null, |(_, value)| value.clone());
        let keys: Vec<Value> = rows.iter().map(key).collect();
        let column = if bucket.kind == "date_histogram" {
            Column::Time(keys.iter().map(|key| key.as_f64().map(|ms| ms as i64)).collect())
        } else if keys.iter().all(Value::is_number) && !keys.is_empty() {
            Column::Number(Numbers(keys.iter().map(Value::as_f64).collect()))
        } else {
            Column::Text(keys.iter().map(|key| Some(text(key))).collect())
        };
        fields.push(Field::new(name, column));
    }
    let names: Vec<String> =
        rows.first().map(|(_, values)| values.iter().map(|(n, _)| n.clone()).collect()).unwrap_or_default();
    for (at, name) in names.iter().enumerate() {
        let values = rows.iter().map(|(_, values)| values.get(at).and_then(|(_, value)| *value)).collect();
        fields.push(Field::numbers(name, values));
    }
    Frame::new(ref_id, "table", executed, fields)
}
