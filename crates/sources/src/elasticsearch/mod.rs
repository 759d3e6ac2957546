//! Elasticsearch and OpenSearch: buckets with metrics as series or tables, documents and logs as they are.

mod answer;
mod documents;
mod index;
mod request;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::SourceError;
use crate::frame::Frame;
use crate::kind::{Ask, Kind, Pending, Query, Reach, Source};

/// The shortest step of a query that says nothing.
const STEP_DEFAULT_MS: i64 = 1_000;
/// The field of times of a data source that says nothing.
const TIME_FIELD_DEFAULT: &str = "@timestamp";

/// Elasticsearch.
pub struct Elasticsearch;

/// A metric of a query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metric {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    field: String,
    hide: bool,
    settings: Map<String, Value>,
    /// Which values of `extended_stats` are wanted.
    meta: Map<String, Value>,
    #[serde(rename = "pipelineVariables")]
    variables: Vec<Variable>,
}

/// A variable of a script over other metrics.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Variable {
    name: String,
    pipeline_agg: String,
}

/// A grouping of a query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Bucket {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    field: String,
    settings: Map<String, Value>,
}

/// A query as a panel sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Wanted {
    query: String,
    alias: String,
    metrics: Vec<Metric>,
    bucket_aggs: Option<Vec<Bucket>>,
    time_field: String,
}

/// What a query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Documents, column by field.
    Documents,
    /// Documents with a line of text first.
    Logs,
    /// Buckets.
    Buckets,
}

impl Wanted {
    /// With what a query that leaves things out means: counts over time.
    fn completed(mut self, source: &Source) -> Wanted {
        if self.time_field.is_empty() {
            self.time_field = source.option("timeField").to_owned();
        }
        if self.time_field.is_empty() {
            TIME_FIELD_DEFAULT.clone_into(&mut self.time_field);
        }
        if self.metrics.is_empty() {
            self.metrics = vec![Metric { id: "1".to_owned(), kind: "count".to_owned(), ..Metric::default() }];
        }
        let over_time = Bucket { id: "2".to_owned(), kind: "date_histogram".to_owned(), ..Bucket::default() };
        let buckets = self.bucket_aggs.get_or_insert_with(|| vec![over_time]);
        for bucket in buckets.iter_mut().filter(|b| b.kind == "date_histogram" && b.field.is_empty()) {
            bucket.field.clone_from(&self.time_field);
        }
        self
    }

    fn buckets(&self) -> &[Bucket] {
        self.bucket_aggs.as_deref().unwrap_or_default()
    }

    fn shape(&self) -> Shape {
        match self.metrics.first().map(|metric| metric.kind.as_str()) {
            Some("raw_data" | "raw_document") => Shape::Documents,
            Some("logs") => Shape::Logs,
            Some(_) | None => Shape::Buckets,
        }
    }
}

/// A setting that is a text or a number, as text.
fn setting(settings: &Map<String, Value>, name: &str) -> String {
    match settings.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) | None => String::new(),
    }
}

impl Kind for Elasticsearch {
    fn ids(&self) -> &'static [&'static str] {
        &["elasticsearch", "grafana-opensearch-datasource"]
    }

    fn query<'a>(
        &'a self,
        source: &'a Source,
        query: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<Frame>> {
        Box::pin(async move {
            let wanted: Wanted = query.read("Elasticsearch")?;
            let wanted = wanted.completed(source);
            let step = query.step(source, STEP_DEFAULT_MS);
            let body = request::search(&wanted, step)?;
            let head = json!({
                "search_type": "query_then_fetch", "ignore_unavailable": true, "index": index::names(source, step)?,
            });
            let lines = format!("{head}\n{body}\n");
            let reply = reach.http(source, Ask::post("_msearch", "application/x-ndjson", lines)).await?;
            let answer = reply.json()?;
            let first = answer
                .pointer("/responses/0")
                .ok_or_else(|| SourceError::answer("it is not Elasticsearch's"))?;
            refused(first)?;
            let executed = body.to_string();
            match wanted.shape() {
                Shape::Buckets => answer::frames(&query.ref_id, &wanted, &executed, first),
                Shape::Documents => Ok(vec![documents::table(&query.ref_id, &wanted, &executed, first)]),
                Shape::Logs => Ok(vec![documents::logs(&query.ref_id, &wanted, source, &executed, first)]),
            }
        })
    }

    fn health<'a>(&'a self, source: &'a Source, now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String> {
        Box::pin(async move {
            let step = crate::interval::step((now_ms, now_ms), None, None, 1);
            let field = match source.option("timeField") {
                "" => TIME_FIELD_DEFAULT,
                field => field,
            };
            for name in index::names(source, step)? {
                let path = format!("{}/_field_caps", crate::kind::path_part(&name));
                let reply = reach.http(source, Ask::get(&path, &[("fields", field.to_owned())])).await?;
                let caps = reply.json()?;
                if caps.pointer("/fields").and_then(|f| f[field].as_object()).is_none_or(Map::is_empty) {
                    let text = format!(
                        "index {name:?} has no field {field:?}: set jsonData.timeField and jsonData.index"
                    );
                    return Err(SourceError::Refused(text));
                }
            }
            Ok("Elasticsearch data source is healthy.".to_owned())
        })
    }

    fn resource<'a>(
        &'a self,
        source: &'a Source,
        path: &'a str,
        _parameters: &'a [(String, String)],
        reach: &'a dyn Reach,
    ) -> Pending<'a, Option<Value>> {
        Box::pin(async move {
            if path != "fields" {
                return Ok(None);
            }
            let names = match index::pattern(source) {
                Some(pattern) => pattern,
                None => index::names(source, crate::interval::step((0, 0), None, None, 1))?.join(","),
            };
            let path = format!("{}/_field_caps", crate::kind::path_part(&names));
            let caps = reach.http(source, Ask::get(&path, &[("fields", "*".to_owned())])).await?.json()?;
            let mut fields: Vec<String> =
                caps["fields"].as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
            fields.sort();
            Ok(Some(fields.into()))
        })
    }
}

/// Refuses the answer to one search that says why there is none.
fn refused(answer: &Value) -> Result<(), SourceError> {
    let error = &answer["error"];
    if error.is_null() {
        return Ok(());
    }
    let places = ["/root_cause/0/reason", "/caused_by/reason", "/reason"];
    let said = places.into_iter().find_map(|place| error.pointer(place)?.as_str()).or_else(|| error.as_str());
    Err(SourceError::Refused(format!("Elasticsearch: {}", said.unwrap_or("the search failed"))))
}

#[cfg(test)]
mod tests;
