//! What each node of a plan touched and cost, for those who ask a query to explain itself.
//!
//! Without meters nothing is wrapped and nothing is timed. With them every vector is a source around the real one, which counts on
//! the way. Times are summed over threads and include the nodes below; nobody below a node runs outside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use storage::Samples;

use super::Work;
use super::labels::Head;
use super::source::{Series, Source, Vector, column_bytes, column_samples};
use super::tally::SAMPLE_BYTES;
use crate::column::Column;
use crate::engine::Clock;
use crate::error::QueryError;

/// What one node did so far.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Series it had to offer.
    pub series: AtomicU64,
    /// Samples decoded by a selector, values computed by anything else.
    pub samples: AtomicU64,
    /// What these took in memory, one series after another.
    pub bytes: AtomicU64,
    /// Times a result was taken from a cache.
    pub cache_hits: AtomicU64,
    /// Length of the buckets that some of the samples were stored in; 0 if all were stored as they came.
    pub resolution_ms: AtomicU64,
    nanos: AtomicU64,
}

impl Meter {
    /// Counts the samples of one series that were decoded, or taken from what was decoded for another selector.
    pub(crate) fn decoded(&self, samples: &Samples, known: bool) {
        if known {
            self.cache_hits.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let histograms: usize = samples.histograms.iter().map(|(_, h)| std::mem::size_of_val(h)).sum();
        let floats = samples.t.len() as u64;
        let bytes = floats * SAMPLE_BYTES + histograms as u64;
        self.add(floats + samples.histograms.len() as u64, bytes);
    }

    /// Series, samples, bytes and cache hits.
    pub(crate) fn counts(&self) -> (u64, u64, u64, u64) {
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        (read(&self.series), read(&self.samples), read(&self.bytes), read(&self.cache_hits))
    }

    /// Time spent, the nodes below included, over all threads.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    fn computed(&self, column: &Column) {
        self.add(column_samples(column), column_bytes(column));
    }

    fn add(&self, samples: u64, bytes: u64) {
        self.samples.fetch_add(samples, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The meters of a query's nodes, by their numbers.
pub(crate) struct Meters {
    nodes: Vec<Meter>,
    clock: Option<Arc<dyn Clock>>,
}

impl Meters {
    /// Meters for so many nodes.
    pub(crate) fn new(nodes: usize, clock: Option<Arc<dyn Clock>>) -> Meters {
        Meters { nodes: (0..nodes).map(|_| Meter::default()).collect(), clock }
    }

    /// The meter of a node.
    pub(crate) fn node(&self, id: usize) -> Option<&Meter> {
        self.nodes.get(id)
    }

    /// Times a piece of a node's work.
    pub(crate) fn time<T>(&self, id: usize, work: impl FnOnce() -> T) -> T {
        let (Some(clock), Some(meter)) = (&self.clock, self.node(id)) else { return work() };
        let started = clock.now();
        let done = work();
        let nanos = clock.now().saturating_sub(started).as_nanos() as u64;
        meter.nanos.fetch_add(nanos, Ordering::Relaxed);
        done
    }

    /// Has a vector counted and timed. Of a selector only what it decodes is counted, by itself.
    pub(crate) fn wrap<'a>(&'a self, id: usize, is_selector: bool, inner: Vector<'a>) -> Vector<'a> {
        let Some(meter) = self.node(id) else { return inner };
        meter.series.fetch_add(inner.len() as u64, Ordering::Relaxed);
        Box::new(Metered { id, is_selector, meter, meters: self, inner })
    }
}

struct Metered<'a> {
    id: usize,
    is_selector: bool,
    meter: &'a Meter,
    meters: &'a Meters,
    inner: Vector<'a>,
}

impl Source for Metered<'_> {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn head(&self, i: usize) -> Head {
        self.inner.head(i)
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        self.meters.time(self.id, || self.inner.column(i, work, out))?;
        if !self.is_selector {
            self.meter.computed(out);
        }
        Ok(())
    }

    fn distinct_without_name(&self) -> bool {
        self.inner.distinct_without_name()
    }

    fn weight(&self) -> usize {
        self.inner.weight()
    }

    fn take(&mut self) -> Option<Vec<Series>> {
        let series = self.inner.take()?;
        series.iter().for_each(|s| self.meter.computed(&s.column));
        Some(series)
    }
}
