//! What a reload changes, by job.

use std::collections::BTreeMap;

use crate::Config;

/// Names of jobs by what happens to them. An unchanged job keeps its targets, caches and timing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobDiff {
    /// In both, equal.
    pub unchanged: Vec<String>,
    /// In both, different.
    pub changed: Vec<String>,
    /// Only in the new one.
    pub added: Vec<String>,
    /// Only in the old one.
    pub removed: Vec<String>,
}

impl JobDiff {
    /// Compares two configurations. Names come in the order of the configuration that has them, the new one first.
    pub fn between(old: &Config, new: &Config) -> JobDiff {
        let mut before: BTreeMap<&str, &scrape::Config> =
            old.jobs().map(|job| (job.job_name.as_str(), job)).collect();
        let mut diff = JobDiff::default();
        for job in new.jobs() {
            let list = match before.remove(job.job_name.as_str()) {
                Some(former) if former == job => &mut diff.unchanged,
                Some(_) => &mut diff.changed,
                None => &mut diff.added,
            };
            list.push(job.job_name.clone());
        }
        diff.removed = before.into_keys().map(str::to_owned).collect();
        diff
    }
}
