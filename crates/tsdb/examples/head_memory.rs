//! Measures what a series of the head takes: `cargo run --release -p tsdb --example head_memory -- SERIES HOURS`.
//!
//! Twelve labels a series, a sample every 15 seconds, resident memory before and after each hour.

use model::Labels;
use storage::{Appendable, SeriesRef};
use tsdb::{Db, Options};

const LABELS: usize = 12;
/// Series of one target.
const SCRAPE: usize = 1000;

fn labels(i: usize) -> Labels {
    let mut pairs = vec![("__name__".to_owned(), format!("http_requests_total_{}", i % 100))];
    pairs.push(("instance".to_owned(), format!("10.0.0.{}:9100", i / SCRAPE)));
    pairs.push(("path".to_owned(), format!("/api/v1/resource/{}", i % SCRAPE)));
    pairs.extend((3..LABELS).map(|l| (format!("label_{l}"), format!("value_{}", i % (l * 7)))));
    Labels::from_pairs(pairs)
}

/// Resident and anonymous memory, in bytes.
fn resident() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name)).unwrap_or("");
        line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
    };
    (field("VmRSS:"), field("RssAnon:"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument =
        |n: usize, default: usize| std::env::args().nth(n).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (series, hours) = (argument(1, 200_000), argument(2, 2));
    let dir = tempfile::tempdir()?;
    let db = Db::open(dir.path(), Options { maintenance: false, ..Options::default() })?;
    let before = resident();
    let started = std::time::Instant::now();
    let mut refs: Vec<SeriesRef> = Vec::with_capacity(series);
    for first in (0..series).step_by(SCRAPE) {
        let mut batch = db.appender();
        for i in first..series.min(first + SCRAPE) {
            refs.push(batch.resolve(&labels(i))?);
        }
        batch.commit()?;
    }
    report("created", series, before, started.elapsed());
    let mut t = 1_700_000_000_000 / 7_200_000 * 7_200_000;
    for hour in 1..=hours {
        let started = std::time::Instant::now();
        for step in 0..240 {
            for (target, refs) in refs.chunks(SCRAPE).enumerate() {
                let mut batch = db.appender();
                for (k, series) in refs.iter().enumerate() {
                    // A mix: a third constant, a third counters, a third noisy.
                    let v = match k % 3 {
                        0 => k as f64,
                        1 => (step * (k + 1) * hour) as f64,
                        _noisy => ((step * 7919 + k * 104_729 + target) % 1000) as f64 / 8.0,
                    };
                    batch.sample(*series, t, v)?;
                }
                batch.commit()?;
            }
            t += 15_000;
            if step % 4 == 3 {
                db.compact()?;
            }
        }
        report(&format!("after hour {hour}"), series, before, started.elapsed());
    }
    let stats = db.stats();
    println!("chunks {} chunks_head {} MiB", stats.head_chunks, stats.head_chunks_bytes >> 20);
    Ok(())
}

fn report(what: &str, series: usize, before: (f64, f64), took: std::time::Duration) {
    let now = resident();
    let per = |a: f64, b: f64| (a - b) / series as f64;
    println!(
        "{what}: {took:.1?}, resident {:.0} MiB, {:.0} B/series, of that anonymous {:.0} B/series",
        now.0 / 1048576.0,
        per(now.0, before.0),
        per(now.1, before.1)
    );
}
