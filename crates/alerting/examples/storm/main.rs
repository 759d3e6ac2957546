//! A storm of alerts upon Alertmanagers, one after another, with the same load: how fast it is accepted, when it is told, and what it
//! takes.
//!
//! ```text
//! cargo run --profile quick -p alerting --example storm -- [--alerts=100000] [--groups=5000] [--seconds=10] PROGRAM …
//! ```
//! A program is a path of `alertmanager` or `bongsu`. Each is started with a webhook that counts, gets all alerts once, is watched until all
//! groups are told, and then gets alerts again and again for some seconds, in requests of 64 and of 1,000.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made ends")]

mod load;
mod program;
mod sink;

use std::time::{Duration, Instant};

use load::Load;
use program::Program;
use sink::Sink;

/// Prometheus 3 sends up to 256 alerts at once, older ones and other senders 64.
const STORM_REQUEST: usize = 256;
/// Senders at once.
const SENDERS: usize = 4;
/// The route's `group_wait`.
const GROUP_WAIT: Duration = Duration::from_secs(10);

struct Options {
    alerts: usize,
    groups: usize,
    time: Duration,
    programs: Vec<String>,
}

fn main() {
    let mut options =
        Options { alerts: 100_000, groups: 5_000, time: Duration::from_secs(10), programs: Vec::new() };
    for arg in std::env::args().skip(1) {
        match arg.split_once('=') {
            Some(("--alerts", value)) => options.alerts = value.parse().unwrap(),
            Some(("--groups", value)) => options.groups = value.parse().unwrap(),
            Some(("--seconds", value)) => options.time = Duration::from_secs(value.parse().unwrap()),
            Some((other, _)) => panic!("unknown option {other}"),
            None => options.programs.push(arg),
        }
    }
    println!(
        "{} alerts in {} groups, requests of {STORM_REQUEST} by {SENDERS} senders, group_wait {GROUP_WAIT:?}",
        options.alerts, options.groups
    );
    let columns = [
        "program",
        "accepted s",
        "CPU s",
        "told s after group_wait",
        "told groups",
        "CPU s to tell",
        "peak MB",
        "64: alerts/s",
        "64: alerts/CPU-s",
        "1000: alerts/s",
        "1000: alerts/CPU-s",
        "peak MB in the end",
    ];
    println!("| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
    for program in &options.programs {
        println!("| {} |", measure(program, &options).join(" | "));
    }
}

fn measure(path: &str, options: &Options) -> Vec<String> {
    let sink = Sink::start();
    let program = Program::start(path, sink.port, GROUP_WAIT);
    let mut row = vec![path.rsplit('/').next().unwrap_or(path).to_owned()];

    let load = Load::new(options.alerts, options.groups, STORM_REQUEST);
    let begun = Instant::now();
    load.send_all(program.port, SENDERS);
    let (accepted, cpu) = (begun.elapsed(), program.cpu_seconds());
    row.extend([format!("{:.2}", accepted.as_secs_f64()), format!("{cpu:.2}")]);
    // The last group may begin with the last request; on time is within group_wait of it.
    let patience = accepted + GROUP_WAIT + Duration::from_secs(60);
    while sink.groups() < options.groups && begun.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(50));
    }
    let late = begun.elapsed().saturating_sub(accepted + GROUP_WAIT);
    row.extend([
        format!("{:.2}", late.as_secs_f64()),
        format!("{} in {} messages", sink.groups(), sink.messages()),
        format!("{:.2}", program.cpu_seconds() - cpu),
        format!("{:.0}", program.peak_megabytes()),
    ]);

    for request in [64, 1_000] {
        let load = Load::new(options.alerts.min(20_000), options.groups, request);
        let (begun, cpu) = (Instant::now(), program.cpu_seconds());
        let sent = load.send_for(program.port, SENDERS, options.time) as f64;
        let (took, cpu) = (begun.elapsed().as_secs_f64(), program.cpu_seconds() - cpu);
        row.extend([format!("{:.0}", sent / took), format!("{:.0}", sent / cpu)]);
    }
    row.push(format!("{:.0}", program.peak_megabytes()));
    row
}
