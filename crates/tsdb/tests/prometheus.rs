//! Prometheus itself is the referee: it opens what we wrote, and we open what it wrote.
//!
//! Needs the program `prometheus` (Debian: package `prometheus`); without it the tests fail.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use model::{Labels, Matcher};
use storage::{Appendable, Queryable, Samples, SelectRequest, TimeRange};
use tsdb::{Db, Options, WalCompression};

/// A multiple of two hours.
const START: i64 = 1_700_006_400_000;
const STEP: i64 = 30_000;

/// Series with their samples; values as bits.
type Contents = BTreeMap<Labels, Vec<(i64, u64)>>;

struct Prometheus {
    child: Child,
    port: u16,
}

impl Prometheus {
    fn start(dir: &Path, data: &Path) -> Prometheus {
        let config = dir.join("prometheus.yml");
        std::fs::write(&config, "global: {}\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--storage.tsdb.retention.time=100y")
            .arg("--web.enable-remote-write-receiver")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program `prometheus` must be installed (Debian: apt install prometheus)");
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "prometheus ended:\n{all}");
            all.push_str(&line);
            if line.contains("Server is ready to receive web requests") {
                break;
            }
        }
        assert!(!all.contains("level=error"), "prometheus complains:\n{all}");
        // The rest is read so that it never blocks on a full pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Prometheus { child, port }
    }

    fn request(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())
            .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    /// All raw samples, through a range selector that covers all of time.
    fn contents(&self, end: i64) -> Contents {
        let query = "%7Bjob%3D%22test%22%7D%5B1000d%5D";
        let path = format!("POST /api/v1/query?query={query}&time={} HTTP/1.0", end / 1000 + 1);
        let answer = self.request(&path, b"");
        let text = String::from_utf8(answer).unwrap();
        let json = &text[text.find("\r\n\r\n").unwrap() + 4..];
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let mut all = Contents::new();
        for series in json["data"]["result"].as_array().unwrap() {
            let pairs = series["metric"].as_object().unwrap().iter();
            let labels = Labels::from_pairs(pairs.map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())));
            let samples = series["values"].as_array().unwrap().iter().map(|pair| {
                let t = (pair[0].as_f64().unwrap() * 1000.0).round() as i64;
                (t, pair[1].as_str().unwrap().parse::<f64>().unwrap().to_bits())
            });
            all.insert(labels, samples.collect());
        }
        all
    }

    /// Sends samples by remote write 1.0.
    fn write(&self, contents: &Contents) {
        let mut request = Vec::new();
        for (labels, samples) in contents {
            let mut series = Vec::new();
            for (name, value) in labels {
                let mut label = Vec::new();
                field(&mut label, 1, name.as_bytes());
                field(&mut label, 2, value.as_bytes());
                field(&mut series, 1, &label);
            }
            for (t, v) in samples {
                let mut sample = vec![1 << 3 | 1];
                sample.extend_from_slice(&v.to_le_bytes());
                sample.push(2 << 3);
                tsdb::encoding::put_uvarint(&mut sample, *t as u64);
                field(&mut series, 2, &sample);
            }
            field(&mut request, 1, &series);
        }
        let body = snap::raw::Encoder::new().compress_vec(&request).unwrap();
        let head = "POST /api/v1/write HTTP/1.0\r\nContent-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0";
        let answer = String::from_utf8(self.request(head, &body)).unwrap();
        assert!(answer.lines().next().unwrap().contains("204"), "{answer}");
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order, so that it writes what it writes then.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

fn field(to: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    to.push(number << 3 | 2);
    tsdb::encoding::put_uvarint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn options(wal_compression: WalCompression) -> Options {
    Options { maintenance: false, retention_ms: 0, wal_compression, ..Options::default() }
}

fn all_of(db: &Db) -> Contents {
    let view = db.view(TimeRange::ALL).unwrap();
    let matchers = [Matcher::equal("job", "test")];
    let found = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    let mut all = Contents::new();
    for i in 0..found.len() {
        let mut out = Samples::default();
        found.read(i, TimeRange::ALL, &mut out).unwrap();
        all.insert(found.labels(i), out.t.into_iter().zip(out.v.iter().map(|v| v.to_bits())).collect());
    }
    all
}

/// Some series with constants, counters, jumps and infinities between two steps.
fn made(from: i64, to: i64) -> Contents {
    let labels = |i: i64| {
        let pairs = [("__name__", format!("metric_{}", i % 4)), ("job", "test".into()), ("i", i.to_string())];
        Labels::from_pairs(pairs)
    };
    let value = |i: i64, k: i64| match i % 5 {
        0 => i as f64,
        1 => (k * i) as f64,
        2 => (k * k % 1009) as f64 / 7.0,
        3 if k % 100 == 3 => f64::INFINITY,
        _linear => -0.5 * k as f64,
    };
    let samples = |i| (from..to).map(|k| (START + k * STEP + i, value(i, k).to_bits())).collect();
    (0..25).map(|i| (labels(i), samples(i))).collect()
}

fn put(db: &Db, contents: &Contents) {
    let length = contents.values().map(Vec::len).max().unwrap();
    for k in 0..length {
        let mut batch = db.appender();
        for (labels, samples) in contents {
            let series = batch.resolve(labels).unwrap();
            batch.sample(series, samples[k].0, f64::from_bits(samples[k].1)).unwrap();
        }
        batch.commit().unwrap();
    }
}

#[test]
fn prometheus_opens_what_we_wrote_and_gives_it_back() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    // Nine hours: blocks, closed chunks in files, open chunks in the log only, a checkpoint.
    let all = made(0, 9 * 120);
    let db = Db::open(&data, options(WalCompression::Snappy)).unwrap();
    put(&db, &made(0, 6 * 120));
    db.compact().unwrap();
    put(&db, &made(6 * 120, 9 * 120));
    db.compact().unwrap();
    assert!(!db.blocks().is_empty());
    db.close().unwrap();
    drop(db);
    let end = START + 10 * 120 * STEP;
    let prometheus = Prometheus::start(dir.path(), &data);
    assert_eq!(prometheus.contents(end), all);
    prometheus.stop();
    let db = Db::open(&data, options(WalCompression::Snappy)).unwrap();
    assert_eq!(db.stats().wal_corruptions_total, 0);
    assert_eq!(all_of(&db), all);
    // And on: it left a log, chunks and perhaps blocks of its own.
    put(&db, &made(9 * 120, 9 * 120 + 50));
    drop(db);
    let prometheus = Prometheus::start(dir.path(), &data);
    assert_eq!(prometheus.contents(end), made(0, 9 * 120 + 50));
    prometheus.kill();
}

#[test]
fn we_open_what_prometheus_wrote_and_left_by_kill() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let prometheus = Prometheus::start(dir.path(), &data);
    for k in (0..400).step_by(50) {
        prometheus.write(&made(k, k + 50));
    }
    prometheus.kill();
    let all = made(0, 400);
    for compression in [WalCompression::None, WalCompression::Snappy] {
        let db = Db::open(&data, options(compression)).unwrap();
        assert_eq!(all_of(&db), all);
        assert_eq!(db.stats().wal_corruptions_total, 0);
    }
    let prometheus = Prometheus::start(dir.path(), &data);
    assert_eq!(prometheus.contents(START + 500 * STEP), all);
    prometheus.kill();
}

#[test]
fn prometheus_reads_a_log_of_ours_that_was_torn() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let db = Db::open(&data, options(WalCompression::None)).unwrap();
    put(&db, &made(0, 100));
    std::mem::forget(db); // killed
    let db = Db::open(&data, Options { no_lockfile: true, ..options(WalCompression::Snappy) }).unwrap();
    put(&db, &made(100, 150));
    assert_eq!(all_of(&db), made(0, 150));
    drop(db);
    let log = data.join("wal/00000001");
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 3]).unwrap();
    let db = Db::open(&data, Options { no_lockfile: true, ..options(WalCompression::Snappy) }).unwrap();
    assert_eq!(all_of(&db), made(0, 149));
    drop(db);
    std::fs::remove_file(data.join("lock")).unwrap();
    let prometheus = Prometheus::start(dir.path(), &data);
    assert_eq!(prometheus.contents(START + 500 * STEP), made(0, 149));
    prometheus.kill();
}
