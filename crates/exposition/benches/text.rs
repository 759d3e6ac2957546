//! How fast text bodies are read.
//!
//! `known` is what happens in nearly every scrape: all series were there the last time, in the same order, and the
//! caller tells them by a hash. `next` is the full reading with validation; `labels` builds the label sets too, as the
//! first scrape of a target does.
//!
//! What bounds `known`: per line one search for the line feed, one backwards for the brace, the hash, and a number whose
//! digits are read one by one; with lines of about 100 bytes that is some 25 ns, so short lines cost more per byte than
//! long ones. What bounds `next`: each quoted value is searched and checked for UTF-8 on its own, about 5 ns per label.

#![allow(clippy::unwrap_used, reason = "a bench that cannot make its input must stop")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exposition::{BodyFormat, Entry, Options, Reader};

/// A host's metrics: short lines, few labels, large numbers.
fn node_body() -> String {
    let mut body = String::new();
    let modes = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"];
    body.push_str("# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.\n# TYPE node_cpu_seconds_total counter\n");
    for cpu in 0..64 {
        for (i, mode) in modes.iter().enumerate() {
            writeln!(
                body,
                "node_cpu_seconds_total{{cpu=\"{cpu}\",mode=\"{mode}\"}} {}.{:02}",
                12_345 * (i + 1) + cpu,
                cpu
            )
            .unwrap();
        }
    }
    for name in
        ["MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "SwapTotal", "Active", "Inactive"]
    {
        writeln!(body, "# HELP node_memory_{name}_bytes Memory information field {name}_bytes.\n# TYPE node_memory_{name}_bytes gauge").unwrap();
        writeln!(body, "node_memory_{name}_bytes 1.6{}e+10", name.len() * 1_234_567).unwrap();
    }
    for metric in ["receive_bytes", "transmit_bytes", "receive_packets", "transmit_packets", "receive_errs"] {
        writeln!(body, "# HELP node_network_{metric}_total Network device statistic {metric}.\n# TYPE node_network_{metric}_total counter").unwrap();
        for device in 0..40 {
            writeln!(
                body,
                "node_network_{metric}_total{{device=\"veth{device:08x}\"}} {}",
                1_000_003u64 * (device + 1)
            )
            .unwrap();
        }
    }
    body
}

/// A cluster's metrics: long lines, many labels, mostly 0 and 1.
fn kube_body() -> String {
    let mut body = String::new();
    for metric in [
        "kube_pod_info",
        "kube_pod_status_phase",
        "kube_pod_container_status_ready",
        "kube_pod_owner",
        "kube_pod_created",
    ] {
        writeln!(body, "# HELP {metric} [STABLE] Information about pod.\n# TYPE {metric} gauge").unwrap();
        for pod in 0..2000u64 {
            let hash = pod.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            writeln!(
                body,
                "{metric}{{namespace=\"team-{}\",pod=\"checkout-{:08x}-{:05x}\",uid=\"{hash:016x}-4c1a-9d3f\",container=\"app\",node=\"ip-10-0-{}-{}.internal\"}} {}",
                pod % 40, hash >> 32, hash & 0xfffff, pod % 64, pod % 200, if metric.ends_with("created") { "1.795217901e+09" } else { "1" },
            )
            .unwrap();
        }
    }
    body
}

fn keys_of(body: &str) -> Vec<u128> {
    let mut reader = Reader::new(body.as_bytes(), BodyFormat::Text, Options::default());
    let mut keys = Vec::new();
    while let Some(entry) = reader.next().unwrap() {
        if let Entry::Sample { series, .. } = entry {
            keys.push(hash(series.key()));
        }
    }
    keys
}

fn hash(key: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(key)
}

fn read(c: &mut Criterion) {
    for (name, body) in [("node", node_body()), ("kube", kube_body())] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        let keys = keys_of(&body);
        group.bench_function("known", |b| {
            b.iter(|| {
                let mut reader =
                    Reader::new(black_box(body.as_bytes()), BodyFormat::Text, Options::default());
                let (mut sum, mut at) = (0.0, 0);
                loop {
                    while let Some(sample) = reader.take_known(|key| keys.get(at) == Some(&hash(key))) {
                        sum += sample.value;
                        at += 1;
                    }
                    if reader.next().unwrap().is_none() {
                        break;
                    }
                }
                assert_eq!(at, keys.len());
                sum
            });
        });
        group.bench_function("next", |b| {
            b.iter(|| {
                let mut reader =
                    Reader::new(black_box(body.as_bytes()), BodyFormat::Text, Options::default());
                let mut sum = 0.0;
                while let Some(entry) = reader.next().unwrap() {
                    if let Entry::Sample { value, .. } = entry {
                        sum += value;
                    }
                }
                sum
            });
        });
        group.bench_function("labels", |b| {
            b.iter(|| {
                let mut reader =
                    Reader::new(black_box(body.as_bytes()), BodyFormat::Text, Options::default());
                let mut bytes = 0;
                while let Some(entry) = reader.next().unwrap() {
                    if let Entry::Sample { series, .. } = entry {
                        bytes += series.labels().unwrap().heap_bytes();
                    }
                }
                bytes
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(300)).measurement_time(std::time::Duration::from_secs(1)).sample_size(20);
    targets = read
}
criterion_main!(benches);
