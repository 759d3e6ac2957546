//! `/metadata`, `/targets/metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use model::labels::METRIC_NAME;
use model::{Matcher, Metadata};
use serde_json::{Value, json};
use storage::{LabelQuery, TimeRange};

use super::LabelsJson;
use crate::answer::{self, Answer};
use crate::blocking;
use crate::error::ApiError;
use crate::form::Form;
use crate::parts::TargetMetadata;
use crate::router::App;
use crate::visibility::data::Data;

/// What is known of each metric, over all targets.
pub async fn by_metric(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let seen = seen_names(&app, data).await?;
    let limit = number(&form, "limit")?;
    let per_metric = number(&form, "limit_per_metric")?.filter(|n| *n > 0);
    let wanted = form.value("metric");
    let mut found: BTreeMap<String, Vec<Metadata>> = BTreeMap::new();
    app.parts.targets.metadata(&mut |_, told| {
        let asked = |m: &&TargetMetadata| wanted.is_empty() || m.metric == wanted;
        for one in told.iter().filter(asked).filter(|m| seen.as_ref().is_none_or(|s| is_family(s, &m.metric)))
        {
            let known = found.get(&one.metric);
            if known.is_some_and(|k| k.contains(&one.metadata) || per_metric.is_some_and(|n| k.len() >= n)) {
                continue;
            }
            found.entry(one.metric.clone()).or_default().push(one.metadata.clone());
        }
    });
    let shown: serde_json::Map<String, Value> = found
        .into_iter()
        .take(limit.unwrap_or(usize::MAX))
        .map(|(metric, all)| (metric, all.iter().map(entry).collect()))
        .collect();
    answer::data(&shown)
}

/// The names of metrics that the asker sees; `None` for all.
async fn seen_names(app: &App, data: Data) -> Result<Option<BTreeSet<String>>, ApiError> {
    if data.visible.is_none() {
        return Ok(None);
    }
    let max_ms = app.parts.runtime.now_ms();
    let range = TimeRange { min_ms: max_ms - app.options.lookback_ms, max_ms };
    blocking::run_until_left(move |cancel| {
        let query = LabelQuery { cancel, ..LabelQuery::new(&[], range) };
        let names = data.queryable.view(range)?.label_values(METRIC_NAME, &query)?;
        Ok(Some(names.into_iter().collect()))
    })
    .await
}

/// Tells whether a family has a series among these names: that of a histogram or counter is not always called like it.
fn is_family(names: &BTreeSet<String>, family: &str) -> bool {
    const SUFFIXES: [&str; 6] = ["", "_total", "_count", "_sum", "_bucket", "_info"];
    SUFFIXES.iter().any(|suffix| names.contains(&format!("{family}{suffix}")))
}

fn entry(m: &Metadata) -> Value {
    json!({"type": m.kind.as_str(), "unit": m.unit, "help": m.help})
}

/// What each target told about its metrics.
pub async fn by_target(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let limit = number(&form, "limit")?.unwrap_or(usize::MAX);
    let matchers: Vec<Matcher> = match form.value("match_target") {
        "" => Vec::new(),
        text => promql::parser::parse_selector(text).map_err(|e| ApiError::parameter("match_target", e))?,
    };
    let wanted = form.value("metric");
    let mut found: Vec<Value> = Vec::new();
    app.parts.targets.metadata(&mut |labels, told| {
        let is_seen = data.visible.as_ref().is_none_or(|visible| visible.sees_labels(labels));
        if !is_seen || !matchers.iter().all(|m| m.matches(labels.get(&m.name))) {
            return;
        }
        for one in told.iter().filter(|m| wanted.is_empty() || m.metric == wanted) {
            if found.len() >= limit {
                return;
            }
            let mut item = json!({"target": LabelsJson(labels)});
            if wanted.is_empty() {
                item["metric"] = one.metric.as_str().into();
            }
            item["type"] = one.metadata.kind.as_str().into();
            item["help"] = one.metadata.help.as_str().into();
            item["unit"] = one.metadata.unit.as_str().into();
            found.push(item);
        }
    });
    answer::data(&found)
}

/// Reads a number; negative ones mean no limit, as does none.
fn number(form: &Form, name: &str) -> Result<Option<usize>, ApiError> {
    match form.value(name) {
        "" => Ok(None),
        text => match text.parse::<i64>() {
            Ok(n) => Ok(usize::try_from(n).ok()),
            Err(_) => Err(ApiError::bad_data(format!("{name} must be a number"))),
        },
    }
}
