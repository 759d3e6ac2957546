//! Peak memory of `sum by (job) (rate(m[5m]))` over a day at 60 s, by the number of series: it should not grow with them.
//!
//! `cargo run --release -p promql --example peak_memory -- 1000 10000 100000` runs one process per number. Samples are made when they
//! are read (every 15 s, 5,760 a series), so that the engine's memory is all there is.

#[path = "../benches/fixed/mod.rs"]
mod fixed;

use std::process::Command;
use std::time::Instant;

use fixed::Fixed;
use model::Labels;
use promql::{Engine, EngineOptions, ParseOptions, QueryOptions, parse};
use storage::{Samples, SelectError, SeriesSet, TimeRange};

const STEP_MS: i64 = 15_000;
const DAY_MS: i64 = 24 * 3600 * 1000;
const QUERIES: [&str; 4] = [
    "sum by (job) (rate(m[5m]))",
    "sum by (job) (rate(m[5m]) / rate(m[1h]))",
    "histogram_quantile(0.9, sum by (le) (rate(m[5m])))",
    "topk(5, rate(m[5m]))",
];

#[derive(Clone, Copy)]
struct Generated(usize);

impl SeriesSet for Generated {
    fn len(&self) -> usize {
        self.0
    }
    fn labels(&self, i: usize) -> Labels {
        fixed::labels("m", i)
    }
    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let first = range.min_ms.max(0).div_euclid(STEP_MS);
        let mut v = (i % 97) as f64;
        for t in (first..).map(|k| k * STEP_MS).take_while(|t| *t <= range.max_ms.min(DAY_MS)) {
            v += ((t / STEP_MS + i as i64) % 13) as f64;
            if t >= range.min_ms {
                out.push(t, v);
            }
        }
        Ok(())
    }
}

impl Fixed for Generated {}

/// The most memory that this process ever had, as Linux tells it.
fn peak_kib() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("unknown");
    line.trim().to_owned()
}

fn run(series: usize, query: &str) {
    let expr = parse(query, &ParseOptions::default()).expect("the query is valid");
    let engine = Engine::new(EngineOptions { threads: 2, ..EngineOptions::default() });
    let started = Instant::now();
    let data = fixed::storage(Generated(series));
    match engine.range(data, &expr, 0, DAY_MS, 60_000, &QueryOptions::default()) {
        Ok(result) => println!(
            "{series:>8} series  {:>8.2} s  peak {:>10} resident, {:>9} bytes accounted  {query}",
            started.elapsed().as_secs_f64(),
            peak_kib(),
            result.stats.samples.peak_bytes,
        ),
        Err(e) => println!("{series:>8} series  {query}: {e}"),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, series, query] = &args[..]
        && flag == "--one"
    {
        return run(series.parse().expect("a number of series"), query);
    }
    let own = std::env::current_exe().expect("the program has a path");
    let default = ["1000".to_owned(), "10000".to_owned(), "100000".to_owned()];
    let counts = if args.is_empty() { &default[..] } else { &args[..] };
    for query in QUERIES {
        for series in counts {
            // A process of its own, so that peaks do not mix.
            let status = Command::new(&own).args(["--one", series, query]).status();
            assert!(status.is_ok_and(|s| s.success()), "{series} series: {query}");
        }
    }
}
