//! `node_arp_entries` from /proc/net/arp.

use std::collections::BTreeMap;

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for (device, entries) in parse(&host.proc("net/arp")?) {
        if host.arp_devices.allows(device) {
            out.gauge("node_arp_entries", "ARP entries by device", &[("device", device)], entries);
        }
    }
    Ok(())
}

/// Counts lines by their last column, the device.
fn parse(text: &str) -> BTreeMap<&str, f64> {
    let mut counts = BTreeMap::new();
    for device in text.lines().skip(1).filter_map(|l| l.split_whitespace().nth(5)) {
        *counts.entry(device).or_default() += 1.0;
    }
    counts
}
