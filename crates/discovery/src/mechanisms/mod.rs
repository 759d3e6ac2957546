//! The mechanisms, one folder each. This is their one list.

pub mod dns;
pub mod file;
mod groups;
pub mod http;
mod refresh;
pub mod static_;
pub mod unavailable;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::manager::Update;
use crate::pools::ProviderId;
use crate::{Config, Metrics, TargetGroup};

/// What a provider gets besides its configuration.
pub(crate) struct Setup {
    pub(crate) sink: Sink,
    /// The first job that uses it, for metrics and logs.
    pub(crate) job: String,
    pub(crate) user_agent: String,
    pub(crate) metrics: Metrics,
}

/// Where a provider puts what it finds.
pub(crate) struct Sink {
    provider: ProviderId,
    updates: mpsc::Sender<Update>,
}

impl Sink {
    pub(crate) fn new(provider: ProviderId, updates: mpsc::Sender<Update>) -> Sink {
        Sink { provider, updates }
    }

    /// Hands groups over; each replaces the former one of its source, and one without targets removes it.
    pub(crate) async fn send(&self, groups: Vec<TargetGroup>) {
        // Fails only when the manager has ended, and then it aborts this task too.
        let _ = self.updates.send(Update { provider: self.provider, groups }).await;
    }
}

/// Why a provider cannot be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("error creating HTTP client: {0}")]
    Client(#[from] transport::Failure),
    #[error("{0} has no provider of its own")]
    NoProvider(&'static str),
}

/// Starts a provider's task.
pub(crate) fn start(config: Config, setup: Setup) -> Result<JoinHandle<()>, StartError> {
    match config {
        Config::File(config) => Ok(tokio::spawn(file::run(config, setup))),
        Config::Http(config) => Ok(tokio::spawn(http::run(http::Source::new(*config, &setup)?, setup))),
        Config::Dns(config) => Ok(tokio::spawn(dns::run(dns::Source::new(config), setup))),
        Config::Static(_) | Config::Unavailable(_) => Err(StartError::NoProvider(config.name())),
    }
}
