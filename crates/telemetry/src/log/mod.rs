//! Logs: one line per event on standard error, laid out as Prometheus 3 does, in logfmt or JSON.
//!
//! ```text
//! time=2026-11-21T12:00:00.000Z level=INFO source=server/main.rs:12 msg="listening" address=127.0.0.1:9090
//! {"time":"2026-11-21T12:00:00.000Z","level":"INFO","source":"server/main.rs:12","msg":"listening","address":"127.0.0.1:9090"}
//! ```

mod layout;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use jiff::Timestamp;
use parking_lot::Mutex;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use layout::Line;

/// The least important events that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Decisions.
    Debug,
    /// Changes of state.
    #[default]
    Info,
    /// Unusual, but going on.
    Warn,
    /// A person must act.
    Error,
}

impl Level {
    /// All levels with their words on the command line.
    pub const ALL: [(&'static str, Level); 4] =
        [("debug", Level::Debug), ("info", Level::Info), ("warn", Level::Warn), ("error", Level::Error)];

    fn allows(self, level: tracing::Level) -> bool {
        level
            <= match self {
                Level::Debug => tracing::Level::DEBUG,
                Level::Info => tracing::Level::INFO,
                Level::Warn => tracing::Level::WARN,
                Level::Error => tracing::Level::ERROR,
            }
    }
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `key=value`
    #[default]
    Logfmt,
    /// One JSON object per line.
    Json,
}

impl Format {
    /// All formats with their words on the command line.
    pub const ALL: [(&'static str, Format); 2] = [("logfmt", Format::Logfmt), ("json", Format::Json)];
}

/// A word on the command line that is none of those allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unrecognized log {what} {word}")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
}

impl FromStr for Level {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Level, UnknownWord> {
        let found = Level::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        found.map(|(_, level)| *level).ok_or_else(|| UnknownWord { what: "level", word: word.to_owned() })
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Format, UnknownWord> {
        let found = Format::ALL.iter().find(|(name, _)| *name == word);
        found.map(|(_, format)| *format).ok_or_else(|| UnknownWord { what: "format", word: word.to_owned() })
    }
}

/// Logging has been set up before.
#[derive(Debug, thiserror::Error)]
#[error("logging is already set up in this process")]
pub struct AlreadySet;

/// Sends all events of this process to standard error.
///
/// # Errors
/// It has been done before.
pub fn init(level: Level, format: Format) -> Result<(), AlreadySet> {
    let subscriber = tracing_subscriber::registry().with(Log::new(level, format, io::stderr()));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| AlreadySet)
}

/// Writes events.
pub struct Log<W> {
    level: Level,
    format: Format,
    out: Mutex<W>,
}

impl<W: Write + Send + 'static> Log<W> {
    /// Builds a layer that writes to `out`.
    pub fn new(level: Level, format: Format, out: W) -> Log<W> {
        Log { level, format, out: Mutex::new(out) }
    }
}

impl<W> Log<W> {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        self.level.allows(level) && (is_ours(metadata.file()) || level <= tracing::Level::WARN)
    }
}

/// Tells whether an event comes from this workspace, whose files are compiled by relative paths; those of dependencies are
/// absolute. Of others only warnings and errors are of interest to who runs this program.
fn is_ours(file: Option<&str>) -> bool {
    file.is_some_and(|file| !file.starts_with('/'))
}

impl<S: Subscriber, W: Write + Send + 'static> Layer<S> for Log<W> {
    /// Decided once per place in the code: what is not written costs nothing afterwards.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let line = Line::new(event, Timestamp::now());
        let text = line.print(self.format);
        // Whoever reads the log may be gone; there is nobody left to tell.
        let _ = self.out.lock().write_all(text.as_bytes());
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Level::ALL.iter().find(|(_, l)| l == self).map_or("", |(name, _)| *name))
    }
}

#[cfg(test)]
mod tests;
