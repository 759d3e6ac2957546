//! `process_*`: what the system says about this process, under the names of Prometheus's client libraries.

mod parse;

use std::fs;

use exposition::MetricFamily;
use model::{Labels, MetricType};

use crate::Registry;
use crate::registry::number;

/// Registers the `process_*` metrics, read from `/proc/self` at each gathering. What cannot be read is left out.
pub fn register(registry: &Registry) {
    registry.register(collect);
}

/// Registers `go_goroutines`, which dashboards of Go programs show: the number of alive asynchronous tasks is the nearest
/// thing we have.
pub fn register_tasks(registry: &Registry, alive_tasks: impl Fn() -> usize + Send + Sync + 'static) {
    let help = "Number of goroutines that currently exist. Here: asynchronous tasks.";
    registry.gauge_fn("go_goroutines", help, move || alive_tasks() as f64);
}

fn collect(out: &mut Vec<MetricFamily>) {
    use MetricType::{Counter, Gauge};
    let mut tell = |name: &str, help: &str, kind, value: Option<f64>| {
        out.extend(value.map(|value| number(name, help, kind, [(Labels::empty(), value)])));
    };
    if let Some(stat) = read("/proc/self/stat").as_deref().and_then(parse::stat) {
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let boot = read("/proc/stat").as_deref().and_then(parse::boot_time);
        tell(
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
            Counter,
            Some(stat.cpu_ticks as f64 / ticks),
        );
        tell(
            "process_virtual_memory_bytes",
            "Virtual memory size in bytes.",
            Gauge,
            Some(stat.virtual_bytes as f64),
        );
        tell(
            "process_resident_memory_bytes",
            "Resident memory size in bytes.",
            Gauge,
            Some(stat.resident_pages as f64 * rustix::param::page_size() as f64),
        );
        tell(
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            Gauge,
            boot.map(|boot| boot + stat.start_ticks as f64 / ticks),
        );
    }
    let open = fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count() as f64);
    tell("process_open_fds", "Number of open file descriptors.", Gauge, open);
    if let Some(limits) = read("/proc/self/limits") {
        let files = parse::soft_limit(&limits, "Max open files");
        tell("process_max_fds", "Maximum number of open file descriptors.", Gauge, files);
        tell(
            "process_virtual_memory_max_bytes",
            "Maximum amount of virtual memory available in bytes.",
            Gauge,
            parse::soft_limit(&limits, "Max address space"),
        );
    }
    if let Some((received, sent)) = read("/proc/self/net/netstat").as_deref().and_then(parse::octets) {
        tell(
            "process_network_receive_bytes_total",
            "Number of bytes received by the process over the network.",
            Counter,
            Some(received),
        );
        tell(
            "process_network_transmit_bytes_total",
            "Number of bytes sent by the process over the network.",
            Counter,
            Some(sent),
        );
    }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_about_this_process() {
        let registry = Registry::new();
        register(&registry);
        register_tasks(&registry, || 3);
        let families = registry.gather();
        let names: Vec<&str> = families.iter().map(|f| f.name.as_str()).collect();
        let want = [
            "go_goroutines",
            "process_cpu_seconds_total",
            "process_max_fds",
            "process_network_receive_bytes_total",
            "process_network_transmit_bytes_total",
            "process_open_fds",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
            "process_virtual_memory_bytes",
            "process_virtual_memory_max_bytes",
        ];
        assert_eq!(names, want);
        let value = |name: &str| match families.iter().find(|f| f.name == name).unwrap().metrics[0].value {
            exposition::MetricValue::Number(value, _) => value,
            ref other => panic!("not a number: {other:?}"),
        };
        assert!(value("process_resident_memory_bytes") > 100_000.0);
        assert!(value("process_open_fds") >= 3.0);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        let age = now - value("process_start_time_seconds");
        assert!((-2.0..3600.0).contains(&age), "started {age} s ago");
    }
}
