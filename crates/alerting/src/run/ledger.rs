//! The ledger beside the state machine: a thread of its own writes, so that no decision waits for a disk.
//!
//! What cannot be queued, because the disk does not keep up, is counted and left out: alerts go before their history.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use telemetry::{Counter, Gauge, Registry};
use tokio_util::sync::CancellationToken;

use super::Alertmanager;
use super::steps::{Step, reached};
use crate::ledger::entry::{Entry, entries};
use crate::ledger::store::{Found, search};
use crate::ledger::{Event, Novelty, Query, Store, StoreError};
use crate::manager::{Decision, What};

/// Batches that may wait to be written.
const QUEUE: usize = 4096;
/// Decisions that are kept where there is no ledger; older ones are dropped.
const DECISIONS_MAX: usize = 1_000;
/// How often segments are looked at that are too old or too many.
const PRUNE_EVERY: Duration = Duration::from_secs(60);
/// How long a message waits until the ledger holds that it was begun.
const HISTORY_WAIT: Duration = Duration::from_secs(1);
/// How long anybody waits for what is still queued.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long and how much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerOptions {
    /// Entries are kept for so long.
    pub retention: SignedDuration,
    /// And as long as all take no more bytes than this.
    pub bytes_max: u64,
}

enum Job {
    Decisions(Vec<Decision>),
    Entries(Vec<Entry>),
    /// Answered when everything before is written.
    Flush(SyncSender<()>),
    /// Cancelled when everything before is written.
    Mark(CancellationToken),
}

/// Tells when decisions are written. Clones tell of the same ones.
#[derive(Clone, Debug)]
pub(super) struct History(Option<CancellationToken>);

impl History {
    /// Waits until they are, but not for a disk that hangs: people are told in any case.
    pub(super) async fn written(&self) {
        if let Some(mark) = &self.0 {
            // After that it is late enough.
            tokio::time::timeout(HISTORY_WAIT, mark.cancelled()).await.ok();
        }
    }
}

/// The ledger of an Alertmanager that runs.
#[derive(Debug)]
pub struct Ledger {
    queue: Option<SyncSender<Job>>,
    store: Arc<Mutex<Option<Store>>>,
    thread: Option<JoinHandle<()>>,
    dropped: Counter,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Job::Decisions(_) => "Decisions",
            Job::Entries(_) => "Entries",
            Job::Flush(_) => "Flush",
            Job::Mark(_) => "Mark",
        })
    }
}

impl Ledger {
    /// Starts the thread, which opens the store in `dir`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(dir: PathBuf, options: LedgerOptions, registry: &Registry) -> std::io::Result<Ledger> {
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let store: Arc<Mutex<Option<Store>>> = Arc::default();
        let counter = |name, help| registry.counter(name, help);
        let writer = Writer {
            store: Arc::clone(&store),
            novelty: Novelty::default(),
            written: counter(
                "bongsu_alerts_ledger_entries_total",
                "Entries written to the ledger of alerts.",
            ),
            failures: counter(
                "bongsu_alerts_ledger_write_failures_total",
                "Writes to the ledger of alerts that failed.",
            ),
            bytes: registry.gauge("bongsu_alerts_ledger_bytes", "Size of the ledger of alerts on disk."),
        };
        let dropped = counter(
            "bongsu_alerts_ledger_dropped_total",
            "Batches that were not written: the disk did not keep up.",
        );
        let thread = std::thread::Builder::new()
            .name("alerts-ledger".to_owned())
            .spawn(move || writer.run(dir, options, &jobs))?;
        Ok(Ledger { queue: Some(queue), store, thread: Some(thread), dropped })
    }

    /// Notes decisions.
    pub fn note(&self, decisions: Vec<Decision>) {
        if !decisions.is_empty() {
            self.push(Job::Decisions(decisions));
        }
    }

    /// Notes what is no decision of the Alertmanager.
    pub fn note_entries(&self, entries: Vec<Entry>) {
        if !entries.is_empty() {
            self.push(Job::Entries(entries));
        }
    }

    /// Returns what tells when everything that was noted is written.
    fn mark(&self) -> History {
        let mark = CancellationToken::new();
        let queued = self.queue.as_ref().is_some_and(|queue| queue.try_send(Job::Mark(mark.clone())).is_ok());
        History(queued.then_some(mark))
    }

    fn push(&self, job: Job) {
        let Some(queue) = &self.queue else { return };
        match queue.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.dropped.inc(),
        }
    }

    /// Waits until everything that was noted is written, but not for ever. Blocks.
    pub fn flush(&self) {
        let (done, written) = mpsc::sync_channel(1);
        if let Some(queue) = &self.queue
            && queue.send(Job::Flush(done)).is_ok()
        {
            // After that what is there is better than nothing.
            written.recv_timeout(PATIENCE).ok();
        }
    }

    /// Searches, once everything that was noted before is written. Blocks.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn search(&self, query: &Query) -> Result<Found, StoreError> {
        self.flush();
        let segments = self.store.lock().as_ref().map(Store::segments).unwrap_or_default();
        search(&segments, query)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it was printed where it happened.
            thread.join().ok();
        }
    }
}

impl Alertmanager {
    /// Hands what was decided to the ledger.
    pub(super) fn note_decisions(&self) {
        let mut manager = self.manager.lock();
        match &self.ledger {
            Some(ledger) => ledger.note(manager.take_decisions()),
            None => manager.trim_decisions(DECISIONS_MAX),
        }
    }

    /// Hands what was decided to the ledger. Returns what tells when it is written.
    pub(super) fn note_decisions_and_tell(&self) -> History {
        self.note_decisions();
        self.ledger.as_ref().map_or(History(None), Ledger::mark)
    }

    /// Hands the last decisions to the ledger and waits until they are written.
    pub(super) fn close_ledger(&self) {
        self.note_decisions();
        if let Some(ledger) = &self.ledger {
            ledger.flush();
        }
    }

    /// Writes silences that ended with their alerts.
    pub(super) fn keep_ended_silences(self: &Arc<Self>) {
        if self.manager.lock().silences().has_news() {
            let alertmanager = Arc::clone(self);
            tokio::spawn(async move { alertmanager.blocking(|am| am.persist()).await });
        }
    }

    /// The ledger, if there is one.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }
}

struct Writer {
    store: Arc<Mutex<Option<Store>>>,
    novelty: Novelty,
    written: Counter,
    failures: Counter,
    bytes: Gauge,
}

impl Writer {
    fn run(mut self, dir: PathBuf, options: LedgerOptions, jobs: &Receiver<Job>) {
        match Store::open(&dir, options.retention, options.bytes_max) {
            Ok(store) => *self.store.lock() = Some(store),
            Err(error) => {
                tracing::error!(%error, "the ledger of alerts cannot be opened: decisions are not kept");
                return;
            }
        }
        self.prune();
        let mut pruned = std::time::Instant::now();
        loop {
            match jobs.recv_timeout(PRUNE_EVERY) {
                Ok(Job::Decisions(decisions)) => self.write(decisions.iter().flat_map(entries).collect()),
                Ok(Job::Entries(entries)) => self.write(entries),
                // Whoever asked may have lost patience.
                Ok(Job::Flush(done)) => drop(done.try_send(())),
                Ok(Job::Mark(mark)) => mark.cancel(),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
            if pruned.elapsed() >= PRUNE_EVERY {
                self.prune();
                pruned = std::time::Instant::now();
            }
        }
    }

    fn write(&mut self, mut entries: Vec<Entry>) {
        entries.retain_mut(|entry| self.novelty.keep_new(entry));
        let mut store = self.store.lock();
        let Some(store) = store.as_mut() else { return };
        match store.append(&entries) {
            Ok(()) => {
                self.written.inc_by(entries.len() as u64);
                reached_with(&entries);
            }
            Err(error) => {
                self.failures.inc();
                tracing::error!(%error, entries = entries.len(), "the ledger of alerts cannot be written");
            }
        }
        self.bytes.set(store.bytes() as f64);
    }

    fn prune(&self) {
        let mut store = self.store.lock();
        let Some(store) = store.as_mut() else { return };
        if let Err(error) = store.prune(Timestamp::now()) {
            self.failures.inc();
            tracing::error!(%error, "old parts of the ledger of alerts cannot be deleted");
        }
        self.bytes.set(store.bytes() as f64);
    }
}

/// Tells tests how far the history on disk is.
fn reached_with(entries: &[Entry]) {
    for entry in entries {
        match &entry.event {
            Event::Decided(What::Begun { .. }) => reached(Step::Begun),
            Event::Decided(What::Sent { .. }) => reached(Step::Noted),
            Event::Decided(_) | Event::Rule { .. } => {}
        }
    }
}
