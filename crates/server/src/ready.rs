//! Whether the server can answer: while the log is replayed and while it stops, it cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use telemetry::{Gauge, Registry};

/// The phases of a server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Storage is being opened.
    Starting = 0,
    /// Everything works.
    Ready = 1,
    /// Told to end; answering what is under way.
    Stopping = 2,
}

/// The present phase, shared by all who ask or set it. Also kept as metric `prometheus_ready`.
#[derive(Clone)]
pub struct Readiness {
    state: Arc<AtomicU8>,
    gauge: Gauge,
}

impl Readiness {
    /// Starts in [`State::Starting`].
    pub fn new(registry: &Registry) -> Readiness {
        let gauge = registry.gauge(
            "prometheus_ready",
            "Whether Prometheus startup was fully completed and the server is ready for normal operation.",
        );
        Readiness { state: Arc::new(AtomicU8::new(State::Starting as u8)), gauge }
    }

    /// Enters a phase.
    pub fn set(&self, state: State) {
        self.state.store(state as u8, Ordering::Release);
        self.gauge.set(if state == State::Ready { 1.0 } else { 0.0 });
    }

    /// Returns the present phase.
    pub fn get(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            1 => State::Ready,
            2 => State::Stopping,
            _starting => State::Starting,
        }
    }
}
