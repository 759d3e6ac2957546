//! `/format_query`, `/parse_query`.

use std::sync::Arc;

use axum::extract::State;

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::router::App;

/// Prints an expression nicely.
pub async fn format(State(app): State<Arc<App>>, form: Form) -> Answer {
    answer::data(&parse(&app, &form)?.pretty())
}

/// Answers with the syntax tree.
pub async fn tree(State(app): State<Arc<App>>, form: Form) -> Answer {
    let tree = promql::json::tree(&parse(&app, &form)?);
    Ok(answer::json(format!(r#"{{"status":"success","data":{tree}}}"#)))
}

fn parse(app: &App, form: &Form) -> Result<promql::ast::Expr, ApiError> {
    promql::parser::parse(form.value("query"), &app.parts.parse_options)
        .map_err(|e| ApiError::parameter("query", e))
}
