//! The state machine under a storm: 20,000 alerts in 1,000 groups reported, reported again, and told.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use alerting::config::Config;
use alerting::manager::{Bounds, Manager, Outcome};
use alerting::matchers::Syntax;
use alerting::nflog::NotificationLog;
use alerting::silences::{Limits, Silences};
use alerting::{Report, alert};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use model::Labels;

const ALERTS: usize = 20_000;
const GROUPS: usize = 1_000;
const CONFIG: &str = r#"
route:
  receiver: ops
  group_by: [group]
  routes:
  - {matchers: ['severity="critical"', 'team=~"a|b"'], receiver: ops, continue: true}
  - {matchers: [namespace=~"kube-.*"], receiver: ops}
inhibit_rules: [{source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [cluster, namespace]}]
receivers: [{name: ops, webhook_configs: [{url: 'http://x/'}]}]
"#;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).expect("a time of our calendar")
}

fn manager() -> Manager {
    let config = Config::read(CONFIG, "am.yml", Path::new("/"), Syntax::Fallback).expect("it is valid").0;
    let retention = SignedDuration::from_hours(120);
    let silences = Silences::new(retention, Limits::default(), Syntax::Fallback);
    let log = NotificationLog::new(retention);
    Manager::new(Arc::new(config.settings()), Bounds::default(), silences, log, at(0))
}

fn reports() -> Vec<Report> {
    let report = |n: usize| Report {
        labels: Labels::from_pairs([
            ("alertname", format!("KubePodCrashLooping{}", n % 50)),
            ("cluster", format!("prod-{}", n % 7)),
            ("container", "app".to_owned()),
            ("group", format!("group-{}", n % GROUPS)),
            ("instance", format!("10.0.{}.{}:8080", n / 256, n % 256)),
            ("namespace", format!("team-{}", n % 97)),
            ("pod", format!("service-{}-5d4f7c9b8-{n:06x}", n % GROUPS)),
            ("severity", "warning".to_owned()),
        ]),
        annotations: [("summary".to_owned(), "Pod is crash looping.".to_owned())].into(),
        starts_at: Some(at(0)),
        ends_at: Some(at(600)),
        generator_url: "http://prometheus:9090/graph".into(),
    };
    (0..ALERTS).map(report).collect()
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("storm");
    group.throughput(Throughput::Elements(ALERTS as u64)).sample_size(20);
    group.bench_function("reported", |b| {
        b.iter_batched(
            || (manager(), reports()),
            |(mut manager, reports)| {
                assert!(manager.handle_alerts(reports, at(0)).is_empty());
                manager
            },
            BatchSize::LargeInput,
        );
    });
    let mut known = manager();
    known.handle_alerts(reports(), at(0));
    group.bench_function("reported_again", |b| {
        b.iter_batched(
            reports,
            |reports| {
                known.trim_decisions(0);
                black_box(known.handle_alerts(reports, at(1)))
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("told", |b| {
        b.iter_batched(
            || {
                let mut manager = manager();
                manager.handle_alerts(reports(), at(0));
                manager
            },
            |mut manager| {
                let now = alert::later(at(0), SignedDuration::from_secs(60));
                for message in manager.poll(now) {
                    manager.finish(message.id, Outcome::sent(BTreeMap::new()), now);
                }
                manager
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
