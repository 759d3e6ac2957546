use super::*;

const MINUTE: i64 = 60_000;

/// Runs a rule over minutes; a line says for each minute whether the condition held. Returns the states as letters: `.` none,
/// `p` pending, `f` firing, `r` resolved and kept.
fn run(line: &str, hold_min: i64, keep_min: i64) -> String {
    let labels = Labels::from_pairs([("severity", "page")]);
    let terms = Terms {
        name: "A",
        labels: &labels,
        hold_ms: hold_min * MINUTE,
        keep_firing_for_ms: keep_min * MINUTE,
        limit: 0,
    };
    let mut active = BTreeMap::new();
    line.chars()
        .enumerate()
        .map(|(minute, c)| {
            let found = if c == 'x' { vec![found("i")] } else { Vec::new() };
            step(&mut active, found, minute as i64 * MINUTE, terms).unwrap();
            match active.values().next().map(|a| a.state) {
                None => '.',
                Some(AlertState::Pending) => 'p',
                Some(AlertState::Firing) => 'f',
                Some(AlertState::Inactive) => 'r',
                Some(AlertState::Unknown) => '?',
            }
        })
        .collect()
}

fn found(instance: &str) -> Found {
    Found {
        labels: Labels::from_pairs([("alertname", "A"), ("instance", instance), ("severity", "page")]),
        annotations: Labels::empty(),
        value: 1.0,
    }
}

#[test]
fn alerts_live_as_in_prometheus() {
    for (line, hold, keep, want) in [
        ("xxx--", 0, 0, "fffrr"),
        ("xxxx-", 2, 0, "ppffr"),
        ("xx-xxx", 2, 0, "pp.ppf"),
        ("x-x-x", 0, 0, "frfrf"),
        ("xx----", 0, 2, "ffffrr"),
        ("xx-x----", 0, 2, "ffffffrr"),
        ("x-----------------", 0, 0, "frrrrrrrrrrrrrrrr."),
        ("x--x", 3, 5, "p..p"),
        ("-----", 0, 0, "....."),
    ] {
        assert_eq!(run(line, hold, keep), want, "{line} for {hold} keep {keep}");
    }
}

#[test]
fn series_tell_state_and_since() {
    let labels = Labels::from_pairs([("severity", "{{ $x }}"), ("team", "t")]);
    let terms = Terms { name: "A", labels: &labels, hold_ms: MINUTE, keep_firing_for_ms: 0, limit: 0 };
    let mut active = BTreeMap::new();
    let text = |series: Vec<(Labels, f64)>| {
        series.iter().map(|(l, v)| format!("{l} {v}")).collect::<Vec<_>>().join("\n")
    };
    let first = step(&mut active, vec![found("i")], 90_500, terms).unwrap();
    assert_eq!(
        text(first.series),
        "{__name__=\"ALERTS\", alertname=\"A\", alertstate=\"pending\", instance=\"i\", severity=\"page\", team=\"t\"} 1\n\
         {__name__=\"ALERTS_FOR_STATE\", alertname=\"A\", instance=\"i\", severity=\"page\", team=\"t\"} 90"
    );
    let second = step(&mut active, vec![found("i")], 150_500, terms).unwrap();
    assert!(text(second.series).contains("alertstate=\"firing\""));
    assert_eq!(step(&mut active, Vec::new(), 200_000, terms).unwrap().series, []);
}

#[test]
fn equal_labels_and_limits_are_mistakes() {
    let labels = Labels::empty();
    let terms = Terms { name: "A", labels: &labels, hold_ms: 0, keep_firing_for_ms: 0, limit: 1 };
    let mut active = BTreeMap::new();
    step(&mut active, vec![found("a")], 0, terms).unwrap();
    let error = step(&mut active, vec![found("a"), found("a")], 1, terms).unwrap_err();
    assert_eq!(error, "vector contains metrics with the same labelset after applying alert labels");
    assert_eq!(active.len(), 1);
    let error = step(&mut active, vec![found("a"), found("b")], 2, terms).unwrap_err();
    assert_eq!(error, "exceeded limit of 1 with 2 alerts");
    assert!(active.is_empty());
}

#[test]
fn a_longer_hold_makes_firing_alerts_wait_again() {
    let labels = Labels::empty();
    let mut terms = Terms { name: "A", labels: &labels, hold_ms: 0, keep_firing_for_ms: 0, limit: 0 };
    let mut active = BTreeMap::new();
    step(&mut active, vec![found("a")], 0, terms).unwrap();
    terms.hold_ms = 10 * MINUTE;
    step(&mut active, vec![found("a")], MINUTE, terms).unwrap();
    let alert = active.values().next().unwrap();
    assert_eq!((alert.state, alert.fired_at_ms, alert.active_at_ms), (AlertState::Pending, None, 0));
}

/// Prometheus's `TestNeedsSending`-like table: when news is due.
#[test]
fn sending_is_due() {
    let mut alert = Alert::pending(Labels::empty(), Labels::empty(), 0.0, 0);
    assert!(!alert.needs_sending(1000, 100), "pending alerts are nobody's business");
    alert.state = AlertState::Firing;
    assert!(alert.needs_sending(1000, 100), "never sent");
    alert.last_sent_ms = Some(1000);
    assert!(!alert.needs_sending(1100, 100), "just sent");
    assert!(alert.needs_sending(1101, 100), "long enough ago");
    alert.state = AlertState::Inactive;
    alert.resolved_at_ms = Some(1050);
    assert!(alert.needs_sending(1060, 100), "resolved since");
    alert.last_sent_ms = Some(1060);
    assert!(!alert.needs_sending(1070, 100));
}

#[test]
fn changes_are_told_once() {
    let labels = Labels::empty();
    let terms = Terms { name: "A", labels: &labels, hold_ms: MINUTE, keep_firing_for_ms: 0, limit: 0 };
    let mut active = BTreeMap::new();
    for (minute, there, expected) in [
        (0, true, Some(AlertState::Pending)),
        (1, true, Some(AlertState::Firing)),
        (2, true, None),
        (3, false, Some(AlertState::Inactive)),
        (4, false, None),
        (30, false, None),
        (31, true, Some(AlertState::Pending)),
        (32, false, Some(AlertState::Inactive)),
    ] {
        let found = if there { vec![found("a")] } else { Vec::new() };
        let changes = step(&mut active, found, minute * MINUTE, terms).unwrap().changes;
        assert_eq!(
            changes.iter().map(|c| c.state).collect::<Vec<_>>(),
            Vec::from_iter(expected),
            "minute {minute}"
        );
    }
}
