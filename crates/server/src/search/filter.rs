//! Which values pass a search, and with which score.

use super::score;

/// How what was typed is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Its characters, in order.
    Subsequence,
    /// As it stands, or something similar to it.
    JaroWinkler,
}

impl Algorithm {
    /// All, by the name of the `fuzz_alg` parameter.
    pub const ALL: [(&'static str, Algorithm); 2] =
        [("subsequence", Algorithm::Subsequence), ("jarowinkler", Algorithm::JaroWinkler)];
}

/// A search: any of its terms must fit.
#[derive(Clone, Debug)]
pub struct Filter {
    terms: Vec<String>,
    algorithm: Algorithm,
    /// Between 0 and 100.
    threshold: u8,
    case_sensitive: bool,
}

impl Filter {
    /// A filter for what was typed; `None` if everything passes.
    pub fn new<'a>(
        typed: impl Iterator<Item = &'a str>,
        algorithm: Algorithm,
        threshold: u8,
        case_sensitive: bool,
    ) -> Option<Filter> {
        let term = |t: &str| if case_sensitive { t.to_owned() } else { lower(t) };
        let terms: Vec<String> = typed.filter(|t| !t.is_empty()).map(term).collect();
        (!terms.is_empty()).then_some(Filter { terms, algorithm, threshold, case_sensitive })
    }

    /// Returns the best score of a value that passes.
    pub fn score(&self, value: &str) -> Option<f64> {
        let folded;
        let value = if self.case_sensitive {
            value
        } else {
            folded = lower(value);
            &folded
        };
        let mut best = None;
        for score in self.terms.iter().filter_map(|term| self.score_of(term, value)) {
            best = Some(best.map_or(score, |b: f64| b.max(score)));
            if score >= 1.0 {
                break;
            }
        }
        best
    }

    fn score_of(&self, term: &str, value: &str) -> Option<f64> {
        let threshold = f64::from(self.threshold) / 100.0;
        match self.algorithm {
            Algorithm::Subsequence if value.starts_with(term) => Some(1.0),
            Algorithm::Subsequence => {
                Some(score::subsequence(term, value)).filter(|s| *s > 0.0 && *s >= threshold)
            }
            Algorithm::JaroWinkler => score::substring(term, value).or_else(|| {
                let similar = || Some(score::jaro_winkler(term, value)).filter(|s| *s >= threshold);
                if self.threshold > 0 { similar() } else { None }
            }),
        }
    }
}

/// Lower case as Go has it: character by character, each staying one character.
fn lower(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// In which order results come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By value.
    Ascending,
    /// By value, last first.
    Descending,
    /// Best first, then by value.
    Score,
}

/// A value that passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The value.
    pub value: String,
    /// How well it fits.
    pub score: f64,
}

/// Filters sorted values, brings them into order and returns the first `limit`. The flag says whether there are more.
pub fn search(
    values: Vec<String>,
    filter: Option<&Filter>,
    order: Order,
    limit: usize,
) -> (Vec<Found>, bool) {
    let enough = limit.saturating_add(1);
    let found = |value: String| match filter {
        None => Some(Found { value, score: 1.0 }),
        Some(filter) => filter.score(&value).map(|score| Found { value, score }),
    };
    let mut results: Vec<Found> = match order {
        Order::Ascending => values.into_iter().filter_map(found).take(enough).collect(),
        Order::Descending => values.into_iter().rev().filter_map(found).take(enough).collect(),
        Order::Score => {
            let mut all: Vec<Found> = values.into_iter().filter_map(found).collect();
            // Stable: equal scores keep the order of values.
            all.sort_by(|a, b| b.score.total_cmp(&a.score));
            all
        }
    };
    let more = results.len() > limit;
    results.truncate(limit);
    (results, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<String> {
        ["go_goroutines", "http_requests_total", "node_cpu", "process_cpu_seconds_total", "up"]
            .map(Into::into)
            .into()
    }

    fn names(found: &(Vec<Found>, bool)) -> Vec<&str> {
        found.0.iter().map(|f| f.value.as_str()).collect()
    }

    #[test]
    fn filters_by_algorithm() {
        use Algorithm::{JaroWinkler as J, Subsequence as S};
        for (typed, algorithm, threshold, case_sensitive, want) in [
            (&["cpu"][..], S, 0, true, &["node_cpu", "process_cpu_seconds_total"][..]),
            (&["CPU"], S, 0, true, &[]),
            (&["CPU"], S, 0, false, &["node_cpu", "process_cpu_seconds_total"]),
            (&["ncpu"], S, 0, true, &["node_cpu"]),
            (&["ncpu"], J, 0, true, &[]),
            (&["cpu", "up"], J, 0, true, &["node_cpu", "process_cpu_seconds_total", "up"]),
            (&["nodecpu"], J, 90, true, &["node_cpu"]),
            (&["nodecpu"], J, 100, true, &[]),
            (
                &["", ""],
                S,
                0,
                true,
                &["go_goroutines", "http_requests_total", "node_cpu", "process_cpu_seconds_total", "up"],
            ),
            (&["rut"], S, 90, true, &[]),
        ] {
            let filter = Filter::new(typed.iter().copied(), algorithm, threshold, case_sensitive);
            let found = search(values(), filter.as_ref(), Order::Ascending, 100);
            assert_eq!(names(&found), want, "{typed:?} {algorithm:?} {threshold}");
        }
    }

    #[test]
    fn orders_and_limits() {
        let filter = Filter::new(["u"].into_iter(), Algorithm::JaroWinkler, 0, true);
        for (order, limit, want, more) in [
            (Order::Ascending, 2, &["go_goroutines", "http_requests_total"][..], true),
            (Order::Descending, 2, &["up", "process_cpu_seconds_total"], true),
            (Order::Score, 3, &["up", "process_cpu_seconds_total", "http_requests_total"], true),
            (
                Order::Ascending,
                5,
                &["go_goroutines", "http_requests_total", "node_cpu", "process_cpu_seconds_total", "up"],
                false,
            ),
        ] {
            let found = search(values(), filter.as_ref(), order, limit);
            assert_eq!((names(&found).as_slice(), found.1), (want, more), "{order:?} {limit}");
        }
        let all = search(values(), None, Order::Score, 2);
        assert_eq!((names(&all), all.0[0].score), (vec!["go_goroutines", "http_requests_total"], 1.0));
    }

    #[test]
    fn the_best_term_counts() {
        let filter = Filter::new(["tal", "http"].into_iter(), Algorithm::JaroWinkler, 0, true).unwrap();
        assert_eq!(filter.score("http_requests_total"), Some(1.0));
        assert!(filter.score("process_cpu_seconds_total").is_some_and(|s| (0.09..0.11).contains(&s)));
        assert_eq!(lower("ΑΣ İ"), "ας i".replace('ς', "σ"), "as Go, without the rule for a final sigma");
    }
}
