//! Any bytes as `nflog` and `silences`: what can be used is kept, and comes back from the snapshot that we write.
#![no_main]

use alerting::matchers::Syntax;
use alerting::nflog::NotificationLog;
use alerting::silences::{Limits, Silences};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use model::Labels;

fuzz_target!(|bytes: &[u8]| {
    let (now, retention) = (Timestamp::UNIX_EPOCH, SignedDuration::from_hours(120));
    let mut log = NotificationLog::new(retention);
    let _ = log.merge_from(bytes, now, "peer");
    let mut again = NotificationLog::new(retention);
    assert_eq!(again.merge(&log.encode(), now), Ok(0));
    assert_eq!(again.len(), log.len());
    log.collect(now);

    let new = || Silences::new(retention, Limits::default(), Syntax::Fallback);
    let mut silences = new();
    let _ = silences.merge(bytes, now);
    let labels = Labels::from_pairs([("alertname", "fuzz"), ("job", "j")]);
    let silencing = silences.silencing(&labels, now).len();
    let mut again = new();
    assert_eq!(again.merge(&silences.encode(), now), Ok(Vec::new()));
    assert_eq!((again.len(), again.silencing(&labels, now).len()), (silences.len(), silencing));
    silences.collect(now);
});
