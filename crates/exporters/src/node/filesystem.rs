//! `node_filesystem_*`: sizes and free space of mounted filesystems.
//!
//! A mount whose server is gone lets `statfs` hang for ever. It is asked from a thread of its own; after
//! [`MOUNT_TIMEOUT`] the mount counts as stuck, is reported with an error, and is left alone until that thread returns.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

/// How long a mount may take to answer.
pub const MOUNT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mount {
    device: String,
    point: String,
    kind: String,
    major: String,
    minor: String,
    read_only: bool,
}

struct Space {
    size: f64,
    free: f64,
    available: f64,
    files: f64,
    files_free: f64,
}

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    // Process 1 sees the host's mounts where this one runs in a container; `hidepid` may forbid the look.
    let text = host.proc("1/mountinfo").or_else(|_| host.proc("self/mountinfo"))?;
    let wanted = |m: &Mount| host.mount_points.allows(&m.point) && host.filesystem_types.allows(&m.kind);
    let mut seen = BTreeSet::new();
    for mount in parse(&text, &host.rootfs.to_string_lossy()).filter(wanted) {
        if seen.insert((mount.device.clone(), mount.point.clone(), mount.kind.clone())) {
            add(out, &mount, space(host, &mount.point));
        }
    }
    Ok(())
}

fn add(out: &mut Families, mount: &Mount, space: Result<Space, String>) {
    let error = space.as_ref().err().map_or("", String::as_str);
    let labels = [
        ("device", mount.device.as_str()),
        ("mountpoint", mount.point.as_str()),
        ("fstype", mount.kind.as_str()),
        ("device_error", error),
    ];
    let flag = |b: bool| f64::from(u8::from(b));
    let mut gauge = |name: &str, help: &str, value: f64| {
        out.gauge(&format!("node_filesystem_{name}"), help, &labels, value)
    };
    let help = "Whether an error occurred while getting statistics for the given device.";
    gauge("device_error", help, flag(space.is_err()));
    gauge("readonly", "Filesystem read-only status.", flag(mount.read_only));
    if let Ok(s) = &space {
        gauge("size_bytes", "Filesystem size in bytes.", s.size);
        gauge("free_bytes", "Filesystem free space in bytes.", s.free);
        gauge("avail_bytes", "Filesystem space available to non-root users in bytes.", s.available);
        gauge("files", "Filesystem total file nodes.", s.files);
        gauge("files_free", "Filesystem total free file nodes.", s.files_free);
        let labels = [
            ("device", mount.device.as_str()),
            ("major", mount.major.as_str()),
            ("minor", mount.minor.as_str()),
            ("mountpoint", mount.point.as_str()),
        ];
        out.gauge("node_filesystem_mount_info", "Filesystem mount information.", &labels, 1.0);
    }
}

/// Asks a mount for its space, or returns why it did not tell.
fn space(host: &Host, point: &str) -> Result<Space, String> {
    const STUCK: &str = "mountpoint timeout";
    if names_of(&host.stuck_mounts).contains(point) {
        return Err(STUCK.to_owned());
    }
    let path = host.rootfs.join(point.trim_start_matches('/'));
    let (answer, answered) = mpsc::channel();
    let (stuck, name) = (host.stuck_mounts.clone(), point.to_owned());
    let asked = std::thread::Builder::new().name("statfs".to_owned()).spawn(move || {
        let result = rustix::fs::statfs(&path);
        // Under the lock, so that the asker sees either the answer or a mount that is not stuck any more.
        let mut stuck = names_of(&stuck);
        stuck.remove(&name);
        // The asker may have given up meanwhile.
        answer.send(result).ok();
    });
    if let Err(e) = asked {
        return Err(e.to_string());
    }
    let result = answered.recv_timeout(MOUNT_TIMEOUT).or_else(|_| {
        let mut stuck = names_of(&host.stuck_mounts);
        answered.try_recv().inspect_err(|_| {
            stuck.insert(point.to_owned());
        })
    });
    match result {
        Ok(Ok(s)) => {
            let block = s.f_bsize as f64;
            Ok(Space {
                size: s.f_blocks as f64 * block,
                free: s.f_bfree as f64 * block,
                available: s.f_bavail as f64 * block,
                files: s.f_files as f64,
                files_free: s.f_ffree as f64,
            })
        }
        Ok(Err(errno)) => Err(std::io::Error::from(errno).kind().to_string()),
        Err(_) => Err(STUCK.to_owned()),
    }
}

/// Locks a set of names. A thread that panicked while it held the lock cannot have left the set half changed.
fn names_of(set: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lines of mountinfo: `36 35 98:0 /root /point opts… - type device superopts`. Points are given below `rootfs`.
fn parse<'t>(text: &'t str, rootfs: &'t str) -> impl Iterator<Item = Mount> + 't {
    text.lines().filter_map(move |line| {
        let (left, right) = line.split_once(" - ")?;
        let left: Vec<&str> = left.split(' ').collect();
        let [_id, _parent, number, _root, point, options, ..] = left.as_slice() else { return None };
        let mut right = right.split(' ');
        let (kind, device, super_options) = (right.next()?, right.next()?, right.next().unwrap_or_default());
        let (major, minor) = number.split_once(':')?;
        let has = |options: &str, option: &str| options.split(',').any(|o| o == option);
        let read_only = has(options, "ro") || has(super_options, "ro") || has(super_options, "emergency_ro");
        Some(Mount {
            device: device.to_owned(),
            point: below(rootfs, &unescape(point)),
            kind: kind.to_owned(),
            major: major.to_owned(),
            minor: minor.to_owned(),
            read_only,
        })
    })
}

/// The kernel writes blanks and tabs in octal.
fn unescape(point: &str) -> String {
    point.replace("\\040", " ").replace("\\011", "\t")
}

fn below(rootfs: &str, point: &str) -> String {
    match point.strip_prefix(rootfs.trim_end_matches('/')) {
        Some("") => "/".to_owned(),
        Some(rest) if rest.starts_with('/') => rest.to_owned(),
        _others => point.to_owned(),
    }
}
