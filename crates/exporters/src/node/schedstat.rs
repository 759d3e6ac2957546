//! `node_schedstat_*`: time on and waiting for each processor, from /proc/schedstat.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = host.proc("schedstat").map_err(|e| if e.is_missing() { CollectError::NoData } else { e })?;
    for line in text.lines() {
        let Some((cpu, fields)) = line.strip_prefix("cpu").and_then(|l| l.split_once(' ')) else { continue };
        // The last three fields: nanoseconds running, nanoseconds waiting, timeslices.
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let [.., running, waiting, timeslices] = fields.as_slice() else {
            return Err(CollectError::Parse { what: "schedstat", found: line.to_owned() });
        };
        let labels = [("cpu", cpu)];
        let seconds = |text: &str| number("schedstat", text).map(|ns| ns / 1e9);
        out.counter(
            "node_schedstat_running_seconds_total",
            "Number of seconds CPU spent running a process.",
            &labels,
            seconds(running)?,
        );
        out.counter(
            "node_schedstat_waiting_seconds_total",
            "Number of seconds spent by processing waiting for this CPU.",
            &labels,
            seconds(waiting)?,
        );
        out.counter(
            "node_schedstat_timeslices_total",
            "Number of timeslices executed by CPU.",
            &labels,
            number("schedstat", timeslices)?,
        );
    }
    Ok(())
}
