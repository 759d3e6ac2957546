//! Figures of the two stores, silences and notification log, under Alertmanager's names.
//!
//! A look takes well under a microsecond, less than asking the clock twice. So looks are counted where they happen, and their durations
//! are those of whole passes over the due groups, shared out among the looks of the pass.

use std::time::Duration;

use telemetry::{Counter, Gauge, Histogram, Registry, Summary};

/// Buckets of durations in seconds: the client library's defaults.
const DURATION_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What one store is called in names and in help.
struct Names {
    prefix: &'static str,
    /// `silence`, `notification log`.
    what: &'static str,
    maintained: &'static str,
    queries: &'static str,
    query_errors: &'static str,
    query_duration: &'static str,
}

const SILENCES: Names = Names {
    prefix: "alertmanager_silences",
    what: "silence",
    maintained: "silences",
    queries: "How many silence queries were received.",
    query_errors: "How many silence received queries did not succeed.",
    query_duration: "Duration of silence query evaluation.",
};

const LOG: Names = Names {
    prefix: "alertmanager_nflog",
    what: "notification log",
    maintained: "the notification log",
    queries: "Number of notification log queries were received.",
    query_errors: "Number notification log received queries that failed.",
    query_duration: "Duration of notification log query evaluation.",
};

/// Figures of one store.
#[derive(Clone, Debug)]
pub(in crate::run) struct Store {
    collected: Summary,
    written: Summary,
    size: Gauge,
    maintenances: Counter,
    maintenance_errors: Counter,
    queries: Counter,
    query_duration: Histogram,
    /// Messages of peers that are passed on.
    pub(in crate::run) propagated: Counter,
}

impl Store {
    fn new(registry: &Registry, names: &Names) -> Store {
        let Names { prefix, what, maintained, queries, query_errors, query_duration } = names;
        let name = |end: &str| format!("{prefix}_{end}");
        // Nothing that is kept in memory can fail to be found.
        registry.counter(&name("query_errors_total"), query_errors);
        Store {
            collected: registry.summary(
                &name("gc_duration_seconds"),
                &format!("Duration of the last {what} garbage collection cycle."),
                &[],
            ),
            written: registry.summary(
                &name("snapshot_duration_seconds"),
                &format!("Duration of the last {what} snapshot."),
                &[],
            ),
            size: registry
                .gauge(&name("snapshot_size_bytes"), &format!("Size of the last {what} snapshot in bytes.")),
            maintenances: registry.counter(
                &name("maintenance_total"),
                &format!("How many maintenances were executed for {maintained}."),
            ),
            maintenance_errors: registry.counter(
                &name("maintenance_errors_total"),
                &format!("How many maintenances were executed for {maintained} that failed."),
            ),
            queries: registry.counter(&name("queries_total"), queries),
            query_duration: registry.histogram(
                &name("query_duration_seconds"),
                query_duration,
                &DURATION_BUCKETS,
            ),
            propagated: registry.counter(
                &name("gossip_messages_propagated_total"),
                "Number of received gossip messages that have been further gossiped.",
            ),
        }
    }

    /// Counts a maintenance: how long forgetting and writing took, and how much was written, unless that failed.
    pub(in crate::run) fn maintained(&self, collected: Duration, written: Duration, bytes: Option<usize>) {
        self.maintenances.inc();
        self.collected.observe(collected.as_secs_f64());
        self.written.observe(written.as_secs_f64());
        match bytes {
            Some(bytes) => self.size.set(bytes as f64),
            None => self.maintenance_errors.inc(),
        }
    }

    /// Counts the looks of a pass that took so long.
    pub(in crate::run) fn asked(&self, looks: u64, took: Duration) {
        self.queries.inc_by(looks);
        let each = took.as_secs_f64() / looks.max(1) as f64;
        (0..looks).for_each(|_| self.query_duration.observe(each));
    }
}

/// Figures of both.
#[derive(Clone, Debug)]
pub(in crate::run) struct Stores {
    pub(in crate::run) silences: Store,
    pub(in crate::run) log: Store,
}

impl Stores {
    /// Registers all; `refused` is how many stored silences could not be used.
    pub(in crate::run) fn new(registry: &Registry, refused: usize) -> Stores {
        registry
            .counter("alertmanager_silences_gc_errors_total", "How many silence GC errors were encountered.");
        let compilations = registry.counter_family(
            "alertmanager_silences_matcher_compile_errors_total",
            "How many silence matcher compilations failed.",
            &["stage"],
        );
        compilations.with(&["index"]);
        compilations.with(&["load_snapshot"]).inc_by(refused as u64);
        Stores { silences: Store::new(registry, &SILENCES), log: Store::new(registry, &LOG) }
    }
}
