//! `node_netstat_*`: protocol counters from /proc/net/netstat, snmp and snmp6.

use model::MetricType;

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for file in ["net/netstat", "net/snmp"] {
        parse_pairs(&host.proc(file)?, |protocol, name, value| add(out, protocol, name, value))?;
    }
    match host.proc("net/snmp6") {
        Ok(text) => parse_snmp6(&text, |protocol, name, value| add(out, protocol, name, value)),
        Err(e) if e.is_missing() => Ok(()),
        Err(e) => Err(e),
    }
}

fn add(out: &mut Families, protocol: &str, name: &str, value: &str) -> Result<(), CollectError> {
    if is_wanted(protocol, name) {
        let help = format!("Statistic {protocol}{name}.");
        let metric = format!("node_netstat_{protocol}_{name}");
        out.add(MetricType::Unknown, &metric, &help, &[], number("netstat", value)?);
    }
    Ok(())
}

/// Lines in pairs: `TcpExt: SyncookiesSent …` with names, then `TcpExt: 0 …` with values.
fn parse_pairs(
    text: &str,
    mut found: impl FnMut(&str, &str, &str) -> Result<(), CollectError>,
) -> Result<(), CollectError> {
    let mut lines = text.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let parts = names.split_once(':').zip(values.split_once(':'));
        let Some(((protocol, names), (_, values))) = parts else {
            return Err(CollectError::Parse { what: "netstat", found: names.to_owned() });
        };
        if names.split_whitespace().count() != values.split_whitespace().count() {
            return Err(CollectError::Parse { what: "netstat field count", found: protocol.to_owned() });
        }
        for (name, value) in names.split_whitespace().zip(values.split_whitespace()) {
            found(protocol, name, value)?;
        }
    }
    Ok(())
}

/// `Ip6InOctets  123`: the protocol ends with the 6.
fn parse_snmp6(
    text: &str,
    mut found: impl FnMut(&str, &str, &str) -> Result<(), CollectError>,
) -> Result<(), CollectError> {
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        let (Some(key), Some(value)) = (fields.next(), fields.next()) else { continue };
        if let Some(six) = key.find('6') {
            found(&key[..=six], &key[six + 1..], value)?;
        }
    }
    Ok(())
}

/// node_exporter's default choice of fields.
fn is_wanted(protocol: &str, name: &str) -> bool {
    if matches!(name, "InErrors" | "InErrs") {
        return true;
    }
    match protocol {
        "Ip" => name == "Forwarding",
        "Ip6" | "IpExt" => matches!(name, "InOctets" | "OutOctets"),
        "Icmp" | "Icmp6" => matches!(name, "InMsgs" | "OutMsgs"),
        "TcpExt" => {
            name.starts_with("Listen")
                || name.starts_with("Syncookies")
                || matches!(name, "TCPSynRetrans" | "TCPTimeouts" | "TCPOFOQueue" | "TCPRcvQDrop")
        }
        "Tcp" => matches!(
            name,
            "ActiveOpens" | "InSegs" | "OutSegs" | "OutRsts" | "PassiveOpens" | "RetransSegs" | "CurrEstab"
        ),
        "Udp" | "Udp6" => {
            matches!(name, "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors")
        }
        _others => false,
    }
}
