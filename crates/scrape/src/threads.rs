//! The threads that scrape.
//!
//! A scrape is a short request, a wait, and a fraction of a millisecond of parsing and storing. Where threads share their work,
//! each of these steps wakes another thread, which costs more than the step itself. So targets are spread over as many
//! threads as there are processors, each with a runtime and connections of its own, and a scrape stays on its thread. Only
//! large bodies are parsed elsewhere, so that they do not hold up the other targets.

use std::io;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Most threads: each scrapes some thousand targets with ease.
const THREADS_MAX: usize = 8;

/// The threads.
#[derive(Debug)]
pub(crate) struct Threads {
    handles: Vec<Handle>,
}

impl Threads {
    /// Starts a thread for each processor; they end when the guard is dropped. Where none can be started, the caller's runtime
    /// does their work.
    pub(crate) fn start() -> (Threads, DropGuard) {
        let stop = CancellationToken::new();
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let started = (0..count).map(|number| start(number, stop.clone()));
        let mut handles: Vec<Handle> = started
            .filter_map(|started| {
                let failed = |error: &io::Error| tracing::warn!(%error, "cannot start a thread for scraping");
                started.inspect_err(failed).ok()
            })
            .collect();
        if handles.is_empty() {
            handles.push(Handle::current());
        }
        (Threads { handles }, stop.drop_guard())
    }

    /// Returns how many there are; never 0.
    pub(crate) fn count(&self) -> usize {
        self.handles.len()
    }

    /// Returns the number of the thread for the target with this hash.
    pub(crate) fn number_for(&self, hash: u64) -> usize {
        (hash % self.handles.len() as u64) as usize
    }

    /// Returns the runtime of a thread.
    pub(crate) fn runtime(&self, number: usize) -> &Handle {
        &self.handles[number]
    }
}

fn start(number: usize, stop: CancellationToken) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(stop.cancelled());
    std::thread::Builder::new().name(format!("scrape-{number}")).spawn(run)?;
    Ok(handle)
}
