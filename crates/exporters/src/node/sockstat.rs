//! `node_sockstat_*`: sockets by protocol and state, from /proc/net/sockstat and sockstat6.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for file in ["net/sockstat", "net/sockstat6"] {
        match host.proc(file) {
            Ok(text) => add(&text, out)?,
            // That version of IP is switched off.
            Err(e) if e.is_missing() => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// `TCP: inuse 4 orphan 0 tw 4 alloc 17 mem 1` and `sockets: used 229`.
fn add(text: &str, out: &mut Families) -> Result<(), CollectError> {
    let page_bytes = rustix::param::page_size() as f64;
    for line in text.lines() {
        let Some((protocol, fields)) = line.split_once(':') else { continue };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        for pair in fields.chunks_exact(2) {
            let (state, value) = (pair[0], number("sockstat", pair[1])?);
            if (protocol, state) == ("sockets", "used") {
                out.gauge("node_sockstat_sockets_used", "Number of IPv4 sockets in use.", &[], value);
                continue;
            }
            add_state(out, protocol, state, value);
            if state == "mem" {
                add_state(out, protocol, "mem_bytes", value * page_bytes);
            }
        }
    }
    Ok(())
}

fn add_state(out: &mut Families, protocol: &str, state: &str, value: f64) {
    let help = format!("Number of {protocol} sockets in state {state}.");
    out.gauge(&format!("node_sockstat_{protocol}_{state}"), &help, &[], value);
}
