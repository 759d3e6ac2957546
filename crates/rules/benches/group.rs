//! One evaluation of 10,000 alerting rules over a database, on two threads, as a server with an interval of a minute does every minute.
//!
//! Each rule looks at the rate of its own part of the series. `SERIES=1000000 cargo bench -p rules` measures the goal: well below
//! 60 s.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use criterion::{Criterion, criterion_group, criterion_main};
use model::Labels;
use promql::{Clock, Engine, EngineOptions, ParseOptions};
use rules::environment::Concurrency;
use rules::file::{Options, RuleFile};
use rules::{Environment, Group, Metrics, Notification, Notify, Settings};
use storage::Appendable;

const METRICS: usize = 100;
const JOBS: usize = 100;
const RULES_PER_GROUP: usize = 20;
const SAMPLES: i64 = 6;
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

fn fill(db: &tsdb::Db, series: usize) {
    let instances = series / METRICS / JOBS;
    for sample in 0..SAMPLES {
        for metric in 0..METRICS {
            let mut batch = db.appender();
            for job in 0..JOBS {
                for instance in 0..instances {
                    let labels = Labels::from_pairs([
                        ("__name__", format!("requests_{metric}_total")),
                        ("instance", format!("10.0.{job}.{instance}:9100")),
                        ("job", format!("job-{job}")),
                    ]);
                    let series = batch.resolve(&labels).expect("a new series is taken");
                    let v = (sample * 100 + instance as i64) as f64;
                    batch.sample(series, START_MS + sample * MINUTE_MS, v).expect("samples come in order");
                }
            }
            batch.commit().expect("the log can be written");
        }
    }
}

fn groups() -> Vec<Group> {
    let rules: Vec<String> = (0..METRICS * JOBS)
        .map(|i| {
            let (metric, job) = (i / JOBS, i % JOBS);
            format!(
                "  - alert: High{i}\n    expr: rate(requests_{metric}_total{{job=\"job-{job}\"}}[5m]) > 1000\n    for: 5m\n    annotations: {{summary: '{{{{ $labels.instance }}}}'}}\n"
            )
        })
        .collect();
    let text: String = rules
        .chunks(RULES_PER_GROUP)
        .enumerate()
        .map(|(i, rules)| format!("- name: g{i}\n  rules:\n{}", rules.concat()))
        .collect();
    let file = RuleFile::parse(&format!("groups:\n{text}"), &Options::default()).expect("the file is right");
    let group = |g| Group::new("bench.yml".as_ref(), g, Duration::from_secs(60), true);
    file.groups.iter().map(group).collect()
}

fn evaluate(c: &mut Criterion) {
    let series = std::env::var("SERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let dir = tempfile::tempdir().expect("there is a place for files");
    let db = Arc::new(tsdb::Db::open(dir.path(), tsdb::Options::default()).expect("an empty folder opens"));
    fill(&db, series);
    let env = Environment {
        data: db.clone(),
        out: db,
        engine: Arc::new(Engine::new(EngineOptions::default())),
        promql: ParseOptions::default(),
        external_url: String::new(),
        settings: ArcSwap::from_pointee(Settings::default()),
        notify: Arc::new(Nothing),
        resend_delay: Duration::from_secs(60),
        outage_tolerance: Duration::from_secs(3600),
        for_grace_period: Duration::from_secs(600),
        catch_up: false,
        clock: Arc::new(Nothing),
        cancel: storage::Cancel::default(),
        metrics: Metrics::new(&telemetry::Registry::new()),
        on_query: None,
        concurrency: Concurrency::new(0),
    };
    let groups = groups();
    let (first, second) = groups.split_at(groups.len() / 2);
    let mut t_ms = START_MS + (SAMPLES - 1) * MINUTE_MS;
    let mut group = c.benchmark_group("rules");
    group.sample_size(10);
    group.bench_function(format!("10,000 alerting rules over {series} series"), |b| {
        b.iter(|| {
            t_ms += 1;
            std::thread::scope(|scope| {
                for half in [first, second] {
                    let env = &env;
                    scope.spawn(move || half.iter().for_each(|group| group.evaluate(env, t_ms, t_ms)));
                }
            });
        });
    });
    group.finish();
}

criterion_group!(benches, evaluate);
criterion_main!(benches);
