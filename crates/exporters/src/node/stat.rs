//! Interrupts, context switches, forks, boot time and running processes from /proc/stat.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

/// Line of the file, metric, help text, whether it is a counter.
const LINES: &[(&str, &str, &str, bool)] = &[
    ("intr", "node_intr_total", "Total number of interrupts serviced.", true),
    ("ctxt", "node_context_switches_total", "Total number of context switches.", true),
    ("processes", "node_forks_total", "Total number of forks.", true),
    ("btime", "node_boot_time_seconds", "Node boot time, in unixtime.", false),
    ("procs_running", "node_procs_running", "Number of processes in runnable state.", false),
    (
        "procs_blocked",
        "node_procs_blocked",
        "Number of processes blocked waiting for I/O to complete.",
        false,
    ),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = host.proc("stat")?;
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        let name = fields.next().unwrap_or_default();
        let Some((_, metric, help, is_counter)) = LINES.iter().find(|l| l.0 == name) else { continue };
        let value = number("stat", fields.next().unwrap_or_default())?;
        if *is_counter { out.counter(metric, help, &[], value) } else { out.gauge(metric, help, &[], value) }
    }
    Ok(())
}
