//! The steps of a notification, each a place where a test may end the process.
//!
//! A debug build that finds `BONGSU_KILL_AT=STEP` in its environment ends there, as if it were killed: nothing is flushed, nobody says
//! goodbye. A release build knows nothing of it.

/// A step, in the order of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Alerts are in their groups; their sender has no answer yet.
    Accepted,
    /// Messages are decided on; nothing of it is on disk.
    Planned,
    /// The ledger holds that messages were begun.
    Begun,
    /// A message's turn came; it is not made yet.
    Turn,
    /// The request is made and not sent.
    Made,
    /// The receiver's answer is there.
    Answered,
    /// The log in memory knows.
    Logged,
    /// The log on disk knows.
    Kept,
    /// Peers are told.
    Spread,
    /// The ledger holds that the message arrived.
    Noted,
    /// The log is written anew, beside the old one.
    Rewritten,
}

#[cfg(debug_assertions)]
impl Step {
    /// All steps.
    const ALL: [Step; 11] = [
        Step::Accepted,
        Step::Planned,
        Step::Begun,
        Step::Turn,
        Step::Made,
        Step::Answered,
        Step::Logged,
        Step::Kept,
        Step::Spread,
        Step::Noted,
        Step::Rewritten,
    ];

    /// Returns the word for the environment.
    fn as_str(self) -> &'static str {
        match self {
            Step::Accepted => "accepted",
            Step::Planned => "planned",
            Step::Begun => "begun",
            Step::Turn => "turn",
            Step::Made => "made",
            Step::Answered => "answered",
            Step::Logged => "logged",
            Step::Kept => "kept",
            Step::Spread => "spread",
            Step::Noted => "noted",
            Step::Rewritten => "rewritten",
        }
    }
}

/// Ends the process if a test wants it to end here.
#[cfg(debug_assertions)]
pub(crate) fn reached(step: Step) {
    use std::sync::LazyLock;
    static WANTED: LazyLock<Option<Step>> = LazyLock::new(|| {
        let word = std::env::var("BONGSU_KILL_AT").ok()?;
        Step::ALL.into_iter().find(|step| step.as_str() == word)
    });
    if *WANTED == Some(step) {
        std::process::abort();
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn reached(_step: Step) {}
