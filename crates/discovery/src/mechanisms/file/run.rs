//! Reads the files when they change, and from time to time even if no change was seen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, MissedTickBehavior};

use super::watch::Watcher;
use super::{Config, glob, parse};
use crate::TargetGroup;
use crate::mechanisms::{Setup, groups};

/// The label that tells which file a target came from.
const PATH_LABEL: &str = "__meta_filepath";
/// Largest file that is read: millions of targets.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Reads forever.
pub(crate) async fn run(config: Config, setup: Setup) {
    let directories = config.files.iter().map(|pattern| glob::directory(pattern)).collect();
    let mut watcher = match Watcher::new(directories) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            setup.metrics.file_watcher_errors.inc();
            tracing::error!(%error, "cannot watch files, changes are noticed by the refresh interval only");
            None
        }
    };
    let mut scanner = Scanner { config, setup, group_counts: BTreeMap::new() };
    let mut ticker = tokio::time::interval(scanner.config.refresh_interval.max(Duration::from_millis(1)));
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Watch before reading: what changes in between is then seen the next time.
        let failed = watcher.as_mut().map(Watcher::refresh).unwrap_or_default();
        for (directory, error) in failed {
            tracing::warn!(path = %directory.display(), %error, "cannot watch a directory for target files");
        }
        scanner.scan().await;
        tokio::select! {
            _ = ticker.tick() => {}
            () = changed(watcher.as_ref()) => {}
        }
    }
}

async fn changed(watcher: Option<&Watcher>) {
    match watcher {
        Some(watcher) => watcher.changed().await,
        None => std::future::pending().await,
    }
}

struct Scanner {
    config: Config,
    setup: Setup,
    /// How many groups each file had when it was last read well.
    group_counts: BTreeMap<PathBuf, usize>,
}

impl Scanner {
    async fn scan(&mut self) {
        let begun = Instant::now();
        let mut former = std::mem::take(&mut self.group_counts);
        let paths: Vec<PathBuf> = self.config.files.iter().flat_map(|pattern| glob::files(pattern)).collect();
        for path in paths {
            if self.group_counts.contains_key(&path) {
                continue; // two patterns fit it
            }
            let former_count = former.remove(&path).unwrap_or(0);
            let count = match read(&path) {
                Ok((mut groups, modified)) => {
                    let origin = path.display().to_string();
                    let count = groups::name_after(&origin, PATH_LABEL, &mut groups, former_count);
                    self.setup.metrics.file_mtime.with(&[&origin]).set(modified);
                    self.setup.sink.send(groups).await;
                    count
                }
                Err(error) => {
                    self.setup.metrics.file_read_errors.inc();
                    tracing::error!(path = %path.display(), %error, "cannot read target groups, the former ones stay");
                    former_count
                }
            };
            self.group_counts.insert(path, count);
        }
        for (path, count) in former {
            let origin = path.display().to_string();
            let mut none = Vec::new();
            groups::name_after(&origin, PATH_LABEL, &mut none, count);
            self.setup.metrics.file_mtime.remove(&[&origin]);
            self.setup.sink.send(none).await;
        }
        self.setup.metrics.file_scan_duration.observe(begun.elapsed().as_secs_f64());
    }
}

/// Returns a file's groups and when it was modified, in seconds.
fn read(path: &Path) -> Result<(Vec<TargetGroup>, f64), String> {
    let metadata = std::fs::metadata(path).map_err(|e| e.to_string())?;
    if metadata.len() > FILE_BYTES_MAX {
        return Err(format!("the file has {} bytes, more than {FILE_BYTES_MAX}", metadata.len()));
    }
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let modified = metadata.modified().ok().and_then(|t| t.duration_since(SystemTime::UNIX_EPOCH).ok());
    Ok((parse::groups_of(path, &text)?, modified.unwrap_or_default().as_secs() as f64))
}
