//! `/query`, `/query_range`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use model::number::quote;
use promql::StatsLevel;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::form::Form;
use crate::params;
use crate::queries::client::Client;
use crate::queries::{Query, Stats, Times};
use crate::router::App;
use crate::visibility::data::Data;

/// Most points per series that a range query may ask for: 60 s resolution for a week.
const POINTS_MAX: i64 = 11_000;

/// Evaluates an expression at one time.
pub async fn instant(State(app): State<Arc<App>>, client: Client, data: Data, form: Form) -> Answer {
    let limit = params::limit(&form)?;
    let t = params::time_or(&form, "time", app.parts.runtime.now_ms())?;
    let query = query(&app, &form, client, Times::Instant(t), limit)?;
    app.queries.run(&app.parts.reading(data), query).await
}

/// Evaluates an expression at several times.
pub async fn range(State(app): State<Arc<App>>, client: Client, data: Data, form: Form) -> Answer {
    let limit = params::limit(&form)?;
    let times = range_times(&form)?;
    let query = query(&app, &form, client, times, limit)?;
    app.queries.run(&app.parts.reading(data), query).await
}

fn range_times(form: &Form) -> Result<Times, ApiError> {
    let time = |name| params::time(form.value(name)).map_err(|e| ApiError::parameter(name, e));
    let start_ms = time("start")?;
    let end_ms = time("end")?;
    if end_ms < start_ms {
        return Err(ApiError::parameter("end", "end timestamp must not be before start time"));
    }
    let step_ns = params::duration_ns(form.value("step")).map_err(|e| ApiError::parameter("step", e))?;
    let step_ms = step_ns / 1_000_000;
    if step_ms <= 0 {
        let reason = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        return Err(ApiError::parameter("step", reason));
    }
    let length_ns = (i128::from(end_ms) - i128::from(start_ms)) * 1_000_000;
    if length_ns / i128::from(step_ns) > i128::from(POINTS_MAX) {
        return Err(ApiError::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    Ok(Times::Range { start_ms, end_ms, step_ms })
}

fn query(app: &App, form: &Form, client: Client, times: Times, limit: usize) -> Result<Query, ApiError> {
    let timeout = match form.value("timeout") {
        "" => None,
        text => {
            let ns = params::duration_ns(text).map_err(|e| ApiError::parameter("timeout", e))?;
            Some(Duration::from_nanos(ns.max(0) as u64))
        }
    };
    let lookback_ms = match form.value("lookback_delta") {
        "" => None,
        text => {
            let ns = params::duration_ns(text)
                .map_err(|e| ApiError::bad_data(format!("error parsing lookback delta duration: {e}")))?;
            Some(ns / 1_000_000).filter(|ms| *ms > 0)
        }
    };
    let text: Arc<str> = Arc::from(form.value("query"));
    let expr = promql::parser::parse(&text, &app.parts.parse_options)
        .map_err(|e| ApiError::parameter("query", e))?;
    if matches!(times, Times::Range { .. }) {
        check_range_type(&expr)?;
    }
    let stats = stats(app, form.value("stats"));
    let (explain, no_cache) = (switch(form, "explain")?, switch(form, "nocache")?);
    Ok(Query { text, expr, times, lookback_ms, timeout, limit, stats, no_cache, explain, client })
}

fn switch(form: &Form, name: &'static str) -> Result<bool, ApiError> {
    match form.value(name) {
        "" | "0" | "false" => Ok(false),
        "1" | "true" => Ok(true),
        other => Err(ApiError::parameter(name, format!("must be true or false, got {}", quote(other)))),
    }
}

/// Only what has one value per series and step can be evaluated over a range.
fn check_range_type(expr: &promql::ast::Expr) -> Result<(), ApiError> {
    use promql::ast::ValueType;
    match expr.value_type() {
        ValueType::Scalar | ValueType::Vector => Ok(()),
        other @ (ValueType::None | ValueType::String | ValueType::Matrix) => {
            let found = quote(other.documented());
            let reason =
                format!("invalid expression type {found} for range query, must be Scalar or instant Vector");
            Err(ApiError::parameter("query", reason))
        }
    }
}

fn stats(app: &App, text: &str) -> Stats {
    let per_step = text == "all" && app.options.features.contains("promql-per-step-stats");
    let warning = (!matches!(text, "" | "true" | "all")).then(|| {
        format!(
            r#"value {} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all""#,
            quote(text)
        )
    });
    Stats {
        shown: !text.is_empty(),
        level: if per_step { StatsLevel::PerStep } else { StatsLevel::Totals },
        warning,
    }
}
