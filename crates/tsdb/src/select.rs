//! From matchers to series: one logic over every index.
//!
//! A matcher either *narrows* (it refuses series without the label, so the result lies within the series of the
//! values it accepts) or *subtracts* (it accepts series without the label, so the series of the values it refuses are
//! taken away). Narrowing comes first. A regex that tells how its matches begin has only those values looked at. As Prometheus 3.14 `tsdb/querier.go`, `PostingsForMatchers`.

use std::collections::BTreeSet;

use hashbrown::HashSet;
use model::{MatchOp, Matcher};
use storage::{Cancel, SelectError};

use crate::postings::{self, Postings};

/// What selection needs of an index: the head and each block have one.
pub trait IndexRead {
    /// Returns all series.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn all_postings(&self) -> Result<Postings<'_>, SelectError>;

    /// Returns the series that have the label with this value; `value` is not empty.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn postings(&self, name: &str, value: &str) -> Result<Postings<'_>, SelectError>;

    /// Returns one list for each value of the label that begins with one of `prefixes` and that `accept` accepts. No
    /// prefixes mean all values; prefixes are sorted and none is the beginning of another. Values may come in any order.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn postings_where(
        &self,
        name: &str,
        prefixes: &[String],
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<Postings<'_>>, SelectError>;

    /// Calls `visit` with each value of the label that begins with one of `prefixes`, as for [`IndexRead::postings_where`].
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn visit_label_values(
        &self,
        name: &str,
        prefixes: &[String],
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError>;

    /// Returns the number of values of a label, roughly and at once.
    fn label_value_count(&self, name: &str) -> usize;

    /// Calls `visit` with the value of the label of each of some series that has it.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn visit_label_values_of(
        &self,
        series: &[u32],
        name: &str,
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError>;

    /// Returns all label names, sorted.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn label_names(&self) -> Result<Vec<String>, SelectError>;

    /// Adds the label names of some series to `names`.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file.
    fn label_names_of(&self, series: &[u32], names: &mut BTreeSet<String>) -> Result<(), SelectError>;
}

/// Returns the series that pass all matchers, sorted by number; all series if there are no matchers.
///
/// # Errors
/// [`SelectError::Cancelled`], and what the index returns.
pub fn series_matching(
    index: &dyn IndexRead,
    matchers: &[Matcher],
    cancel: &Cancel,
) -> Result<Vec<u32>, SelectError> {
    let must_be_set = |name: &str| matchers.iter().any(|m| *m.name == *name && !m.matches_empty());
    let subtracts = |m: &Matcher| !must_be_set(&m.name) || m.is_negative() && m.matches_empty();

    let mut narrowing: Vec<&Matcher> = matchers.iter().filter(|m| !subtracts(m)).collect();
    narrowing.sort_by_key(|m| m.op != MatchOp::Equal); // a missing value ends the search before any regex runs
    let mut lists = Vec::with_capacity(narrowing.len());
    for matcher in &narrowing {
        cancel.check()?;
        let list = accepted(index, matcher, cancel)?;
        if list.is_empty() {
            return Ok(Vec::new());
        }
        lists.push(list);
    }
    let mut series =
        if narrowing.is_empty() { index.all_postings()?.into_vec() } else { postings::intersect(lists) };
    for matcher in matchers.iter().filter(|m| subtracts(m)) {
        cancel.check()?;
        if series.is_empty() {
            break;
        }
        postings::subtract(&mut series, &refused(index, matcher, cancel)?);
    }
    Ok(series)
}

/// Returns the series whose label is set to a value that passes.
fn accepted<'a>(
    index: &'a dyn IndexRead,
    matcher: &Matcher,
    cancel: &Cancel,
) -> Result<Postings<'a>, SelectError> {
    match matcher.op {
        MatchOp::Equal => index.postings(&matcher.name, &matcher.value),
        MatchOp::Regex => match matcher.regex().and_then(|r| r.words()) {
            Some(values) => any_of(index, &matcher.name, values),
            None => {
                let prefixes = matcher.regex().map_or(&[][..], |r| r.prefixes());
                matching(index, (&matcher.name, prefixes), cancel, |v| matcher.matches(v))
            }
        },
        MatchOp::NotEqual | MatchOp::NotRegex => {
            matching(index, (&matcher.name, &[]), cancel, |v| matcher.matches(v))
        }
    }
}

/// Returns the series whose label is set to a value that does not pass.
fn refused<'a>(
    index: &'a dyn IndexRead,
    matcher: &Matcher,
    cancel: &Cancel,
) -> Result<Postings<'a>, SelectError> {
    match matcher.op {
        MatchOp::NotEqual if matcher.value.is_empty() => Ok(Postings::EMPTY),
        MatchOp::NotEqual => index.postings(&matcher.name, &matcher.value),
        MatchOp::NotRegex => match matcher.regex().and_then(|r| r.words()) {
            Some(values) => any_of(index, &matcher.name, values),
            None => {
                let prefixes = matcher.regex().map_or(&[][..], |r| r.prefixes());
                matching(index, (&matcher.name, prefixes), cancel, |v| !matcher.matches(v))
            }
        },
        MatchOp::Regex if &*matcher.value == ".*" => Ok(Postings::EMPTY),
        MatchOp::Equal | MatchOp::Regex => {
            matching(index, (&matcher.name, &[]), cancel, |v| !matcher.matches(v))
        }
    }
}

fn matching<'a>(
    index: &'a dyn IndexRead,
    (name, prefixes): (&str, &[String]),
    cancel: &Cancel,
    accept: impl Fn(&str) -> bool,
) -> Result<Postings<'a>, SelectError> {
    // A regex over a million values takes its time; passing the rest by takes little.
    let lists = index.postings_where(name, prefixes, &mut |v| !cancel.is_cancelled() && accept(v))?;
    cancel.check()?;
    Ok(postings::union(lists))
}

fn any_of<'a>(index: &'a dyn IndexRead, name: &str, values: &[String]) -> Result<Postings<'a>, SelectError> {
    let mut lists = Vec::with_capacity(values.len());
    for value in values.iter().filter(|v| !v.is_empty()) {
        lists.push(index.postings(name, value)?);
    }
    Ok(postings::union(lists))
}

/// Returns the values of a label among the series that pass all matchers, sorted.
///
/// # Errors
/// As [`series_matching`].
pub fn label_values(
    index: &dyn IndexRead,
    name: &str,
    matchers: &[Matcher],
    cancel: &Cancel,
) -> Result<Vec<String>, SelectError> {
    let passes = |value: &str| matchers.iter().all(|m| *m.name != *name || m.matches(value));
    let mut values = Vec::new();
    let mut take = |value: &str| {
        if !cancel.is_cancelled() && passes(value) {
            values.push(value.to_owned());
        }
    };
    let prefixes = prefixes_of(name, matchers);
    if matchers.iter().all(|m| *m.name == *name) {
        index.visit_label_values(name, prefixes, &mut take)?;
    } else {
        let series = series_matching(index, matchers, cancel)?;
        if series.len() < index.label_value_count(name) {
            // The values of the few are sooner read than each value asked whether it is among theirs.
            let mut seen = HashSet::new();
            index.visit_label_values_of(&series, name, &mut |value| {
                if !seen.contains(value) {
                    seen.insert(value.to_owned());
                }
            })?;
            seen.iter().for_each(|value| take(value));
        } else {
            index.visit_label_values(name, prefixes, &mut take)?;
            let mut kept = Vec::new();
            for value in values {
                cancel.check()?;
                if postings::intersects(&series, &index.postings(name, &value)?) {
                    kept.push(value);
                }
            }
            values = kept;
        }
    }
    cancel.check()?;
    values.sort(); // stable: it finds the sorted runs that an index comes with
    values.dedup();
    Ok(values)
}

/// Returns what the values of a label must begin with to pass the matchers on it; nothing if they do not tell.
fn prefixes_of<'a>(name: &str, matchers: &'a [Matcher]) -> &'a [String] {
    let of_name = matchers.iter().filter(|m| *m.name == *name && m.op == MatchOp::Regex);
    of_name.filter_map(|m| m.regex()).map(|r| r.prefixes()).find(|p| !p.is_empty()).unwrap_or_default()
}

/// Returns the label names among the series that pass all matchers, sorted.
///
/// # Errors
/// As [`series_matching`].
pub fn label_names(
    index: &dyn IndexRead,
    matchers: &[Matcher],
    cancel: &Cancel,
) -> Result<Vec<String>, SelectError> {
    if matchers.is_empty() {
        return index.label_names();
    }
    let mut names = BTreeSet::new();
    index.label_names_of(&series_matching(index, matchers, cancel)?, &mut names)?;
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests;
