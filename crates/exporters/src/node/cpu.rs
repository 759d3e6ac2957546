//! `node_cpu_*`: seconds by processor and mode from /proc/stat, throttling and isolation from /sys.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

/// Columns of a `cpuN` line in /proc/stat that are modes of a processor.
const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
/// The two columns after them.
const GUEST_MODES: [&str; 2] = ["user", "nice"];
const IDLE: usize = 3;
/// The kernel counts in hundredths of a second on every platform it is built for today.
const TICKS_PER_SECOND: f64 = 100.0;
/// An idle counter that steps back further than this means that the processor was unplugged and came back.
const HOTPLUG_SECONDS: f64 = 3.0;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    add_seconds(host, &host.proc("stat")?, out)?;
    add_isolated(host, out);
    add_throttles(host, out);
    add_online(host, out);
    Ok(())
}

fn add_seconds(host: &Host, text: &str, out: &mut Families) -> Result<(), CollectError> {
    let mut remembered = host.cpu_seconds.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for line in text.lines() {
        let Some((cpu, fields)) = line.strip_prefix("cpu").and_then(|l| l.split_once(' ')) else { continue };
        if cpu.is_empty() {
            continue;
        }
        let fields = fields.split_whitespace();
        let now: Result<Vec<f64>, _> =
            fields.map(|f| number("stat", f).map(|t| t / TICKS_PER_SECOND)).collect();
        let last = remembered.entry(cpu.to_owned()).or_default();
        keep_from_stepping_back(last, now?);
        for (mode, seconds) in MODES.iter().zip(last.iter()) {
            let help = "Seconds the CPUs spent in each mode.";
            out.counter("node_cpu_seconds_total", help, &[("cpu", cpu), ("mode", mode)], *seconds);
        }
        for (mode, seconds) in GUEST_MODES.iter().zip(last.iter().skip(MODES.len())) {
            let help = "Seconds the CPUs spent in guests (VMs) for each mode.";
            out.counter("node_cpu_guest_seconds_total", help, &[("cpu", cpu), ("mode", mode)], *seconds);
        }
    }
    Ok(())
}

/// The kernel's idle and iowait counters may step back by a little, which would look like a counter reset:
/// each mode keeps its highest value, unless the processor was replaced.
fn keep_from_stepping_back(last: &mut Vec<f64>, now: Vec<f64>) {
    let replaced = last.get(IDLE).zip(now.get(IDLE)).is_some_and(|(l, n)| l - n >= HOTPLUG_SECONDS);
    if replaced || last.len() != now.len() {
        *last = now;
        return;
    }
    for (l, n) in last.iter_mut().zip(now) {
        *l = l.max(n);
    }
}

fn add_isolated(host: &Host, out: &mut Families) {
    let Ok(text) = host.sys("devices/system/cpu/isolated") else { return };
    for cpu in parse_list(&text) {
        let help = "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.";
        out.gauge("node_cpu_isolated", help, &[("cpu", &cpu.to_string())], 1.0);
    }
}

/// `0-2,5` → 0, 1, 2, 5.
fn parse_list(text: &str) -> BTreeSet<u32> {
    /// More processors than any machine has: a strange file must not cost memory.
    const PROCESSORS_MAX: u32 = 1 << 16;
    let mut found = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
            found.extend(first..=last.min(PROCESSORS_MAX));
        }
    }
    found
}

fn processors(host: &Host) -> Vec<String> {
    let names = host.sys_names("devices/system/cpu").unwrap_or_default();
    let is_processor =
        |n: &String| n.strip_prefix("cpu").is_some_and(|d| d.starts_with(|c: char| c.is_ascii_digit()));
    names.into_iter().filter(is_processor).collect()
}

/// Throttling is told by each processor, but belongs to its core and package: the first of each is read.
fn add_throttles(host: &Host, out: &mut Families) {
    let (mut cores, mut packages) = (BTreeMap::new(), BTreeMap::new());
    for cpu in processors(host) {
        let read = |file: &str| -> Option<u64> {
            host.sys(format!("devices/system/cpu/{cpu}/{file}")).ok()?.parse().ok()
        };
        let Some(package) = read("topology/physical_package_id") else { continue };
        let Some(core) = read("topology/core_id") else { continue };
        if let Some(count) = read("thermal_throttle/core_throttle_count") {
            cores.entry((package, core)).or_insert(count);
        }
        if let Some(count) = read("thermal_throttle/package_throttle_count") {
            packages.entry(package).or_insert(count);
        }
    }
    for (package, count) in packages {
        let help = "Number of times this CPU package has been throttled.";
        out.counter(
            "node_cpu_package_throttles_total",
            help,
            &[("package", &package.to_string())],
            count as f64,
        );
    }
    for ((package, core), count) in cores {
        let help = "Number of times this CPU core has been throttled.";
        let labels = [("package", &*package.to_string()), ("core", &*core.to_string())];
        out.counter("node_cpu_core_throttles_total", help, &labels, count as f64);
    }
}

fn add_online(host: &Host, out: &mut Families) {
    for cpu in processors(host) {
        // The first processor often cannot be switched off and has no such file.
        let Ok(online) = host.sys(format!("devices/system/cpu/{cpu}/online")) else { continue };
        let value = f64::from(u8::from(online == "1"));
        out.gauge(
            "node_cpu_online",
            "CPUs that are online and being scheduled.",
            &[("cpu", &cpu[3..])],
            value,
        );
    }
}
