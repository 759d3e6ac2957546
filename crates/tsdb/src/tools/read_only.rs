//! A database's directory as it is, without writing to it: blocks where they are, log and head chunks from a copy.
//!
//! Opening a head repairs what it finds, so it gets copies in a sandbox, which goes away with the view.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use storage::Budget;
use storage::{Queryable, Select, SelectError, TimeRange};

use super::{ToolError, open_blocks};
use crate::db::{DbView, Options, ReplayProgress};
use crate::error::FileError;
use crate::head::{self, CutPolicy, HeadOptions, HeadView, LogOptions};

/// What of a database's directory makes up its head.
const HEAD_DIRS: [&str; 3] = ["wal", "chunks_head", "wbl"];
/// Sandboxes beside this one.
const SANDBOXES_MAX: u32 = 1000;

/// A view of a directory.
pub struct ReadOnly {
    view: Arc<DbView>,
    _sandbox: Option<Sandbox>,
}

impl ReadOnly {
    /// Opens the blocks and, if `range` ends behind the last block, the head. Its log is copied into a new directory below
    /// `sandbox_root`. Damage in the log is left out, as at an ordinary start.
    ///
    /// # Errors
    /// [`ToolError`].
    pub fn open(dir: &Path, sandbox_root: &Path, range: TimeRange) -> Result<ReadOnly, ToolError> {
        let blocks = open_blocks(dir)?;
        let blocks_end = blocks.last().map_or(i64::MIN, |b| b.meta().max_time_ms);
        let mut head_view = None;
        let mut sandbox = None;
        if blocks_end <= range.max_ms && dir.join(HEAD_DIRS[0]).is_dir() {
            let copy = Sandbox::copy_of(dir, sandbox_root)?;
            let defaults = Options::default();
            let policy = CutPolicy { range_ms: defaults.min_block_ms, samples: u16::MAX, xor2: false };
            let options = HeadOptions {
                policy,
                series_max: 0,
                exemplars_max: 0,
                budget: Budget::new(0),
                late_window_ms: 0,
            };
            let log = LogOptions {
                compression: defaults.wal_compression,
                segment_bytes: defaults.wal_segment_bytes,
                late_window_ms: 0,
            };
            let (head, report) = head::open(&copy.0, options, log, blocks_end, &ReplayProgress::default())?;
            for damage in report.damage {
                tracing::warn!(%damage, "part of the log cannot be read");
            }
            head_view = Some(Arc::new(HeadView::new(&head, TimeRange::ALL)));
            sandbox = Some(copy);
        }
        Ok(ReadOnly { view: Arc::new(DbView::new(head_view, blocks)), _sandbox: sandbox })
    }

    /// Returns the view.
    pub fn view(&self) -> &dyn Select {
        &*self.view
    }

    /// Returns the view as something to be queried. It must not outlive this: the copy of the log goes away.
    pub fn queryable(&self) -> Arc<dyn Queryable> {
        Arc::new(Fixed(self.view.clone()))
    }
}

/// A view that is the same for every query.
struct Fixed(Arc<DbView>);

impl Queryable for Fixed {
    fn view(&self, _range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(self.0.clone())
    }
}

/// A directory that goes away.
struct Sandbox(PathBuf);

impl Sandbox {
    fn copy_of(dir: &Path, root: &Path) -> Result<Sandbox, FileError> {
        let candidates =
            (0..SANDBOXES_MAX).map(|n| root.join(format!("tmp_dbro_sandbox_{}_{n}", std::process::id())));
        let mut last = None;
        for path in candidates {
            match std::fs::create_dir(&path) {
                Ok(()) => {
                    let sandbox = Sandbox(path);
                    for name in HEAD_DIRS.iter().filter(|name| dir.join(name).is_dir()) {
                        copy_dir(&dir.join(name), &sandbox.0.join(name))?;
                    }
                    return Ok(sandbox);
                }
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => last = Some((path, e)),
                Err(e) => return Err(FileError::io("create directory", &path, e)),
            }
        }
        let (path, e) = last.expect("there is a candidate");
        Err(FileError::io("create directory", &path, e))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(dir = %self.0.display(), %error, "cannot remove sandbox");
        }
    }
}

fn copy_dir(from: &Path, to: &Path) -> Result<(), FileError> {
    std::fs::create_dir(to).map_err(|e| FileError::io("create directory", to, e))?;
    for entry in std::fs::read_dir(from).map_err(|e| FileError::io("list", from, e))? {
        let entry = entry.map_err(|e| FileError::io("list", from, e))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_dir(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(|e| FileError::io("copy", &path, e))?;
        }
    }
    Ok(())
}
