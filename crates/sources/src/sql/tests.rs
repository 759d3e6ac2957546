//! Macros in both dialects, rows, frames.

use proptest::prelude::*;
use serde_json::json;

use super::macros::{Dialect, Expanded, expand};
use super::rows::{Cell, Rows, time_ms};
use super::{address, columns, frame, list};
use crate::interval::Step;
use crate::mysql::Dialect as MySql;
use crate::postgres::Dialect as Postgres;
use crate::series::{Fill, Filling};

/// The range of the examples in Grafana's documentation.
const STEP: Step = Step { from_ms: 1_494_410_783_000, to_ms: 1_494_497_183_000, ms: 60_000 };

fn both(text: &str) -> (String, String) {
    let filled = |dialect: &dyn Dialect| expand(text, STEP, dialect).unwrap().sql;
    (filled(&Postgres { is_timescale: false }), filled(&MySql))
}

#[test]
fn macros_are_what_the_documentation_says() {
    let cases = [
        ("$__time(at)", "at AS \"time\"", "UNIX_TIMESTAMP(at) AS time_sec"),
        ("$__timeEpoch(at)", "extract(epoch from at) AS \"time\"", "UNIX_TIMESTAMP(at) AS time_sec"),
        (
            "WHERE $__timeFilter(at)",
            "WHERE at BETWEEN '2017-05-10T10:06:23Z' AND '2017-05-11T10:06:23Z'",
            "WHERE at BETWEEN FROM_UNIXTIME(1494410783) AND FROM_UNIXTIME(1494497183)",
        ),
        ("$__timeFrom()", "'2017-05-10T10:06:23Z'", "FROM_UNIXTIME(1494410783)"),
        ("$__timeTo()", "'2017-05-11T10:06:23Z'", "FROM_UNIXTIME(1494497183)"),
        (
            "$__timeGroup(at,'5m')",
            "floor(extract(epoch from at)/300)*300",
            "UNIX_TIMESTAMP(at) DIV 300 * 300",
        ),
        (
            "$__timeGroupAlias(f(a, 'x,)'), 1h)",
            "floor(extract(epoch from f(a, 'x,)'))/3600)*3600 AS \"time\"",
            "UNIX_TIMESTAMP(f(a, 'x,)')) DIV 3600 * 3600 AS `time`",
        ),
        (
            "$__timeGroup(at, $__interval)",
            "floor(extract(epoch from at)/60)*60",
            "UNIX_TIMESTAMP(at) DIV 60 * 60",
        ),
        (
            "$__unixEpochFilter(at)",
            "at >= 1494410783 AND at <= 1494497183",
            "at >= 1494410783 AND at <= 1494497183",
        ),
        ("$__unixEpochFrom() $__unixEpochTo()", "1494410783 1494497183", "1494410783 1494497183"),
        (
            "$__unixEpochNanoFilter(at)",
            "at >= 1494410783000000000 AND at <= 1494497183000000000",
            "at >= 1494410783000000000 AND at <= 1494497183000000000",
        ),
        (
            "$__unixEpochNanoFrom() $__unixEpochNanoTo()",
            "1494410783000000000 1494497183000000000",
            "1494410783000000000 1494497183000000000",
        ),
        ("$__unixEpochGroup(at,'5m')", "floor((at)/300)*300", "at DIV 300 * 300"),
        ("$__unixEpochGroupAlias(at,'5m')", "floor((at)/300)*300 AS \"time\"", "at DIV 300 * 300 AS `time`"),
        ("$__interval $__interval_ms", "60s 60000", "60s 60000"),
        ("SELECT '$5'", "SELECT '$5'", "SELECT '$5'"),
    ];
    for (text, postgres, mysql) in cases {
        assert_eq!(both(text), (postgres.to_owned(), mysql.to_owned()), "{text}");
    }
    let timescale = expand("$__timeGroupAlias(at,'5m')", STEP, &Postgres { is_timescale: true }).unwrap();
    assert_eq!(timescale.sql, "time_bucket('300.000s', at) AS \"time\"");
}

#[test]
fn a_group_says_how_gaps_are_filled() {
    for (text, with) in [("NULL", Fill::Null), ("previous", Fill::Previous), ("-1.5", Fill::Number(-1.5))] {
        let expanded = expand(&format!("$__timeGroup(a, '5m', {text})"), STEP, &MySql).unwrap();
        let want = Filling { with, every_ms: 300_000, range: (STEP.from_ms, STEP.to_ms) };
        assert_eq!(expanded.filling, Some(want), "{text}");
    }
}

#[test]
fn macros_that_cannot_be_filled_say_why() {
    let cases = [
        ("$__timeFilter()", "$__timeFilter needs a column: $__timeFilter(column)"),
        ("$__timeFilter(a", "the bracket behind $__timeFilter is never closed"),
        ("$__timeGroup(a)", "\"\" is no interval: write it as in $__timeGroup(column, '5m')"),
        ("$__timeGroup(a, 'x')", "\"x\" is no interval: write it as in $__timeGroup(column, '5m')"),
        (
            "$__timeGroup(a, 1m, soon)",
            "$__timeGroup fills gaps with NULL, previous or a number, not with \"soon\"",
        ),
        ("$__nothing(a)", "unknown macro \"$__nothing\""),
    ];
    for (text, want) in cases {
        assert_eq!(expand(text, STEP, &MySql).unwrap_err().to_string(), want, "{text}");
    }
}

#[test]
fn times_of_databases_are_read() {
    let cases = [
        ("1970-01-02", Some(86_400_000)),
        ("1970-01-01 00:00:01.5", Some(1_500)),
        ("1970-01-01T00:00:01", Some(1_000)),
        ("1970-01-01 09:00:00+09", Some(0)),
        ("1970-01-01 05:30:00.25+05:30", Some(250)),
        ("1969-12-31 23:59:59-00", Some(-1_000)),
        ("1970-01-01T00:00:00Z", Some(0)),
        ("0000-00-00 00:00:00", None),
        ("infinity", None),
        ("", None),
    ];
    for (text, want) in cases {
        assert_eq!(time_ms(text), want, "{text}");
    }
}

#[test]
fn rows_become_typed_columns() {
    let columns = [
        ("time", Cell::Number),
        ("n", Cell::Number),
        ("b", Cell::Flag),
        ("s", Cell::Text),
        ("d", Cell::Time),
    ];
    let mut rows = Rows::new(columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec());
    let cell = |text: &'static str| Some(text.as_bytes());
    assert!(rows.push(&[cell("1494410783"), cell("1.50"), cell("t"), cell("한글"), cell("1970-01-02")]));
    assert!(rows.push(&[None, cell("NaN"), None, None, None]));
    let asked = Expanded { sql: "SELECT".to_owned(), filling: None };
    let frame = frame("A", "table", &asked, rows).unwrap().into_json();
    let kinds: Vec<_> = frame["schema"]["fields"].as_array().unwrap().iter().map(|f| &f["type"]).collect();
    assert_eq!(kinds, ["time", "number", "boolean", "string", "time"]);
    let want =
        json!([[1_494_410_783_000i64, null], [1.5, null], [true, null], ["한글", null], [86_400_000, null]]);
    assert_eq!(frame["data"]["values"], want);
    assert_eq!(frame["data"]["entities"][1], json!({"NaN": [1]}));
}

#[test]
fn unix_times_are_told_apart_by_their_size() {
    for text in ["1494410783", "1494410783000", "1494410783000000", "1494410783000000000"] {
        let mut rows = Rows::new(vec![("v".to_owned(), Cell::Number), ("time_sec".to_owned(), Cell::Number)]);
        rows.push(&[Some(b"1"), Some(text.as_bytes())]);
        let frame = frame("A", "time_series", &Expanded::default(), rows).unwrap().into_json();
        assert_eq!(frame["data"]["values"], json!([[1_494_410_783_000i64], [1.0]]), "{text}");
    }
}

#[test]
fn what_is_too_much_is_cut_off_and_says_so() {
    let mut rows = Rows::new(vec![("s".to_owned(), Cell::Text)]);
    let large = vec![b'x'; 10 << 20];
    let taken = (0..10).take_while(|_| rows.push(&[Some(&large)])).count();
    assert_eq!(taken, 6);
    let frame = frame("A", "table", &Expanded::default(), rows).unwrap();
    assert!(
        frame.meta["notices"][0]["text"].as_str().unwrap().starts_with("Results have been limited to 6 rows")
    );
}

#[test]
fn lists_are_for_editors() {
    let rows = || {
        let mut rows = Rows::new(vec![("a".to_owned(), Cell::Text), ("b".to_owned(), Cell::Text)]);
        rows.push(&[Some(b"n"), Some(b"int")]);
        rows
    };
    assert_eq!(list(rows()), json!(["n"]));
    assert_eq!(columns(rows()), json!([{"name": "n", "type": "int"}]));
}

#[test]
fn addresses_are_hosts_with_ports() {
    let cases = [
        ("db", Some(("db", 5432))),
        ("db:1", Some(("db", 1))),
        ("[::1]:7", Some(("::1", 7))),
        ("::1", Some(("::1", 5432))),
        ("[::1]", Some(("::1", 5432))),
        ("", None),
        (":5432", None),
        ("db:x", None),
        ("/var/run/postgresql", None),
        ("postgres://db", None),
    ];
    for (text, want) in cases {
        let want = want.map(|(host, port): (&str, u16)| (host.to_owned(), port));
        assert_eq!(address(text, 5432).ok(), want, "{text}");
    }
}

proptest! {
    #[test]
    fn queries_of_any_text_end_somewhere(text in "[$_a-zA-Z(),' ]{0,60}", odd in "\\PC{0,40}") {
        for text in [text, odd] {
            expand(&text, STEP, &MySql).ok();
            time_ms(&text);
            address(&text, 1).ok();
        }
    }
}
