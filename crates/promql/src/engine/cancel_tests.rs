//! A cancelled query ends within one piece of work, wherever it is.
//!
//! The clock of a query is looked at whenever the query looks whether it shall end, so it is the place to cancel from: at its first look, its
//! second and so on. What is counted is work, not time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::Labels;
use storage::memory::MemoryStorage;
use storage::{Appendable, Cancel, Queryable};

use super::*;
use crate::exec::stop::{HEADS_BETWEEN_LOOKS, UNITS_BETWEEN_LOOKS, handed_out};
use crate::{ParseOptions, parse};

/// Samples of the long series, one a second.
const SAMPLES: usize = 3 * UNITS_BETWEEN_LOOKS + 1_000;
/// Number of the short series, of one sample each.
const SERIES: usize = 4 * HEADS_BETWEEN_LOOKS;

fn data() -> Arc<dyn Queryable> {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    let long = batch.resolve(&Labels::from_pairs([("__name__", "long")])).unwrap();
    for i in 0..SAMPLES as i64 {
        batch.sample(long, i * 1000, ((i * 7919) % 10_007) as f64 / 3.0).unwrap();
    }
    for s in 0..SERIES {
        let pairs = [("__name__", "wide".to_owned()), ("n", format!("{:05}", s * 7919 % 100_003))];
        let series = batch.resolve(&Labels::from_pairs(pairs)).unwrap();
        batch.sample(series, (SAMPLES as i64 - 60) * 1000, (s % 97) as f64).unwrap();
    }
    batch.commit().unwrap();
    Arc::new(storage)
}

/// Cancels a query when it is looked at for the `at`th time.
struct CancellingClock {
    cancel: Cancel,
    looks: AtomicUsize,
    at: usize,
    units_then: AtomicUsize,
}

impl Clock for CancellingClock {
    fn now(&self) -> Duration {
        if self.looks.fetch_add(1, Ordering::Relaxed) == self.at {
            self.cancel.cancel();
            self.units_then.store(handed_out::units(), Ordering::Relaxed);
        }
        Duration::ZERO
    }
}

/// What became of a query that was cancelled at a look.
struct Cancelled {
    outcome: Result<QueryResult, QueryError>,
    looks: usize,
    /// Samples and steps that were handed out after the flag was set.
    units_after: usize,
}

fn run(data: &Arc<dyn Queryable>, text: &str, at: usize) -> Cancelled {
    let options = ParseOptions { experimental_functions: true, ..ParseOptions::default() };
    let expr = parse(text, &options).unwrap_or_else(|e| panic!("{text}: {e}"));
    let cancel = Cancel::default();
    let (looks, units_then) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let clock = Arc::new(CancellingClock { cancel: cancel.clone(), looks, at, units_then });
    let options = QueryOptions { cancel, clock: Some(clock.clone()), ..QueryOptions::default() };
    let engine = Engine::new(EngineOptions::default());
    let t_ms = (SAMPLES as i64 - 1) * 1000;
    let outcome = engine.instant(data.clone(), &expr, t_ms, &options);
    let looks = clock.looks.load(Ordering::Relaxed);
    let units_after = handed_out::units() - clock.units_then.load(Ordering::Relaxed);
    Cancelled { outcome, looks, units_after }
}

/// Queries, and how often each must at least look for its amount of work.
fn queries() -> Vec<(&'static str, usize)> {
    let pieces = SAMPLES / UNITS_BETWEEN_LOOKS;
    let heads = SERIES / HEADS_BETWEEN_LOOKS;
    let mut queries = vec![
        // One window of all samples.
        ("sum_over_time(long[3d])", pieces),
        ("avg_over_time(long[3d])", pieces),
        ("stddev_over_time(long[3d])", pieces),
        ("stdvar_over_time(long[3d])", pieces),
        ("min_over_time(long[3d])", pieces),
        ("max_over_time(long[3d])", pieces),
        ("ts_of_max_over_time(long[3d])", pieces),
        ("ts_of_min_over_time(long[3d])", pieces),
        ("quantile_over_time(0.5, long[3d])", pieces),
        ("quantile_over_time(1, long[3d])", pieces),
        ("mad_over_time(long[3d])", 2 * pieces),
        ("deriv(long[3d])", pieces),
        ("predict_linear(long[3d], 60)", pieces),
        ("double_exponential_smoothing(long[3d], 0.5, 0.5)", pieces),
        ("changes(long[3d])", pieces),
        ("resets(long[3d])", pieces),
        ("rate(long[3d])", pieces),
        ("increase(long[3d])", pieces),
        // Many windows, and many steps of a subquery.
        ("sum_over_time(max_over_time(long[1m])[2d:1s])", pieces),
        ("quantile_over_time(0.9, long[2d:1s])", 2 * pieces),
        ("sum_over_time((long * 2)[2d:1s])", 2 * pieces),
        ("sum_over_time((long > bool 5)[2d:1s])", 2 * pieces),
        ("sum_over_time((long > 5)[2d:1s])", pieces),
        ("sum_over_time(sqrt(long)[2d:1s])", 2 * pieces),
        ("sum_over_time(hour(long)[2d:1s])", 2 * pieces),
        ("sum_over_time(round(long)[2d:1s])", 2 * pieces),
        ("sum_over_time(clamp(long, 1, 2)[2d:1s])", 2 * pieces),
        ("sum_over_time(timestamp(long)[2d:1s])", 2 * pieces),
        ("sum_over_time((long ^ long)[2d:1s])", 2 * pieces),
        ("sum_over_time((time() - long)[2d:1s])", 2 * pieces),
        (
            "count_over_time(histogram_quantile(0.5, label_replace(long, \"le\", \"+Inf\", \"\", \"\"))[2d:1s])",
            pieces,
        ),
        // Many series.
        ("wide", heads),
        ("sort(wide)", heads),
        ("sort_desc(wide)", heads),
        ("sort_by_label(wide, \"n\")", heads),
        ("topk(4000, wide)", heads),
        ("count_values(\"v\", wide)", heads),
        ("quantile(0.5, wide)", heads),
        ("wide * on (n) wide", heads),
        ("wide and on (n) wide", heads),
        ("wide or wide", heads),
        ("wide + 1", heads),
        ("label_replace(wide, \"m\", \"$1\", \"n\", \"(.*)\")", heads),
        ("last_over_time(wide[5m])", heads),
    ];
    queries.sort_unstable();
    queries
}

#[test]
fn every_long_loop_looks_often_enough() {
    let data = data();
    for (text, least) in queries() {
        let whole = run(&data, text, usize::MAX);
        assert!(whole.outcome.is_ok(), "{text}: {:?}", whole.outcome);
        assert!(whole.looks >= least, "{text}: {} looks, wanted {least}", whole.looks);
    }
}

#[test]
fn after_the_flag_at_most_one_piece_is_begun() {
    // With the last look the result is ready; then it is told how long everything took.
    const LOOKS_AT_THE_END: usize = 3;
    let data = data();
    for (text, _) in queries() {
        let looks = run(&data, text, usize::MAX).looks;
        // All looks would take minutes without optimisation; these are spread over the query.
        for at in (1..looks - LOOKS_AT_THE_END).step_by(looks.div_ceil(6)) {
            let cancelled = run(&data, text, at);
            let outcome = cancelled.outcome.map(|_| ());
            assert!(
                matches!(outcome, Err(QueryError::Canceled)),
                "{text} at look {at} of {looks}: {outcome:?}"
            );
            assert!(
                cancelled.units_after <= UNITS_BETWEEN_LOOKS + UNITS_BETWEEN_LOOKS / 16,
                "{text} at look {at} of {looks}: {} units after the flag",
                cancelled.units_after
            );
        }
    }
}
