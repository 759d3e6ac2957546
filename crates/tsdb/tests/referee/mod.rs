//! Debian's Prometheus, driven over HTTP, and what it and we hold.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use model::{Labels, Matcher};
use storage::{Queryable, Samples, SelectRequest, TimeRange};
use tsdb::Db;

/// A multiple of two hours.
pub const START: i64 = 1_700_006_400_000;
/// Between two samples.
pub const STEP: i64 = 30_000;

/// Series with their samples; values as bits.
pub type Contents = BTreeMap<Labels, Vec<(i64, u64)>>;

/// The running program.
pub struct Prometheus {
    child: Child,
    port: u16,
}

impl Prometheus {
    /// Starts it with this configuration and waits until it is ready.
    pub fn start(dir: &Path, data: &Path, settings: &str) -> Prometheus {
        let config = dir.join("prometheus.yml");
        std::fs::write(&config, settings).unwrap();
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
    pub fn contents(&self, end: i64) -> Contents {
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
    pub fn write(&self, contents: &Contents) {
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

    /// Ends it at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order, so that it writes what it writes then.
    pub fn stop(mut self) {
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

/// All raw samples of ours.
pub fn all_of(db: &Db) -> Contents {
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
