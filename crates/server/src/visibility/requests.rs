//! Narrowing requests.

use model::Matcher;
use promql::ast::{Expr, ExprKind};
use promql::{ParseOptions, parse, parse_selector};

use super::{VisibilityError, Visible};

/// Parameters of a request, in order.
pub type Parameters = Vec<(String, String)>;

/// Narrows the `query` of a request.
///
/// # Errors
/// A query that cannot be parsed, or a union that is no selector.
pub fn query(
    visible: &Visible,
    parameters: Parameters,
    options: &ParseOptions,
) -> Result<Parameters, VisibilityError> {
    let enforced = visible.conjunction()?;
    let narrow = |(name, value): (String, String)| {
        if name != "query" {
            return Ok((name, value));
        }
        let mut expr = parse(&value, options).map_err(|e| VisibilityError::Query(e.to_string()))?;
        add(&mut expr, &enforced);
        Ok((name, expr.to_string()))
    };
    parameters.into_iter().map(narrow).collect()
}

/// Adds matchers to every selector of an expression. The parser bounds how deep it nests.
fn add(expr: &mut Expr, enforced: &[Matcher]) {
    match &mut expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => {}
        ExprKind::Vector(selector) => selector.matchers.extend_from_slice(enforced),
        ExprKind::Matrix(matrix) => matrix.selector.matchers.extend_from_slice(enforced),
        ExprKind::Subquery(subquery) => add(&mut subquery.expr, enforced),
        ExprKind::Call(call) => call.args.iter_mut().for_each(|arg| add(arg, enforced)),
        ExprKind::Aggregate(aggregate) => {
            add(&mut aggregate.expr, enforced);
            if let Some(parameter) = &mut aggregate.param {
                add(parameter, enforced);
            }
        }
        ExprKind::Binary(binary) => {
            add(&mut binary.left, enforced);
            add(&mut binary.right, enforced);
        }
        ExprKind::Unary { expr, .. } => add(expr, enforced),
        ExprKind::Paren(inner) => add(inner, enforced),
    }
}

/// Narrows the `match[]` selectors of a request; without any, what is seen is asked for.
///
/// # Errors
/// A selector that cannot be parsed.
pub fn selectors(visible: &Visible, parameters: Parameters) -> Result<Parameters, VisibilityError> {
    let mut narrowed = Parameters::new();
    let mut any = false;
    for (name, value) in parameters {
        if name != "match[]" {
            narrowed.push((name, value));
            continue;
        }
        any = true;
        let given = parse_selector(&value).map_err(|e| VisibilityError::Query(e.to_string()))?;
        for list in &visible.0 {
            narrowed.push((name.clone(), written(given.iter().chain(list))));
        }
    }
    if !any {
        narrowed.extend(visible.0.iter().map(|list| ("match[]".to_owned(), written(list))));
    }
    Ok(narrowed)
}

/// Narrows the `filter` matchers of Alertmanager's lists.
///
/// # Errors
/// A union that is no selector.
pub fn filters(visible: &Visible, mut parameters: Parameters) -> Result<Parameters, VisibilityError> {
    let enforced = visible.conjunction()?;
    parameters.extend(enforced.iter().map(|m| ("filter".to_owned(), one(m))));
    Ok(parameters)
}

fn written<'a>(matchers: impl IntoIterator<Item = &'a Matcher>) -> String {
    let matchers: Vec<String> = matchers.into_iter().map(one).collect();
    format!("{{{}}}", matchers.join(","))
}

fn one(matcher: &Matcher) -> String {
    let name = &*matcher.name;
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let name = if plain { name.to_owned() } else { model::number::quote(name) };
    format!("{name}{}{}", matcher.op.as_str(), model::number::quote(&matcher.value))
}
