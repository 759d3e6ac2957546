use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use model::Labels;
use parking_lot::Mutex;
use promql::{Clock, Engine, EngineOptions, ParseOptions, QueryOptions, Value, parse};
use storage::memory::MemoryStorage;
use storage::{Appendable, Cancel};

use super::Group;
use crate::alert::AlertState;
use crate::environment::{Concurrency, Environment, Notification, Notify, Settings};
use crate::file::{Options, RuleFile};
use crate::metrics::Metrics;
use crate::restore;

struct Still;

impl Clock for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<Notification>>);

impl Heard {
    /// All alerts that were told, oldest first.
    pub(crate) fn all(&self) -> Vec<Notification> {
        self.0.lock().clone()
    }
}

impl Notify for Heard {
    fn notify(&self, alerts: Vec<Notification>) {
        self.0.lock().extend(alerts);
    }
}

pub(crate) fn environment(data: &MemoryStorage, heard: Arc<Heard>, concurrency: usize) -> Environment {
    Environment {
        data: Arc::new(data.clone()),
        out: Arc::new(data.clone()),
        engine: Arc::new(Engine::new(EngineOptions::default())),
        promql: ParseOptions::default(),
        external_url: "http://x".to_owned(),
        settings: ArcSwap::from_pointee(Settings::default()),
        notify: heard,
        resend_delay: Duration::from_secs(60),
        outage_tolerance: Duration::from_secs(3600),
        for_grace_period: Duration::from_secs(600),
        catch_up: true,
        clock: Arc::new(Still),
        cancel: Cancel::default(),
        metrics: Metrics::new(&telemetry::Registry::new()),
        on_query: None,
        concurrency: Concurrency::new(concurrency),
    }
}

pub(crate) fn groups(text: &str, restored: bool) -> Vec<Group> {
    let file = RuleFile::parse(text, &Options::default()).unwrap();
    let default = Duration::from_secs(60);
    file.groups.iter().map(|g| Group::new(Path::new("f.yml"), g, default, restored)).collect()
}

fn group(rules: &str) -> Group {
    groups(&format!("groups:\n- name: g\n  rules:\n{rules}"), true).remove(0)
}

fn put(data: &MemoryStorage, series: &str, t_ms: i64, v: f64) {
    let mut batch = data.appender();
    let labels = promql::parser::parse_selector(series).unwrap();
    let labels = Labels::from_pairs(labels.iter().map(|m| (m.name.to_string(), m.value.clone())));
    let series = batch.resolve(&labels).unwrap();
    batch.sample(series, t_ms, v).unwrap();
    batch.commit().unwrap();
}

/// The result of a query as sorted lines.
fn ask(data: &MemoryStorage, query: &str, t_ms: i64) -> Vec<String> {
    let engine = Engine::new(EngineOptions::default());
    let expr = parse(query, &ParseOptions::default()).unwrap();
    let result = engine.instant(Arc::new(data.clone()), &expr, t_ms, &QueryOptions::default()).unwrap();
    let Value::Vector(samples) = result.value else { panic!("a vector was asked for") };
    let mut lines: Vec<String> = samples
        .iter()
        .map(|s| match &s.value {
            promql::Point::Float(v) => format!("{} {v}", s.labels),
            promql::Point::Histogram(h) => format!("{} {h}", s.labels),
        })
        .collect();
    lines.sort();
    lines
}

const MINUTE: i64 = 60_000;

#[test]
fn recorded_series_come_and_end() {
    for concurrency in [0, 4] {
        let data = MemoryStorage::new();
        let env = environment(&data, Arc::default(), concurrency);
        let group =
            group("  - record: a\n    expr: m * 2\n    labels: {x: y}\n  - record: b\n    expr: a + 1\n");
        put(&data, "m{i=\"1\"}", 0, 1.0);
        put(&data, "m{i=\"2\"}", 0, 2.0);
        group.evaluate(&env, 0, 5);
        assert_eq!(
            ask(&data, "a", 0),
            [r#"{__name__="a", i="1", x="y"} 2"#, r#"{__name__="a", i="2", x="y"} 4"#]
        );
        assert_eq!(
            ask(&data, "b", 0),
            [r#"{__name__="b", i="1", x="y"} 3"#, r#"{__name__="b", i="2", x="y"} 5"#]
        );
        put(&data, "m{i=\"2\"}", 1, model::value::STALE_NAN);
        group.evaluate(&env, MINUTE, 5);
        assert_eq!(ask(&data, "a", MINUTE), [r#"{__name__="a", i="1", x="y"} 2"#]);
        assert_eq!(ask(&data, "b", MINUTE), [r#"{__name__="b", i="1", x="y"} 3"#]);
        let state = group.rules[0].state();
        assert_eq!((state.health.as_str(), state.evaluated_at_ms), ("ok", Some(5)));
    }
}

#[test]
fn mistakes_make_a_rule_unhealthy_and_not_its_neighbours() {
    let data = MemoryStorage::new();
    let env = environment(&data, Arc::default(), 0);
    let group = group(
        "  - record: a\n    expr: m\n    labels: {i: same}\n  - record: b\n    expr: '\"text\"'\n  - record: c\n    expr: 7\n",
    );
    put(&data, "m{i=\"1\"}", 0, 1.0);
    put(&data, "m{i=\"2\"}", 0, 2.0);
    group.evaluate(&env, 0, 0);
    let errors: Vec<String> = group.rules.iter().map(|r| r.state().last_error.clone()).collect();
    assert_eq!(
        errors,
        [
            "vector contains metrics with the same labelset after applying rule labels",
            "rule result is not a vector or scalar",
            ""
        ]
    );
    assert_eq!(ask(&data, "c", 0), [r#"{__name__="c"} 7"#]);
    let key = group.key();
    assert_eq!(env.metrics.failures.with(&[&key]).get(), 2.0);
    assert_eq!(env.metrics.evaluations.with(&[&key]).get(), 3.0);
}

#[test]
fn limits_and_offsets_hold() {
    let data = MemoryStorage::new();
    let env = environment(&data, Arc::default(), 0);
    let text = "groups:\n- name: g\n  limit: 1\n  query_offset: 1m\n  rules:\n  - record: a\n    expr: m\n  - record: b\n    expr: sum(m)\n";
    let group = groups(text, true).remove(0);
    put(&data, "m{i=\"1\"}", 0, 1.0);
    put(&data, "m{i=\"2\"}", 0, 2.0);
    group.evaluate(&env, MINUTE, 0);
    assert_eq!(group.rules[0].state().last_error, "exceeded limit of 1 with 2 series");
    assert_eq!(ask(&data, "b", 0), [r#"{__name__="b"} 3"#], "evaluated and stored a minute earlier");
}

#[test]
fn alerts_are_told_with_their_texts() {
    let data = MemoryStorage::new();
    let heard = Arc::new(Heard::default());
    let env = environment(&data, heard.clone(), 0);
    let group = group(
        "  - alert: High\n    expr: m > 5\n    for: 1m\n    labels: {severity: '{{ if gt $value 8.0 }}page{{ else }}mail{{ end }}'}\n    annotations: {summary: '{{ $labels.i }} has {{ $value }}, {{ query \"m\" | len }} known', bad: '{{ .Nothing }}'}\n",
    );
    put(&data, "m{i=\"1\"}", 0, 7.0);
    put(&data, "m{i=\"2\"}", 0, 2.0);
    group.evaluate(&env, 0, 0);
    assert_eq!(group.rules[0].alert_state(), AlertState::Pending);
    assert!(heard.0.lock().is_empty());
    group.evaluate(&env, MINUTE, MINUTE);
    let told = std::mem::take(&mut *heard.0.lock());
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].labels.to_string(), r#"{alertname="High", i="1", severity="mail"}"#);
    assert_eq!(told[0].annotations.get("summary"), "1 has 7, 2 known");
    assert!(told[0].annotations.get("bad").starts_with(
        "<error expanding template: error executing template __alert_High: template: __alert_High:1:"
    ));
    assert_eq!((told[0].starts_at_ms, told[0].ends_at_ms), (MINUTE, MINUTE + 4 * MINUTE));
    assert_eq!(told[0].generator_url, "http://x/graph?g0.expr=m+%3E+5&g0.tab=1");
    assert_eq!(
        ask(&data, "ALERTS", MINUTE),
        [r#"{__name__="ALERTS", alertname="High", alertstate="firing", i="1", severity="mail"} 1"#]
    );
    // Not told again within the delay, told once it is over, told at once when it ends.
    group.evaluate(&env, MINUTE + 30_000, 0);
    assert!(heard.0.lock().is_empty());
    group.evaluate(&env, 2 * MINUTE + 1, 0);
    assert_eq!(heard.0.lock().len(), 1);
    heard.0.lock().clear();
    put(&data, "m{i=\"1\"}", 2 * MINUTE + 2, 1.0);
    group.evaluate(&env, 2 * MINUTE + 3, 0);
    let told = std::mem::take(&mut *heard.0.lock());
    assert_eq!((told[0].starts_at_ms, told[0].ends_at_ms), (MINUTE, 2 * MINUTE + 3));
    assert_eq!(ask(&data, "ALERTS", 2 * MINUTE + 3), Vec::<String>::new());
}

#[test]
fn a_changed_group_takes_over_what_it_knew() {
    let data = MemoryStorage::new();
    let env = environment(&data, Arc::default(), 0);
    let before = group(
        "  - alert: A\n    expr: m\n    for: 5m\n  - record: r\n    expr: m\n  - record: gone\n    expr: m\n",
    );
    put(&data, "m", 0, 1.0);
    before.evaluate(&env, 0, 0);
    let after = group("  - record: r\n    expr: m + 1\n  - alert: A\n    expr: m > 0\n    for: 5m\n");
    assert!(!after.is_same(&before));
    after.take_over(&before);
    after.evaluate(&env, MINUTE, 0);
    assert_eq!(ask(&data, "gone", MINUTE), Vec::<String>::new(), "ended");
    assert_eq!(ask(&data, "r", MINUTE), [r#"{__name__="r"} 2"#]);
    let state = after.rules[1].state();
    assert_eq!(state.active.values().next().map(|a| a.active_at_ms), Some(0), "pending since before");
}

#[test]
fn groups_are_compared_by_what_they_say() {
    let text =
        |for_: &str| format!("  - alert: A\n    expr: m  >  0\n    for: {for_}\n    annotations: {{a: b}}\n");
    assert!(group(&text("5m")).is_same(&group(&text("300s"))));
    assert!(!group(&text("5m")).is_same(&group(&text("6m"))));
    assert!(group("  - record: a\n    expr: m>0\n").is_same(&group("  - record: a\n    expr: m > 0\n")));
}

#[test]
fn for_goes_on_after_a_restart() {
    let data = MemoryStorage::new();
    let rules = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: m\n    for: 30m\n    labels: {x: '{{ $value }}'}\n";
    let env = environment(&data, Arc::default(), 0);
    let before = groups(rules, true).remove(0);
    for minute in 0..10 {
        put(&data, "m", minute * MINUTE, 1.0);
        before.evaluate(&env, minute * MINUTE, 0);
    }
    // Down for ten minutes.
    let after = groups(rules, false).remove(0);
    put(&data, "m", 19 * MINUTE, 1.0);
    after.evaluate(&env, 19 * MINUTE, 0);
    let written = ask(&data, "ALERTS", 19 * MINUTE + 1);
    assert_eq!(written, Vec::<String>::new(), "not written before it is restored");
    restore::restore(&after, &env, 19 * MINUTE);
    {
        let state = after.rules[0].state();
        assert_eq!(
            state.active.values().next().map(|a| a.active_at_ms),
            Some(10 * MINUTE),
            "the outage does not count"
        );
        assert!(state.restored);
    }
    put(&data, "m", 40 * MINUTE, 1.0);
    after.evaluate(&env, 40 * MINUTE, 0);
    assert_eq!(after.rules[0].alert_state(), AlertState::Firing);
}

#[test]
fn what_was_missed_is_done_in_order() {
    let data = MemoryStorage::new();
    let env = environment(&data, Arc::default(), 0);
    let group = group("  - record: a\n    expr: sum(m)\n  - record: b\n    expr: a * 10\n");
    let slots = group.slots();
    let first = slots.at_or_before(1_700_000_000_000_000_000);
    let ms = |slot: i64| slot / 1_000_000;
    let later = |n: i64| first + n * slots.interval_ns();
    for minute in 0..=6 {
        put(&data, "m", ms(later(minute)), minute as f64);
    }
    group.evaluate(&env, ms(first), 0);
    group.evaluate(&env, ms(later(1)), 0);
    let missed = crate::catch_up::missed(&group, &env, later(6));
    assert_eq!(missed, (2..6).map(later).collect::<Vec<_>>());
    for slot in missed {
        crate::catch_up::evaluate(&group, &env, slot, 0);
    }
    group.evaluate(&env, ms(later(6)), 0);
    for minute in 0..=6 {
        assert_eq!(ask(&data, "b", ms(later(minute))), [format!("{{__name__=\"b\"}} {}", minute * 10)]);
    }
    assert_eq!(crate::catch_up::missed(&group, &env, later(7)), Vec::<i64>::new(), "nothing is missing");
    assert_eq!(crate::catch_up::missed(&group, &env, later(600)), Vec::<i64>::new(), "too long ago");
}
