//! The flags of the node exporter: those of node_exporter that our collectors have.

use super::{Effect, Flag, Kind};

const fn flag(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Flag {
    Flag { name, kind, default, help, effect: Effect::Works }
}

/// All flags but those that switch single collectors.
pub const FLAGS: &[Flag] = &[
    flag("web.listen-address", Kind::Many, ":9100", "Address and port to serve on. May be repeated."),
    flag("web.telemetry-path", Kind::Value, "/metrics", "Path of the metrics."),
    flag("web.config.file", Kind::Value, "", "File that turns on TLS, client certificates and passwords."),
    flag("web.max-requests", Kind::Value, "40", "Most scrapes at the same time; 0 for no bound."),
    flag("path.procfs", Kind::Value, "/proc", "Where procfs is mounted."),
    flag("path.sysfs", Kind::Value, "/sys", "Where sysfs is mounted."),
    flag("path.rootfs", Kind::Value, "/", "Where the host's root is mounted."),
    flag("path.udev.data", Kind::Value, "/run/udev/data", "Where udev keeps its data."),
    flag(
        "collector.disable-defaults",
        Kind::Switch,
        "false",
        "Switch all collectors off that are not switched on by name.",
    ),
    flag("collector.diskstats.device-include", Kind::Value, "", "Disks to report: a regular expression."),
    flag(
        "collector.diskstats.device-exclude",
        Kind::Value,
        "",
        "Disks to leave out; partitions, RAM disks and loop devices by default.",
    ),
    flag("collector.filesystem.mount-points-include", Kind::Value, "", "Mount points to report."),
    flag(
        "collector.filesystem.mount-points-exclude",
        Kind::Value,
        "",
        "Mount points to leave out; those of kernel and containers by default.",
    ),
    flag("collector.filesystem.fs-types-include", Kind::Value, "", "Filesystem types to report."),
    flag(
        "collector.filesystem.fs-types-exclude",
        Kind::Value,
        "",
        "Filesystem types to leave out; those without a disk by default.",
    ),
    flag("collector.netdev.device-include", Kind::Value, "", "Network devices to report."),
    flag("collector.netdev.device-exclude", Kind::Value, "", "Network devices to leave out."),
    flag(
        "collector.netclass.ignored-devices",
        Kind::Value,
        "^$",
        "Network devices of which no properties are reported.",
    ),
    flag("collector.arp.device-include", Kind::Value, "", "Network devices whose ARP entries are counted."),
    flag(
        "collector.arp.device-exclude",
        Kind::Value,
        "",
        "Network devices whose ARP entries are not counted.",
    ),
    flag(
        "collector.textfile.directory",
        Kind::Many,
        "",
        "Folder whose .prom files are reported. May be repeated.",
    ),
    flag("log.level", Kind::Value, "info", "Least important messages to log: debug, info, warn or error."),
    flag("log.format", Kind::Value, "logfmt", "Layout of the log: logfmt or json."),
];
