//! Targets as the API shows them.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use model::{Labels, duration, relabel};
use scrape::PoolStatus;
use server::parts::{ActiveTarget, DroppedTarget, Health, TargetMetadata, Targets};

/// What is scraped, asked of the scrape manager.
pub struct ScrapedTargets(pub scrape::Manager);

impl Targets for ScrapedTargets {
    fn pools(&self) -> Vec<String> {
        self.0.pool_names()
    }

    fn active(&self) -> Vec<ActiveTarget> {
        self.0.pools().iter().flat_map(active_of).collect()
    }

    fn dropped(&self) -> Vec<DroppedTarget> {
        let of = |pool: PoolStatus| {
            let name = pool.config.job_name.clone();
            pool.dropped
                .into_iter()
                .map(move |labels| DroppedTarget { discovered_labels: labels, pool: name.clone() })
        };
        self.0.pools().into_iter().flat_map(of).collect()
    }

    fn dropped_counts(&self) -> BTreeMap<String, usize> {
        self.0.pools().iter().map(|p| (p.config.job_name.clone(), p.dropped_count)).collect()
    }

    fn metadata(&self, visit: &mut dyn FnMut(&Labels, &[TargetMetadata])) {
        for target in self.0.pools().iter().flat_map(|p| &p.active) {
            let mut found: Vec<TargetMetadata> = {
                let store = target.metadata.lock();
                let entry = |(metric, metadata): (&str, &model::Metadata)| TargetMetadata {
                    metric: metric.to_owned(),
                    metadata: metadata.clone(),
                };
                store.iter().map(entry).collect()
            };
            found.sort_by(|a, b| a.metric.cmp(&b.metric));
            visit(&target.target.labels, &found);
        }
    }

    fn relabel_rules(&self, pool: &str) -> Option<Vec<relabel::Config>> {
        self.0.pool(pool).map(|p| p.config.relabel_configs.clone())
    }

    fn pool_config(&self, pool: &str) -> Option<String> {
        self.0.pool(pool).map(|p| yaml::write::to_string(&p.config.to_yaml()))
    }
}

fn active_of(pool: &PoolStatus) -> impl Iterator<Item = ActiveTarget> + '_ {
    pool.active.iter().map(|status| ActiveTarget {
        discovered_labels: status.target.discovered.clone(),
        labels: status.target.labels.clone(),
        pool: pool.config.job_name.clone(),
        url: status.target.url.clone(),
        last_error: status.last_error.clone(),
        last_scrape_ms: status
            .last_scrape
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_millis()).ok()),
        last_scrape_seconds: status.last_scrape_duration.as_secs_f64(),
        health: match status.health {
            scrape::Health::Unknown => Health::Unknown,
            scrape::Health::Up => Health::Up,
            scrape::Health::Down => Health::Down,
        },
        interval: duration::format(status.target.interval),
        timeout: duration::format(status.target.timeout),
    })
}
