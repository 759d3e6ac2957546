//! `queries.active`: the queries that are running, in a file that survives a crash, so that the next start can tell which.
//!
//! Prometheus's format: the file begins with `[`, then one slot of [`SLOT_BYTES`] for each place in the gate. A slot in use holds
//! `{"query":…,"timestamp_sec":…}`, zeros, and a comma as its last byte; a free one holds zeros. Without the zeros, and with
//! the last comma made a bracket, this is a JSON array.
//!
//! Writes go to the page cache and are not synced: they survive the process, which is all that is asked for.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::client::cut;

/// Size of a slot.
const SLOT_BYTES: usize = 1000;
/// Name of the file in the database's folder.
const FILE_NAME: &str = "queries.active";

/// A query as the file tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Its text, cut to what fits.
    pub query: String,
    /// When it began, in seconds.
    pub timestamp_sec: i64,
}

/// The file, open.
#[derive(Debug)]
pub struct ActiveFile {
    file: File,
    free: Mutex<Vec<usize>>,
}

/// A slot in use. [`ActiveFile::remove`] frees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot(usize);

impl ActiveFile {
    /// Reads what the last run left in the file, then makes it new with so many slots.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn open(dir: &Path, slots: usize) -> io::Result<(ActiveFile, Vec<Unfinished>)> {
        let path = dir.join(FILE_NAME);
        let unfinished = match File::open(&path) {
            Ok(mut file) => read(&mut file, slots),
            Err(_) => Vec::new(),
        };
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&path)?;
        file.set_len((1 + slots * SLOT_BYTES) as u64)?;
        file.write_all_at(b"[", 0)?;
        Ok((ActiveFile { file, free: Mutex::new((0..slots).rev().collect()) }, unfinished))
    }

    /// Notes a query. `None` if all slots are in use or the disk does not take it: then it is not told after a crash.
    pub fn insert(&self, query: &str, now_ms: i64) -> Option<Slot> {
        let slot = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        let mut bytes = entry(query, now_ms / 1000);
        bytes.resize(SLOT_BYTES - 1, 0);
        bytes.push(b',');
        match self.file.write_all_at(&bytes, offset(slot)) {
            Ok(()) => Some(Slot(slot)),
            Err(error) => {
                tracing::debug!(%error, file = FILE_NAME, "a running query cannot be noted");
                self.release(slot);
                None
            }
        }
    }

    /// Takes a query out.
    pub fn remove(&self, slot: Slot) {
        match self.file.write_all_at(&[0; SLOT_BYTES], offset(slot.0)) {
            Ok(()) => self.release(slot.0),
            // The slot keeps telling of this query: better than telling of half of two.
            Err(error) => tracing::debug!(%error, file = FILE_NAME, "a finished query stays noted"),
        }
    }

    fn release(&self, slot: usize) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
    }
}

fn offset(slot: usize) -> u64 {
    (1 + slot * SLOT_BYTES) as u64
}

/// A slot's JSON. A query that is too long is cut at a character, and further where escapes make it longer.
fn entry(query: &str, timestamp_sec: i64) -> Vec<u8> {
    let mut length = query.len().min(SLOT_BYTES);
    loop {
        let entry = Unfinished { query: cut(query, length).to_owned(), timestamp_sec };
        let json = serde_json::to_vec(&entry).expect("a text and a number can be written as JSON");
        if json.len() < SLOT_BYTES {
            return json;
        }
        length -= (json.len() - SLOT_BYTES + 1).div_ceil(6).min(length);
    }
}

/// Reads the slots of a file, whatever is in it.
fn read(file: &mut File, slots: usize) -> Vec<Unfinished> {
    let mut bytes = Vec::new();
    // Another number of places may have been in force: a little more is read, and never without bound.
    let bytes_max = (1 + slots.max(1000) * SLOT_BYTES) as u64;
    if let Err(error) = file.take(bytes_max).read_to_end(&mut bytes) {
        tracing::warn!(%error, file = FILE_NAME, "cannot read which queries were running");
        return Vec::new();
    }
    let slots = bytes.get(1..).unwrap_or_default().chunks(SLOT_BYTES);
    let entry = |slot: &[u8]| {
        let end = slot.iter().position(|b| *b == 0).unwrap_or(slot.len());
        serde_json::from_slice(slot[..end].trim_ascii_end().strip_suffix(b",").unwrap_or(&slot[..end])).ok()
    };
    slots.filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(dir: &Path) -> Vec<Unfinished> {
        let text = std::fs::read_to_string(dir.join(FILE_NAME)).unwrap().replace('\0', "");
        // As Prometheus reads it.
        let text = format!("{}]", text.strip_suffix(',').unwrap_or(&text));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn running_queries_are_told_after_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let (file, before) = ActiveFile::open(dir.path(), 2).unwrap();
        assert_eq!(before, []);
        assert_eq!(json(dir.path()), []);
        let first = file.insert("up", 1_500_999).unwrap();
        let second = file.insert("sum(\"é\")", 2_000_000).unwrap();
        assert_eq!(file.insert("no slot", 0), None);
        assert_eq!(std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().len(), 2001);
        assert_eq!(json(dir.path()).len(), 2);
        file.remove(first);
        let third = file.insert("third", 3_000_000).unwrap();
        drop(file); // a crash: nothing is taken out
        let (file, before) = ActiveFile::open(dir.path(), 5).unwrap();
        let told: Vec<_> = before.iter().map(|u| (u.query.as_str(), u.timestamp_sec)).collect();
        assert_eq!(told, [("third", 3000), ("sum(\"é\")", 2000)]);
        assert_eq!(json(dir.path()), [], "told once");
        let _ = (second, third, file);
    }

    #[test]
    fn long_queries_are_cut_to_what_fits() {
        for text in [
            "x".repeat(5000),
            "é".repeat(700),
            "\u{1}".repeat(500),
            "\"".repeat(2000),
            "a\u{10FFFF}".repeat(400),
        ] {
            let bytes = entry(&text, i64::MAX);
            assert!(bytes.len() < SLOT_BYTES && bytes.len() > SLOT_BYTES - 60, "{} bytes", bytes.len());
            let back: Unfinished = serde_json::from_slice(&bytes).unwrap();
            assert!(text.starts_with(&back.query) && !back.query.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        let dir = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"[", b"garbage", &[0; 3000], &[b'['; 2500], b"[{\"query\":\"cut of"] {
            std::fs::write(dir.path().join(FILE_NAME), bytes).unwrap();
            assert_eq!(ActiveFile::open(dir.path(), 3).unwrap().1, [], "{bytes:?}");
        }
        // As Prometheus leaves it.
        let mut slot = br#"{"query":"rate(x[5m])","timestamp_sec":1700000000}"#.to_vec();
        slot.resize(999, 0);
        let file = [b"[", &[0; 1000][..], &slot, b","].concat();
        std::fs::write(dir.path().join(FILE_NAME), file).unwrap();
        let unfinished = ActiveFile::open(dir.path(), 20).unwrap().1;
        assert_eq!(unfinished, [Unfinished { query: "rate(x[5m])".into(), timestamp_sec: 1_700_000_000 }]);
    }
}
