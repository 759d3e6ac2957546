//! Which messages alerts of the past would have brought about: the real state machine, driven by a clock that jumps.
//!
//! Every message counts as arrived at once. Silences play the part that they did if they are handed in: the snapshot of an Alertmanager
//! holds those that ended as long as its retention. Acknowledgements of the past play no part.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::Labels;

use crate::alert::{Report, later};
use crate::fingerprint::Fingerprint;
use crate::manager::{Bounds, Manager, Message, Outcome, Settings, What};
use crate::nflog::{NotificationLog, Reason};
use crate::silences::{Limits, Silences};

/// The notification log remembers for as long as upstream's by default.
const RETENTION: SignedDuration = SignedDuration::from_hours(120);
/// How often resolved alerts are forgotten.
const COLLECT_EVERY: SignedDuration = SignedDuration::from_mins(30);

/// A time in which an alert fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// The alert.
    pub labels: Labels,
    /// The evaluation that found it firing first.
    pub starts_at: Timestamp,
    /// The evaluation that found that it ceased; `None` if it fires to the end.
    pub ends_at: Option<Timestamp>,
}

/// A message that would have gone out.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub receiver: String,
    /// How: `webhook[0]`.
    pub integration: String,
    /// The group.
    pub group_key: Arc<str>,
    /// Why.
    pub reason: Reason,
    /// Alerts that it tells to fire.
    pub firing: Vec<Labels>,
    /// Alerts that it tells to be over.
    pub resolved: Vec<Labels>,
}

/// What would have happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sending {
    /// The first messages, oldest first.
    pub sent: Vec<Sent>,
    /// How many there are in all.
    pub count: usize,
    /// Alerts that were inhibited at some time.
    pub inhibited: usize,
    /// Alerts that a time interval kept quiet at some time.
    pub muted: usize,
    /// Alerts that a silence kept quiet at some time.
    pub silenced: usize,
    /// Silences that were asked.
    pub silences: usize,
}

/// Reads the silences of a snapshot: the file `silences` of an Alertmanager, or what [`Silences::encode`] returned. Returns how many
/// of them cannot be used, too.
///
/// # Errors
/// Bytes that are no snapshot, and where.
pub fn silences(settings: &Settings, snapshot: &[u8]) -> Result<(Silences, usize), String> {
    let mut silences = Silences::new(RETENTION, Limits::default(), settings.syntax);
    let refused = silences.merge(snapshot, Timestamp::MIN).map_err(|error| error.to_string())?;
    silences.take_news();
    Ok((silences, refused.len()))
}

/// Sends alerts of the past through a routing tree until `end`. `sent_max` messages are returned, the others only counted.
pub fn run(
    settings: Arc<Settings>,
    silences: Option<Silences>,
    activities: &[Activity],
    end: Timestamp,
    sent_max: usize,
) -> Sending {
    let silences = silences.unwrap_or_else(|| Silences::new(RETENTION, Limits::default(), settings.syntax));
    let silence_count = silences.len();
    let log = NotificationLog::new(RETENTION);
    let mut manager = Manager::new(settings, Bounds::default(), silences, log, Timestamp::MIN);
    let mut reports = reports(activities, end);
    reports.sort_by_key(|(at, _)| *at);
    let mut reports = reports.into_iter().peekable();
    let mut sending = Sending::default();
    let (mut inhibited, mut muted, mut silenced) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut collect_at = Timestamp::MIN;
    loop {
        let report = reports.peek().map(|(at, _)| *at);
        let deadline = manager.next_deadline();
        let Some(now) = report.into_iter().chain(deadline).min().filter(|now| *now <= end) else { break };
        // What is reported at a tick comes before it.
        while let Some((_, report)) = reports.next_if(|(at, _)| *at <= now) {
            manager.handle_alerts([report], now);
        }
        for message in manager.poll(now) {
            sending.count += 1;
            if sending.sent.len() < sent_max {
                sending.sent.push(sent(&message));
            }
            manager.finish(message.id, Outcome::sent(message.data), now);
        }
        for decision in manager.take_decisions() {
            let names = decision.alerts.iter().map(|alert| alert.fingerprint());
            match decision.what {
                What::Inhibited { .. } => inhibited.extend(names),
                What::Muted { .. } => muted.extend(names),
                What::Silenced { .. } => silenced.extend(names),
                _told => {}
            }
        }
        if now >= collect_at {
            manager.collect(now);
            collect_at = later(now, COLLECT_EVERY);
        }
    }
    let count = |names: BTreeSet<Fingerprint>| names.len();
    Sending {
        inhibited: count(inhibited),
        muted: count(muted),
        silenced: count(silenced),
        silences: silence_count,
        ..sending
    }
}

/// What a server would have reported, and when: that it fires, and that it ceased. A server repeats this, which changes nothing.
fn reports(activities: &[Activity], end: Timestamp) -> Vec<(Timestamp, Report)> {
    let forever = later(end, SignedDuration::from_hours(24));
    let report = |activity: &Activity, ends_at| Report {
        labels: activity.labels.clone(),
        starts_at: Some(activity.starts_at),
        ends_at: Some(ends_at),
        ..Report::default()
    };
    let mut reports = Vec::with_capacity(activities.len() * 2);
    for activity in activities {
        reports.push((activity.starts_at, report(activity, forever)));
        reports.extend(activity.ends_at.map(|at| (at, report(activity, at))));
    }
    reports
}

fn sent(message: &Message) -> Sent {
    let labels = |resolved: bool| {
        let alerts = message.alerts.iter().filter(|alert| alert.is_resolved(message.now) == resolved);
        alerts.map(|alert| alert.labels.clone()).collect()
    };
    Sent {
        at: message.now,
        receiver: message.integration.receiver.clone(),
        integration: format!("{}[{}]", message.integration.integration, message.integration.index),
        group_key: Arc::clone(&message.group_key),
        reason: message.reason,
        firing: labels(false),
        resolved: labels(true),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;
    use crate::matchers::Syntax;

    const CONFIG: &str = "
route:
  receiver: ops
  group_by: [job]
  repeat_interval: 4h
  routes:
  - {matchers: [severity=page], receiver: pager, group_by: ['...'], group_wait: 0s}
  - {matchers: [severity=night], receiver: ops, mute_time_intervals: [always]}
inhibit_rules: [{source_matchers: [alertname=down], target_matchers: [severity=warn], equal: [job]}]
time_intervals: [{name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}]
receivers:
- {name: ops, webhook_configs: [{url: 'http://a'}]}
- {name: pager, webhook_configs: [{url: 'http://b', send_resolved: false}, {url: 'http://c'}]}
";

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap()
    }

    fn activity(labels: &str, from: i64, to: Option<i64>) -> Activity {
        let pairs = labels.split(',').filter_map(|pair| pair.split_once('='));
        Activity { labels: Labels::from_pairs(pairs), starts_at: at(from), ends_at: to.map(at) }
    }

    fn told(activities: &[Activity], end: i64, max: usize) -> (Vec<String>, Sending) {
        let settings = Config::read(CONFIG, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0.settings();
        let sending = run(Arc::new(settings), None, activities, at(end), max);
        let names =
            |all: &[Labels]| all.iter().map(|l| l.get("alertname").to_owned()).collect::<Vec<_>>().join("+");
        let line = |s: &Sent| {
            let second = s.at.as_second() - at(0).as_second();
            format!(
                "{second} {} {} {:?} [{}] [{}]",
                s.receiver,
                s.integration,
                s.reason,
                names(&s.firing),
                names(&s.resolved)
            )
        };
        (sending.sent.iter().map(line).collect(), sending)
    }

    #[test]
    fn groups_wait_repeat_and_end_as_they_would_have() {
        let (lines, _) = told(
            &[activity("alertname=a,job=j", 0, Some(300)), activity("alertname=b,job=j", 2, Some(9))],
            600,
            100,
        );
        assert_eq!(
            lines,
            [
                "30 ops webhook[0] First [a] []",
                "330 ops webhook[0] NewAlerts [a+b] []",
                "630 ops webhook[0] SomeResolved [a] [b]",
                "15330 ops webhook[0] Repeat [a] []",
                "18030 ops webhook[0] AllResolved [] [a]",
            ]
        );
    }

    #[test]
    fn short_ones_reach_nobody_and_routes_decide() {
        let (lines, sending) = told(
            &[
                activity("alertname=blip,job=j", 0, Some(0)),
                activity("alertname=page,job=j,severity=page", 1, Some(2)),
                activity("alertname=down,job=k", 10, None),
                activity("alertname=slow,job=k,severity=warn", 10, None),
                activity("alertname=night,severity=night", 10, None),
            ],
            20,
            100,
        );
        assert_eq!(
            lines,
            [
                "60 pager webhook[0] First [page] []",
                "60 pager webhook[1] First [page] []",
                "360 pager webhook[1] AllResolved [] [page]",
                "630 ops webhook[0] First [down] []",
            ]
        );
        assert_eq!((sending.inhibited, sending.muted), (1, 1));
    }

    #[test]
    fn silences_of_that_time_silence() {
        let settings = Config::read(CONFIG, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0.settings();
        let mut then = Silences::new(RETENTION, Limits::default(), Syntax::Fallback);
        let silence = |from, to| crate::silences::Silence {
            id: String::new(),
            matcher_sets: vec![crate::matchers::parse("job=j", Syntax::Utf8).unwrap().value],
            receiver_matcher_sets: Vec::new(),
            starts_at: at(from),
            ends_at: at(to),
            updated_at: at(from),
            created_by: "me".to_owned(),
            comment: "then".to_owned(),
            annotations: Default::default(),
        };
        then.set(silence(10, 20), at(10), || "s".to_owned()).unwrap();
        let (silences, refused) = super::silences(&settings, &then.encode()).unwrap();
        assert_eq!(refused, 0);
        let all = [
            activity("alertname=a,job=j", 0, Some(3)),
            activity("alertname=b,job=j", 12, Some(18)),
            activity("alertname=c,job=j", 30, Some(40)),
            activity("alertname=d,job=k", 12, Some(18)),
        ];
        let sending = run(Arc::new(settings.clone()), Some(silences), &all, at(60), 100);
        let told: Vec<&str> =
            sending.sent.iter().flat_map(|s| &s.firing).map(|labels| labels.get("alertname")).collect();
        assert_eq!(told, ["a", "d", "c"]);
        assert_eq!((sending.silences, sending.silenced), (1, 1));
        assert!(super::silences(&settings, b"garbage").is_err());
    }

    #[test]
    fn only_so_many_are_listed_and_all_counted() {
        let all: Vec<Activity> =
            (0..50).map(|i| activity(&format!("alertname=a,severity=page,i={i}"), i, Some(i + 1))).collect();
        let (lines, sending) = told(&all, 1000, 7);
        assert_eq!((lines.len(), sending.count), (7, 150));
    }

    #[test]
    fn an_alert_that_fires_again_is_told_again() {
        let (lines, _) = told(
            &[activity("alertname=a,job=j", 0, Some(3)), activity("alertname=a,job=j", 30, Some(33))],
            60,
            100,
        );
        let reasons: Vec<&str> = lines.iter().filter_map(|l| l.split(' ').nth(3)).collect();
        assert_eq!(reasons, ["First", "AllResolved", "First", "AllResolved"]);
    }
}
