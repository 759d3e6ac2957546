//! The search that answers a query. Pure.

use serde_json::{Map, Value, json};

use super::{Bucket, Metric, Shape, Wanted, setting};
use crate::error::SourceError;
use crate::interval::{Step, parse_ms, text};

/// Documents of a query that says nothing, as in Grafana.
const DOCUMENTS_DEFAULT: u64 = 500;
/// Most documents; the server's own bound.
const DOCUMENTS_MAX: u64 = 10_000;
/// Most groupings inside one another.
const DEPTH_MAX: usize = 10;
/// Most groups of a grouping that is to have all of them.
const GROUPS_MAX: u64 = 10_000;

/// The body of a search.
///
/// # Errors
/// A grouping or metric that is not known.
pub fn search(wanted: &Wanted, step: Step) -> Result<Value, SourceError> {
    let range = json!({ "gte": step.from_ms, "lte": step.to_ms, "format": "epoch_millis" });
    let mut filter = vec![json!({ "range": { wanted.time_field.as_str(): range } })];
    let query = step.fill(wanted.query.trim());
    if !query.is_empty() && query != "*" {
        filter.push(json!({ "query_string": { "analyze_wildcard": true, "query": query } }));
    }
    let mut body = json!({ "size": 0, "query": { "bool": { "filter": filter } } });
    let settings = wanted.metrics.first().map(|metric| &metric.settings);
    match wanted.shape() {
        Shape::Documents => documents(&mut body, wanted, settings, "size"),
        Shape::Logs => documents(&mut body, wanted, settings, "limit"),
        Shape::Buckets => {
            if wanted.buckets().len() > DEPTH_MAX {
                return Err(SourceError::Query(format!("more than {DEPTH_MAX} groupings in one query")));
            }
            body["aggs"] = level(wanted, wanted.buckets(), step)?;
        }
    }
    Ok(body)
}

fn documents(body: &mut Value, wanted: &Wanted, settings: Option<&Map<String, Value>>, name: &str) {
    let size = settings.map(|settings| setting(settings, name)).and_then(|text| text.parse().ok());
    body["size"] = size.unwrap_or(DOCUMENTS_DEFAULT).min(DOCUMENTS_MAX).into();
    let order = match settings.and_then(|s| s.get("sortDirection")).and_then(Value::as_str) {
        Some("asc") => "asc",
        Some(_) | None => "desc",
    };
    body["sort"] = json!([{ wanted.time_field.as_str(): { "order": order, "unmapped_type": "boolean" } }]);
}

/// A grouping with what is inside it, or the metrics.
fn level(wanted: &Wanted, buckets: &[Bucket], step: Step) -> Result<Value, SourceError> {
    let Some((bucket, rest)) = buckets.split_first() else { return metrics(wanted, step) };
    let inner = level(wanted, rest, step)?;
    let mut aggregation = Map::from_iter([grouping(wanted, bucket, step)?]);
    if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
        // Terms that are ordered by a metric need it at their own level.
        let mut inner = inner;
        if let Some((id, metric)) = ordering(wanted, bucket) {
            inner[id] = metric;
        }
        aggregation.insert("aggs".to_owned(), inner);
    } else if let Some((id, metric)) = ordering(wanted, bucket) {
        aggregation.insert("aggs".to_owned(), json!({ id: metric }));
    }
    Ok(json!({ bucket.id.as_str(): aggregation }))
}

/// The metric that terms are ordered by, if there is one.
fn ordering(wanted: &Wanted, bucket: &Bucket) -> Option<(String, Value)> {
    let by = setting(&bucket.settings, "orderBy");
    let id = by.split(['.', '[']).next().unwrap_or("");
    let metric = wanted
        .metrics
        .iter()
        .find(|metric| bucket.kind == "terms" && metric.id == id && metric.kind != "count")?;
    Some((id.to_owned(), json!({ metric.kind.as_str(): { "field": metric.field } })))
}

fn grouping(wanted: &Wanted, bucket: &Bucket, step: Step) -> Result<(String, Value), SourceError> {
    let settings = &bucket.settings;
    let text_of = |name: &str| setting(settings, name);
    let number = |name: &str, default: u64| text_of(name).parse().unwrap_or(default);
    let body = match bucket.kind.as_str() {
        "date_histogram" => {
            let interval = step.fill(&text_of("interval"));
            let interval = match interval.as_str() {
                "" | "auto" => text(step.ms),
                given => given.to_owned(),
            };
            let calendar =
                ["1w", "1M", "1q", "1y", "week", "month", "quarter", "year"].contains(&interval.as_str());
            if !calendar && parse_ms(&interval).is_none() {
                return Err(SourceError::Query(format!("{interval:?} is no interval of a date histogram")));
            }
            let name = if calendar { "calendar_interval" } else { "fixed_interval" };
            let mut body = json!({
                name: interval, "field": bucket.field, "min_doc_count": number("min_doc_count", 0),
                "extended_bounds": { "min": step.from_ms, "max": step.to_ms }, "format": "epoch_millis",
            });
            for (option, name) in [("offset", "offset"), ("timeZone", "time_zone")] {
                let value = text_of(option);
                if !value.is_empty() && value != "utc" {
                    body[name] = value.into();
                }
            }
            body
        }
        "terms" => {
            let size = match number("size", 10) {
                0 => GROUPS_MAX,
                size => size.min(GROUPS_MAX),
            };
            let mut body = json!({ "field": bucket.field, "size": size, "order": order(wanted, settings) });
            let least = number("min_doc_count", 1);
            body["min_doc_count"] = least.into();
            let missing = text_of("missing");
            if !missing.is_empty() {
                body["missing"] = missing.into();
            }
            body
        }
        "filters" => {
            let mut filters = Map::new();
            for filter in settings.get("filters").and_then(Value::as_array).into_iter().flatten() {
                let query = filter["query"].as_str().unwrap_or("*");
                let label = filter["label"].as_str().filter(|label| !label.is_empty()).unwrap_or(query);
                let query =
                    json!({ "query_string": { "analyze_wildcard": true, "query": step.fill(query) } });
                filters.insert(label.to_owned(), query);
            }
            json!({ "filters": filters })
        }
        "histogram" => {
            let interval: f64 = text_of("interval").parse().unwrap_or(1000.0);
            json!({ "field": bucket.field, "interval": interval, "min_doc_count": number("min_doc_count", 0) })
        }
        "geohash_grid" => json!({ "field": bucket.field, "precision": number("precision", 3) }),
        "nested" => return Ok(("nested".to_owned(), json!({ "path": bucket.field }))),
        other => {
            return Err(SourceError::Query(format!("Elasticsearch grouping {other:?} is not known here")));
        }
    };
    Ok((bucket.kind.clone(), body))
}

/// The order of terms: `_term` and `_count` of old queries are `_key` and `_count`.
fn order(wanted: &Wanted, settings: &Map<String, Value>) -> Value {
    let direction = if setting(settings, "order") == "asc" { "asc" } else { "desc" };
    let by = match setting(settings, "orderBy").as_str() {
        "" | "_term" | "_key" => "_key".to_owned(),
        "_count" => "_count".to_owned(),
        // A metric that counts documents is the count.
        by if wanted.metrics.iter().any(|metric| metric.id == by && metric.kind == "count") => {
            "_count".to_owned()
        }
        by => by.to_owned(),
    };
    json!({ by: direction })
}

fn metrics(wanted: &Wanted, step: Step) -> Result<Value, SourceError> {
    let mut all = Map::new();
    for metric in wanted.metrics.iter().filter(|metric| metric.kind != "count") {
        all.insert(metric.id.clone(), one(wanted, metric, step)?);
    }
    Ok(Value::Object(all))
}

fn one(wanted: &Wanted, metric: &Metric, step: Step) -> Result<Value, SourceError> {
    let path = |id: &str| {
        let is_count = wanted.metrics.iter().any(|other| other.id == id && other.kind == "count");
        if is_count { "_count".to_owned() } else { id.to_owned() }
    };
    let mut body = match metric.kind.as_str() {
        "avg" | "sum" | "min" | "max" | "cardinality" | "extended_stats" | "value_count" | "percentiles"
        | "rate" => json!({ "field": metric.field }),
        "derivative" | "cumulative_sum" | "moving_avg" | "moving_fn" | "serial_diff" => {
            let mut body = json!({ "buckets_path": path(&metric.field) });
            if metric.kind == "moving_fn" {
                body["window"] = setting(&metric.settings, "window").parse::<u64>().unwrap_or(5).into();
                let script = setting(&metric.settings, "script");
                let script =
                    if script.is_empty() { "MovingFunctions.unweightedAvg(values)" } else { &script };
                body["script"] = step.fill(script).into();
            }
            body
        }
        "bucket_script" => {
            let named = metric.variables.iter().map(|v| (v.name.clone(), Value::from(path(&v.pipeline_agg))));
            json!({ "buckets_path": named.collect::<Map<_, _>>() })
        }
        other => return Err(SourceError::Query(format!("Elasticsearch metric {other:?} is not known here"))),
    };
    for (name, value) in &metric.settings {
        let (name, value) = match (name.as_str(), value) {
            ("percents", Value::Array(percents)) => {
                let number = |p: &Value| p.as_f64().or_else(|| p.as_str()?.parse().ok());
                ("percents", Value::from(percents.iter().filter_map(number).collect::<Vec<f64>>()))
            }
            ("precision_threshold", value) => {
                ("precision_threshold", setting_number(value).map_or(Value::Null, Value::from))
            }
            ("lag", value) => ("lag", setting_number(value).map_or(Value::Null, Value::from)),
            ("script", Value::String(script)) if metric.kind == "bucket_script" => {
                ("script", step.fill(script).into())
            }
            ("missing" | "unit" | "mode" | "gap_policy", value) => (name.as_str(), value.clone()),
            _others => continue,
        };
        if !value.is_null() && value != "" {
            body[name] = value;
        }
    }
    if metric.kind == "percentiles" && body.get("percents").is_none() {
        body["percents"] = json!([25, 50, 75, 95, 99]);
    }
    Ok(json!({ metric.kind.as_str(): body }))
}

fn setting_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
