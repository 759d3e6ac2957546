//! `node_vmstat_*`: page faults, paging, swapping and out-of-memory kills from /proc/vmstat.

use model::MetricType;

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for line in host.proc("vmstat")?.lines() {
        let Some((field, value)) = line.split_once(' ') else { continue };
        if is_wanted(field) {
            let help = format!("/proc/vmstat information field {field}.");
            out.add(
                MetricType::Unknown,
                &format!("node_vmstat_{field}"),
                &help,
                &[],
                number("vmstat", value)?,
            );
        }
    }
    Ok(())
}

/// node_exporter's default `^(oom_kill|pgpg|pswp|pg.*fault).*`.
fn is_wanted(field: &str) -> bool {
    let starts = ["oom_kill", "pgpg", "pswp"].iter().any(|p| field.starts_with(p));
    starts || (field.starts_with("pg") && field.contains("fault"))
}
