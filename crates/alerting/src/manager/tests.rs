use super::*;
use crate::inhibit::RuleConfig;
use crate::matchers::{Syntax, parse};
use crate::nflog::{IntegrationKey, Reason};
use crate::route::{GroupBy, RouteConfig, Tree};
use crate::silences::{Limits, Silence};
use crate::times::NamedIntervals;

mod hostile;
mod people;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn at(second: i64) -> Timestamp {
    // 2023-11-14 22:13:20 UTC, a Tuesday.
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn matchers(text: &str) -> crate::matchers::Matchers {
    parse(text, Syntax::Utf8).unwrap().value
}

fn receiver(name: &str, integrations: &[(&str, bool)]) -> (String, Receiver) {
    let integration = |(kind, send_resolved): &(&str, bool)| Integration {
        key: IntegrationKey { receiver: name.to_owned(), integration: (*kind).to_owned(), index: 0 },
        send_resolved: *send_resolved,
    };
    let labels = Labels::from_pairs([("name", name)]);
    (name.to_owned(), Receiver { labels, integrations: integrations.iter().map(integration).collect() })
}

/// One route: grouped by job, 30 s, 5 m, 12 h, to a webhook.
fn settings() -> Settings {
    let group_by = GroupBy::Labels(["job".to_owned()].into());
    let root = RouteConfig {
        receiver: Some("ops".to_owned()),
        group_by: Some(group_by),
        repeat_interval: Some(SignedDuration::from_hours(12)),
        ..RouteConfig::default()
    };
    Settings {
        routes: Tree::new(&root),
        inhibit_rules: Vec::new(),
        intervals: BTreeMap::new(),
        receivers: [receiver("ops", &[("webhook", true)])].into(),
        resolve_timeout: SignedDuration::from_mins(5),
        syntax: Syntax::Fallback,
    }
}

fn manager(settings: Settings) -> Manager {
    let silences = Silences::new(DAY * 5, Limits::default(), Syntax::Fallback);
    Manager::new(Arc::new(settings), Bounds::default(), silences, NotificationLog::new(DAY * 5), at(-1000))
}

fn report(labels: &str, starts: i64, ends: Option<i64>) -> Report {
    Report {
        labels: Labels::from_pairs(labels.split(',').filter_map(|pair| pair.split_once('='))),
        starts_at: Some(at(starts)),
        ends_at: ends.map(at),
        ..Report::default()
    }
}

/// A manager whose messages all arrive at once, and who was told what when.
struct Drive {
    manager: Manager,
    now: i64,
    told: Vec<String>,
}

impl Drive {
    fn new(settings: Settings) -> Drive {
        Drive { manager: manager(settings), now: 0, told: Vec::new() }
    }

    fn fire(&mut self, labels: &str) {
        self.report(labels, None);
    }

    fn resolve(&mut self, labels: &str) {
        self.report(labels, Some(self.now));
    }

    fn report(&mut self, labels: &str, ends: Option<i64>) {
        let starts = if ends.is_some() { self.now - 1 } else { self.now };
        let end = ends.unwrap_or(i64::from(i32::MAX) / 4);
        assert!(self.manager.handle_alerts([report(labels, starts, Some(end))], at(self.now)).is_empty());
    }

    /// Lets time pass until `until`, and returns what was told: second, receiver, reason, and firing and resolved alerts.
    fn run(&mut self, until: i64) -> Vec<String> {
        while let Some(next) = self.manager.next_deadline().filter(|next| *next <= at(until)) {
            self.now = self.now.max((next.as_second() - at(0).as_second()).max(self.now));
            for message in self.manager.poll(at(self.now)) {
                let names = |resolved: bool| {
                    let alerts = message.alerts.iter().filter(|a| a.is_resolved(message.now) == resolved);
                    alerts.map(|a| a.labels.get("alertname")).collect::<Vec<_>>().join("+")
                };
                self.told.push(format!(
                    "{} {} {:?} [{}] [{}]",
                    self.now,
                    message.integration.receiver,
                    message.reason,
                    names(false),
                    names(true)
                ));
                self.manager.finish(message.id, Outcome::sent(message.data), at(self.now));
            }
        }
        self.now = until;
        std::mem::take(&mut self.told)
    }
}

#[test]
fn a_group_waits_is_told_repeats_and_resolves() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(10), [""; 0]);
    drive.fire("alertname=b,job=j");
    drive.fire("alertname=a,job=other");
    assert_eq!(drive.run(60), ["30 ops First [a+b] []", "40 ops First [a] []"]);
    assert_eq!(drive.run(1000), [""; 0], "nothing changed");
    drive.fire("alertname=c,job=j");
    assert_eq!(drive.run(1300), ["1230 ops NewAlerts [a+b+c] []"]);
    drive.resolve("alertname=b,job=j");
    assert_eq!(drive.run(1600), ["1530 ops SomeResolved [a+c] [b]"]);
    assert_eq!(drive.run(2000), [""; 0], "a resolved alert is told once");
    let repeated = drive.run(1530 + 12 * 3600 + 301);
    // A tick exactly one interval after the message is too early: the entry has to be older than the interval.
    assert_eq!(repeated, ["43540 ops Repeat [a] []", "45030 ops Repeat [a+c] []"]);
    for name in ["a", "c"] {
        drive.resolve(&format!("alertname={name},job=j"));
    }
    let end = drive.now + 600;
    assert_eq!(drive.run(end).len(), 1);
    assert_eq!(drive.manager.group_count(), 1, "a group whose alerts are told to be resolved is gone");
}

#[test]
fn resolved_within_group_wait_is_not_told() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    drive.run(10);
    drive.resolve("alertname=a,job=j");
    assert_eq!(drive.run(3600), [""; 0]);
    assert_eq!(drive.manager.group_count(), 0);
}

#[test]
fn a_receiver_that_is_not_told_of_the_end() {
    let receivers = [receiver("ops", &[("webhook", false)])].into();
    let mut drive = Drive::new(Settings { receivers, ..settings() });
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(60), ["30 ops First [a] []"]);
    drive.resolve("alertname=a,job=j");
    assert_eq!(drive.run(3600), [""; 0]);
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(3700), ["3630 ops First [a] []"], "the log knows that it was over");
}

#[test]
fn an_alert_without_end_is_over_after_the_timeout() {
    let mut drive = Drive::new(settings());
    drive.manager.handle_alerts([report("alertname=a,job=j", 0, None)], at(0));
    assert_eq!(drive.run(60), ["30 ops First [a] []"]);
    assert_eq!(drive.run(900), ["330 ops AllResolved [] [a]"]);
}

#[test]
fn an_old_alert_does_not_wait() {
    let mut drive = Drive::new(settings());
    drive.manager.handle_alerts([report("alertname=a,job=j", -60, Some(900))], at(0));
    assert_eq!(drive.run(1), ["0 ops First [a] []"]);
}

#[test]
fn nothing_is_sent_before_the_start() {
    let mut drive = Drive::new(settings());
    drive.manager.starts_at = at(100);
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(99), [""; 0]);
    assert_eq!(drive.run(120), ["100 ops First [a] []"]);
}

#[test]
fn a_failed_message_is_tried_on_the_next_tick() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    let messages = drive.manager.poll(at(30));
    assert_eq!(messages[0].deadline, at(330));
    assert_eq!(drive.manager.next_deadline(), None, "no second flush while the first goes on");
    drive.manager.finish(messages[0].id, Outcome::Failed("503".to_owned()), at(400));
    let decisions = drive.manager.take_decisions();
    let what: Vec<&What> = decisions.iter().map(|d| &d.what).collect();
    assert!(
        matches!(
            what[..],
            [What::Received, What::Grouped { receiver, due }, What::Begun { .. }, What::Failed { error, reason: Reason::First, .. }]
            if error == "503" && receiver == "ops" && *due == at(30)
        ),
        "{decisions:?}"
    );
    drive.now = 400;
    assert_eq!(drive.run(400), ["400 ops First [a] []"], "the tick that came meanwhile is made up for");
    drive.manager.finish(messages[0].id, Outcome::sent(BTreeMap::new()), at(400));
    assert_eq!(drive.run(800), [""; 0], "an outcome that comes twice changes nothing");
}

#[test]
fn one_hung_integration_holds_up_no_other_group() {
    let receivers = [receiver("ops", &[("webhook", true), ("slack", true)])].into();
    let mut manager = manager(Settings { receivers, ..settings() });
    manager.handle_alerts([report("alertname=a,job=j", 0, Some(9000))], at(0));
    let first = manager.poll(at(30));
    assert_eq!(first.len(), 2);
    manager.finish(first[0].id, Outcome::sent(BTreeMap::new()), at(31));
    manager.handle_alerts([report("alertname=b,job=k", 31, Some(9000))], at(31));
    let second = manager.poll(at(61));
    assert_eq!(second.len(), 2, "the other group is told while slack hangs");
    assert!(manager.poll(at(1000)).is_empty());
    manager.finish(first[1].id, Outcome::Failed("timeout".to_owned()), at(1000));
    let again = manager.poll(at(1000));
    let kinds: Vec<&str> = again.iter().map(|m| m.integration.integration.as_str()).collect();
    assert_eq!(kinds, ["slack"], "who was told is not told again");
}

#[test]
fn an_alert_that_fires_again_during_the_flush_stays() {
    let mut manager = manager(settings());
    manager.handle_alerts([report("alertname=a,job=j", 0, Some(9000))], at(0));
    for message in manager.poll(at(30)) {
        manager.finish(message.id, Outcome::sent(BTreeMap::new()), at(30));
    }
    manager.handle_alerts([report("alertname=a,job=j", 0, Some(100))], at(100));
    let messages = manager.poll(at(330));
    assert_eq!(messages[0].reason, Reason::AllResolved);
    manager.handle_alerts([report("alertname=a,job=j", 331, Some(9000))], at(331));
    manager.finish(messages[0].id, Outcome::sent(BTreeMap::new()), at(332));
    assert_eq!(manager.group_count(), 1);
    let messages = manager.poll(at(630));
    assert_eq!(messages[0].reason, Reason::First);
}

#[test]
fn quiet_alerts_are_left_out_and_it_is_known_why() {
    let rule = RuleConfig {
        name: "node down".to_owned(),
        source: matchers("alertname=down"),
        target: matchers("severity=warn"),
        equal: vec!["job".to_owned()],
    };
    let mut drive = Drive::new(Settings { inhibit_rules: vec![rule], ..settings() });
    let silence = Silence {
        id: String::new(),
        matcher_sets: vec![matchers("alertname=s")],
        receiver_matcher_sets: Vec::new(),
        starts_at: at(0),
        ends_at: at(1000),
        updated_at: at(0),
        created_by: String::new(),
        comment: String::new(),
        annotations: BTreeMap::new(),
    };
    drive.manager.silences_mut().set(silence, at(0), || "id".to_owned()).unwrap();
    for labels in ["alertname=down,job=j", "alertname=w,severity=warn,job=j", "alertname=s,job=j"] {
        drive.fire(labels);
    }
    assert_eq!(drive.run(60), ["30 ops First [down] []"]);
    let why: Vec<String> = drive
        .manager
        .take_decisions()
        .into_iter()
        .filter_map(|Decision { alerts, what, .. }| match what {
            What::Inhibited { rule, .. } => Some(format!("{} inhibited by {rule}", alerts[0].name())),
            What::Silenced { by } => Some(format!("{} silenced by {by:?}", alerts[0].name())),
            What::Sent { .. } => Some(format!("{} told", alerts[0].name())),
            What::Received | What::Grouped { .. } | What::Begun { .. } => None,
            other => Some(format!("{other:?}")),
        })
        .collect();
    assert_eq!(why, ["w inhibited by node down", "s silenced by [\"id\"]", "down told"]);
    let counters = drive.manager.counters();
    assert_eq!((counters.suppressed_by_inhibition, counters.suppressed_by_silence), (1, 1));
    let views = drive.manager.alerts(at(60));
    let states: BTreeMap<&str, &str> = views.iter().map(|v| (v.alert.name(), v.status.state())).collect();
    assert_eq!(states, [("down", "active"), ("w", "suppressed"), ("s", "suppressed")].into());
    // The silence ends, and so does the inhibiting alert.
    drive.resolve("alertname=down,job=j");
    assert_eq!(drive.run(400), ["330 ops NewAlerts [w] [down]"]);
    assert_eq!(drive.run(1300), ["1230 ops NewAlerts [s+w] []"]);
}

#[test]
fn routes_are_quiet_in_muted_and_outside_active_intervals() {
    let interval = |name: &str, text: &str| {
        let read = |value: &yaml::Value<'_>| yaml::Read::read(value);
        let (interval, _) = yaml::read_document(text, "t", std::path::Path::new("/"), read).unwrap();
        (name.to_owned(), NamedIntervals { name: name.to_owned(), intervals: vec![interval] })
    };
    // The clock shows 22:13:20 at second 0.
    let intervals: BTreeMap<_, _> = [
        interval("late", "{times: [{start_time: '22:00', end_time: '22:20'}]}"),
        interval("later", "{times: [{start_time: '22:25', end_time: '23:00'}]}"),
    ]
    .into();
    for (mute, active, told, by) in [
        (vec!["late"], vec![], "630 ops First [a] []", "late"),
        (vec![], vec!["later"], "930 ops First [a] []", "later"),
    ] {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let root = RouteConfig {
            receiver: Some("ops".to_owned()),
            mute_time_intervals: owned(&mute),
            active_time_intervals: owned(&active),
            ..RouteConfig::default()
        };
        let settings = Settings { intervals: intervals.clone(), routes: Tree::new(&root), ..settings() };
        let mut drive = Drive::new(settings);
        drive.fire("alertname=a");
        assert_eq!(drive.run(60), [""; 0]);
        let groups = drive.manager.alert_groups(|_| true, at(60));
        assert_eq!(groups[0].alerts[0].status.muted_by, [by]);
        assert_eq!(groups[0].alerts[0].status.state(), "suppressed");
        assert_eq!(drive.run(1000), [told]);
        assert!(drive.manager.alert_groups(|_| true, at(1000))[0].alerts[0].status.muted_by.is_empty());
    }
}

#[test]
fn peers_before_us_come_first() {
    let mut first = manager(settings());
    let mut second = manager(settings());
    second.set_peer_wait(SignedDuration::from_secs(15));
    for manager in [&mut first, &mut second] {
        manager.handle_alerts([report("alertname=a,job=j", 0, Some(9000))], at(0));
    }
    assert!(second.poll(at(30)).is_empty());
    assert_eq!(second.next_deadline(), Some(at(45)));
    for message in first.poll(at(30)) {
        first.finish(message.id, Outcome::sent(BTreeMap::new()), at(31));
    }
    let news = first.log_mut().take_news().concat();
    second.log_mut().merge_from(&news, at(32), "first").unwrap();
    assert!(second.poll(at(45)).is_empty(), "the peer told it");
    let decisions = second.take_decisions();
    let last = decisions.last().map(|d| &d.what);
    assert!(
        matches!(last, Some(What::Known { told_by: Some(peer), .. }) if **peer == *"first"),
        "{decisions:?}"
    );
}

#[test]
fn a_restart_tells_nothing_twice() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(60).len(), 1);
    let snapshot = drive.manager.log().encode();
    let mut again = Drive::new(settings());
    again.manager.log_mut().merge(&snapshot, at(100)).unwrap();
    again.now = 100;
    again.fire("alertname=a,job=j");
    assert_eq!(again.run(3600), [""; 0]);
}

#[test]
fn a_reload_makes_groups_anew_and_tells_nothing_twice() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(60).len(), 1);
    drive.manager.reload(Arc::new(settings()), at(60));
    assert_eq!(drive.run(600), [""; 0]);
    let other = RouteConfig { receiver: Some("dev".to_owned()), ..RouteConfig::default() };
    let receivers = [receiver("dev", &[("webhook", true)])].into();
    let settings = Settings { routes: Tree::new(&other), receivers, ..settings() };
    drive.manager.reload(Arc::new(settings), at(600));
    assert_eq!(drive.run(700), ["600 dev First [a] []"]);
}

#[test]
fn bounds_refuse_the_new() {
    let mut manager = manager(settings());
    manager.bounds.groups_max = 1;
    manager.names = NameLimit::new(2);
    let reports =
        ["alertname=a,job=j,x=1", "alertname=a,job=j,x=2", "alertname=a,job=j,x=3", "alertname=b,job=k"];
    manager.handle_alerts(reports.map(|labels| report(labels, 0, Some(100))), at(0));
    // A known alert is still taken.
    manager.handle_alerts([report("alertname=a,job=j,x=1", 0, Some(200))], at(1));
    let counters = manager.counters();
    assert_eq!((counters.limited, counters.groups_refused, manager.group_count()), (1, 1, 1));
    assert_eq!(counters.received_firing, 5);
    manager.collect(at(150));
    assert_eq!(manager.alerts(at(150)).len(), 1);
}

#[test]
fn refused_reports_do_not_hold_up_the_others() {
    let mut manager = manager(settings());
    let bad = Report { labels: Labels::empty(), ..report("", 0, None) };
    let refused = manager.handle_alerts([bad, report("alertname=a", 0, None)], at(0));
    assert_eq!(refused, [(0, InvalidAlert::NoLabels)]);
    assert_eq!((manager.counters().invalid, manager.alerts(at(0)).len()), (1, 1));
    assert_eq!(manager.alerts(at(0))[0].receivers, ["ops"]);
}
