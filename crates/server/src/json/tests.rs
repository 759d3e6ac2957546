//! Answers in Prometheus's layout.

use std::sync::Arc;

use model::Labels;
use model::histogram::{FloatHistogram, Span};
use promql::column::{Column, Grid};
use promql::{Point, Points, Sample, Series, Value};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::out::{Out, Piece, Started};
use super::*;

fn written(value: &Value) -> String {
    let (start, started) = oneshot::channel();
    let mut out = Out::new(start, CancellationToken::new());
    result::write_result(&mut out, value).unwrap();
    out.finish().unwrap();
    match started.blocking_recv().unwrap().unwrap() {
        Started::Whole(text) => text,
        Started::Stream(_) => panic!("a small answer was streamed"),
    }
}

#[test]
fn values() {
    let labels = || Labels::from_pairs([("__name__", "up"), ("job", "a\"b")]);
    let histogram = FloatHistogram {
        schema: 0,
        count: 7.0,
        sum: -1.5,
        zero_threshold: 0.25,
        zero_count: 2.0,
        negative_spans: vec![Span { offset: 1, length: 1 }],
        negative_buckets: vec![1.0],
        positive_spans: vec![Span { offset: 0, length: 3 }],
        positive_buckets: vec![3.0, 0.0, 1.0],
        ..FloatHistogram::default()
    };
    let grid = Grid { start_ms: 1000, step_ms: 500, steps: 3 };
    let mut column = Column::absent(3);
    column.set(0, 1.0);
    column.set(2, f64::NAN);
    for (value, want) in [
        (Value::Scalar { t: 1500, v: f64::NEG_INFINITY }, r#""resultType":"scalar","result":[1.500,"-Inf"]"#),
        (Value::String { t: 0, s: "é\n".into() }, r#""resultType":"string","result":[0,"é\n"]"#),
        (Value::Vector(vec![]), r#""resultType":"vector","result":[]"#),
        (
            Value::Vector(vec![
                Sample { labels: labels(), t: 1, value: Point::Float(0.1) },
                Sample { labels: Labels::empty(), t: 2, value: Point::Histogram(Arc::new(histogram)) },
            ]),
            r#""resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"b"},"value":[0.001,"0.1"]},{"metric":{},"histogram":[0.002,{"count":"7","sum":"-1.5","buckets":[[1,"-2","-1","1"],[3,"-0.25","0.25","2"],[0,"0.5","1","3"],[0,"2","4","1"]]}]}]"#,
        ),
        (
            Value::Matrix(vec![
                Series { labels: labels(), points: Points::Stepped { grid, column } },
                Series {
                    labels: Labels::empty(),
                    points: Points::Raw { floats: vec![(1, 1.0), (2, 2e21)], histograms: vec![] },
                },
            ]),
            r#""resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a\"b"},"values":[[1,"1"],[2,"NaN"]]},{"metric":{},"values":[[0.001,"1"],[0.002,"2e+21"]]}]"#,
        ),
    ] {
        assert_eq!(written(&value), want);
    }
}

#[tokio::test]
async fn a_big_answer_comes_in_chunks_and_an_end() {
    let floats: Vec<(i64, f64)> = (0..20_000).map(|i| (i * 1000, i as f64 / 3.0)).collect();
    let value = Value::Matrix(vec![Series {
        labels: Labels::empty(),
        points: Points::Raw { floats, histograms: vec![] },
    }]);
    let (start, started) = oneshot::channel();
    let writer = tokio::task::spawn_blocking(move || {
        let mut out = Out::new(start, CancellationToken::new());
        out.text.push('{');
        result::write_result(&mut out, &value).and_then(|()| {
            out.text.push('}');
            out.finish()
        })
    });
    let Ok(Started::Stream(mut pieces)) = started.await.unwrap() else { panic!("not streamed") };
    let (mut text, mut chunks, mut ended) = (String::new(), 0, false);
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Chunk(bytes) => {
                chunks += 1;
                text.push_str(std::str::from_utf8(&bytes).unwrap());
            }
            Piece::End => ended = true,
        }
    }
    assert_eq!(writer.await.unwrap(), Ok(()));
    assert!(chunks > 5 && ended, "{chunks} chunks, ended: {ended}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["result"][0]["values"].as_array().unwrap().len(), 20_000);
}

#[test]
fn writing_stops_when_the_client_is_gone() {
    let (start, started) = oneshot::channel();
    drop(started);
    let mut out = Out::new(start, CancellationToken::new());
    out.text.push_str(&"x".repeat(1 << 20));
    assert_eq!(out.breathe(), Err(out::Gone));
}

#[tokio::test]
async fn an_ended_query_is_not_written_on_for_a_client_who_reads_nothing() {
    let (start, started) = oneshot::channel();
    let stop = CancellationToken::new();
    let mut out = Out::new(start, stop.clone());
    let writer = tokio::task::spawn_blocking(move || {
        let mut chunks = 0;
        loop {
            out.text.push_str(&"x".repeat(1 << 16));
            match out.breathe() {
                Ok(()) => chunks += 1,
                Err(gone) => return (chunks, gone),
            }
        }
    });
    let Ok(Started::Stream(pieces)) = started.await.unwrap() else { panic!("not streamed") };
    stop.cancel();
    let (chunks, gone) = writer.await.unwrap();
    assert_eq!(gone, out::Gone);
    assert!(chunks <= 4, "{chunks} chunks were written ahead");
    drop(pieces);
}
