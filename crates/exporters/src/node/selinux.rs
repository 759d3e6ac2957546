//! `node_selinux_*`: whether SELinux is on and enforces, from /sys/fs/selinux and /etc/selinux/config.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::{Host, read};

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let help = "SELinux is enabled, 1 is true, 0 is false";
    let enforcing = match host.sys("fs/selinux/enforce") {
        Err(error) if error.is_missing() => {
            out.gauge("node_selinux_enabled", help, &[], 0.0);
            return Ok(());
        }
        other => number("selinux enforce", &other?)?,
    };
    out.gauge("node_selinux_enabled", help, &[], 1.0);
    let configured =
        read(&host.rootfs.join("etc/selinux/config")).map_or(-1.0, |text| configured_mode(&text));
    out.gauge("node_selinux_config_mode", "Configured SELinux enforcement mode", &[], configured);
    out.gauge("node_selinux_current_mode", "Current SELinux enforcement mode", &[], enforcing);
    Ok(())
}

/// `SELINUX=enforcing` → 1, `permissive` → 0, anything else → −1.
fn configured_mode(text: &str) -> f64 {
    let mode = text.lines().find_map(|line| line.trim().strip_prefix("SELINUX="));
    match mode.map(|mode| mode.trim().trim_matches('"')) {
        Some("enforcing") => 1.0,
        Some("permissive") => 0.0,
        Some(_) | None => -1.0,
    }
}
