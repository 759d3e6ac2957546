//! Noticing that something changed in a directory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Watches directories rather than files: editors and Kubernetes replace files and swap symbolic links.
pub(super) struct Watcher {
    inner: RecommendedWatcher,
    changed: Arc<Notify>,
    directories: BTreeSet<PathBuf>,
}

impl Watcher {
    /// Starts watching.
    ///
    /// # Errors
    /// The system has no more watches to give.
    pub(super) fn new(directories: BTreeSet<PathBuf>) -> notify::Result<Watcher> {
        let changed = Arc::new(Notify::new());
        let tell = changed.clone();
        let inner = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| is_change(&event.kind)) {
                tell.notify_one(); // however many changes: one wake-up
            }
        })?;
        Ok(Watcher { inner, changed, directories })
    }

    /// Watches all directories, those too that have come or come back since the last time. Returns which cannot be watched.
    pub(super) fn refresh(&mut self) -> Vec<(&Path, notify::Error)> {
        let mut failed = Vec::new();
        for directory in &self.directories {
            if let Err(error) = self.inner.watch(directory, RecursiveMode::NonRecursive) {
                failed.push((directory.as_path(), error));
            }
        }
        failed
    }

    /// Waits until something has changed since the last time.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// Reading a file is an event too, and so is a change of its mode: neither is news.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}
