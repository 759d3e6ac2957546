//! `node_disk_*`: requests, bytes and time by disk, from /proc/diskstats; facts about disks from udev's data.

use std::collections::HashMap;

use model::MetricType;

use super::error::{CollectError, number};
use super::family::Families;
use super::host::{Host, read};

/// /proc/diskstats counts in sectors of 512 bytes, whatever the disk's own are.
const SECTOR_BYTES: f64 = 512.0;
const MILLISECOND: f64 = 1e-3;

/// Columns after major, minor and device: metric, factor, type, help text. Older kernels have fewer.
const COLUMNS: &[(&str, f64, MetricType, &str)] = &[
    ("reads_completed_total", 1.0, MetricType::Counter, "The total number of reads completed successfully."),
    ("reads_merged_total", 1.0, MetricType::Counter, "The total number of reads merged."),
    ("read_bytes_total", SECTOR_BYTES, MetricType::Counter, "The total number of bytes read successfully."),
    (
        "read_time_seconds_total",
        MILLISECOND,
        MetricType::Counter,
        "The total number of seconds spent by all reads.",
    ),
    (
        "writes_completed_total",
        1.0,
        MetricType::Counter,
        "The total number of writes completed successfully.",
    ),
    ("writes_merged_total", 1.0, MetricType::Counter, "The number of writes merged."),
    (
        "written_bytes_total",
        SECTOR_BYTES,
        MetricType::Counter,
        "The total number of bytes written successfully.",
    ),
    (
        "write_time_seconds_total",
        MILLISECOND,
        MetricType::Counter,
        "This is the total number of seconds spent by all writes.",
    ),
    ("io_now", 1.0, MetricType::Gauge, "The number of I/Os currently in progress."),
    ("io_time_seconds_total", MILLISECOND, MetricType::Counter, "Total seconds spent doing I/Os."),
    (
        "io_time_weighted_seconds_total",
        MILLISECOND,
        MetricType::Counter,
        "The weighted # of seconds spent doing I/Os.",
    ),
    (
        "discards_completed_total",
        1.0,
        MetricType::Counter,
        "The total number of discards completed successfully.",
    ),
    ("discards_merged_total", 1.0, MetricType::Counter, "The total number of discards merged."),
    (
        "discarded_sectors_total",
        1.0,
        MetricType::Counter,
        "The total number of sectors discarded successfully.",
    ),
    (
        "discard_time_seconds_total",
        MILLISECOND,
        MetricType::Counter,
        "This is the total number of seconds spent by all discards.",
    ),
    (
        "flush_requests_total",
        1.0,
        MetricType::Counter,
        "The total number of flush requests completed successfully",
    ),
    (
        "flush_requests_time_seconds_total",
        MILLISECOND,
        MetricType::Counter,
        "This is the total number of seconds spent by all flush requests.",
    ),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for line in host.proc("diskstats")?.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [major, minor, device, values @ ..] = fields.as_slice() else { continue };
        if !host.disks.allows(device) {
            continue;
        }
        for ((name, factor, kind, help), value) in COLUMNS.iter().zip(values) {
            let value = number("diskstats", value)? * factor;
            out.add(*kind, &format!("node_disk_{name}"), help, &[("device", device)], value);
        }
        let udev = read(&host.udev_data.join(format!("b{major}:{minor}")))
            .map(|t| properties(&t))
            .unwrap_or_default();
        add_facts(host, out, [device, major, minor], &udev);
    }
    Ok(())
}

/// Properties are the lines `E:KEY=value`.
fn properties(text: &str) -> HashMap<String, String> {
    let pair = |l: &str| l.strip_prefix("E:")?.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
    text.lines().filter_map(pair).collect()
}

fn add_facts(
    host: &Host,
    out: &mut Families,
    [device, major, minor]: [&str; 3],
    udev: &HashMap<String, String>,
) {
    let get = |key: &str| udev.get(key).map_or("", String::as_str);
    // The serial number as printed on the disk, if it is known.
    let serial = ["SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL"]
        .into_iter()
        .map(get)
        .find(|s| !s.is_empty())
        .unwrap_or("");
    let rotational = host.sys(format!("block/{device}/queue/rotational")).unwrap_or_default();
    let labels = [
        ("device", device),
        ("major", major),
        ("minor", minor),
        ("path", get("ID_PATH")),
        ("wwn", get("ID_WWN")),
        ("model", get("ID_MODEL")),
        ("serial", serial),
        ("revision", get("ID_REVISION")),
        ("rotational", if rotational == "1" { "1" } else { "0" }),
    ];
    out.gauge("node_disk_info", "Info of /sys/block/<block_device>.", &labels, 1.0);
    if !get("ID_FS_TYPE").is_empty() {
        let labels = [
            ("device", device),
            ("type", get("ID_FS_TYPE")),
            ("usage", get("ID_FS_USAGE")),
            ("uuid", get("ID_FS_UUID")),
            ("version", get("ID_FS_VERSION")),
        ];
        out.gauge("node_disk_filesystem_info", "Info about disk filesystem.", &labels, 1.0);
    }
    if !get("DM_NAME").is_empty() {
        let labels = [
            ("device", device),
            ("name", get("DM_NAME")),
            ("uuid", get("DM_UUID")),
            ("vg_name", get("DM_VG_NAME")),
            ("lv_name", get("DM_LV_NAME")),
            ("lv_layer", get("DM_LV_LAYER")),
        ];
        out.gauge("node_disk_device_mapper_info", "Info about disk device mapper.", &labels, 1.0);
    }
    if !get("ID_ATA").is_empty() {
        for (key, name, help) in [
            ("ID_ATA_WRITE_CACHE", "ata_write_cache", "ATA disk has a write cache."),
            (
                "ID_ATA_WRITE_CACHE_ENABLED",
                "ata_write_cache_enabled",
                "ATA disk has its write cache enabled.",
            ),
            (
                "ID_ATA_ROTATION_RATE_RPM",
                "ata_rotation_rate_rpm",
                "ATA disk rotation rate in RPMs (0 for SSDs).",
            ),
        ] {
            if let Ok(value) = get(key).parse() {
                out.gauge(&format!("node_disk_{name}"), help, &[("device", device)], value);
            }
        }
    }
}
