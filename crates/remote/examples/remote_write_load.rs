//! Fills a server with many series over remote write 1.0: `remote_write_load ADDRESS SERIES SAMPLES [SENDERS]`.
//!
//! `cargo run --release -p remote --example remote_write_load -- 127.0.0.1:9090 1000000 240 2` is the hour of a million series
//! of docs/PERFORMANCE.md. Twelve labels a series, 400 series a pod, a sample every 15 seconds; a third of the values stand
//! still, a third count, a third are noise. A request has ten samples of each of 200 series of one pod, so that one process
//! that sends is cheap beside any server. Prints what was sent, and what sending cost.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// End of the data: 2026-11-20 00:00 UTC, as in the bench harness.
const END_MS: u64 = 1_795_132_800_000;
const STEP_MS: u64 = 15_000;
const SERIES_A_POD: usize = 400;
const SERIES_A_REQUEST: usize = 200;
const SAMPLES_A_SERIES: u64 = 10;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn varint(mut v: u64, out: &mut Vec<u8>) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

fn field(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// The labels of series `i` as the protobuf fields of a time series, sorted by name.
fn labels(i: usize) -> Vec<u8> {
    let (pod, k) = (i / SERIES_A_POD, i % SERIES_A_POD);
    let app = pod % 40;
    let node = pod / 25;
    let hash = (pod as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 28;
    let pairs = [
        ("__name__", format!("app_requests_{}_total", k / 4)),
        ("cluster", "production".to_owned()),
        ("code", ["200", "404", "500", "503"][k % 4].to_owned()),
        ("container", format!("app-{app}")),
        ("env", "live".to_owned()),
        ("instance", format!("10.{}.{}.{}:8080", node / 250, node % 250, pod % 250)),
        ("job", format!("app-{app}")),
        ("method", ["GET", "POST"][k / 4 % 2].to_owned()),
        ("namespace", format!("team-{}", app % 10)),
        ("node", format!("node-{node:04}")),
        ("pod", format!("app-{app}-{hash:09x}-{pod:05x}")),
        ("region", ["kr1", "kr2"][node % 2].to_owned()),
    ];
    let mut out = Vec::new();
    for (name, value) in pairs {
        let mut label = Vec::new();
        field(0x0a, name.as_bytes(), &mut label);
        field(0x12, value.as_bytes(), &mut label);
        field(0x0a, &label, &mut out);
    }
    out
}

fn value(i: usize, step: u64) -> f64 {
    match i % 3 {
        0 => i as f64,
        1 => (step * (i as u64 % 1000 + 1)) as f64,
        _noise => ((step * 7919 + i as u64 * 104_729) % 1000) as f64 / 8.0,
    }
}

fn time_series(labels: &[u8], i: usize, steps: std::ops::Range<u64>, start_ms: u64, out: &mut Vec<u8>) {
    let mut body = labels.to_vec();
    for step in steps {
        let mut sample = vec![0x09];
        sample.extend_from_slice(&value(i, step).to_le_bytes());
        sample.push(0x10);
        varint(start_ms + step * STEP_MS, &mut sample);
        field(0x12, &sample, &mut body);
    }
    field(0x0a, &body, out);
}

struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn new(address: &str) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Connection { address: address.to_owned(), stream: BufReader::new(stream) })
    }

    fn post(&mut self, body: &[u8]) -> Result<(), Failure> {
        let head = format!(
            "POST /api/v1/write HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n\
             X-Prometheus-Remote-Write-Version: 0.1.0\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        let (mut status, mut length) = (String::new(), 0);
        self.stream.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(n) = line.strip_prefix("content-length:") {
                length = n.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        if status.split(' ').nth(1).is_some_and(|code| code.starts_with('2')) {
            return Ok(());
        }
        Err(format!("{}: {}", status.trim_end(), String::from_utf8_lossy(&answer)).into())
    }
}

fn send(
    address: &str,
    series: std::ops::Range<usize>,
    samples: u64,
    pace: &std::sync::Barrier,
) -> Result<(), Failure> {
    let mut connection = Connection::new(address)?;
    let start_ms = END_MS - samples * STEP_MS;
    let known: Vec<Vec<u8>> = series.clone().map(labels).collect();
    let (mut body, mut snappy) = (Vec::new(), snap::raw::Encoder::new());
    for first in (0..samples).step_by(SAMPLES_A_SERIES as usize) {
        pace.wait();
        let steps = first..samples.min(first + SAMPLES_A_SERIES);
        for (n, some) in known.chunks(SERIES_A_REQUEST).enumerate() {
            body.clear();
            for (k, labels) in some.iter().enumerate() {
                let i = series.start + n * SERIES_A_REQUEST + k;
                time_series(labels, i, steps.clone(), start_ms, &mut body);
            }
            connection.post(&snappy.compress_vec(&body)?)?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, series, samples, rest @ ..] = &arguments[..] else {
        return Err("arguments: ADDRESS SERIES SAMPLES [SENDERS]".into());
    };
    let (series, samples): (usize, u64) = (series.parse()?, samples.parse()?);
    let senders: usize = rest.first().map_or(Ok(2), |n| n.parse())?;
    let began = Instant::now();
    let each = series.div_ceil(senders);
    let pace = std::sync::Barrier::new(senders);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..senders)
            .map(|n| (n * each).min(series)..((n + 1) * each).min(series))
            .map(|part| scope.spawn(|| send(address, part, samples, &pace)))
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a sender ended in a panic")?)
    })?;
    println!("{} samples in {:.1} s", series as u64 * samples, began.elapsed().as_secs_f64());
    Ok(())
}
