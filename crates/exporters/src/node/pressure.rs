//! `node_pressure_*`: time lost waiting for processors, memory and disks, from /proc/pressure.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

/// File, line of it, metric, help text.
const LINES: &[(&str, &str, &str, &str)] = &[
    (
        "cpu",
        "some",
        "node_pressure_cpu_waiting_seconds_total",
        "Total time in seconds that processes have waited for CPU time",
    ),
    (
        "io",
        "some",
        "node_pressure_io_waiting_seconds_total",
        "Total time in seconds that processes have waited due to IO congestion",
    ),
    (
        "io",
        "full",
        "node_pressure_io_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IO congestion",
    ),
    (
        "memory",
        "some",
        "node_pressure_memory_waiting_seconds_total",
        "Total time in seconds that processes have waited for memory",
    ),
    (
        "memory",
        "full",
        "node_pressure_memory_stalled_seconds_total",
        "Total time in seconds no process could make progress due to memory congestion",
    ),
    (
        "irq",
        "full",
        "node_pressure_irq_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IRQ congestion",
    ),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let mut found = false;
    for (file, line, metric, help) in LINES {
        // Kernels without pressure accounting lack the folder, older ones the file of interrupts.
        let Ok(text) = host.proc(&format!("pressure/{file}")) else { continue };
        if let Some(total) = total_microseconds(&text, line)? {
            out.counter(metric, help, &[], total / 1e6);
            found = true;
        }
    }
    if found { Ok(()) } else { Err(CollectError::NoData) }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234` → 1234.
fn total_microseconds(text: &str, line: &str) -> Result<Option<f64>, CollectError> {
    let fields = text.lines().find_map(|l| l.strip_prefix(line));
    let total = fields.and_then(|f| f.split_whitespace().find_map(|p| p.strip_prefix("total=")));
    total.map(|t| number("pressure", t)).transpose()
}
