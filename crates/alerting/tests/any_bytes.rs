//! What comes from disks, peers and people may be anything: files, snapshots and texts that were right until something changed a few of
//! their bytes. `fuzz/` asks the same questions for longer.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use alerting::config::Config;
use alerting::ledger::store::search;
use alerting::ledger::{Entry, Event, Named, Query, Store};
use alerting::manager::{Bounds, Manager, What};
use alerting::matchers::{Syntax, parse};
use alerting::nflog::{DataValue, IntegrationKey, NotificationLog, Told};
use alerting::silences::{Limits, Silence, Silences};
use alerting::{Fingerprint, Report};
use jiff::{SignedDuration, Timestamp};
use model::Labels;
use proptest::prelude::*;

const CONFIG: &str = r#"
global: {resolve_timeout: 5m, smtp_smarthost: 'mail:25', smtp_from: a@b, slack_api_url: 'http://slack/'}
templates: ['*.tmpl']
route:
  receiver: ops
  group_by: ['...']
  group_wait: 30s
  repeat_interval: 4h
  labels: {bongsu_escalate: '15m boss'}
  routes:
  - {matchers: ['severity=~"page|warn"', job!=x], receiver: boss, mute_time_intervals: [nights], continue: true}
inhibit_rules: [{source_matchers: [a=b], target_matchers: ['c=~d.*'], equal: [job]}]
time_intervals:
- name: nights
  time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}], weekdays: ['monday:friday'], location: Asia/Seoul}]
receivers:
- name: ops
  webhook_configs: [{url: 'http://h/{{ .Status }}', max_alerts: 3, http_config: {basic_auth: {username: u, password: p}}}]
  email_configs: [{to: 'a@b', headers: {Subject: '{{ template "x" . }}'}}]
- name: boss
  slack_configs: [{channel: '#c', actions: [{type: button, text: t, url: u}]}]
"#;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn log() -> NotificationLog {
    let mut log = NotificationLog::new(SignedDuration::from_hours(120));
    let key =
        |index| IntegrationKey { receiver: "운영".to_owned(), integration: "slack".to_owned(), index };
    for n in 0..3u64 {
        let mut told = Told { firing: (0..n).collect(), resolved: [n].into(), ..Told::default() };
        told.data.insert("thread".to_owned(), DataValue::Text(n.to_string()));
        log.record(
            &format!("{{}}:{{n=\"{n}\"}}"),
            &key(n as u32),
            told,
            SignedDuration::from_hours(1),
            at(0),
        );
    }
    log
}

fn silences() -> Silences {
    let mut silences = Silences::new(SignedDuration::from_hours(120), Limits::default(), Syntax::Fallback);
    for (n, matchers) in ["a=b", "a=~\"b|c\",job!=x", "alertname=down"].into_iter().enumerate() {
        let silence = Silence {
            id: String::new(),
            matcher_sets: vec![parse(matchers, Syntax::Utf8).unwrap().value],
            receiver_matcher_sets: Vec::new(),
            starts_at: at(0),
            ends_at: at(3600),
            updated_at: at(0),
            created_by: "김".to_owned(),
            comment: "why".to_owned(),
            annotations: [("k".to_owned(), "v".to_owned())].into(),
        };
        silences.set(silence, at(0), || format!("silence-{n}")).unwrap();
    }
    silences
}

/// Changes, removes or adds bytes.
fn changed(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    for (place, kind, byte) in changes {
        let at = place.index(bytes.len().max(1));
        match kind % 4 {
            0 if at < bytes.len() => bytes[at] = *byte,
            1 if at < bytes.len() => {
                bytes.remove(at);
            }
            2 => bytes.truncate(at),
            _more => bytes.insert(at.min(bytes.len()), *byte),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>()), 0..6)
}

fn found(dir: &Path, more: &[Entry]) -> usize {
    let mut store = Store::open(dir, SignedDuration::from_hours(24), 1 << 30).unwrap();
    store.append(more).unwrap();
    let query = Query {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
        fingerprint: None,
        matchers: Default::default(),
        receiver: None,
        limit: 100_000,
    };
    search(&store.segments(), &query).unwrap().entries.len()
}

fn entry(name: &str) -> Entry {
    let labels = Labels::from_pairs([("alertname", name)]);
    let alert = Named { fingerprint: Fingerprint::of(&labels), labels };
    let what = What::Grouped { receiver: "ops".to_owned(), due: at(30) };
    Entry { at: at(0), group_key: Some("g".into()), alerts: vec![alert], event: Event::Decided(what) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_changed_log_is_kept_as_far_as_it_can_be_read(changes in changes()) {
        let bytes = changed(log().encode(), &changes);
        let mut read = NotificationLog::new(SignedDuration::from_hours(120));
        // Whether it is refused or not, what was taken comes back.
        let _refused = read.merge_from(&bytes, at(0), "peer");
        let mut again = NotificationLog::new(SignedDuration::from_hours(120));
        prop_assert_eq!(again.merge(&read.encode(), at(0)).unwrap(), 0);
        prop_assert_eq!(again.len(), read.len());
        prop_assert!(!changes.is_empty() || read.len() == 3);
    }

    #[test]
    fn changed_silences_are_kept_as_far_as_they_can_be_read(changes in changes()) {
        let bytes = changed(silences().encode(), &changes);
        let new = || Silences::new(SignedDuration::from_hours(120), Limits::default(), Syntax::Fallback);
        let mut read = new();
        let _refused = read.merge(&bytes, at(0));
        let labels = Labels::from_pairs([("alertname", "down"), ("a", "b")]);
        let mut again = new();
        prop_assert!(again.merge(&read.encode(), at(0)).unwrap().is_empty());
        prop_assert_eq!(again.len(), read.len());
        prop_assert_eq!(again.silencing(&labels, at(1)).len(), read.silencing(&labels, at(1)).len());
        prop_assert!(!changes.is_empty() || read.silencing(&labels, at(1)).len() == 3);
    }

    #[test]
    fn a_changed_configuration_is_refused_or_runs(changes in changes()) {
        let text = String::from_utf8_lossy(&changed(CONFIG.as_bytes().to_vec(), &changes)).into_owned();
        if let Ok((config, _)) = Config::read(&text, "am.yml", Path::new("/"), Syntax::Fallback) {
            let silences = Silences::new(SignedDuration::from_hours(1), Limits::default(), config.syntax);
            let log = NotificationLog::new(SignedDuration::from_hours(1));
            let mut manager = Manager::new(Arc::new(config.settings()), Bounds::default(), silences, log, at(0));
            let labels = Labels::from_pairs([("alertname", "down"), ("severity", "page")]);
            let report = Report { labels, starts_at: Some(at(0)), ..Report::default() };
            prop_assert!(manager.handle_alerts([report], at(0)).is_empty());
            for _ in 0..4 {
                if let Some(next) = manager.next_deadline() {
                    manager.poll(next);
                }
            }
        } else {
            prop_assert!(!changes.is_empty());
        }
    }

    #[test]
    fn matchers_print_what_they_mean(text in r#"[a-c.é{}=!~",\\|()* -]{0,24}"#) {
        let labels = Labels::from_pairs([("a", "b"), ("b", "c c")]);
        for syntax in [Syntax::Classic, Syntax::Utf8, Syntax::Fallback] {
            if let Ok(read) = parse(&text, syntax) {
                let printed: Vec<String> = read.value.0.iter().map(ToString::to_string).collect();
                let again = parse(&printed.join(","), Syntax::Utf8).unwrap().value;
                prop_assert_eq!(&again, &read.value, "{:?}", printed);
                prop_assert_eq!(again.match_labels(&labels), read.value.match_labels(&labels));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_changed_ledger_goes_on(changes in changes(), reframed in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        prop_assert_eq!(found(dir.path(), &[entry("a"), entry("b"), entry("a")]), 3);
        let path = dir.path().join("00000001.ledger");
        let mut bytes = changed(std::fs::read(&path).unwrap(), &changes);
        if reframed && bytes.len() > 20 {
            // A checksum that is right over a message that is not.
            let length = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
            if let Some(message) = bytes.get(20..20 + length) {
                let sum = xxhash_rust::xxh3::xxh3_64(message).to_le_bytes();
                bytes[12..20].copy_from_slice(&sum);
            }
        }
        std::fs::write(&path, bytes).unwrap();
        let before = found(dir.path(), &[]);
        prop_assert!(!changes.is_empty() || before == 3);
        prop_assert_eq!(found(dir.path(), &[entry("c")]), before + 1);
    }
}
