//! `node_md_*`: software RAID, from /proc/mdstat and /sys/block/md*/md.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

/// Activity as mdstat shows it, and the state that the metric names it.
const STATES: [(&str, &str); 5] = [
    ("active", "active"),
    ("inactive", "inactive"),
    ("recovering", "recovering"),
    ("resyncing", "resync"),
    ("checking", "check"),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = match host.proc("mdstat") {
        Err(error) if error.is_missing() => return Err(CollectError::NoData),
        other => other?,
    };
    for array in parse(&text)? {
        add_array(out, &array);
    }
    for device in host.sys_names("block")?.iter().filter(|name| name.starts_with("md")) {
        let read = |file: &str| host.sys(format!("block/{device}/md/{file}"));
        let labels = [("device", device.as_str())];
        // During a reshape: new number, then the former in parentheses. Empty for containers.
        if let Some(disks) = read("raid_disks").ok().and_then(|t| t.split(' ').next()?.parse().ok()) {
            out.gauge("node_md_raid_disks", "Number of raid disks on device.", &labels, disks);
        }
        if read("level").is_ok() {
            let degraded = read("degraded").ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
            out.gauge("node_md_degraded", "Number of degraded disks on device.", &labels, degraded);
        }
    }
    Ok(())
}

fn add_array(out: &mut Families, array: &Array<'_>) {
    let device = ("device", array.name);
    let disks = "Number of active/failed/spare disks of device.";
    for (state, count) in [("active", array.active), ("failed", array.failed), ("spare", array.spare)] {
        out.gauge("node_md_disks", disks, &[device, ("state", state)], count);
    }
    for (activity, state) in STATES {
        let value = f64::from(u8::from(array.activity == activity));
        out.gauge("node_md_state", "Indicates the state of md-device.", &[device, ("state", state)], value);
    }
    for (name, help, value) in [
        ("node_md_disks_required", "Total number of disks of device.", array.required),
        ("node_md_blocks", "Total number of blocks on device.", array.blocks),
        ("node_md_blocks_synced", "Number of blocks synced on device.", array.blocks_synced),
    ] {
        out.gauge(name, help, &[device], value);
    }
}

/// One array of mdstat.
#[derive(Debug, PartialEq)]
pub(super) struct Array<'a> {
    name: &'a str,
    activity: &'a str,
    active: f64,
    required: f64,
    failed: f64,
    spare: f64,
    blocks: f64,
    blocks_synced: f64,
}

/// Reads mdstat: a line that begins with a name opens an array, indented lines belong to it.
pub(super) fn parse(text: &str) -> Result<Vec<Array<'_>>, CollectError> {
    let bad = |found: &str| CollectError::Parse { what: "mdstat", found: found.to_owned() };
    let mut arrays = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let is_header = ["Personalities", "unused", "read_ahead"].iter().any(|word| line.starts_with(word));
        if line.trim().is_empty() || line.starts_with(' ') || is_header {
            continue;
        }
        let mut details = Vec::new();
        while let Some(detail) = lines.next_if(|l| l.starts_with([' ', '\t'])) {
            details.push(detail);
        }
        let status = details.first().copied().ok_or_else(|| bad(line))?;
        arrays.push(array(line, status, &details[1..]).ok_or_else(|| bad(&format!("{line} {status}")))?);
    }
    Ok(arrays)
}

fn array<'a>(line: &'a str, status: &str, details: &[&str]) -> Option<Array<'a>> {
    let mut words = line.split_whitespace();
    let (name, _colon, activity) = (words.next()?, words.next()?, words.next()?);
    let blocks = status.split_whitespace().next()?.parse().ok()?;
    let count = |what: &str| line.matches(what).count() as f64;
    let (active, required) = if line.contains("raid0") || line.contains("linear") {
        (count("["), count("[")) // they have no redundancy and so no status: every member is needed
    } else if activity == "inactive" {
        (0.0, 0.0)
    } else {
        let mut brackets = status.split('[').skip(1).filter_map(|s| s.split_once(']')?.0.split_once('/'));
        let (required, active) = brackets.next()?;
        (active.parse().ok()?, required.parse().ok()?)
    };
    let progress = details.iter().find_map(|detail| progress(detail));
    let (activity, blocks_synced) = match progress {
        Some((activity, synced)) => (activity, synced?),
        None => (activity, blocks),
    };
    let (failed, spare) = (count("(F)"), count("(S)"));
    Some(Array { name, activity, active, required, failed, spare, blocks, blocks_synced })
}

/// Reads `[=>...] recovery = 8.5% (16775552/195310144) finish=…`: what goes on, and how many blocks are done, 0 while it
/// waits; `None` inside if that cannot be read.
fn progress(line: &str) -> Option<(&'static str, Option<f64>)> {
    let activities = [
        ("recovery", "recovering"),
        ("reshape", "reshaping"),
        ("check", "checking"),
        ("resync", "resyncing"),
    ];
    let (_, activity) = activities.iter().find(|(word, _)| line.contains(word))?;
    if line.contains("PENDING") || line.contains("DELAYED") {
        return Some((activity, Some(0.0)));
    }
    let done = line.split_once('(').and_then(|(_, rest)| rest.split_once('/'));
    Some((activity, done.and_then(|(done, _)| number("mdstat", done).ok())))
}
