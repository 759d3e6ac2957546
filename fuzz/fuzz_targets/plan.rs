//! Any text as a query over a little data: no panic, no hang, bounds kept, and the same result whether the plan is rewritten or not.
#![no_main]

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use model::Labels;
use model::histogram::{FloatHistogram, HistogramValue, Span};
use promql::{Clock, Engine, EngineOptions, ParseOptions, QueryError, QueryOptions, QueryResult, Value, parse};
use storage::memory::MemoryStorage;
use storage::{Appendable, Queryable};

const SAMPLES_MAX: u64 = 20_000;
const MEMORY_MAX: u64 = 16 << 20;

struct Real(Instant);

impl Clock for Real {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

fn data() -> Arc<dyn Queryable> {
    static DATA: OnceLock<Arc<MemoryStorage>> = OnceLock::new();
    let data = DATA.get_or_init(|| {
        let storage = MemoryStorage::new();
        let mut batch = storage.appender();
        for (s, name) in ["a", "b", "c_total", "d_bucket", "h"].into_iter().cycle().take(20).enumerate() {
            let le = ["0.1", "1", "+Inf", "x"][s % 4];
            let pairs = [("__name__", name), ("job", ["x", "y"][s % 2]), ("le", le), ("n", ["0", "1", "2"][s % 3])];
            let Ok(series) = batch.resolve(&Labels::from_pairs(pairs)) else { continue };
            for i in (0..60).filter(|i| (i + s) % 17 != 3) {
                let (t, v) = (i as i64 * 15_000, ((i * (s + 1)) % 29) as f64 / if i % 23 == 5 { 0.0 } else { 3.0 });
                if name == "h" {
                    let h = FloatHistogram {
                        schema: (s % 3) as i32,
                        count: 3.0 * i as f64,
                        sum: v,
                        positive_spans: vec![Span { offset: 0, length: 2 }],
                        positive_buckets: vec![i as f64, 2.0 * i as f64],
                        ..FloatHistogram::default()
                    };
                    batch.histogram(series, t, HistogramValue::Float(h)).expect("samples are in order");
                } else {
                    batch.sample(series, t, v).expect("samples are in order");
                }
            }
        }
        batch.commit().expect("memory takes everything");
        Arc::new(storage)
    });
    data.clone()
}

/// What can be compared of a result: absent slots hold anything.
fn shown(result: &QueryResult) -> String {
    match &result.value {
        Value::Matrix(series) => series
            .iter()
            .map(|s| {
                let floats: Vec<_> = s.points.floats().map(|(t, v)| (t, v.to_bits())).collect();
                let histograms: Vec<_> = s.points.histograms().collect();
                format!("{} {floats:?} {histograms:?}\n", s.labels)
            })
            .collect(),
        other => format!("{other:?}"),
    }
}

fuzz_target!(|text: &str| {
    let Ok(expr) = parse(text, &ParseOptions::ALL) else { return };
    let run = |optimise, range: bool| -> Result<QueryResult, QueryError> {
        let engine = Engine::new(EngineOptions {
            max_samples: SAMPLES_MAX,
            max_memory: MEMORY_MAX,
            timeout: Duration::from_secs(2),
            optimise,
            ..EngineOptions::default()
        });
        let started = Instant::now();
        let options = QueryOptions {
            text: Arc::from(text),
            clock: Some(Arc::new(Real(started))),
            explain: optimise,
            ..QueryOptions::default()
        };
        let result = match range {
            true => engine.range(data(), &expr, 300_000, 900_000, 15_000, &options),
            false => engine.instant(data(), &expr, 600_000, &options),
        };
        assert!(started.elapsed() < Duration::from_secs(10), "the timeout is kept");
        if let Ok(result) = &result {
            assert!(result.stats.samples.peak <= SAMPLES_MAX && result.stats.samples.peak_bytes <= MEMORY_MAX);
        }
        result
    };
    for range in [false, true] {
        if let (Ok(plain), Ok(optimised)) = (run(false, range), run(true, range)) {
            assert_eq!(shown(&plain), shown(&optimised));
        }
    }
});
