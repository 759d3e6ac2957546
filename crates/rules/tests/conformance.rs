//! Rules that others wrote: `../shared/rules` beside the checkout (`CONFORMANCE_DIR` names another place). Each file loads, and each
//! of its rules evaluates.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use promql::{Clock, Engine, EngineOptions, ParseOptions};
use rules::environment::Concurrency;
use rules::file::{Options, RuleFile};
use rules::{Environment, Group, Health, Metrics, Notification, Notify, Settings};
use storage::memory::MemoryStorage;

struct Nothing;

impl Clock for Nothing {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl Notify for Nothing {
    fn notify(&self, _alerts: Vec<Notification>) {}
}

fn environment() -> Environment {
    let data = MemoryStorage::new();
    Environment {
        data: Arc::new(data.clone()),
        out: Arc::new(data),
        engine: Arc::new(Engine::new(EngineOptions::default())),
        promql: ParseOptions::default(),
        external_url: "http://x".to_owned(),
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
        concurrency: Concurrency::new(2),
    }
}

/// Rule files in a folder: plain ones, and what stands below `spec` of a PrometheusRule.
fn files() -> Vec<(PathBuf, String)> {
    let dir = match std::env::var_os("CONFORMANCE_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    if !dir.is_dir() {
        eprintln!("no shared folder beside the checkout: nothing to test");
        return Vec::new();
    }
    let mut folders = vec![dir.join("rules")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = match text.split_once("\nspec:\n") {
                    Some((_, spec)) => {
                        spec.lines().map(|line| format!("{}\n", line.get(2..).unwrap_or(""))).collect()
                    }
                    None => text,
                };
                files.push((path, text));
            }
        }
    }
    files
}

#[test]
fn rules_of_others_load_and_evaluate() {
    let env = environment();
    let mut count = 0;
    for (path, text) in files() {
        let file = RuleFile::parse(&text, &Options::default())
            .unwrap_or_else(|errors| panic!("{}: {errors}", path.display()));
        for group in &file.groups {
            let group = Group::new(&path, group, Duration::from_secs(30), true);
            for t_ms in [1_700_000_000_000, 1_700_000_060_000] {
                group.evaluate(&env, t_ms, t_ms);
            }
            for rule in &group.rules {
                let state = rule.state();
                let place = format!("{}: {}: {}", path.display(), group.name, rule.name);
                assert_eq!((state.health, state.last_error.as_str()), (Health::Ok, ""), "{place}");
                count += 1;
            }
        }
    }
    println!("{count} rules");
}
