//! `tsdb verify`: reads every byte of a database's directory and says what is not as it must be.
//!
//! Nothing is changed, so it may run beside a server; what the server writes meanwhile may then look unfinished.
//! A finding names file and offset, what must stand there and what does. One finding does not hide the next, except
//! behind damage that nothing can be read over: a table of an index, the rest of a log segment.

mod block;
mod head_chunks;
mod index;
mod log;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use super::ToolError;
use crate::block::block_dirs;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::head::{IMAGE_FILE, check_image};
use crate::wal::{CHECKPOINT_PREFIX, checkpoints};

/// Findings that are kept for one part; the rest is counted.
const FINDINGS_MAX: usize = 100;

/// A part of a directory that is verified by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A block.
    Block,
    /// A log: the write-ahead log, that of out-of-order samples, or a checkpoint.
    Log,
    /// Closed chunks of the head.
    HeadChunks,
    /// The image of the head.
    Image,
}

/// What was read of a part, and what is wrong with it.
#[derive(Debug)]
pub struct Verified {
    /// Its directory.
    pub path: PathBuf,
    /// What it is.
    pub kind: PartKind,
    /// Figures of what could be read.
    pub counts: Counts,
    /// What is wrong, at most some hundred.
    pub findings: Vec<FileError>,
    /// How many findings were left out.
    pub more: u64,
}

/// Figures of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Series.
    pub series: u64,
    /// Chunks.
    pub chunks: u64,
    /// Samples, histograms included.
    pub samples: u64,
    /// Segments or files.
    pub files: u64,
    /// Records of a log.
    pub records: u64,
    /// Samples of a log that belong to no series that it tells. Servers leave them out.
    pub strays: u64,
}

impl Verified {
    fn new(path: &Path, kind: PartKind) -> Verified {
        Verified { path: path.to_owned(), kind, counts: Counts::default(), findings: Vec::new(), more: 0 }
    }

    /// Tells whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn found(&mut self, finding: impl Into<FileError>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.into());
        } else {
            self.more += 1;
        }
    }

    /// Notes the error of a step and goes on.
    fn note<T, E: Into<FileError>>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|e| self.found(e)).ok()
    }
}

/// One line of figures.
impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { series, chunks, samples, files, records, strays } = self.counts;
        match self.kind {
            PartKind::Block => write!(f, "{series} series, {chunks} chunks, {samples} samples"),
            PartKind::Log => {
                write!(f, "{files} segments, {records} records, {series} series, {samples} samples")?;
                if strays > 0 {
                    write!(f, ", {strays} of them of series that it does not tell")?;
                }
                Ok(())
            }
            PartKind::HeadChunks => write!(f, "{files} files, {chunks} chunks, {samples} samples"),
            PartKind::Image => {
                write!(f, "{series} series, {chunks} chunks, {samples} samples that are in no chunk file")
            }
        }
    }
}

/// Verifies a database's directory, or one part of it: a block, a log, a `chunks_head`. Hands each part to `each` when
/// it is done, blocks first.
///
/// # Errors
/// [`ToolError::File`] if the directory cannot be listed, [`ToolError::NothingToVerify`], and what `each` returns.
pub fn verify(path: &Path, each: &mut dyn FnMut(Verified) -> Result<(), ToolError>) -> Result<(), ToolError> {
    let parts = parts(path)?;
    if parts.is_empty() {
        return Err(ToolError::NothingToVerify(path.to_owned()));
    }
    for (kind, dir) in parts {
        let mut part = Verified::new(dir.path(), kind);
        match kind {
            PartKind::Block => block::verify(&mut part, &dir),
            PartKind::Log => log::verify(&mut part, &dir),
            PartKind::HeadChunks => head_chunks::verify(&mut part, &dir),
            PartKind::Image => {
                if let Some((series, chunks, samples)) = part.note(check_image(&dir)) {
                    part.counts = Counts { series, chunks, samples, files: 1, ..Counts::default() };
                }
            }
        }
        each(part)?;
    }
    Ok(())
}

/// Finds out what a directory is by its name and what is in it.
fn parts(path: &Path) -> Result<Vec<(PartKind, DiskPath)>, FileError> {
    let path = DiskPath::from(path);
    let name = path.name();
    if name == IMAGE_FILE {
        return Ok(vec![(PartKind::Image, path)]);
    }
    if path.join("meta.json").is_there() || name.parse::<ulid::Ulid>().is_ok() {
        return Ok(vec![(PartKind::Block, path)]);
    }
    if name == "wal" || name == "wbl" || name.starts_with(CHECKPOINT_PREFIX) {
        return log_parts(&path);
    }
    if name == "chunks_head" {
        return Ok(vec![(PartKind::HeadChunks, path)]);
    }
    let mut parts: Vec<_> = block_dirs(&path)?.into_iter().map(|(_, dir)| (PartKind::Block, dir)).collect();
    for log in ["wal", "wbl"].map(|name| path.join(name)) {
        if log.is_there() {
            parts.extend(log_parts(&log)?);
        }
    }
    let head = path.join("chunks_head");
    if head.is_there() {
        parts.push((PartKind::HeadChunks, head));
    }
    let image = path.join(IMAGE_FILE);
    if image.is_there() {
        parts.push((PartKind::Image, image));
    }
    Ok(parts)
}

/// Returns a log and its checkpoints.
fn log_parts(path: &DiskPath) -> Result<Vec<(PartKind, DiskPath)>, FileError> {
    let mut parts: Vec<_> = checkpoints(path)?.into_iter().map(|(_, dir)| (PartKind::Log, dir)).collect();
    parts.push((PartKind::Log, path.clone()));
    Ok(parts)
}
