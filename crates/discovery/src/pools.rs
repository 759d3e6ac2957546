//! Which providers run, for which jobs, and what they have found. No I/O.
//!
//! Invariants: 1. Equal configurations are one provider, however many jobs have them.  2. A provider outlives a reload if a
//! job of the new configuration still has it, with all that it has found.  3. A group without targets is forgotten.
//! 4. Every job is in every snapshot, even without targets, so that vanished targets are noticed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::manager::Targets;
use crate::{Config, TargetGroup};

/// Names a provider; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProviderId(u64);

/// What runs and what it has found.
#[derive(Default)]
pub(crate) struct Pools {
    providers: BTreeMap<ProviderId, Provider>,
    jobs: BTreeMap<String, Job>,
    last: u64,
}

struct Provider {
    config: Config,
    /// By source.
    groups: BTreeMap<String, Arc<TargetGroup>>,
}

#[derive(Default)]
struct Job {
    fixed: Vec<Arc<TargetGroup>>,
    providers: Vec<ProviderId>,
}

/// A provider to start.
#[derive(Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) id: ProviderId,
    pub(crate) config: Config,
    /// The first job that has it, for its metrics.
    pub(crate) job: String,
}

/// What a new configuration asks for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Changes {
    pub(crate) start: Vec<Start>,
    pub(crate) stop: Vec<ProviderId>,
    pub(crate) jobs_removed: Vec<String>,
}

impl Pools {
    /// Takes a new configuration.
    pub(crate) fn apply(&mut self, wanted: BTreeMap<String, Vec<Config>>) -> Changes {
        let mut changes = Changes::default();
        let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
        for (name, configs) in wanted {
            let mut job = Job::default();
            for config in configs {
                match config {
                    Config::Static(fixed) => {
                        let groups = fixed.groups.into_iter().filter(|g| !g.targets.is_empty());
                        job.fixed.extend(groups.map(Arc::new));
                    }
                    Config::Unavailable(_) => {} // its configuration file was warned about
                    Config::File(_) | Config::Http(_) | Config::Dns(_) => {
                        let id = self.provider(config, &name, &mut changes);
                        if !job.providers.contains(&id) {
                            job.providers.push(id);
                        }
                    }
                }
            }
            jobs.insert(name, job);
        }
        let used = |id: &ProviderId| jobs.values().any(|job| job.providers.contains(id));
        changes.stop = self.providers.keys().filter(|id| !used(id)).copied().collect();
        changes.stop.iter().for_each(|id| drop(self.providers.remove(id)));
        changes.jobs_removed = self.jobs.keys().filter(|name| !jobs.contains_key(*name)).cloned().collect();
        self.jobs = jobs;
        changes
    }

    fn provider(&mut self, config: Config, job: &str, changes: &mut Changes) -> ProviderId {
        if let Some((id, _)) = self.providers.iter().find(|(_, p)| p.config == config) {
            return *id;
        }
        self.last += 1;
        let id = ProviderId(self.last);
        changes.start.push(Start { id, config: config.clone(), job: job.to_owned() });
        self.providers.insert(id, Provider { config, groups: BTreeMap::new() });
        id
    }

    /// Forgets a provider that could not be started.
    pub(crate) fn forget(&mut self, id: ProviderId) {
        self.providers.remove(&id);
    }

    /// Takes what a provider has found. Tells whether anything is different now.
    pub(crate) fn update(&mut self, id: ProviderId, groups: Vec<TargetGroup>) -> bool {
        let Some(provider) = self.providers.get_mut(&id) else { return false };
        let mut changed = false;
        for group in groups {
            if group.targets.is_empty() {
                changed |= provider.groups.remove(&group.source).is_some();
            } else if provider.groups.get(&group.source).is_none_or(|known| **known != group) {
                provider.groups.insert(group.source.clone(), Arc::new(group));
                changed = true;
            }
        }
        changed
    }

    /// Returns all groups of all jobs.
    pub(crate) fn snapshot(&self) -> Targets {
        let groups = |job: &Job| {
            let found = job.providers.iter().filter_map(|id| self.providers.get(id));
            let found = found.flat_map(|p| p.groups.values().cloned());
            job.fixed.iter().cloned().chain(found).collect()
        };
        self.jobs.iter().map(|(name, job)| (name.clone(), groups(job))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Labels;

    use super::*;
    use crate::mechanisms::{file, static_};

    fn group(source: &str, addresses: &[&str]) -> TargetGroup {
        let targets = addresses.iter().map(|a| Labels::from_pairs([("__address__", a)])).collect();
        TargetGroup { source: source.to_owned(), labels: Labels::empty(), targets }
    }

    fn fixed(addresses: &[&str]) -> Config {
        Config::Static(static_::Config { groups: vec![group("0", addresses)] })
    }

    fn file(path: &str) -> Config {
        Config::File(file::Config { files: vec![path.to_owned()], refresh_interval: Duration::from_secs(1) })
    }

    fn apply(pools: &mut Pools, jobs: &[(&str, &[Config])]) -> (Vec<u64>, Vec<u64>, Vec<String>) {
        let jobs = jobs.iter().map(|(name, configs)| ((*name).to_owned(), configs.to_vec())).collect();
        let changes = pools.apply(jobs);
        let started = changes.start.iter().map(|s| s.id.0).collect();
        (started, changes.stop.iter().map(|id| id.0).collect(), changes.jobs_removed)
    }

    fn show(pools: &Pools) -> Vec<String> {
        let show = |(name, groups): (&String, &Vec<Arc<TargetGroup>>)| {
            let groups: Vec<String> =
                groups.iter().map(|g| format!("{}={}", g.source, g.targets.len())).collect();
            format!("{name}: {}", groups.join(" "))
        };
        pools.snapshot().iter().map(show).collect()
    }

    #[test]
    fn shares_and_keeps_providers() {
        let mut pools = Pools::default();
        let jobs: [(&str, &[Config]); 2] =
            [("a", &[file("x.yml"), fixed(&["h:1"])]), ("b", &[file("x.yml")])];
        assert_eq!(apply(&mut pools, &jobs), (vec![1], vec![], vec![]));
        assert!(pools.update(ProviderId(1), vec![group("x:0", &["h:2", "h:3"]), group("x:1", &["h:4"])]));
        assert_eq!(show(&pools), ["a: 0=1 x:0=2 x:1=1", "b: x:0=2 x:1=1"]);

        // Unchanged: nothing starts or stops, nothing is lost.
        assert_eq!(apply(&mut pools, &jobs), (vec![], vec![], vec![]));
        assert_eq!(show(&pools), ["a: 0=1 x:0=2 x:1=1", "b: x:0=2 x:1=1"]);

        // A new job takes part in what is already known; a removed one is told.
        let next: [(&str, &[Config]); 2] = [("c", &[file("x.yml")]), ("d", &[file("y.yml")])];
        assert_eq!(apply(&mut pools, &next), (vec![2], vec![], vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(show(&pools), ["c: x:0=2 x:1=1", "d: "]);

        assert_eq!(apply(&mut pools, &[("d", &[file("y.yml")])]), (vec![], vec![1], vec!["c".to_owned()]));
        assert!(!pools.update(ProviderId(1), vec![group("x:0", &["h:2"])]), "it has been stopped");
    }

    #[test]
    fn forgets_empty_groups_and_notices_changes() {
        let mut pools = Pools::default();
        apply(&mut pools, &[("a", &[file("x.yml")])]);
        assert!(pools.update(ProviderId(1), vec![group("x:0", &["h:1"])]));
        assert!(!pools.update(ProviderId(1), vec![group("x:0", &["h:1"])]));
        assert!(!pools.update(ProviderId(1), vec![group("x:9", &[])]));
        assert!(pools.update(ProviderId(1), vec![group("x:0", &[])]));
        assert_eq!(show(&pools), ["a: "]);
    }
}
