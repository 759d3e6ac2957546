//! Any text as `alertmanager.yml`: a configuration that can be run, or mistakes.
#![no_main]

use std::path::Path;
use std::sync::Arc;

use alerting::Report;
use alerting::config::Config;
use alerting::manager::{Bounds, Manager};
use alerting::matchers::Syntax;
use alerting::nflog::NotificationLog;
use alerting::silences::{Limits, Silences};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use model::Labels;

fuzz_target!(|text: &str| {
    let Ok((config, _)) = Config::read(text, "am.yml", Path::new("/"), Syntax::Fallback) else { return };
    let (now, retention) = (Timestamp::UNIX_EPOCH, SignedDuration::from_hours(120));
    let silences = Silences::new(retention, Limits::default(), config.syntax);
    let log = NotificationLog::new(retention);
    let mut manager = Manager::new(Arc::new(config.settings()), Bounds::default(), silences, log, now);
    let labels = Labels::from_pairs([("alertname", "fuzz"), ("job", "j"), ("severity", "page")]);
    let report = Report { labels, starts_at: Some(now), ..Report::default() };
    assert!(manager.handle_alerts([report], now).is_empty());
    for _ in 0..8 {
        let Some(next) = manager.next_deadline() else { break };
        manager.poll(next);
    }
});
