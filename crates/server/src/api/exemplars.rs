//! `/query_exemplars`.

use std::sync::Arc;

use axum::extract::State;
use model::{Exemplar, Labels, Matcher};
use promql::ast::{Expr, ExprKind};

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::json::text::{write_labels, write_time, write_value};
use crate::router::App;
use crate::visibility::data::Data;
use crate::{blocking, params};

/// Lists exemplars of the series that an expression selects.
pub async fn query(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let range = params::range(&form)?;
    if range.max_ms < range.min_ms {
        return Err(ApiError::bad_data("end timestamp must not be before start timestamp"));
    }
    let expr = promql::parser::parse(form.value("query"), &app.parts.parse_options)
        .map_err(|e| ApiError::bad_data(e.to_string()))?;
    let mut selectors = Vec::new();
    collect_selectors(&expr, &mut selectors);
    if selectors.is_empty() {
        return Ok(answer::no_content());
    }
    blocking::run(move || {
        let found = data.queryable.view(range)?.exemplars(&selectors, range)?;
        let mut body = String::from(r#"{"status":"success","data":["#);
        for (i, (labels, exemplars)) in found.iter().enumerate() {
            if i > 0 {
                body.push(',');
            }
            write_series(&mut body, labels, exemplars);
        }
        body.push_str("]}");
        Ok(answer::json(body))
    })
    .await
}

fn write_series(body: &mut String, labels: &Labels, exemplars: &[Exemplar]) {
    body.push_str(r#"{"seriesLabels":"#);
    write_labels(body, labels);
    body.push_str(r#","exemplars":["#);
    for (i, exemplar) in exemplars.iter().enumerate() {
        body.push_str(if i == 0 { r#"{"labels":"# } else { r#",{"labels":"# });
        write_labels(body, &exemplar.labels);
        body.push_str(r#","value":"#);
        write_value(body, exemplar.value);
        body.push_str(r#","timestamp":"#);
        write_time(body, exemplar.timestamp_ms.unwrap_or(0));
        body.push('}');
    }
    body.push_str("]}");
}

/// Finds the matchers of every selector in an expression.
fn collect_selectors(expr: &Expr, found: &mut Vec<Vec<Matcher>>) {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => {}
        ExprKind::Vector(v) => found.push(v.matchers.clone()),
        ExprKind::Matrix(m) => found.push(m.selector.matchers.clone()),
        ExprKind::Subquery(s) => collect_selectors(&s.expr, found),
        ExprKind::Call(call) => call.args.iter().for_each(|arg| collect_selectors(arg, found)),
        ExprKind::Aggregate(a) => {
            a.param.iter().for_each(|param| collect_selectors(param, found));
            collect_selectors(&a.expr, found);
        }
        ExprKind::Binary(b) => {
            collect_selectors(&b.left, found);
            collect_selectors(&b.right, found);
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => collect_selectors(expr, found),
    }
}
