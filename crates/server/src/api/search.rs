//! `/search/metric_names`, `/search/label_names`, `/search/label_values`: answers as lines of JSON, behind the feature `search-api`.
//!
//! A stream has one or more lines with `results`, then one that tells `status` and whether there is more.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use model::Metadata;
use model::labels::METRIC_NAME;
use storage::{Cancel, LabelQuery, Select, SelectError};

use crate::answer::Answer;
use crate::blocking;
use crate::error::{ApiError, ErrorType};
use crate::form::Form;
use crate::json::text::write_string;
use crate::router::App;
use crate::search::{Found, Search, params, search};
use crate::visibility::data::Data;

/// Searches metric names.
pub async fn metric_names(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let asked = read(&app, &form, "metric_names")?;
    let with_metadata = params::boolean(&form, "include_metadata", false)?;
    blocking::run_until_left(move |cancel| {
        let found = find(&data, &asked, cancel, |view, query| view.label_values(METRIC_NAME, query))?;
        let metadata = if with_metadata && !found.0.is_empty() { metadata(&app) } else { BTreeMap::new() };
        Ok(stream(&asked, found, "name", |out, name| {
            let Some(metadata) = metadata.get(name) else { return };
            let told = [("type", metadata.kind.as_str()), ("help", &metadata.help), ("unit", &metadata.unit)];
            for (key, value) in told.into_iter().filter(|(_, value)| !value.is_empty()) {
                out.push_str(&format!(r#","{key}":"#));
                write_string(out, value);
            }
        }))
    })
    .await
}

/// Searches label names.
pub async fn label_names(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let asked = read(&app, &form, "label_names")?;
    blocking::run_until_left(move |cancel| {
        let found = find(&data, &asked, cancel, |view, query| view.label_names(query))?;
        Ok(stream(&asked, found, "name", |_, _| ()))
    })
    .await
}

/// Searches the values of a label.
pub async fn label_values(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let asked = read(&app, &form, "label_values")?;
    let label = form.value("label").to_owned();
    if label.is_empty() {
        return Err(ApiError::bad_data("missing required parameter \"label\""));
    }
    blocking::run_until_left(move |cancel| {
        let found = find(&data, &asked, cancel, |view, query| view.label_values(&label, query))?;
        Ok(stream(&asked, found, "value", |_, _| ()))
    })
    .await
}

fn read(app: &App, form: &Form, endpoint: &str) -> Result<Search, ApiError> {
    if !app.options.features.contains("search-api") {
        return Err(ApiError::new(ErrorType::Unavailable, "search API disabled"));
    }
    Search::read(form, endpoint, app.parts.runtime.now_ms(), app.options.search_limit_max)
}

fn find(
    data: &Data,
    asked: &Search,
    cancel: Cancel,
    ask: impl FnOnce(&dyn Select, &LabelQuery<'_>) -> Result<Vec<String>, SelectError>,
) -> Result<(Vec<Found>, bool), ApiError> {
    let view = data.queryable.view(asked.range)?;
    let query = LabelQuery { cancel, ..LabelQuery::new(&asked.matcher_sets, asked.range) };
    Ok(search(ask(&*view, &query)?, asked.filter.as_ref(), asked.order, asked.limit))
}

/// What targets tell about each metric, from the first that tells anything.
fn metadata(app: &App) -> BTreeMap<String, Metadata> {
    let mut all = BTreeMap::new();
    app.parts.targets.metadata(&mut |_, told| {
        for one in told {
            all.entry(one.metric.clone()).or_insert_with(|| one.metadata.clone());
        }
    });
    all
}

fn stream(
    asked: &Search,
    (found, more): (Vec<Found>, bool),
    key: &str,
    extra: impl Fn(&mut String, &str),
) -> axum::response::Response {
    let mut out = String::new();
    // The first line comes even if nothing was found.
    let nothing: &[Found] = &[];
    let batches = found.chunks(asked.batch_size).chain(found.is_empty().then_some(nothing));
    for batch in batches {
        out.push_str(r#"{"results":["#);
        for (i, result) in batch.iter().enumerate() {
            out.push_str(if i == 0 { "{\"" } else { ",{\"" });
            out.push_str(key);
            out.push_str("\":");
            write_string(&mut out, &result.value);
            if asked.include_score {
                out.push_str(r#","score":"#);
                model::number::write_json(&mut out, result.score);
            }
            extra(&mut out, &result.value);
            out.push('}');
        }
        out.push_str("]}\n");
    }
    out.push_str(&format!("{{\"status\":\"success\",\"has_more\":{more}}}\n"));
    ([(header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8")], out).into_response()
}
