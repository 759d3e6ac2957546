//! What both servers store: counters with resets, gauges with gaps, staleness, NaN and infinities, histograms, constants.

use crate::random::Random;

/// Time of the first scrape.
const START_MS: i64 = 1_795_131_000_000;
const SCRAPES: i64 = 200;
const INTERVAL_MS: i64 = 15_000;
/// Series that vanish are marked with this NaN.
const STALE: u64 = 0x7ff0_0000_0000_0002;

struct Series {
    labels: Vec<(&'static str, String)>,
    samples: Vec<(i64, f64)>,
}

/// Remote write 1.0 requests, compressed, in time order per series.
pub fn write_requests() -> Vec<Vec<u8>> {
    let mut body = Vec::new();
    for series in all_series().into_iter().chain(demo_series()) {
        bytes_field(1, &time_series(&series), &mut body);
    }
    vec![snap::raw::Encoder::new().compress_vec(&body).unwrap()]
}

fn all_series() -> Vec<Series> {
    let mut random = Random::new(7);
    let mut all = Vec::new();
    let mut t = 0;
    for job in ["api", "web"] {
        for instance in ["a:1", "b:1", "c:1"] {
            t += 1;
            let own = [("instance", instance.to_owned()), ("job", job.to_owned())];
            // A target is scraped at its own time within the interval; no query looks exactly there.
            let offset_ms = 1_500 * t + 511;
            let mut add =
                |name: &str, more: &[(&'static str, &str)], value: &mut dyn FnMut(i64) -> Option<f64>| {
                    all.push(series(name, &own, more, offset_ms, value));
                };
            for code in ["200", "404", "500"] {
                let mut total = 10_000.0 + random.unit() * 1e6;
                add("requests_total", &[("code", code)], &mut |k| {
                    total = if random.once_in(60) {
                        5_000.0 + random.unit()
                    } else {
                        total + (random.unit() * 40.0).floor()
                    };
                    (k % 37 != 5).then_some(total)
                });
            }
            for zone in ["north", "south"] {
                let mut value = 20.0;
                let missing_from = random.below(400) as i64;
                add("temperature", &[("zone", zone)], &mut |k| {
                    value += random.unit() * 4.0 - 2.0;
                    match k - missing_from {
                        0 => Some(f64::from_bits(STALE)),
                        1..=35 => None,
                        _ => Some(value),
                    }
                });
            }
            let mut counts = [0.0; 5];
            for (i, le) in ["0.1", "0.5", "1", "5", "+Inf"].into_iter().enumerate() {
                counts[i] = 1_000.0 * (i + 1) as f64;
                let mut total = counts[i];
                add("latency_seconds_bucket", &[("le", le)], &mut |_| {
                    total += (i + 1) as f64 * 3.0 + (random.unit() * 2.0).floor();
                    Some(total)
                });
            }
            add("build_info", &[("version", if t % 2 == 0 { "1.0" } else { "2.0" })], &mut |_| Some(1.0));
            add("odd", &[], &mut |_| {
                Some(match random.below(8) {
                    0 => f64::NAN,
                    1 => f64::INFINITY,
                    2 => f64::NEG_INFINITY,
                    3 => 0.0,
                    _ => (random.unit() * 9.0).floor() - 4.0,
                })
            });
            add("born_seconds", &[], &mut |k| Some((START_MS / 1000 - 86_400 * t) as f64 + k as f64));
        }
    }
    all
}

/// What the compliance tester asks for: the metrics of its demo service.
fn demo_series() -> Vec<Series> {
    let mut random = Random::new(11);
    let mut all = Vec::new();
    for (t, instance) in
        ["demo.promlabs.com:10000", "demo.promlabs.com:10001", "demo.promlabs.com:10002"].iter().enumerate()
    {
        let own = [("instance", (*instance).to_owned()), ("job", "demo".to_owned())];
        let offset_ms = 1_300 * t as i64 + 733;
        let mut add =
            |name: &str, more: &[(&'static str, &str)], value: &mut dyn FnMut(i64) -> Option<f64>| {
                all.push(series(name, &own, more, offset_ms, value));
            };
        for kind in ["used", "free", "cached", "buffers"] {
            let mut bytes = 1e9 + random.unit() * 1e9;
            add("demo_memory_usage_bytes", &[("type", kind)], &mut |_| {
                bytes += (random.unit() * 2e6 - 1e6).floor();
                Some(bytes.floor())
            });
        }
        for mode in ["user", "system", "idle"] {
            let mut total = 5e4 + random.unit() * 1e4;
            add("demo_cpu_usage_seconds_total", &[("mode", mode)], &mut |_| {
                total = if random.once_in(70) { 2e4 + random.unit() } else { total + random.unit() * 15.0 };
                Some(total)
            });
        }
        for (i, le) in ["0.01", "0.1", "1", "+Inf"].into_iter().enumerate() {
            let mut total = 2_000.0 * (i + 1) as f64;
            add("demo_api_request_duration_seconds_bucket", &[("le", le), ("path", "/api")], &mut |_| {
                total += (i + 1) as f64 * 4.0 + (random.unit() * 3.0).floor();
                Some(total)
            });
        }
        let mut total = 9_000.0;
        add("demo_api_request_duration_seconds_count", &[("path", "/api")], &mut |_| {
            total += 9.0;
            Some(total)
        });
        let mut disk = 4e10;
        add("demo_disk_usage_bytes", &[], &mut |_| {
            disk += (random.unit() * 1e5).floor();
            Some(disk)
        });
        add("demo_num_cpus", &[], &mut |_| Some(4.0));
        add("demo_batch_last_success_timestamp_seconds", &[], &mut |k| {
            Some((START_MS / 1000 + k / 8 * 120 - 30) as f64)
        });
        add("demo_intermittent_metric", &[], &mut |k| match k % 40 {
            20 => Some(f64::from_bits(STALE)),
            21..=39 => None,
            _ => Some(k as f64),
        });
    }
    all
}

fn series(
    name: &str,
    own: &[(&'static str, String)],
    more: &[(&'static str, &str)],
    offset_ms: i64,
    value: &mut dyn FnMut(i64) -> Option<f64>,
) -> Series {
    let mut labels = vec![("__name__", name.to_owned())];
    labels.extend(own.iter().cloned());
    labels.extend(more.iter().map(|(n, v)| (*n, (*v).to_owned())));
    labels.sort();
    let samples =
        (0..SCRAPES).filter_map(|k| Some((START_MS + offset_ms + k * INTERVAL_MS, value(k)?))).collect();
    Series { labels, samples }
}

fn time_series(series: &Series) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in &series.labels {
        let mut label = Vec::new();
        bytes_field(1, name.as_bytes(), &mut label);
        bytes_field(2, value.as_bytes(), &mut label);
        bytes_field(1, &label, &mut out);
    }
    for (t, v) in &series.samples {
        // Field 1, eight bytes: the value. Field 2, a varint: the time.
        let mut sample = vec![1 << 3 | 1];
        sample.extend_from_slice(&v.to_le_bytes());
        sample.push(2 << 3);
        varint(*t as u64, &mut sample);
        bytes_field(2, &sample, &mut out);
    }
    out
}

fn bytes_field(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn varint(mut v: u64, out: &mut Vec<u8>) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}
