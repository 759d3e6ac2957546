//! The `match[]` parameters.

use model::Matcher;

use crate::error::ApiError;
use crate::form::Form;

/// Reads all selectors; there may be none.
///
/// # Errors
/// A selector that cannot be read, or one that all series match.
pub fn matcher_sets(form: &Form) -> Result<Vec<Vec<Matcher>>, String> {
    let texts: Vec<&str> = form.all("match[]").collect();
    let sets = promql::parser::parse_selectors(&texts).map_err(|e| e.to_string())?;
    if sets.iter().any(|set| set.iter().all(Matcher::matches_empty)) {
        return Err("match[] must contain at least one non-empty matcher".to_owned());
    }
    Ok(sets)
}

/// Refuses a request without `match[]`.
///
/// # Errors
/// `bad_data`.
pub fn required(form: &Form) -> Result<(), ApiError> {
    form.well_formed()?;
    match form.all("match[]").next() {
        Some(_) => Ok(()),
        None => Err(ApiError::bad_data("no match[] parameter provided")),
    }
}
