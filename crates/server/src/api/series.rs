//! `/series`, `/labels`, `/label/…/values`.

use std::sync::Arc;

use axum::extract::{Path, State};
use exposition::EscapingScheme;
use model::{Labels, Matcher};
use storage::{LabelQuery, Select, SelectError, SelectRequest, TimeRange};

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::json::text::write_labels;
use crate::params;
use crate::router::App;
use crate::{blocking, selectors};

/// The warning of every cut answer.
const TRUNCATED: &str = "results truncated due to limit";

/// Lists series that pass one of the selectors.
pub async fn series(State(app): State<Arc<App>>, form: Form) -> Answer {
    selectors::required(&form)?;
    let limit = params::limit(&form)?;
    let range = params::range(&form)?;
    let sets = selectors::matcher_sets(&form).map_err(|e| ApiError::parameter("match[]", e))?;
    blocking::run(move || {
        let view = app.parts.queryable.view(range)?;
        let (mut found, mut warnings) = find_series(&*view, &sets, range, limit)?;
        if limit > 0 && found.len() > limit {
            found.truncate(limit);
            warnings.push(TRUNCATED.to_owned());
        }
        let mut body = String::from(r#"{"status":"success","data":["#);
        for (i, labels) in found.iter().enumerate() {
            if i > 0 {
                body.push(',');
            }
            write_labels(&mut body, labels);
        }
        body.push(']');
        answer::write_annotations(&mut body, &warnings, &[]);
        body.push('}');
        Ok(answer::json(body))
    })
    .await
}

/// Series of several selectors are sorted and each stands once; those of one stand as the storage finds them.
fn find_series(
    view: &dyn Select,
    sets: &[Vec<Matcher>],
    range: TimeRange,
    limit: usize,
) -> Result<(Vec<Labels>, Vec<String>), SelectError> {
    let (mut found, mut warnings) = (Vec::new(), Vec::new());
    for matchers in sets {
        let mut request = SelectRequest::new(matchers, range);
        request.limit = params::limit_hint(limit);
        let set = view.select(&request)?;
        warnings.extend(set.warnings());
        found.extend((0..set.len()).map(|i| set.labels(i)));
    }
    if sets.len() > 1 {
        found.sort();
        found.dedup();
    }
    Ok((found, warnings))
}

/// Lists label names.
pub async fn label_names(State(app): State<Arc<App>>, form: Form) -> Answer {
    names_or_values(app, form, |view, query| view.label_names(query)).await
}

/// Lists the values of a label. A name that begins with `U__` is unescaped first.
pub async fn label_values(State(app): State<Arc<App>>, Path(name): Path<String>, form: Form) -> Answer {
    let name =
        if name.starts_with("U__") { EscapingScheme::Values.unescape(&name).into_owned() } else { name };
    if name.is_empty() {
        return Err(ApiError::bad_data(format!("invalid label name: {}", model::number::quote(&name))));
    }
    names_or_values(app, form, move |view, query| view.label_values(&name, query)).await
}

async fn names_or_values(
    app: Arc<App>,
    form: Form,
    ask: impl FnOnce(&dyn Select, &LabelQuery<'_>) -> Result<Vec<String>, SelectError> + Send + 'static,
) -> Answer {
    let limit = params::limit(&form)?;
    let range = params::range(&form)?;
    let matcher_sets = selectors::matcher_sets(&form).map_err(ApiError::bad_data)?;
    blocking::run(move || {
        let view = app.parts.queryable.view(range)?;
        let query = LabelQuery { matcher_sets: &matcher_sets, range, limit: params::limit_hint(limit) };
        let mut found = ask(&*view, &query)?;
        if limit > 0 && found.len() > limit {
            found.truncate(limit);
            return answer::data_with(&found, &[TRUNCATED.to_owned()]);
        }
        answer::data(&found)
    })
    .await
}
