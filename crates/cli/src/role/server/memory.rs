//! The memory that the server may use: how much there is, and how much is really held.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use exposition::MetricFamily;
use model::{Labels, MetricType};
use storage::Budget;
use storage::budget::Part;
use telemetry::Registry;
use telemetry::registry::number;
use tokio_util::sync::CancellationToken;

/// Share of the control group's or the machine's memory that is used if no flag says otherwise: the rest is for
/// the kernel's cache of blocks and for what is not accounted.
const PERCENT_DEFAULT: u64 = 80;
/// Looks after which the allocator is made to give back what is free. It does so by itself when a thread ends or where much
/// is allocated; a server that has just let go of many series may do neither for long.
const LOOKS_PER_GIVING_BACK: u32 = 10;
/// How often the process is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Returns the limit in bytes; 0 for none. `flag` is what the user asked for.
pub fn limit(flag: Option<u64>) -> u64 {
    flag.unwrap_or_else(|| available(Path::new("/")).map_or(0, |bytes| bytes / 100 * PERCENT_DEFAULT))
}

/// Returns the smallest of what the control groups of this process and the machine allow. `root` holds `proc` and `sys`.
fn available(root: &Path) -> Option<u64> {
    let machine = read(&root.join("proc/meminfo")).and_then(|text| mem_total(&text));
    let groups = read(&root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = limit_files(root, &groups).into_iter().filter_map(|file| read(&file)?.trim().parse().ok());
    limits.chain(machine).min()
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// Finds `MemTotal` in `/proc/meminfo`.
fn mem_total(text: &str) -> Option<u64> {
    let line = text.lines().find(|l| l.starts_with("MemTotal:"))?;
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Lists the files that may hold a limit for the groups in `/proc/self/cgroup`: of each group and those above it, version
/// 2 (`0::/path`) and 1 (`4:memory:/path`). In a container the group may be visible only as the root.
fn limit_files(root: &Path, groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (mount, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|c| c == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _other_controllers => continue,
        };
        let top = root.join(mount);
        let own = top.join(path.trim_start_matches('/'));
        files.extend(own.ancestors().take_while(|dir| dir.starts_with(&top)).map(|dir| dir.join(file)));
    }
    files
}

/// Returns the memory of this process that no file backs, from `/proc/self/status`.
fn held() -> Option<u64> {
    let text = read(Path::new("/proc/self/status"))?;
    let line = text.lines().find(|l| l.starts_with("RssAnon:"))?;
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Tells the account once a second what the process holds, until told to stop.
pub async fn watch(budget: Arc<Budget>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looks = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _instant = tick.tick() => {}
        }
        // Two microseconds: not worth a thread.
        if let Some(bytes) = held() {
            budget.observe(bytes);
        }
        looks += 1;
        if looks % LOOKS_PER_GIVING_BACK == 0 {
            // It ends at once, which is all that is wanted of it.
            drop(std::thread::spawn(|| ()));
        }
    }
}

/// Registers the account's metrics.
pub fn register(registry: &Registry, budget: Arc<Budget>) {
    registry.register(move |out: &mut Vec<MetricFamily>| {
        let gauge = MetricType::Gauge;
        let limit = [(Labels::empty(), budget.limit() as f64)];
        out.push(number(
            "bongsu_memory_limit_bytes",
            "Memory that series, samples and queries may use; 0 for no limit.",
            gauge,
            limit,
        ));
        let used =
            Part::ALL.map(|part| (Labels::from_pairs([("part", part.name())]), budget.used_by(part) as f64));
        out.push(number(
            "bongsu_memory_used_bytes",
            "Memory in use, by what for, as accounted.",
            gauge,
            used,
        ));
        let held = [(Labels::empty(), budget.observed() as f64)];
        out.push(number(
            "bongsu_memory_held_bytes",
            "Memory of the process that no file backs, as last seen.",
            gauge,
            held,
        ));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    const MEMINFO: (&str, &str) = ("proc/meminfo", "MemTotal:       16000 kB\nMemFree:  1 kB\n");
    const V2: (&str, &str) = ("proc/self/cgroup", "0::/pods/a\n");

    #[test]
    fn the_tightest_limit_counts() {
        let kib = 1024;
        /// What the case is, its files, and the limit they tell.
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<u64>);
        let table: [Case<'_>; 7] = [
            ("nothing to read", &[], None),
            ("no group", &[MEMINFO], Some(16_000 * kib)),
            ("own group", &[MEMINFO, V2, ("sys/fs/cgroup/pods/a/memory.max", "4096000\n")], Some(4_096_000)),
            (
                "a group above",
                &[
                    MEMINFO,
                    V2,
                    ("sys/fs/cgroup/pods/a/memory.max", "max\n"),
                    ("sys/fs/cgroup/pods/memory.max", "5000000\n"),
                ],
                Some(5_000_000),
            ),
            (
                "a container sees its group as the root",
                &[MEMINFO, V2, ("sys/fs/cgroup/memory.max", "6000000")],
                Some(6_000_000),
            ),
            (
                "version 1",
                &[
                    MEMINFO,
                    ("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/b\n"),
                    ("sys/fs/cgroup/memory/docker/b/memory.limit_in_bytes", "7000000\n"),
                ],
                Some(7_000_000),
            ),
            (
                "version 1 without a limit says a number beyond all memory",
                &[
                    MEMINFO,
                    ("proc/self/cgroup", "4:memory:/\n"),
                    ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"),
                ],
                Some(16_000 * kib),
            ),
        ];
        for (case, files, expected) in table {
            assert_eq!(available(fake(files).path()), expected, "{case}");
        }
    }

    #[test]
    fn a_flag_overrides_the_machine() {
        assert_eq!(limit(Some(0)), 0);
        assert_eq!(limit(Some(1 << 30)), 1 << 30);
        assert!(limit(None) > 0);
    }

    #[test]
    fn the_process_holds_memory() {
        assert!(held().unwrap() > 100_000);
    }
}
