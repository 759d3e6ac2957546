//! `node_udp_queues`: bytes waiting in UDP sockets, from /proc/net/udp and udp6.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let mut found = false;
    for (file, ip) in [("net/udp", "v4"), ("net/udp6", "v6")] {
        let text = match host.proc(file) {
            Ok(text) => text,
            Err(e) if e.is_missing() => continue,
            Err(e) => return Err(e),
        };
        found = true;
        let (transmit, receive) = parse(&text);
        for (queue, bytes) in [("tx", transmit), ("rx", receive)] {
            let help = "Number of allocated memory in the kernel for UDP datagrams in bytes.";
            out.gauge("node_udp_queues", help, &[("queue", queue), ("ip", ip)], bytes as f64);
        }
    }
    if found { Ok(()) } else { Err(CollectError::NoData) }
}

/// Sums the fifth column, `tx_queue:rx_queue` in hexadecimal.
fn parse(text: &str) -> (u64, u64) {
    let hex = |s: &str| u64::from_str_radix(s, 16).unwrap_or(0);
    text.lines()
        .skip(1)
        .filter_map(|l| l.split_whitespace().nth(4)?.split_once(':'))
        .fold((0, 0), |(tx, rx), (t, r)| (tx + hex(t), rx + hex(r)))
}
