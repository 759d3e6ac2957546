//! Loki: log lines and the metrics made of them.

mod frames;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::SourceError;
use crate::frame::Frame;
use crate::interval::{STEPS_MAX, Step, parse_ms, text};
use crate::kind::{Ask, Kind, Pending, Query, Reach, Reply, Source, path_part};

/// The shortest step of a query that says nothing.
const STEP_DEFAULT_MS: i64 = 1_000;
/// Lines of a query that says nothing, as in Grafana.
const LINES_DEFAULT: i64 = 1_000;
/// Most lines; Loki itself allows 5,000 unless told otherwise.
const LINES_MAX: i64 = 50_000;

/// Loki.
pub struct Loki;

/// A query as a panel sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wanted {
    expr: String,
    query_type: String,
    instant: bool,
    max_lines: Value,
    legend_format: String,
    step: String,
    resolution: i64,
    direction: String,
}

impl Wanted {
    fn is_instant(&self) -> bool {
        self.query_type == "instant" || (self.query_type.is_empty() && self.instant)
    }

    /// Lines: the query's, the data source's, or the default; Grafana has them as number or text.
    fn lines(&self, source: &Source) -> i64 {
        let number = |value: &Value| match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let given = number(&self.max_lines).or_else(|| source.options.get("maxLines").and_then(number));
        given.filter(|lines| *lines > 0).unwrap_or(LINES_DEFAULT).min(LINES_MAX)
    }

    fn step(&self, mut step: Step) -> Step {
        if let Some(ms) = parse_ms(&self.step) {
            let least = step.to_ms.saturating_sub(step.from_ms) / STEPS_MAX + 1;
            step.ms = ms.max(least);
        }
        step.ms = step.ms.saturating_mul(self.resolution.clamp(1, 100));
        step
    }

    /// The endpoint and its parameters.
    fn ask(&self, source: &Source, step: Step) -> (&'static str, Vec<(&'static str, String)>) {
        let nanos = |ms: i64| format!("{}", i128::from(ms) * 1_000_000);
        let direction = match self.direction.as_str() {
            "forward" | "scan" => "forward",
            _backward => "backward",
        };
        let mut parameters = vec![("query", step.fill(&self.expr)), ("direction", direction.to_owned())];
        parameters.push(("limit", self.lines(source).to_string()));
        if self.is_instant() {
            parameters.push(("time", nanos(step.to_ms)));
            return ("loki/api/v1/query", parameters);
        }
        parameters.extend([
            ("start", nanos(step.from_ms)),
            ("end", nanos(step.to_ms)),
            ("step", text(step.ms)),
        ]);
        ("loki/api/v1/query_range", parameters)
    }
}

impl Kind for Loki {
    fn ids(&self) -> &'static [&'static str] {
        &["loki"]
    }

    fn query<'a>(
        &'a self,
        source: &'a Source,
        query: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<Frame>> {
        Box::pin(async move {
            let wanted: Wanted = query.read("Loki")?;
            if wanted.expr.trim().is_empty() {
                return Ok(Vec::new());
            }
            let step = wanted.step(query.step(source, STEP_DEFAULT_MS));
            let (path, parameters) = wanted.ask(source, step);
            let reply = reach.http(source, Ask::get(path, &parameters)).await?;
            let executed = format!("Expr: {}\nStep: {}", step.fill(&wanted.expr), text(step.ms));
            frames::frames(&query.ref_id, &wanted.legend_format, &executed, &reply.json()?)
        })
    }

    fn health<'a>(&'a self, source: &'a Source, now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String> {
        Box::pin(async move {
            // A question that needs no data, as Grafana asks it.
            let time = format!("{}", i128::from(now_ms) * 1_000_000);
            let parameters = [("query", "vector(1)+vector(1)".to_owned()), ("time", time)];
            reach.http(source, Ask::get("loki/api/v1/query", &parameters)).await?.json()?;
            Ok("Data source successfully connected.".to_owned())
        })
    }

    fn resource<'a>(
        &'a self,
        source: &'a Source,
        path: &'a str,
        parameters: &'a [(String, String)],
        reach: &'a dyn Reach,
    ) -> Pending<'a, Option<Value>> {
        Box::pin(async move {
            let path = match path.split('/').collect::<Vec<_>>().as_slice() {
                ["labels"] => "labels".to_owned(),
                ["label", name, "values"] => format!("label/{}/values", path_part(name)),
                ["series"] => "series".to_owned(),
                ["index", "stats"] => "index/stats".to_owned(),
                ["index", "volume"] => "index/volume".to_owned(),
                _others => return Ok(None),
            };
            let given: Vec<_> =
                parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            let ask = Ask::get(&format!("loki/api/v1/{path}"), &given);
            let answer: Result<Value, SourceError> =
                reach.http(source, ask).await.and_then(|r: Reply| r.json());
            answer.map(|answer| Some(if answer.is_null() { json!({}) } else { answer }))
        })
    }
}

#[cfg(test)]
mod tests;
