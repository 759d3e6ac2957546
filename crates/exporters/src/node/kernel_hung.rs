//! `node_kernel_hung_tasks_total`: tasks that hung, from /proc/sys/kernel/hung_task_detect_count.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = match host.proc("sys/kernel/hung_task_detect_count") {
        Err(error) if error.is_missing() => return Err(CollectError::NoData),
        other => other?,
    };
    let help = "Total number of tasks that have been detected as hung since the system booted.";
    out.counter("node_kernel_hung_tasks_total", help, &[], number("hung_task_detect_count", &text)?);
    Ok(())
}
