//! Looks the names up again and again.

use super::Config;
use super::parse::group;
use super::resolver::{Lookup, LookupError, NameServers};
use crate::TargetGroup;
use crate::mechanisms::Setup;
use crate::mechanisms::refresh::Refresher;
use crate::metrics::Metrics;

/// Names to look up, and how.
pub(crate) struct Source {
    config: Config,
    lookup: Lookup,
}

impl Source {
    pub(crate) fn new(config: Config) -> Source {
        Source::with(config, NameServers::System)
    }

    pub(super) fn with(config: Config, servers: NameServers) -> Source {
        Source { config, lookup: Lookup::new(servers) }
    }

    /// Returns a group for each name that could be looked up: a failure of one name does not hide the others.
    pub(super) async fn refresh(&mut self, metrics: &Metrics) -> Result<Vec<TargetGroup>, LookupError> {
        self.lookup.refresh()?;
        let (lookup, config) = (&self.lookup, &self.config);
        let answers = config.names.iter().map(|name| lookup.records(name, config.record));
        let answers = futures_util::future::join_all(answers).await;
        let mut groups = Vec::new();
        for (name, answer) in config.names.iter().zip(answers) {
            metrics.dns_lookups.inc();
            match answer {
                Ok(answers) => groups.push(group(name, config.port, &answers)),
                Err(error) => {
                    metrics.dns_lookup_failures.inc();
                    tracing::error!(%error, "error refreshing DNS targets");
                }
            }
        }
        Ok(groups)
    }
}

/// Looks up forever.
pub(crate) async fn run(mut source: Source, setup: Setup) {
    let metrics = setup.metrics.clone();
    let mut refresher = Refresher::new("dns", source.config.refresh_interval, setup);
    loop {
        refresher.begin().await;
        let answer = source.refresh(&metrics).await;
        refresher.end(answer).await;
    }
}
