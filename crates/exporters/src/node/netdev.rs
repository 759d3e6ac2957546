//! `node_network_*_total`: traffic and errors by network device.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

/// Columns of /proc/net/dev. The kernel already adds up there what upstream sums from netlink,
/// except for the packets that found no handler, which sysfs tells.
const COLUMNS: [&str; 16] = [
    "receive_bytes",
    "receive_packets",
    "receive_errs",
    "receive_drop",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errs",
    "transmit_drop",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed",
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = host.proc("net/dev")?;
    for line in text.lines().skip(2) {
        let Some((device, fields)) = line.rsplit_once(':') else { continue };
        let device = device.trim();
        if !host.netdev_devices.allows(device) {
            continue;
        }
        for (column, value) in COLUMNS.iter().zip(fields.split_whitespace()) {
            add(out, device, column, number("net/dev", value)?);
        }
        if let Ok(value) = host.sys(format!("class/net/{device}/statistics/rx_nohandler")) {
            add(out, device, "receive_nohandler", number("rx_nohandler", &value)?);
        }
    }
    Ok(())
}

fn add(out: &mut Families, device: &str, column: &str, value: f64) {
    let help = format!("Network device statistic {column}.");
    out.counter(&format!("node_network_{column}_total"), &help, &[("device", device)], value);
}
