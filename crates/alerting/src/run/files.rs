//! `silences` and `nflog`: snapshots in Alertmanager's format, to which news are appended until they are written anew.
//!
//! Both files are lists of messages, and of two messages about the same thing the newer counts. So an appended file is as good
//! a snapshot as a new one, for us and for the original.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;

use super::StartError;
use super::steps::{Step, reached};
use crate::nflog::NotificationLog;
use crate::pb::StateError;
use crate::silences::Silences;

/// One file. Its lock orders appending and writing anew.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

/// What became of a file that was to be written anew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// How long it took.
    pub(super) took: Duration,
    /// Its size, if it could be written.
    pub(super) bytes: Option<usize>,
}

/// Both files, or none.
#[derive(Debug)]
pub(super) struct Files {
    journals: Option<[Journal; 2]>,
}

impl Files {
    /// Reads both files into the stores. Returns how many silences could not be used, too.
    pub(super) fn open(
        dir: Option<&Path>,
        silences: &mut Silences,
        log: &mut NotificationLog,
        now: Timestamp,
    ) -> Result<(Files, usize), StartError> {
        let Some(dir) = dir else { return Ok((Files { journals: None }, 0)) };
        let mut useless = 0;
        std::fs::create_dir_all(dir).map_err(|error| file_error(dir, error))?;
        let read_silences = |bytes: &[u8]| {
            let refused = silences.merge(bytes, now)?;
            useless += refused.len();
            for (id, reason) in refused {
                tracing::error!(silence = %id, %reason, "a stored silence cannot be used");
            }
            silences.take_news();
            Ok(())
        };
        let read_log = |bytes: &[u8]| {
            let refused = log.merge(bytes, now)?;
            if refused > 0 {
                tracing::error!(entries = refused, "stored entries of the notification log cannot be used");
            }
            log.take_news();
            Ok(())
        };
        let journals = [
            Journal::open(&dir.join("silences"), read_silences)?,
            Journal::open(&dir.join("nflog"), read_log)?,
        ];
        Ok((Files { journals: Some(journals) }, useless))
    }

    /// Appends messages to both.
    pub(super) fn append(&self, silences: &[Vec<u8>], log: &[Vec<u8>]) {
        let Some(journals) = &self.journals else { return };
        for (journal, news) in journals.iter().zip([silences, log]) {
            if !news.is_empty() {
                journal.report(journal.append(&news.concat()), "append to");
            }
        }
    }

    /// Writes both anew. `state` is asked while nothing can be appended, so that no news are lost. Returns what became of each, if
    /// there are files.
    pub(super) fn compact(&self, state: impl FnOnce() -> (Vec<u8>, Vec<u8>)) -> Option<[Written; 2]> {
        let journals = self.journals.as_ref()?;
        let [mut first, mut second] = journals.each_ref().map(|journal| journal.file.lock());
        let (silences, log) = state();
        let write = |journal: &Journal, slot: &mut Option<File>, bytes: &[u8]| {
            let begun = Instant::now();
            let result = journal.replace(slot, bytes);
            let written = Written { took: begun.elapsed(), bytes: result.is_ok().then_some(bytes.len()) };
            journal.report(result, "write");
            written
        };
        let [silence_file, log_file] = journals;
        Some([write(silence_file, &mut first, &silences), write(log_file, &mut second, &log)])
    }
}

impl Journal {
    fn open(path: &Path, read: impl FnOnce(&[u8]) -> Result<(), StateError>) -> Result<Journal, StartError> {
        match std::fs::read(path) {
            Ok(bytes) => {
                if let Err(error) = read(&bytes) {
                    // What stood before is used; the rest is kept for whoever wants to look.
                    let aside = path.with_extension("damaged");
                    tracing::error!(
                        path = %path.display(), %error, aside = %aside.display(),
                        "damaged file: what stands before is used, a copy is kept aside"
                    );
                    std::fs::write(&aside, &bytes).map_err(|e| file_error(&aside, e))?;
                    let good = bytes.get(..error.offset).unwrap_or(&bytes);
                    let journal = Journal { path: path.to_owned(), file: Mutex::new(None) };
                    journal.replace(&mut journal.file.lock(), good).map_err(|e| file_error(path, e))?;
                    return Ok(journal);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(file_error(path, error)),
        }
        let file = append_to(path).map_err(|e| file_error(path, e))?;
        Ok(Journal { path: path.to_owned(), file: Mutex::new(Some(file)) })
    }

    fn append(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut slot = self.file.lock();
        let file = match slot.as_mut() {
            Some(file) => file,
            None => slot.insert(append_to(&self.path)?),
        };
        let end = file.metadata()?.len();
        let result = file.write_all(bytes).and_then(|()| file.sync_data());
        if result.is_err() {
            // Half a message would hide all that come after it.
            file.set_len(end)?;
        }
        result
    }

    fn replace(&self, slot: &mut Option<File>, bytes: &[u8]) -> std::io::Result<()> {
        let beside = self.path.with_extension("tmp");
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        reached(Step::Rewritten);
        std::fs::rename(&beside, &self.path)?;
        if let Some(dir) = self.path.parent() {
            File::open(dir)?.sync_all()?;
        }
        *slot = Some(append_to(&self.path)?);
        Ok(())
    }

    fn report(&self, result: std::io::Result<()>, what: &str) {
        if let Err(error) = result {
            tracing::error!(path = %self.path.display(), %error, "cannot {what} the file; it is tried again with the next change");
        }
    }
}

fn append_to(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn file_error(path: &Path, error: std::io::Error) -> StartError {
    StartError::File { path: path.display().to_string(), error }
}
