//! `/series`, `/labels`, `/label/…/values`.

use axum::extract::Path;
use exposition::EscapingScheme;
use model::{Labels, Matcher};
use storage::{Cancel, LabelQuery, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::json::out::{Gone, Out};
use crate::json::text::write_labels;
use crate::params;
use crate::visibility::data::Data;
use crate::{blocking, selectors};

/// Label sets that are looked up before it is looked again whether the client is still there.
const SERIES_BETWEEN_LOOKS: usize = 1024;
/// The warning of every cut answer.
const TRUNCATED: &str = "results truncated due to limit";

/// Lists series that pass one of the selectors.
pub async fn series(data: Data, form: Form) -> Answer {
    selectors::required(&form)?;
    let limit = params::limit(&form)?;
    let range = params::range(&form)?;
    let sets = selectors::matcher_sets(&form).map_err(|e| ApiError::parameter("match[]", e))?;
    blocking::stream(move |out, cancel| {
        let view = data.queryable.view(range);
        match view.and_then(|view| FoundSeries::find(&*view, &sets, range, limit, &cancel)) {
            Err(error) => out.fail(error.into()),
            // The client may leave at any time; there is nobody left to tell.
            Ok(found) => write_series(out, &found, limit).unwrap_or_default(),
        }
    })
    .await
}

fn write_series(mut out: Out, found: &FoundSeries, limit: usize) -> Result<(), Gone> {
    let mut warnings = found.warnings.clone();
    let mut shown = found.len();
    if limit > 0 && shown > limit {
        shown = limit;
        warnings.push(TRUNCATED.to_owned());
    }
    out.text.push_str(r#"{"status":"success","data":["#);
    for i in 0..shown {
        if i > 0 {
            out.text.push(',');
        }
        write_labels(&mut out.text, &found.labels(i));
        out.breathe()?;
    }
    out.text.push(']');
    answer::write_annotations(&mut out.text, &warnings, &[]);
    out.text.push('}');
    out.finish()
}

/// Series of several selectors are sorted and each stands once; those of one stand as the storage finds them, and their labels are
/// looked up as they are written.
struct FoundSeries {
    sets: Vec<Box<dyn SeriesSet>>,
    together: Vec<Labels>,
    warnings: Vec<String>,
}

impl FoundSeries {
    fn find(
        view: &dyn Select,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<FoundSeries, SelectError> {
        let mut found = FoundSeries { sets: Vec::new(), together: Vec::new(), warnings: Vec::new() };
        for matchers in matcher_sets {
            let request = SelectRequest {
                limit: params::limit_hint(limit),
                cancel: cancel.clone(),
                ..SelectRequest::new(matchers, range)
            };
            let set = view.select(&request)?;
            found.warnings.extend(set.warnings());
            found.sets.push(set);
        }
        if found.sets.len() > 1 {
            for set in std::mem::take(&mut found.sets) {
                for i in 0..set.len() {
                    if i.is_multiple_of(SERIES_BETWEEN_LOOKS) {
                        cancel.check()?;
                    }
                    found.together.push(set.labels(i));
                }
            }
            found.together.sort();
            found.together.dedup();
        }
        Ok(found)
    }

    fn len(&self) -> usize {
        self.sets.first().map_or(self.together.len(), |only| only.len())
    }

    fn labels(&self, i: usize) -> Labels {
        match self.sets.first() {
            Some(only) => only.labels(i),
            None => self.together[i].clone(),
        }
    }
}

/// Lists label names.
pub async fn label_names(data: Data, form: Form) -> Answer {
    names_or_values(data, form, |view, query| view.label_names(query)).await
}

/// Lists the values of a label. A name that begins with `U__` is unescaped first.
pub async fn label_values(data: Data, Path(name): Path<String>, form: Form) -> Answer {
    let name =
        if name.starts_with("U__") { EscapingScheme::Values.unescape(&name).into_owned() } else { name };
    if name.is_empty() {
        return Err(ApiError::bad_data(format!("invalid label name: {}", model::number::quote(&name))));
    }
    names_or_values(data, form, move |view, query| view.label_values(&name, query)).await
}

async fn names_or_values(
    data: Data,
    form: Form,
    ask: impl FnOnce(&dyn Select, &LabelQuery<'_>) -> Result<Vec<String>, SelectError> + Send + 'static,
) -> Answer {
    let limit = params::limit(&form)?;
    let range = params::range(&form)?;
    let matcher_sets = selectors::matcher_sets(&form).map_err(ApiError::bad_data)?;
    blocking::run_until_left(move |cancel| {
        let view = data.queryable.view(range)?;
        let limit_hint = params::limit_hint(limit);
        let query = LabelQuery { matcher_sets: &matcher_sets, range, limit: limit_hint, cancel };
        let mut found = ask(&*view, &query)?;
        if limit > 0 && found.len() > limit {
            found.truncate(limit);
            return answer::data_with(&found, &[TRUNCATED.to_owned()]);
        }
        answer::data(&found)
    })
    .await
}
