//! Compares what we say about this machine with what Debian's prometheus-node-exporter says.
//!
//! Needs that program (`make test-setup` installs it); its absence is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use exporters::node;
use model::MetricType;

/// Families that version 1.5 has and ours do not, and why.
const THEIRS_ONLY: &[(&str, &str)] = &[
    ("node_disk_ata_", "only where udev knows an ATA disk"),
    ("node_exporter_build_info", "added where the page is served"),
];

/// Collectors that came after version 1.5, which refuses their flags.
const NEW_COLLECTORS: &[&str] = &["kernel_hung", "watchdog"];

/// Labels that came to families after version 1.5.
const NEW_LABELS: &[(&str, &str)] = &[
    ("node_disk_info", "rotational"),
    ("node_filesystem_", "device_error"),
    ("node_network_info", "adminstate"),
];

struct Exporter(Child);

impl Drop for Exporter {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn get(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.contains("node_load1").then_some(text)
}

/// Type, help and label names of each family.
type Shape = BTreeMap<String, (String, String, BTreeSet<String>)>;

fn theirs() -> Shape {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("prometheus-node-exporter");
    command.arg("--collector.disable-defaults").arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let known = node::ALL.iter().filter(|c| !NEW_COLLECTORS.contains(&c.name));
    command.args(known.map(|c| format!("--collector.{}", c.name)));
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let _exporter = Exporter(child.expect("prometheus-node-exporter must be installed: make test-setup"));
    let text = (0..100)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            get(port)
        })
        .expect("prometheus-node-exporter should answer within five seconds");
    parse(&text)
}

fn parse(text: &str) -> Shape {
    let mut shape = Shape::new();
    for line in text.lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|l| l.split_once(' ')) {
            shape.insert(name.to_owned(), (String::new(), help.to_owned(), BTreeSet::new()));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|l| l.split_once(' ')) {
            shape.get_mut(name).unwrap().0 = kind.to_owned();
        } else if let Some((name, rest)) = line.split_once('{')
            && let Some(family) = shape.get_mut(name)
        {
            // Values hold no `="` on any machine seen.
            let names = rest.split("=\"").map(|part| part.rsplit([',', '{', '"']).next().unwrap_or(part));
            let count = rest.matches("=\"").count();
            family.2.extend(names.take(count).map(str::to_owned));
        }
    }
    shape.retain(|name, _| name.starts_with("node_"));
    shape
}

fn ours() -> Shape {
    let kind = |k| match k {
        MetricType::Counter => "counter",
        MetricType::Gauge => "gauge",
        _untyped => "untyped",
    };
    node::collect(&node::Host::default(), node::ALL)
        .into_iter()
        .map(|f| {
            let labels =
                f.metrics.iter().flat_map(|m| m.labels.iter().map(|(n, _)| n.to_owned()).collect::<Vec<_>>());
            (f.name, (kind(f.kind).to_owned(), f.help.clone(), labels.collect()))
        })
        .collect()
}

#[test]
fn the_same_families_as_node_exporter() {
    let (theirs, ours) = (theirs(), ours());
    let mut differences = Vec::new();
    for (name, (kind, help, labels)) in &theirs {
        if THEIRS_ONLY.iter().any(|(prefix, _)| name.starts_with(prefix)) {
            continue;
        }
        let Some((our_kind, our_help, our_labels)) = ours.get(name) else {
            differences.push(format!("{name} is missing"));
            continue;
        };
        if kind != our_kind {
            differences.push(format!("{name} is {our_kind}, not {kind}"));
        }
        if help.replace("\\n", "\n") != *our_help && !help.starts_with("Memory information field") {
            differences.push(format!("{name} help: {our_help:?}, not {help:?}"));
        }
        // Ours leave labels with empty values out, which is the same series.
        for label in our_labels.difference(labels) {
            if !NEW_LABELS.iter().any(|(family, new)| name.starts_with(family) && label == new) {
                differences.push(format!("{name} has label {label}, which theirs lack"));
            }
        }
    }
    assert!(theirs.len() > 100, "{} families are too few to compare", theirs.len());
    assert!(differences.is_empty(), "{differences:#?}");
}
