//! `node_softnet_*`: packet processing by processor, from /proc/net/softnet_stat.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

/// Column (hexadecimal), metric, help text.
const COUNTERS: &[(usize, &str, &str)] = &[
    (0, "node_softnet_processed_total", "Number of processed packets"),
    (1, "node_softnet_dropped_total", "Number of dropped packets"),
    (2, "node_softnet_times_squeezed_total", "Number of times processing packets ran out of quota"),
    (
        8,
        "node_softnet_cpu_collision_total",
        "Number of collision occur while obtaining device lock while transmitting",
    ),
    (9, "node_softnet_received_rps_total", "Number of times cpu woken up received_rps"),
    (10, "node_softnet_flow_limit_count_total", "Number of times flow limit has been reached"),
];
const BACKLOG_COLUMN: usize = 11;
const PROCESSOR_COLUMN: usize = 12;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = host.proc("net/softnet_stat")?;
    for (line_number, line) in text.lines().enumerate() {
        let columns: Result<Vec<u32>, _> =
            line.split_whitespace().map(|c| u32::from_str_radix(c, 16)).collect();
        let columns =
            columns.map_err(|_| CollectError::Parse { what: "softnet_stat", found: line.to_owned() })?;
        // Kernels before 5.10 do not tell the processor: there is a line for each, in order.
        let cpu = columns.get(PROCESSOR_COLUMN).map_or(line_number, |c| *c as usize).to_string();
        // A column that a kernel does not have counts as 0.
        let column = |i: usize| f64::from(columns.get(i).copied().unwrap_or(0));
        for (i, metric, help) in COUNTERS {
            out.counter(metric, help, &[("cpu", &cpu)], column(*i));
        }
        out.gauge(
            "node_softnet_backlog_len",
            "Softnet backlog status",
            &[("cpu", &cpu)],
            column(BACKLOG_COLUMN),
        );
    }
    Ok(())
}
