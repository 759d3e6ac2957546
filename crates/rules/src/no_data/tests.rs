use storage::Appendable;
use storage::memory::MemoryStorage;

use super::*;
use crate::Group;
use crate::environment::Notification;
use crate::group::tests::{Heard, environment, groups};

const MINUTE: i64 = 60_000;

#[test]
fn policies_are_read() {
    let hours = |h: u64| Duration::from_secs(h * 3600);
    for (text, expected) in [
        ("resolve", Ok(NoData::Resolve)),
        ("keep", Ok(NoData::Keep(hours(24)))),
        (" keep  6h ", Ok(NoData::Keep(hours(6)))),
        ("notify 1h", Ok(NoData::Notify(hours(1)))),
        ("keep long", Err("\"long\" is not a duration")),
        ("", Err("\"\" is none of")),
        ("alert", Err("\"alert\" is none of resolve, keep and notify")),
    ] {
        match (parse(text), expected) {
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (got, expected) => assert_eq!(got, expected.map_err(str::to_owned), "{text}"),
        }
    }
}

#[test]
fn the_subject_is_what_is_compared() {
    for (expr, expected) in [
        ("m > 5", Some("m")),
        ("5 < m", Some("m")),
        ("(rate(m[5m]) > 5)", Some("rate(m[5m])")),
        ("m > 5 and on (job) up == 1", Some("m")),
        ("m > 5 unless n", Some("m")),
        ("m > 5 or n > 6", Some("m or n")),
        ("a / b > 0.5", Some("a / b")),
        ("sum by (job) (m) > bool 5", Some("sum by (job) (m) > bool 5")),
        ("up", Some("up")),
        ("a > on (job) b", Some("a")),
        ("absent(up)", None),
        ("absent(up) == 1", None),
        ("count(up == 0) > 3", None),
        ("sum(a and b)", None),
        ("max_over_time((m > 1)[5m:1m])", None),
    ] {
        let parsed = promql::parse(expr, &promql::ParseOptions::default()).unwrap();
        assert_eq!(subject(&parsed).map(|e| e.to_string()).as_deref(), expected, "{expr}");
    }
}

/// A rule over the series `m{i="a"}`: the digits of a line are its values minute by minute, `-` is a gap.
struct Try {
    group: Group,
    env: Environment,
    heard: Arc<Heard>,
    data: MemoryStorage,
    minute: i64,
}

impl Try {
    fn new(expr: &str, annotations: &str) -> Try {
        let text = format!(
            "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: {expr}\n    labels: {{severity: page}}\n    annotations: {{{annotations}}}\n"
        );
        let (data, heard) = (MemoryStorage::new(), Arc::<Heard>::default());
        let env = environment(&data, heard.clone(), 0);
        Try { group: groups(&text, true).remove(0), env, heard, data, minute: 0 }
    }

    /// Lets minutes pass; returns after each which alerts there are: their value of `no_data`, and `f` or `r`.
    fn run(&mut self, line: &str) -> Vec<String> {
        let mut states = Vec::new();
        for c in line.chars() {
            let t_ms = self.minute * 10 * MINUTE;
            if let Some(digit) = c.to_digit(10) {
                let mut batch = self.data.appender();
                let labels = Labels::from_pairs([("__name__", "m"), ("i", "a"), ("x", "y")]);
                let series = batch.resolve(&labels).unwrap();
                batch.sample(series, t_ms, f64::from(digit)).unwrap();
                batch.commit().unwrap();
            }
            self.group.evaluate(&self.env, t_ms, t_ms);
            let rule = &self.group.rules[0];
            let state = rule.state();
            let letter = |state: AlertState| if state == AlertState::Firing { "f" } else { "r" };
            let shown = state.active.values().map(|a| format!("{}{}", a.labels.get(LABEL), letter(a.state)));
            let mut shown: Vec<String> = shown.collect();
            shown.sort();
            states.push(shown.join("+"));
            self.minute += 1;
        }
        states
    }

    fn last(&self) -> Notification {
        self.heard.all().pop().unwrap()
    }
}

#[test]
fn by_default_a_vanished_series_resolves() {
    assert_eq!(Try::new("m > 5", "a: b").run("9-"), ["f", "r"]);
}

#[test]
fn a_kept_alert_fires_until_data_says_otherwise() {
    let keep = || Try::new("m > 5", "bongsu_no_data: keep");
    assert_eq!(keep().run("9--9--1"), ["f", "f", "f", "f", "f", "f", "r"]);
    let mut on = Try::new("m > on (i) (m * 0 + 5)", "bongsu_no_data: keep");
    assert_eq!(on.run("9-1"), ["f", "f", "r"], "a comparison that drops labels");
}

#[test]
fn nothing_is_kept_for_ever() {
    let mut keep = Try::new("m > 5", "bongsu_no_data: keep 20m");
    assert_eq!(
        keep.run("9-----"),
        ["f", "f", "f", "r", "r", ""],
        "twenty minutes from the first that had no data"
    );
    // Data in between starts the time anew.
    let mut keep = Try::new("m > 5", "bongsu_no_data: keep 20m");
    assert_eq!(keep.run("9--9--"), ["f"; 6]);
}

#[test]
fn a_second_alert_tells_that_there_is_no_data() {
    let mut notify = Try::new("m > 5", "bongsu_no_data: notify");
    assert_eq!(notify.run("9--"), ["f", "f+truef", "f+truef"]);
    let told = notify.heard.all().into_iter().rfind(|told| told.labels.get(LABEL) == "true").unwrap();
    assert_eq!(
        (told.labels.get(LABEL), told.labels.get("severity"), told.labels.get("i")),
        ("true", "page", "a")
    );
    assert!(told.annotations.get("summary").contains("No data for A"), "{told:?}");
    assert_eq!(notify.run("91"), ["f+truer", "r+truer"], "it ends when the data is back");
}

#[test]
fn a_resolved_alert_tells_the_value_that_it_came_back_to() {
    let mut rule = Try::new("m > 5", "bongsu_resolved: 'back at {{ $value }} on {{ $labels.i }}'");
    rule.run("9");
    assert_eq!(
        rule.last().annotations.get(RESOLVED),
        "back at 9 on a",
        "as Prometheus expands it while it fires"
    );
    assert_eq!(rule.run("3"), ["r"]);
    let told = rule.last();
    assert_eq!(told.annotations.get(RESOLVED), "back at 3 on a");
    assert!(told.ends_at_ms <= 10 * MINUTE, "{told:?}");
}

#[test]
fn an_unknown_policy_is_a_mistake_of_the_file() {
    let text =
        "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: m\n    annotations: {bongsu_no_data: maybe}\n";
    let error = crate::file::RuleFile::parse(text, &crate::file::Options::default()).unwrap_err().to_string();
    assert!(error.contains("bongsu_no_data: \"maybe\" is none of resolve, keep and notify"), "{error}");
}
