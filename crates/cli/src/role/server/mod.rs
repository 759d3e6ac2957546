//! The server: parse, resolve, open, wire, serve, wait, drain.

mod alerting_service;
mod dashboards;
mod database_metrics;
mod grafana_ini;
mod history;
mod host;
mod late_metrics;
mod memory;
mod provisioning;
mod query_service;
mod reload;
mod rule_service;
mod runtime;
mod settings;
mod start;
mod store;
mod targets;
mod wiring;

use std::process::ExitCode;

use crate::flags::{Effect, Values};
use settings::Settings;

/// Runs a server until it is told to end. `all_in_one`: with the built-in configuration if none is given, and the host's
/// metrics in process.
pub fn run(flags: &Values, all_in_one: bool) -> ExitCode {
    let settings = match Settings::from_flags(flags, all_in_one) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = telemetry::log::init(settings.log_level, settings.log_format) {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    report_idle_flags(flags, &settings);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start the runtime");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(wiring::serve(settings, flags.listing()));
    // A server that is told to end while it reads its log does not read it to the end first.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "server ended");
            eprintln!("error: {error:#}");
            // As Prometheus: 2 for what the user gave us, 1 for what went wrong.
            ExitCode::from(if error.is::<reload::Mistakes>() { 2 } else { 1 })
        }
    }
}

/// Says which of the given flags do nothing, so that nobody relies on them.
fn report_idle_flags(flags: &Values, settings: &Settings) {
    for (flag, effect) in flags.without_effect() {
        match effect {
            Effect::Later => tracing::warn!(flag, "flag accepted, but what it asks for is not available yet"),
            Effect::Ignored | Effect::Works | Effect::Hidden => {
                tracing::info!(flag, "flag accepted; it has no meaning here");
            }
        }
    }
    let (unknown, idle) = settings::odd_features(&settings.features);
    for feature in unknown {
        tracing::warn!(feature, "unknown feature");
    }
    for feature in idle {
        tracing::warn!(feature, "feature accepted, but not available yet");
    }
}
