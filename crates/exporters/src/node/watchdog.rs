//! `node_watchdog_*`: watchdog timers, from /sys/class/watchdog.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

/// File and metric.
const NUMBERS: [(&str, &str); 7] = [
    ("bootstatus", "bootstatus"),
    ("fw_version", "fw_version"),
    ("nowayout", "nowayout"),
    ("timeleft", "timeleft_seconds"),
    ("timeout", "timeout_seconds"),
    ("pretimeout", "pretimeout_seconds"),
    ("access_cs0", "access_cs0"),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for name in host.sys_names("class/watchdog")? {
        let read = |file: &str| host.sys(format!("class/watchdog/{name}/{file}")).ok();
        for (file, metric) in NUMBERS {
            if let Some(value) = read(file).and_then(|text| text.parse().ok()) {
                let help = format!("Value of /sys/class/watchdog/<watchdog>/{file}");
                out.gauge(&format!("node_watchdog_{metric}"), &help, &[("name", &name)], value);
            }
        }
        let [options, identity, state, status, governor] =
            ["options", "identity", "state", "status", "pretimeout_governor"]
                .map(|f| read(f).unwrap_or_default());
        let labels = [
            ("name", name.as_str()),
            ("options", &options),
            ("identity", &identity),
            ("state", &state),
            ("status", &status),
            ("pretimeout_governor", &governor),
        ];
        out.gauge("node_watchdog_info", "Info of /sys/class/watchdog/<watchdog>", &labels, 1.0);
    }
    Ok(())
}
