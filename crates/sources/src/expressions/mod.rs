//! Server-side expressions: queries that compute with the answers of other queries of the same request.
//!
//! `math` (`$A * 2 > $B`), `reduce` (series to numbers), `resample` (series to other times), `threshold`. They are run in the
//! order in which they need one another; what needs itself is an error.

mod data;
mod math;
mod reduce;
mod resample;
mod threshold;

use std::collections::HashMap;

use crate::error::SourceError;
use crate::frame::Frame;
use crate::kind::Query;

use self::data::Data;

/// The identifier of what is no data source, but an expression.
pub const UID: &str = "__expr__";
/// The number that old dashboards have for it.
pub const ID: i64 = -100;

/// Answers by the letter of their query.
pub type Known = HashMap<String, Result<Vec<Frame>, SourceError>>;

/// Whether a data source's identifier or type means an expression.
pub fn is(uid: &str) -> bool {
    matches!(uid, UID | "-100" | "__expression__")
}

/// Runs expressions and adds their answers.
pub fn run(expressions: &[&Query], known: &mut Known) {
    let mut waiting: Vec<&Query> = expressions.to_vec();
    while !waiting.is_empty() {
        let is_waiting = |letter: &String| waiting.iter().any(|query| query.ref_id == *letter);
        let (ready, rest): (Vec<&Query>, Vec<&Query>) =
            waiting.iter().copied().partition(|query| !inputs(query).iter().any(is_waiting));
        if ready.is_empty() {
            for query in rest {
                let text = format!("expression {} needs itself, in a circle", query.ref_id);
                known.insert(query.ref_id.clone(), Err(SourceError::Query(text)));
            }
            return;
        }
        for query in ready {
            let answer = one(query, known).map(|data| data.into_frames(&query.ref_id));
            known.insert(query.ref_id.clone(), answer);
        }
        waiting = rest;
    }
}

/// The letters that an expression needs.
fn inputs(query: &Query) -> Vec<String> {
    match query.text("type") {
        "math" => math::variables(query.text("expression")),
        _other => vec![letter(query.text("expression")).to_owned()],
    }
}

/// `A` of `A`, `$A` and `${A}`.
fn letter(text: &str) -> &str {
    text.trim().trim_start_matches('$').trim_start_matches('{').trim_end_matches('}')
}

fn one(query: &Query, known: &Known) -> Result<Data, SourceError> {
    let input = |letter: &str| -> Result<Data, SourceError> {
        match known.get(letter) {
            Some(Ok(frames)) => Data::of(frames),
            Some(Err(error)) => Err(SourceError::Query(format!(
                "expression {} needs {letter}, which failed: {error}",
                query.ref_id
            ))),
            None => Err(SourceError::Query(format!(
                "expression {} needs {letter:?}, and no query is called so",
                query.ref_id
            ))),
        }
    };
    let given = || input(letter(query.text("expression")));
    match query.text("type") {
        "math" => math::run(query.text("expression"), &input),
        "reduce" => reduce::run(query, given()?),
        "resample" => resample::run(query, given()?),
        "threshold" => threshold::run(query, given()?),
        other => {
            let known = "math, reduce, resample and threshold";
            Err(SourceError::Query(format!("expressions of type {other:?} are not known; known are {known}")))
        }
    }
}

#[cfg(test)]
mod tests;
