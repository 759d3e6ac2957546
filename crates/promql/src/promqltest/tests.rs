use super::compare::almost_equal;
use super::script::{Command, When, parse};
use super::*;
use model::value::{NORMAL_NAN, STALE_NAN};

#[test]
fn floats_are_compared_with_a_tolerance() {
    for (a, b, want) in [
        (1.0, 1.0, true),
        (1.0, 1.000_000_9, true),
        (1.0, 1.000_01, false),
        (0.0, 1e-300, false),
        (0.0, -0.0, true),
        (f64::NAN, NORMAL_NAN, true),
        (STALE_NAN, NORMAL_NAN, false),
        (STALE_NAN, STALE_NAN, true),
        (f64::INFINITY, f64::INFINITY, true),
        (f64::INFINITY, f64::NEG_INFINITY, false),
        (f64::MAX, f64::MAX * 0.999_999_9, true),
    ] {
        assert_eq!(almost_equal(a, b), want, "{a} {b}");
        assert_eq!(almost_equal(b, a), want, "{b} {a}");
    }
}

#[test]
fn scripts_are_read() {
    let text = "# comment\nload 5m\n  m{a=\"b\"}@st -1m _x4\n  m{a=\"b\"} 0+10x2 _ stale\n\nclear\n\n\
                eval instant at 50m sum(m)\n  expect ordered\n  expect warn regex: a.c\n  {} 3\n\n\
                eval_fail range from 0 to 10m step 5m m\n\neval instant at 1m 1\n  1\n\
                eval instant at 5m m[5m]\n  expect range vector from 0 to 5m step 5m\n  m 1 2\n";
    let (commands, faults) = parse(text, &ParseOptions::ALL);
    assert_eq!(faults, []);
    let [
        Command::Load(load),
        Command::Clear,
        Command::Eval(sum),
        Command::Eval(fails),
        Command::Eval(one),
        Command::Eval(matrix),
    ] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!(
        (load.step_ms, load.with_nhcb, load.series.len(), load.series[0].values.len()),
        (300_000, false, 1, 5)
    );
    assert_eq!((sum.line, sum.query.as_str(), sum.when), (8, "sum(m)", When::At(3_000_000)));
    assert!(
        sum.expected.ordered && sum.expected.warn[0].matches("xabcx") && !sum.expected.warn[0].matches("ac")
    );
    assert_eq!(sum.expected.series[0].position, 1);
    assert!(fails.expected.fail.is_some());
    assert_eq!(fails.when, When::Range { start_ms: 0, end_ms: 600_000, step_ms: 300_000 });
    assert!(one.expected.scalar.is_some());
    assert_eq!(matrix.expected.series[0].values.len(), 2);
}

#[test]
fn faults_name_their_line() {
    for (text, line, want) in [
        ("\nlod 5m\n", 2, "invalid command \"lod\""),
        ("load 5x\n  m 1\n", 1, "unknown unit \"x\" in duration \"5x\""),
        (
            "load 5m\n  m 1 a\n",
            2,
            "unexpected identifier \"a\" in series values, expected number or \"stale\"",
        ),
        ("eval instant at 1m sum(\n", 1, "unclosed left parenthesis"),
        ("eval instant at 1m m\n  expect wrn\n", 2, "invalid expected error/annotation type \"wrn\""),
        ("eval instant at 1m m\n  m 1 2\n", 2, "several values for an instant query"),
        ("eval range from 5m to 1m step 1m m\n", 1, "end timestamp (1m) is before start timestamp (5m)"),
    ] {
        let (_, faults) = parse(text, &ParseOptions::ALL);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert_eq!(faults[0].line, line, "{text}");
        assert!(faults[0].message.contains(want), "{text}: {}", faults[0].message);
    }
}
