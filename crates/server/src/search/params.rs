//! The parameters of a search, with Prometheus's words for what is wrong with them.

use model::Matcher;
use model::number::quote;
use storage::TimeRange;

use super::filter::{Algorithm, Filter, Order};
use crate::error::ApiError;
use crate::form::Form;
use crate::{params, selectors};

/// Results if nothing is said.
const LIMIT_DEFAULT: usize = 100;
/// Results a line if nothing is said.
const BATCH_DEFAULT: usize = 100;
/// Most terms of a search: each costs time on every value.
const TERMS_MAX: usize = 32;
/// What a search looks back if no start is given.
const RANGE_DEFAULT_MS: i64 = 3_600_000;

/// What is searched.
#[derive(Debug)]
pub struct Search {
    /// Alternatives; none for all series.
    pub matcher_sets: Vec<Vec<Matcher>>,
    /// Where.
    pub range: TimeRange,
    /// `None` if everything passes.
    pub filter: Option<Filter>,
    /// In which order.
    pub order: Order,
    /// Whether results tell their score.
    pub include_score: bool,
    /// Most results.
    pub limit: usize,
    /// Most results a line.
    pub batch_size: usize,
}

impl Search {
    /// Reads the parameters. `endpoint` is named in one of the refusals.
    ///
    /// # Errors
    /// `bad_data`.
    pub fn read(form: &Form, endpoint: &str, now_ms: i64, limit_max: usize) -> Result<Search, ApiError> {
        form.well_formed()?;
        let range = range(form, now_ms)?;
        let matcher_sets = match form.all("match[]").next() {
            Some(_) => selectors::matcher_sets(form).map_err(ApiError::bad_data)?,
            None => Vec::new(),
        };
        let terms = form.all("search[]").count();
        if terms > TERMS_MAX {
            return bad(format!("too many search[] terms: got {terms}, maximum is {TERMS_MAX}"));
        }
        let threshold = match form.value("fuzz_threshold") {
            "" => 0,
            text => match text.parse::<u8>() {
                Ok(n) if n <= 100 => n,
                _other => return bad(format!("invalid fuzz_threshold {}: must be 0-100", quote(text))),
            },
        };
        let algorithm = match form.value("fuzz_alg") {
            "" => Algorithm::Subsequence,
            text => match Algorithm::ALL.iter().find(|(name, _)| *name == text) {
                Some((_, algorithm)) => *algorithm,
                None => {
                    let known = Algorithm::ALL.map(|(name, _)| name).join(" ");
                    return bad(format!("unsupported fuzz_alg {}: must be one of [{known}]", quote(text)));
                }
            },
        };
        let case_sensitive = boolean(form, "case_sensitive", true)?;
        let include_score = boolean(form, "include_score", false)?;
        let by = order_by(form, terms)?;
        let limit = limit(form, limit_max)?;
        let batch_size = match form.value("batch_size") {
            "" => BATCH_DEFAULT,
            text => positive(text).ok_or_else(|| {
                ApiError::bad_data(format!("invalid batch_size {}: must be a positive integer", quote(text)))
            })?,
        };
        let order = match by {
            Ok(order) => order,
            Err(unknown) => {
                let unknown = quote(&unknown);
                return bad(format!(
                    "invalid sort_by {unknown} for {endpoint}: must be \"alpha\" or \"score\""
                ));
            }
        };
        let filter = Filter::new(form.all("search[]"), algorithm, threshold, case_sensitive);
        Ok(Search { matcher_sets, range, filter, order, include_score, limit, batch_size })
    }
}

fn bad<T>(text: String) -> Result<T, ApiError> {
    Err(ApiError::bad_data(text))
}

fn range(form: &Form, now_ms: i64) -> Result<TimeRange, ApiError> {
    let time = |name: &str, default_ms: i64| match form.value(name) {
        "" => Ok(default_ms),
        text => params::time(text)
            .map_err(|e| ApiError::bad_data(format!("invalid time value for '{name}': {e}"))),
    };
    let min_ms = time("start", now_ms - RANGE_DEFAULT_MS)?;
    let max_ms = time("end", now_ms)?;
    if max_ms < min_ms {
        return bad("end timestamp must not be before start timestamp".to_owned());
    }
    Ok(TimeRange { min_ms, max_ms })
}

/// The order, or a `sort_by` that means nothing: that is told last, as Prometheus does.
fn order_by(form: &Form, terms: usize) -> Result<Result<Order, String>, ApiError> {
    let (by, direction) = (form.value("sort_by"), form.value("sort_dir"));
    if !direction.is_empty() && by.is_empty() {
        return bad("sort_dir is only valid when sort_by is set".to_owned());
    }
    if !direction.is_empty() && by == "score" {
        return bad("sort_dir is not supported for sort_by=score".to_owned());
    }
    if !matches!(direction, "" | "asc" | "dsc") {
        return bad(format!("invalid sort_dir {}: must be \"asc\" or \"dsc\"", quote(direction)));
    }
    if by == "score" && terms == 0 {
        return bad("sort_by=score requires search[] to be set".to_owned());
    }
    Ok(match by {
        "score" => Ok(Order::Score),
        "alpha" if direction == "dsc" => Ok(Order::Descending),
        "" | "alpha" => Ok(Order::Ascending),
        unknown => Err(unknown.to_owned()),
    })
}

fn limit(form: &Form, limit_max: usize) -> Result<usize, ApiError> {
    let bounded = limit_max > 0;
    match form.value("limit") {
        "" if bounded => Ok(LIMIT_DEFAULT.min(limit_max)),
        "" => Ok(LIMIT_DEFAULT),
        text => match positive(text) {
            None => bad(format!("invalid limit {}: must be a positive integer", quote(text))),
            Some(n) if bounded && n > limit_max => bad(format!(
                "limit {n} exceeds the configured maximum ({limit_max}, see --web.search.max-limit)"
            )),
            Some(n) => Ok(n),
        },
    }
}

fn positive(text: &str) -> Option<usize> {
    let n: i64 = text.parse().ok()?;
    usize::try_from(n).ok().filter(|n| *n > 0)
}

/// Reads a switch as Go's `strconv.ParseBool`.
///
/// # Errors
/// `bad_data`.
pub fn boolean(form: &Form, name: &str, default: bool) -> Result<bool, ApiError> {
    match form.value(name) {
        "" => Ok(default),
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => bad(format!("invalid {name} {}: must be boolean", quote(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Search, String> {
        Search::read(&Form::parse("", query), "label_names", 10_000_000, 500).map_err(|e| e.text)
    }

    #[test]
    fn defaults() {
        let search = read("").unwrap();
        assert_eq!(search.range, TimeRange { min_ms: 10_000_000 - 3_600_000, max_ms: 10_000_000 });
        assert_eq!((search.limit, search.batch_size, search.order), (100, 100, Order::Ascending));
        assert!(search.filter.is_none() && search.matcher_sets.is_empty() && !search.include_score);
        let search = read(
            "limit=500&batch_size=7&sort_by=alpha&sort_dir=dsc&include_score=1&search[]=x&start=5&end=5",
        )
        .unwrap();
        assert_eq!((search.limit, search.batch_size, search.order), (500, 7, Order::Descending));
        assert!(search.filter.is_some() && search.include_score);
        let small = Search::read(&Form::default(), "label_names", 0, 7).unwrap();
        assert_eq!(small.limit, 7, "the default follows a smaller maximum");
        let unbounded = Search::read(&Form::parse("", "limit=1000000"), "label_names", 0, 0).unwrap();
        assert_eq!(unbounded.limit, 1_000_000);
    }

    #[test]
    fn refusals() {
        for (query, want) in [
            ("start=x", "invalid time value for 'start': cannot parse \"x\" to a valid timestamp"),
            ("start=5&end=4", "end timestamp must not be before start timestamp"),
            ("fuzz_threshold=101", "invalid fuzz_threshold \"101\": must be 0-100"),
            ("fuzz_threshold=-1", "invalid fuzz_threshold \"-1\": must be 0-100"),
            ("fuzz_alg=x", "unsupported fuzz_alg \"x\": must be one of [subsequence jarowinkler]"),
            ("case_sensitive=x", "invalid case_sensitive \"x\": must be boolean"),
            ("include_score=yes", "invalid include_score \"yes\": must be boolean"),
            ("sort_dir=asc", "sort_dir is only valid when sort_by is set"),
            ("sort_by=score&sort_dir=asc&search[]=x", "sort_dir is not supported for sort_by=score"),
            ("sort_by=alpha&sort_dir=up", "invalid sort_dir \"up\": must be \"asc\" or \"dsc\""),
            ("sort_by=score", "sort_by=score requires search[] to be set"),
            ("sort_by=size", "invalid sort_by \"size\" for label_names: must be \"alpha\" or \"score\""),
            ("limit=0", "invalid limit \"0\": must be a positive integer"),
            ("limit=x", "invalid limit \"x\": must be a positive integer"),
            ("limit=501", "limit 501 exceeds the configured maximum (500, see --web.search.max-limit)"),
            ("batch_size=0", "invalid batch_size \"0\": must be a positive integer"),
            ("match[]={}", "match[] must contain at least one non-empty matcher"),
        ] {
            assert_eq!(read(query).err().as_deref(), Some(want), "{query}");
        }
        let many = "search[]=x&".repeat(33);
        assert_eq!(read(&many).err().as_deref(), Some("too many search[] terms: got 33, maximum is 32"));
    }
}
