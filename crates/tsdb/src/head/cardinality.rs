//! Where the head's series come from.

use model::labels::METRIC_NAME;

use super::Head;
use super::postings::Values;
use crate::db::{Cardinality, NamedCount};

impl Head {
    /// Returns the `limit` largest of each kind. Cost: a pass over all label pairs, one name at a time.
    pub fn cardinality(&self, limit: usize) -> Cardinality {
        let metric_name = self.symbols.read().find(METRIC_NAME);
        let names: Vec<u32> = self.postings.read().names().collect();
        let mut metrics = Largest::new(limit);
        let mut values = Largest::new(limit);
        let mut bytes = Largest::new(limit);
        let mut pairs = Largest::new(limit);
        for name in names {
            let counts = self.postings.read().values(name).map(Values::counts).unwrap_or_default();
            let symbols = self.symbols.read();
            let (mut name_values, mut name_bytes) = (0, 0);
            for (value, series) in counts {
                let series = series as u64;
                name_values += 1;
                name_bytes += symbols.get(value).len() as u64 * series;
                pairs.offer(series, (name, value));
                if Some(name) == metric_name {
                    metrics.offer(series, (name, value));
                }
            }
            values.offer(name_values, (name, name));
            bytes.offer(name_bytes, (name, name));
        }
        let label_pairs = self.postings.read().pairs() as u64;
        let symbols = self.symbols.read();
        let name = |(name, _): (u32, u32)| symbols.get(name).to_owned();
        Cardinality {
            series: self.series(),
            label_pairs,
            chunks: self.chunks(),
            min_time_ms: self.min_t(),
            max_time_ms: self.max_t(),
            series_by_metric: metrics.finish(|(_, value)| symbols.get(value).to_owned()),
            values_by_label: values.finish(name),
            bytes_by_label: bytes.finish(name),
            series_by_pair: pairs
                .finish(|(name, value)| format!("{}={}", symbols.get(name), symbols.get(value))),
        }
    }
}

/// The largest few of many counts.
struct Largest {
    limit: usize,
    found: Vec<(u64, (u32, u32))>,
}

impl Largest {
    fn new(limit: usize) -> Largest {
        Largest { limit, found: Vec::new() }
    }

    fn offer(&mut self, count: u64, what: (u32, u32)) {
        self.found.push((count, what));
        if self.found.len() >= 2 * self.limit + 64 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        self.found.truncate(self.limit);
    }

    fn finish(mut self, name: impl Fn((u32, u32)) -> String) -> Vec<NamedCount> {
        self.cut();
        self.found.into_iter().map(|(value, what)| NamedCount { name: name(what), value }).collect()
    }
}
