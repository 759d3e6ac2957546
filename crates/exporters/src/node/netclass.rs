//! `node_network_up`, `node_network_info` and properties of network devices, from /sys/class/net.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

/// File, metric suffix, whether it is a counter.
const PROPERTIES: &[(&str, &str, bool)] = &[
    ("addr_assign_type", "address_assign_type", false),
    ("carrier", "carrier", false),
    ("carrier_changes", "carrier_changes_total", true),
    ("carrier_up_count", "carrier_up_changes_total", true),
    ("carrier_down_count", "carrier_down_changes_total", true),
    ("dev_id", "device_id", false),
    ("dormant", "dormant", false),
    ("flags", "flags", false),
    ("ifindex", "iface_id", false),
    ("iflink", "iface_link", false),
    ("link_mode", "iface_link_mode", false),
    ("mtu", "mtu_bytes", false),
    ("name_assign_type", "name_assign_type", false),
    ("netdev_group", "net_dev_group", false),
    ("speed", "speed_bytes", false),
    ("tx_queue_len", "transmit_queue_length", false),
    ("type", "protocol_type", false),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for device in host.sys_names("class/net")? {
        // Files like bonding_masters stand among the devices.
        if host.netclass_devices.allows(&device) && host.sysfs.join("class/net").join(&device).is_dir() {
            add_device(host, out, &device);
        }
    }
    Ok(())
}

/// A property that a device does not have, or does not tell while it is down, is left out.
fn add_device(host: &Host, out: &mut Families, device: &str) {
    let read = |file: &str| host.sys(format!("class/net/{device}/{file}")).ok();
    let labels = [("device", device)];
    let state = read("operstate").unwrap_or_default();
    let up = f64::from(u8::from(state == "up"));
    out.gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", &labels, up);

    let admin_state = match read("flags").and_then(|f| integer(&f)) {
        None => "unknown",
        Some(flags) if flags as i64 & 1 == 1 => "up",
        Some(_) => "down",
    };
    let [address, broadcast, duplex, alias] =
        ["address", "broadcast", "duplex", "ifalias"].map(|f| read(f).unwrap_or_default());
    out.gauge(
        "node_network_info",
        "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
        &[
            ("device", device),
            ("address", &address),
            ("broadcast", &broadcast),
            ("duplex", &duplex),
            ("operstate", &state),
            ("adminstate", admin_state),
            ("ifalias", &alias),
        ],
        1.0,
    );
    for (file, suffix, is_counter) in PROPERTIES {
        let Some(mut value) = read(file).and_then(|text| integer(&text)) else { continue };
        if *file == "speed" {
            // Megabits a second; −1 where it is not known.
            value = (value * 1e6 / 8.0).trunc();
        }
        let (metric, help) = (format!("node_network_{suffix}"), format!("Network device property: {suffix}"));
        if *is_counter {
            out.counter(&metric, &help, &labels, value)
        } else {
            out.gauge(&metric, &help, &labels, value)
        }
    }
}

/// Decimal, or hexadecimal with `0x`.
fn integer(text: &str) -> Option<f64> {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse::<i64>().ok(),
    }
    .map(|v| v as f64)
}
