#![allow(clippy::approx_constant, reason = "some bounds are square roots that have names")]

use super::*;

type Spoil = fn(&mut Histogram);

fn span(offset: i32, length: u32) -> Span {
    Span { offset, length }
}

fn example() -> Histogram {
    Histogram {
        schema: 1,
        zero_threshold: 0.001,
        zero_count: 2,
        count: 19,
        sum: 18.4,
        positive_spans: vec![span(0, 2), span(1, 2)],
        positive_deltas: vec![1, 1, -1, 0],
        negative_spans: vec![span(0, 2), span(1, 2)],
        negative_deltas: vec![2, 1, -1, 3],
        ..Histogram::default()
    }
}

#[test]
fn bounds_are_prometheus_figures() {
    for (index, schema, want) in [
        (0, 0, 1.0),
        (1, 0, 2.0),
        (-1, 0, 0.5),
        (1, 1, 1.414213562373095),
        (1, -1, 4.0),
        (-1, -1, 0.25),
        (512, -1, f64::MAX),
        (513, -1, f64::INFINITY),
        (1024, 0, f64::MAX),
        (1025, 0, f64::INFINITY),
        (8192, 3, f64::MAX),
        (-1074, 0, 5e-324),
        (5, 8, 1.0136300849514894),
    ] {
        assert_eq!(bound(index, schema, &[]), want, "index {index}, schema {schema}");
    }
    let custom = [1.0, 2.5];
    let all: Vec<f64> = (-1..=2).map(|i| bound(i, CUSTOM_BUCKETS_SCHEMA, &custom)).collect();
    assert_eq!(all, [f64::NEG_INFINITY, 1.0, 2.5, f64::INFINITY]);
}

#[test]
fn a_sound_histogram_is_valid_and_prints() {
    assert_eq!(example().validate(), Ok(()));
    assert_eq!(example().to_float().validate(), Ok(()));
    assert_eq!(
        example().to_string(),
        "{count:19, sum:18.4, [-4,-2.82842712474619):5, [-2.82842712474619,-2):2, [-1.414213562373095,-1):3, \
         [-1,-0.7071067811865475):2, [-0.001,0.001]:2, (0.7071067811865475,1]:1, (1,1.414213562373095]:2, \
         (2,2.82842712474619]:1, (2.82842712474619,4]:1}"
    );
}

#[test]
fn faults_are_named_as_prometheus_does() {
    let cases: [(Spoil, &str); 6] = [
        (
            |h| h.count = 18,
            "19 observations found in buckets, but the Count field is 18: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)",
        ),
        (
            |h| h.positive_deltas[1] = -2,
            "positive side: bucket number 2 has observation count of -1: histogram has a bucket whose observation count is negative",
        ),
        (
            |h| h.negative_spans[1].offset = -1,
            "negative side: span number 2 with offset -1: histogram has a span whose offset is negative",
        ),
        (
            |h| h.positive_spans[0].length = 5,
            "positive side: spans need 7 buckets, have 4 buckets: histogram spans specify different number of buckets than provided",
        ),
        (
            |h| h.schema = 9,
            "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or -53 for custom buckets, got schema 9",
        ),
        (|h| h.custom_values = vec![1.0], "histogram with exponential schema must not have custom bounds"),
    ];
    for (spoil, want) in cases {
        let mut h = example();
        spoil(&mut h);
        assert_eq!(h.validate().unwrap_err().to_string(), want);
    }
    let custom = |bounds: &[f64], spans: &[Span]| FloatHistogram {
        schema: CUSTOM_BUCKETS_SCHEMA,
        positive_spans: spans.to_vec(),
        positive_buckets: vec![1.0; spans.iter().map(|s| s.length as usize).sum()],
        custom_values: bounds.to_vec(),
        ..FloatHistogram::default()
    };
    for (h, want) in [
        (
            custom(&[1.0, 1.0], &[]),
            "custom buckets: previous bound is 1.000000 and current is 1.000000: histogram custom bounds must be in strictly increasing order",
        ),
        (
            custom(&[1.0, f64::INFINITY], &[]),
            "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds must be finite",
        ),
        (custom(&[f64::NAN], &[]), "custom buckets: histogram custom bounds must not be NaN"),
        (
            custom(&[1.0], &[span(0, 3)]),
            "custom buckets: only 1 custom bounds defined which is insufficient to cover total span length of 3: histogram custom bounds are too few",
        ),
    ] {
        assert_eq!(h.validate().unwrap_err().to_string(), want);
    }
}

#[test]
fn merging_buckets_keeps_all_observations() {
    let mut h = Histogram {
        schema: 0,
        count: 21,
        positive_spans: vec![span(0, 4), span(0, 0), span(0, 3)],
        positive_deltas: vec![1, 2, -2, 1, -1, 1, 0],
        negative_spans: vec![span(0, 1), span(2, 2)],
        negative_deltas: vec![1, 4, 1],
        ..Histogram::default()
    };
    h.count = 1 + 3 + 1 + 2 + 1 + 2 + 2 + 1 + 5 + 6;
    assert_eq!(h.validate(), Ok(()));
    h.reduce_resolution(-1).unwrap();
    // Buckets 0 | 1 2 | 3 4 | 5 6 of schema 0.
    assert_eq!(
        (h.positive_spans.as_slice(), h.positive_deltas.as_slice()),
        (&[span(0, 4)][..], &[1, 3, -1, 1][..])
    );
    assert_eq!(
        (h.negative_spans.as_slice(), h.negative_deltas.as_slice()),
        (&[span(0, 1), span(1, 1)][..], &[1, 10][..])
    );
    assert_eq!(h.validate(), Ok(()));
    assert_eq!(h.reduce_resolution(2), Err(ResolutionError::Schema { from: -1, to: 2 }));
}
