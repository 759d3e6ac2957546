//! A backtest of 100 alerting rules over 30 days, evaluated every minute: the goal is seconds.
//!
//! Each rule averages its own series over five minutes, and fires about a tenth of the time.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use criterion::{Criterion, criterion_group, criterion_main};
use model::Labels;
use promql::{Clock, Engine, EngineOptions, ParseOptions};
use rules::backtest::{Period, backtest};
use rules::environment::Concurrency;
use rules::file::{Options, RuleFile};
use rules::{Environment, Group, Metrics, Notification, Notify, Settings};
use storage::Appendable;
use storage::memory::MemoryStorage;

const RULES: usize = 100;
const MINUTES: i64 = 30 * 24 * 60;
const START_MS: i64 = 1_700_000_000_000;
const MINUTE_MS: i64 = 60_000;

struct Nothing;

impl Clock for Nothing {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl Notify for Nothing {
    fn notify(&self, _alerts: Vec<Notification>) {}
}

fn fill(data: &MemoryStorage) {
    for i in 0..RULES {
        let mut batch = data.appender();
        let labels = Labels::from_pairs([("__name__", "m"), ("i", &i.to_string())]);
        let series = batch.resolve(&labels).expect("a new series is taken");
        let mut state = i as u64 + 1;
        let mut value = 50.0;
        for minute in 0..MINUTES {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / f64::from(1u32 << 24) - 0.5;
            value += noise * 6.0 + (50.0 - value) * 0.005;
            batch.sample(series, START_MS + minute * MINUTE_MS, value).expect("samples come in order");
        }
        batch.commit().expect("memory takes all");
    }
}

fn group() -> Group {
    let rule = |i: usize| {
        format!(
            "  - alert: High{i}\n    expr: avg_over_time(m{{i=\"{i}\"}}[5m]) > 60\n    for: 5m\n    annotations: {{summary: 'at {{{{ $value }}}}'}}\n"
        )
    };
    let text = format!("groups:\n- name: g\n  rules:\n{}", (0..RULES).map(rule).collect::<String>());
    let file = RuleFile::parse(&text, &Options::default()).expect("the file is right");
    Group::new("bench.yml".as_ref(), &file.groups[0], Duration::from_secs(60), true)
}

fn thirty_days(c: &mut Criterion) {
    let data = MemoryStorage::new();
    fill(&data);
    let env = Environment {
        data: Arc::new(data.clone()),
        out: Arc::new(data),
        engine: Arc::new(Engine::new(EngineOptions::default())),
        promql: ParseOptions::default(),
        external_url: String::new(),
        settings: ArcSwap::from_pointee(Settings::default()),
        notify: Arc::new(Nothing),
        resend_delay: Duration::ZERO,
        outage_tolerance: Duration::ZERO,
        for_grace_period: Duration::ZERO,
        catch_up: false,
        clock: Arc::new(Nothing),
        cancel: storage::Cancel::default(),
        metrics: Metrics::new(&telemetry::Registry::new()),
        on_query: None,
        concurrency: Concurrency::new(0),
    };
    let group = group();
    let period =
        Period { start_ms: START_MS, end_ms: START_MS + (MINUTES - 1) * MINUTE_MS, step_ms: MINUTE_MS };
    let mut bench = c.benchmark_group("backtest");
    bench.sample_size(10);
    bench.bench_function("100 rules over 30 days, every minute", |b| {
        b.iter(|| {
            let tried =
                group.rules.iter().map(|rule| backtest(rule, &env, period).expect("the rule is right"));
            let firings: usize = tried.flatten().map(|history| history.firings()).sum();
            assert!(firings > 0, "nothing would have fired: the bench measures nothing");
            firings
        });
    });
    bench.finish();
}

criterion_group!(benches, thirty_days);
criterion_main!(benches);
