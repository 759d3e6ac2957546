//! Queries over a storage that keeps some of its samples in buckets.

use std::sync::Arc;

use model::{Exemplar, Labels, Matcher};
use storage::{
    Between, Figure, LabelQuery, Needs, Queryable, SampleHint, Samples, Select, SelectError, SelectRequest,
    SeriesSet, TimeRange,
};

use super::*;
use crate::{Engine, EngineOptions, ParseOptions, Point, QueryOptions, Value, parse};

const MINUTE: i64 = 60_000;
/// Buckets of five minutes, each of ten samples: the storage below gives the last as sample, and the figures.
const RESOLUTION: i64 = 5 * MINUTE;

/// One series; in each of an hour's buckets the values 1 to 10, and their last sample at the bucket's end.
struct Buckets;

impl Queryable for Buckets {
    fn view(&self, _range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(Arc::new(Buckets))
    }
}

impl Select for Buckets {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        Ok(Box::new(Found(request.hint)))
    }
    fn label_names(&self, _query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(Vec::new())
    }
    fn label_values(&self, _name: &str, _query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(Vec::new())
    }
    fn exemplars(
        &self,
        _matcher_sets: &[Vec<Matcher>],
        _range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(Vec::new())
    }
}

/// Gives the hint that it got away as the value of samples, where there is one.
struct Found(Option<SampleHint>);

impl SeriesSet for Found {
    fn len(&self) -> usize {
        1
    }
    fn labels(&self, _i: usize) -> Labels {
        Labels::from_pairs([("__name__", "x_total")])
    }
    fn read(&self, _i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let value = match self.0 {
            None => -1.0,
            Some(hint) => {
                (hint.window_ms / 1000) as f64 + if hint.between == Between::Even { 0.5 } else { 0.0 }
            }
        };
        let ends = (1..=12).map(|k| k * RESOLUTION);
        ends.filter(|t| range.min_ms <= *t && *t <= range.max_ms).for_each(|t| out.push(t, value));
        Ok(())
    }
    fn read_figure(
        &self,
        _i: usize,
        range: TimeRange,
        figure: Figure,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        let value = if figure == Figure::Sum { 55.0 } else { 10.0 };
        let ends = (1..=12).map(|k| k * RESOLUTION);
        ends.filter(|t| range.min_ms <= *t && *t <= range.max_ms).for_each(|t| out.push(t, value));
        Ok(())
    }
    fn resolution_ms(&self) -> Option<i64> {
        Some(RESOLUTION)
    }
}

/// The value at one hour, and what the user is told.
fn ask(text: &str) -> (f64, Vec<String>) {
    let engine = Engine::new(EngineOptions::default());
    let storage: Arc<dyn Queryable> = Arc::new(Buckets);
    let expr = parse(text, &ParseOptions::default()).unwrap();
    let result = engine.instant(storage, &expr, 60 * MINUTE, &QueryOptions::default()).unwrap();
    let value = match result.value {
        Value::Vector(samples) => match &samples[0].value {
            Point::Float(v) => *v,
            other => panic!("{other:?}"),
        },
        Value::Matrix(series) => series[0].points.floats().next().unwrap().1,
        other => panic!("{other:?}"),
    };
    (value, result.infos)
}

#[test]
fn sums_counts_and_means_are_of_all_samples_there_were() {
    for (text, expected) in [
        ("sum_over_time(x_total[10m])", 110.0),
        ("count_over_time(x_total[30m])", 60.0),
        ("avg_over_time(x_total[1h])", 5.5),
        ("sum(avg_over_time(x_total[15m] offset 5m))", 5.5),
        ("max_over_time(count_over_time(x_total[10m])[10m:5m])", 20.0),
    ] {
        assert_eq!(ask(text).0, expected, "{text}");
    }
}

#[test]
fn storages_are_told_how_samples_are_looked_at() {
    for (text, expected) in [
        ("x_total", 300.0),
        ("max_over_time(x_total[10m])", 600.0),
        ("last_over_time(x_total[20m])", 1200.0),
        ("min_over_time(x_total[20m] offset 10m)", 1200.0),
        ("x_total[10m]", -1.0),
        ("x_total[10m] @ 1800", -1.0),
    ] {
        assert_eq!(ask(text).0, expected, "{text}");
    }
    for (function, expected) in [
        ("rate", Between::Even),
        ("increase", Between::Even),
        ("deriv", Between::Even),
        ("resets", Between::Held),
    ] {
        assert_eq!(between(function), expected, "{function}");
    }
    for (function, expected) in [
        ("rate", Needs::Outline),
        ("avg_over_time", Needs::Outline),
        ("last_over_time", Needs::Outline),
        ("irate", Needs::Everything),
        ("changes", Needs::Everything),
        ("quantile_over_time", Needs::Everything),
        ("stddev_over_time", Needs::Everything),
        ("a function that is yet to come", Needs::Everything),
    ] {
        assert_eq!(needs(function), expected, "{function}");
    }
}

#[test]
fn the_user_is_told_of_the_resolution() {
    let told = |text: &str| ask(text).1.into_iter().filter(|i| i.contains("buckets")).collect::<Vec<_>>();
    assert_eq!(
        told("rate(x_total[10m])"),
        ["PromQL info: old samples are stored in buckets of 5m for metric name \"x_total\""]
    );
    let estimated = told("sum_over_time(x_total[7m])");
    assert!(estimated[0].contains("results that need parts of a bucket are estimated"), "{estimated:?}");
}

#[test]
fn explanations_name_the_tier() {
    let engine = Engine::new(EngineOptions::default());
    let expr = parse("rate(x_total[10m])", &ParseOptions::default()).unwrap();
    let options = QueryOptions { explain: true, ..QueryOptions::default() };
    let result = engine.instant(Arc::new(Buckets), &expr, 60 * MINUTE, &options).unwrap();
    let explained = result.explained.unwrap();
    assert_eq!(
        (explained.tier, explained.children[0].tier.as_deref()),
        (None, Some("raw and buckets of 5m"))
    );
}

#[test]
fn division_leaves_out_what_only_one_side_has() {
    let mut sums = Column::full(vec![6.0, 8.0, 1.0]);
    let mut counts = Column::absent(3);
    counts.set(0, 3.0);
    counts.set(2, 0.5);
    divide(&mut sums, &counts);
    assert_eq!((sums.get(0), sums.get(1), sums.get(2)), (Some(2.0), None, Some(2.0)));
}
