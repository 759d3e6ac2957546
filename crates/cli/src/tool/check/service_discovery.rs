//! `check service-discovery`: what a job would scrape, and what relabelling makes of it.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use ::config::{Config, Options};
use clap::{ArgMatches, Command};
use discovery::Manager;
use model::Labels;
use scrape::target::{Found, Target};
use serde_json::{Value, json};
use telemetry::Registry;
use tokio_util::sync::CancellationToken;

use crate::tool::query::parse_duration;
use crate::tool::{Outcome, argument, flag, text};

pub(super) const NAME: &str = "service-discovery";

/// How often the manager may tell what it found.
const UPDATES: Duration = Duration::from_millis(100);

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about(
            "Perform service discovery for the given job name and report the results, including relabeling.",
        )
        .arg(
            flag("timeout", "DURATION", "The time to wait for discovery results.")
                .default_value("30s")
                .value_parser(parse_duration),
        )
        .arg(argument("config-file", "The prometheus config file."))
        .arg(argument("job", "The job to run service discovery for."))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let file = text(args, "config-file").unwrap_or_default();
    let loaded = match Config::load(Path::new(file), &Options::default()) {
        Ok(loaded) => loaded,
        Err(error) => {
            eprintln!("Cannot load config {error}");
            return Ok(Outcome::Failed);
        }
    };
    let jobs: Vec<&scrape::Config> =
        loaded.config.scrape_configs.iter().chain(&loaded.config.included_scrape_configs).collect();
    let name = text(args, "job").unwrap_or_default();
    let Some(job) = jobs.iter().find(|job| job.job_name == name) else {
        eprintln!("Job {name} not found. Select one of:");
        jobs.iter().for_each(|job| eprintln!("\t{}", job.job_name));
        return Ok(Outcome::Failed);
    };
    let timeout = args.get_one::<Duration>("timeout").copied().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let groups = runtime.block_on(discover(job, timeout));
    let mut results: Vec<Value> = Vec::new();
    for group in &groups {
        for own in &group.targets {
            let result = result(job, own, &group.labels);
            if !results.contains(&result) {
                results.push(result);
            }
        }
    }
    let text = serde_json::to_string_pretty(&results)?;
    crate::tool::query::write_escaped(out, &text)?;
    Ok(Outcome::Passed)
}

/// Waits for what is found. Fixed targets need no waiting.
async fn discover(job: &scrape::Config, timeout: Duration) -> Vec<discovery::TargetGroup> {
    let shutdown = CancellationToken::new();
    let user_agent = format!("promtool/{}", crate::program::PROMETHEUS_VERSION);
    let metrics = discovery::Metrics::new(&Registry::new());
    let options = discovery::Options {
        update_interval: UPDATES,
        ..discovery::Options::new("scrape", &user_agent, metrics)
    };
    let (manager, mut found, task) = Manager::start(options, shutdown.clone());
    manager.apply([(job.job_name.clone(), job.discovery.clone())]);
    let only_fixed = job.discovery.iter().all(|config| config.key() == "static_configs");
    let waited = tokio::time::timeout(timeout, async {
        while found.changed().await.is_ok() {
            if only_fixed && found.borrow().contains_key(&job.job_name) {
                return;
            }
        }
    });
    // Running into the end of the time is what is asked for: sources may tell more until then.
    waited.await.ok();
    let groups = found.borrow().get(&job.job_name).map(|groups| groups.to_vec()).unwrap_or_default();
    shutdown.cancel();
    task.await.ok();
    groups.iter().map(|group| (**group).clone()).collect()
}

fn result(job: &scrape::Config, own: &Labels, group: &Labels) -> Value {
    match Target::build(job, own, group) {
        Ok(Found::Kept(target)) => {
            json!({ "discoveredLabels": object(&target.discovered), "labels": object(target.all_labels()) })
        }
        Ok(Found::Dropped(discovered)) => json!({ "discoveredLabels": object(&discovered), "labels": {} }),
        Err(error) => {
            let discovered = object(own);
            json!({ "discoveredLabels": discovered, "labels": {}, "error": error.to_string() })
        }
    }
}

fn object(labels: &Labels) -> Value {
    labels.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}
