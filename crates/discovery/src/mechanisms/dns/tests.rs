//! Lookups against a small name server on loopback.

use std::net::Ipv4Addr;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::proto::rr::Name;
use telemetry::Registry;
use tokio::net::UdpSocket;

use super::resolver::NameServers;
use super::run::Source;
use super::{Config, Record};
use crate::Metrics;

const TYPE_A: u16 = 1;
const TYPE_NS: u16 = 2;
const TYPE_CNAME: u16 = 5;
const TYPE_MX: u16 = 15;
const TYPE_AAAA: u16 = 28;
const TYPE_SRV: u16 = 33;
const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NAME_ERROR: u8 = 3;

fn encode(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|l| !l.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// What the server says to a question: a code, and records of type and data.
fn zone(name: &str, kind: u16) -> (u8, Vec<(u16, Vec<u8>)>) {
    let records = match (name, kind) {
        ("web.lan.example.", TYPE_A) => vec![(TYPE_A, vec![192, 0, 2, 1]), (TYPE_A, vec![192, 0, 2, 2])],
        ("alias.lan.example.", TYPE_A) => {
            vec![(TYPE_CNAME, encode("web.lan.example.")), (TYPE_A, vec![192, 0, 2, 1])]
        }
        ("web.lan.example.", TYPE_AAAA) => vec![(TYPE_AAAA, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01".into())],
        ("_db._tcp.lan.example.", TYPE_SRV) => {
            let mut data = vec![0, 1, 0, 2, 0x0c, 0xea];
            data.extend(encode("db1.lan.example."));
            vec![(TYPE_SRV, data)]
        }
        ("lan.example.", TYPE_MX) => {
            let mut data = vec![0, 10];
            data.extend(encode("mail.lan.example."));
            vec![(TYPE_MX, data)]
        }
        ("lan.example.", TYPE_NS) => vec![(TYPE_NS, encode("ns.lan.example."))],
        ("broken.lan.example.", _) => return (SERVER_FAILURE, Vec::new()),
        ("web.lan.example." | "lan.example.", _) => Vec::new(),
        _ => return (NAME_ERROR, Vec::new()),
    };
    (NO_ERROR, records)
}

async fn name_server() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            let question = &buffer[12..length];
            let mut name = String::new();
            let mut at = 0;
            while question[at] != 0 {
                let end = at + 1 + usize::from(question[at]);
                name += std::str::from_utf8(&question[at + 1..end]).unwrap();
                name.push('.');
                at = end;
            }
            let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
            let (code, records) = zone(&name.to_ascii_lowercase(), kind);
            let mut answer =
                vec![buffer[0], buffer[1], 0x81, 0x80 | code, 0, 1, 0, records.len() as u8, 0, 0, 0, 0];
            answer.extend_from_slice(&question[..at + 5]);
            for (index, (kind, data)) in records.iter().enumerate() {
                let cname = records.iter().take(index).any(|(kind, _)| *kind == TYPE_CNAME);
                answer.extend(if cname { encode("web.lan.example.") } else { vec![0xc0, 12] });
                answer.extend(kind.to_be_bytes());
                answer.extend([0, 1, 0, 0, 0, 60]);
                answer.extend((data.len() as u16).to_be_bytes());
                answer.extend(data);
            }
            socket.send_to(&answer, peer).await.unwrap();
        }
    });
    port
}

async fn look_up(record: Record, names: &[&str]) -> (Vec<String>, [f64; 2]) {
    let mut connection = ConnectionConfig::udp();
    connection.port = name_server().await;
    let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![connection]);
    let search = vec![Name::from_ascii("lan.example.").unwrap()];
    let config = ResolverConfig::from_parts(None, search, vec![server]);
    let mut options = ResolverOpts::default();
    (options.timeout, options.attempts) = (Duration::from_secs(5), 1);
    let names = names.iter().map(|n| (*n).to_owned()).collect();
    let config_sd = Config { names, refresh_interval: Duration::from_secs(30), record, port: 80 };
    let metrics = Metrics::new(&Registry::new());
    let groups = Source::with(config_sd, NameServers::Fixed(Box::new((config, options))))
        .refresh(&metrics)
        .await
        .unwrap();
    let show = |g: &crate::TargetGroup| {
        let addresses: Vec<&str> = g.targets.iter().map(|t| t.get("__address__")).collect();
        format!("{}: {}", g.source, addresses.join(" "))
    };
    (groups.iter().map(show).collect(), [metrics.dns_lookups.get(), metrics.dns_lookup_failures.get()])
}

#[tokio::test]
async fn looks_up_every_kind_of_record() {
    for (record, name, want) in [
        (Record::A, "web.lan.example", "192.0.2.1:80 192.0.2.2:80"),
        (Record::A, "web", "192.0.2.1:80 192.0.2.2:80"),
        (Record::A, "alias", "192.0.2.1:80"),
        (Record::Aaaa, "web.lan.example.", "[::1]:80"),
        (Record::Srv, "_db._tcp.lan.example", "db1.lan.example:3306"),
        (Record::Mx, "lan.example", "mail.lan.example:80"),
        (Record::Ns, "lan.example", "ns.lan.example:80"),
        (Record::Mx, "web.lan.example", ""),
        (Record::A, "nobody.lan.example", ""),
    ] {
        let (groups, counts) = look_up(record, &[name]).await;
        assert_eq!(groups, [format!("{name}: {want}")], "{record:?}");
        assert_eq!(counts, [1.0, 0.0], "{name}");
    }
}

#[tokio::test]
async fn a_failure_hides_only_its_own_name() {
    let (groups, counts) = look_up(Record::A, &["broken.lan.example", "web.lan.example"]).await;
    assert_eq!(groups, ["web.lan.example: 192.0.2.1:80 192.0.2.2:80"]);
    assert_eq!(counts, [2.0, 1.0]);
}
