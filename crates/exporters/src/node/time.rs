//! `node_time_*`: the clock, its zone and its sources.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    out.gauge(
        "node_time_seconds",
        "System time in seconds since epoch (1970).",
        &[],
        since_epoch.as_secs_f64(),
    );

    let now = jiff::Zoned::now();
    let zone = now.strftime("%Z").to_string();
    let offset = f64::from(now.offset().seconds());
    out.gauge(
        "node_time_zone_offset_seconds",
        "System time zone offset in seconds.",
        &[("time_zone", &zone)],
        offset,
    );

    clock_sources(host, out)
}

fn clock_sources(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    const FOLDER: &str = "devices/system/clocksource";
    let devices = match host.sys_names(FOLDER) {
        Ok(names) => names,
        Err(CollectError::NoData) => return Ok(()),
        Err(other) => return Err(other),
    };
    for (i, device) in devices.iter().filter(|n| n.starts_with("clocksource")).enumerate() {
        let index = i.to_string();
        for source in host.sys(format!("{FOLDER}/{device}/available_clocksource"))?.split_whitespace() {
            out.gauge(
                "node_time_clocksource_available_info",
                "Available clocksources read from '/sys/devices/system/clocksource'.",
                &[("device", &index), ("clocksource", source)],
                1.0,
            );
        }
        out.gauge(
            "node_time_clocksource_current_info",
            "Current clocksource read from '/sys/devices/system/clocksource'.",
            &[
                ("device", &index),
                ("clocksource", &host.sys(format!("{FOLDER}/{device}/current_clocksource"))?),
            ],
            1.0,
        );
    }
    Ok(())
}
