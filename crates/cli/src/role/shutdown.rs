//! Signals that end the process or make it reload.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for the signals that ask a process to end. Must be called within a Tokio runtime.
pub async fn asked_to_end() {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate()), listen(SignalKind::interrupt()));
    tokio::select! {
        () = next(&mut terminate) => {}
        () = next(&mut interrupt) => {}
    }
}

/// The signal that asks for a reload.
pub fn hangups() -> Option<Signal> {
    listen(SignalKind::hangup())
}

/// Waits for the next of a kind; for ever where it cannot be listened for.
pub async fn next(signals: &mut Option<Signal>) {
    match signals {
        Some(signals) => {
            signals.recv().await;
        }
        None => std::future::pending().await,
    }
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::error!(%error, "cannot listen for a signal")).ok()
}
