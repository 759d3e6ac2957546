//! `push metrics`: send an exposition to a remote-write receiver, for trying one out.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command};
use exposition::{BodyFormat, Entry, Options, Reader};
use model::{Labels, LabelsBuilder, MetricType};
use remote::put;
use remote::receive::Message;

use super::http::{Server, config_flag};
use super::query::parse_duration;
use super::{Outcome, flag, flags, string_map, text, texts};

/// A label that tells where a series comes from; the exposition's own gets another name.
const JOB: &str = "job";
const EXPORTED_JOB: &str = "exported_job";

pub(super) fn command() -> Command {
    let metrics = Command::new("metrics")
        .about("Push metrics to a prometheus remote write (for testing purpose only).")
        .arg(
            flags("label", "NAME=VALUE", "Label to attach to metrics. Can be specified multiple times.")
                .default_value("job=promtool"),
        )
        .arg(
            flag("timeout", "DURATION", "The time to wait for pushing metrics.")
                .default_value("30s")
                .value_parser(parse_duration),
        )
        .arg(flags("header", "NAME=VALUE", "Prometheus remote write header."))
        .arg(
            flag(
                "protobuf_message",
                "MESSAGE",
                "Protobuf message to use when writing (prometheus.WriteRequest or io.prometheus.write.v2.Request).",
            )
            .default_value(Message::V1.as_str()),
        )
        .arg(
            flag("remote-write.path", "PATH", "Override the default remote write API path.")
                .default_value("/api/v1/write"),
        )
        .arg(super::argument("remote-write-url", "Prometheus remote write url to push metrics."))
        .arg(
            Arg::new("files")
                .help("The metric files to push, default is read from standard input.")
                .value_name("FILE")
                .num_args(0..),
        );
    Command::new("push")
        .about("Push to a Prometheus server.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(config_flag())
        .subcommand(metrics)
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (_metrics, args) = matches.subcommand().expect("the parser demands a command");
    let typed = text(args, "protobuf_message").unwrap_or_default();
    let Some(message) = Message::ALL.iter().copied().find(|message| message.as_str() == typed) else {
        bail!(
            "  FAILED: invalid protobuf message {typed:?}, must be prometheus.WriteRequest or io.prometheus.write.v2.Request"
        );
    };
    let server = Server::new(text(args, "remote-write-url").unwrap_or_default(), args)?;
    let labels = string_map(args, "label")?;
    let push = |body: &[u8]| push(&server, args, message, &labels, body);
    let names = texts(args, "files");
    if names.is_empty() {
        let mut body = Vec::new();
        io::stdin().lock().read_to_end(&mut body).context("  FAILED: cannot read standard input")?;
        writeln!(out, "Parsing standard input")?;
        push(&body).context("  FAILED")?;
        writeln!(out, "  SUCCESS: metrics pushed to remote write.")?;
        return Ok(Outcome::Passed);
    }
    let mut outcome = Outcome::Passed;
    for name in names {
        let read = std::fs::read(name).with_context(|| name.to_owned());
        if read.is_ok() {
            writeln!(out, "Parsing metrics file {name}")?;
        }
        match read.and_then(|body| push(&body)) {
            Ok(()) => writeln!(out, "  SUCCESS: metrics file {name} pushed to remote write.")?,
            Err(error) => {
                eprintln!("  FAILED: {error:#}");
                outcome = Outcome::Failed;
            }
        }
    }
    Ok(outcome)
}

/// Sends the samples of an exposition.
fn push(
    server: &Server,
    args: &ArgMatches,
    message: Message,
    extra: &BTreeMap<String, String>,
    body: &[u8],
) -> anyhow::Result<()> {
    let families = read(body, extra)?;
    let encoded = match message {
        Message::V1 => write_v1(&families),
        Message::V2 => write_v2(&families),
    };
    let compressed = remote::put::compress(&encoded)?;
    let (content_type, version) = match message {
        Message::V1 => ("application/x-protobuf", "0.1.0"),
        Message::V2 => ("application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0"),
    };
    let path = text(args, "remote-write.path").unwrap_or_default();
    // The whole address of the receiver is a good answer to "remote write url" as well.
    let path = if server.base().path().ends_with(path) { "" } else { path };
    let headers = [
        ("content-type", content_type),
        ("content-encoding", "snappy"),
        ("x-prometheus-remote-write-version", version),
    ];
    let timeout = args.get_one::<Duration>("timeout").copied().unwrap_or(Duration::from_secs(30));
    let answer = server.post_bytes(path, &headers, compressed, timeout)?;
    if !(200..300).contains(&answer.status) {
        bail!("server returned status {}: {}", answer.status, String::from_utf8_lossy(&answer.body).trim());
    }
    Ok(())
}

/// A metric family and its samples: labels, milliseconds, value.
#[derive(Debug, Default)]
struct Family {
    name: String,
    kind: MetricType,
    help: String,
    samples: Vec<(Labels, i64, f64)>,
}

/// Reads an exposition. Samples without a time get the present.
fn read(body: &[u8], extra: &BTreeMap<String, String>) -> anyhow::Result<Vec<Family>> {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64);
    let mut families: Vec<Family> = Vec::new();
    let mut reader = Reader::new(body, BodyFormat::Text, Options::default());
    while let Some(entry) = reader.next()? {
        match entry {
            Entry::Type { name, kind } => family(&mut families, name).kind = kind,
            Entry::Help { name, text } => family(&mut families, name).help = text.into_owned(),
            Entry::Unit { .. } => {}
            Entry::Sample { series, value, timestamp_ms, .. } => {
                let labels = with_extra(&series.labels()?, extra);
                let sample = (labels, timestamp_ms.unwrap_or(now_ms), value);
                if families.last().is_none_or(|last| !belongs(sample.0.name(), &last.name)) {
                    let name = sample.0.name().to_owned();
                    families.push(Family { name, ..Family::default() });
                }
                families.last_mut().expect("one was pushed").samples.push(sample);
            }
            Entry::Histogram { .. } => bail!("a native histogram in text"),
        }
    }
    families.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(families)
}

fn family<'a>(families: &'a mut Vec<Family>, name: &str) -> &'a mut Family {
    if families.last().is_none_or(|last| last.name != name) {
        families.push(Family { name: name.to_owned(), ..Family::default() });
    }
    families.last_mut().expect("one was pushed")
}

/// Tells whether a sample is one of a family: histograms and summaries have samples of longer names.
fn belongs(sample: &str, family: &str) -> bool {
    sample.strip_prefix(family).is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
}

/// The exposition's own labels count more than those of the command line.
fn with_extra(labels: &Labels, extra: &BTreeMap<String, String>) -> Labels {
    let mut builder = LabelsBuilder::new(Labels::from_pairs(extra));
    for (name, value) in labels {
        let value = match name {
            // Servers write these with a decimal point, promtool without.
            "le" | "quantile" => value.strip_suffix(".0").unwrap_or(value),
            _ => value,
        };
        builder.set(if name == JOB { EXPORTED_JOB } else { name }, value);
    }
    builder.labels()
}

/// The number of a type in both versions.
fn type_number(kind: MetricType) -> u64 {
    match kind {
        MetricType::Unknown => 0,
        MetricType::Counter => 1,
        MetricType::Gauge => 2,
        MetricType::Histogram => 3,
        MetricType::GaugeHistogram => 4,
        MetricType::Summary => 5,
        MetricType::Info => 6,
        MetricType::StateSet => 7,
    }
}

fn put_sample(out: &mut Vec<u8>, t: i64, v: f64) {
    put::message(out, 2, |out| {
        put::double(out, 1, v);
        put::int(out, 2, t);
    });
}

/// Encodes a `prometheus.WriteRequest`.
fn write_v1(families: &[Family]) -> Vec<u8> {
    let mut out = Vec::new();
    for (labels, t, v) in families.iter().flat_map(|family| &family.samples) {
        put::message(&mut out, 1, |out| {
            put::labels(out, 1, labels);
            put_sample(out, *t, *v);
        });
    }
    for family in families {
        put::message(&mut out, 3, |out| {
            put::uint(out, 1, type_number(family.kind));
            put::text(out, 2, &family.name);
            put::text(out, 4, &family.help);
        });
    }
    out
}

/// Encodes an `io.prometheus.write.v2.Request`: strings once, series by their numbers.
fn write_v2(families: &[Family]) -> Vec<u8> {
    let mut symbols = Symbols::default();
    symbols.number(""); // number 0, as the specification demands
    let mut series = Vec::new();
    for family in families {
        for (labels, t, v) in &family.samples {
            let numbers: Vec<u64> =
                labels.iter().flat_map(|(n, v)| [n, v]).map(|text| symbols.number(text)).collect();
            let help = symbols.number(&family.help);
            put::message(&mut series, 5, |out| {
                put::message(out, 1, |out| numbers.iter().for_each(|n| put::uvarint(out, *n)));
                put_sample(out, *t, *v);
                put::message(out, 5, |out| {
                    put::uint(out, 1, type_number(family.kind));
                    put::uint(out, 3, help);
                });
            });
        }
    }
    let mut out = Vec::new();
    symbols.in_order.iter().for_each(|symbol| put::bytes(&mut out, 4, symbol.as_bytes()));
    out.extend(series);
    out
}

/// Strings and their numbers.
#[derive(Default)]
struct Symbols {
    numbers: std::collections::HashMap<String, u64>,
    in_order: Vec<String>,
}

impl Symbols {
    fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.in_order.len() as u64;
        self.in_order.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "# HELP h A histogram.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1 5000\nh_bucket{le=\"+Inf\"} 2 5000\nh_sum 3 5000\nh_count 2 5000\n# TYPE a counter\na{job=\"x\",team=\"own\"} 7 5000\n";

    #[test]
    fn labels_are_put_together() {
        let extra: BTreeMap<String, String> =
            [("job", "promtool"), ("team", "ours")].map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        let families = read(BODY.as_bytes(), &extra).unwrap();
        let shown: Vec<String> =
            families.iter().flat_map(|f| &f.samples).map(|(l, t, v)| format!("{l} {v}@{t}")).collect();
        assert_eq!(
            shown,
            [
                r#"{__name__="a", exported_job="x", job="promtool", team="own"} 7@5000"#,
                r#"{__name__="h_bucket", job="promtool", le="1", team="ours"} 1@5000"#,
                r#"{__name__="h_bucket", job="promtool", le="+Inf", team="ours"} 2@5000"#,
                r#"{__name__="h_sum", job="promtool", team="ours"} 3@5000"#,
                r#"{__name__="h_count", job="promtool", team="ours"} 2@5000"#,
            ]
        );
        assert_eq!(families.len(), 2);
    }

    #[test]
    fn both_messages_are_what_a_receiver_reads() {
        use remote::receive::{Options, Receiver};
        let families = read(BODY.as_bytes(), &BTreeMap::new()).unwrap();
        for (message, body) in [(Message::V1, write_v1(&families)), (Message::V2, write_v2(&families))] {
            let storage = std::sync::Arc::new(storage::memory::MemoryStorage::default());
            let receiver = Receiver::new(storage, Options::default(), &telemetry::Registry::new());
            let compressed = remote::put::compress(&body).unwrap();
            let outcome = receiver.write(message, &compressed, 6000).unwrap();
            assert_eq!((outcome.written.samples, outcome.refused_count), (5, 0), "{outcome:?}");
        }
    }

    #[test]
    fn a_bad_exposition_is_not_sent() {
        assert!(read(b"a 1\nb{ 2\n", &BTreeMap::new()).is_err());
    }
}
