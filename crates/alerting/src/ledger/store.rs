//! Segment files: appended to, searched, deleted. See the parent's text for the format.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use model::{Labels, Regex};
use prost::Message;
use xxhash_rust::xxh3::xxh3_64;

use super::entry::{Entry, Named};
use super::record::{Frame, Name, Record};
use crate::alert::later;
use crate::fingerprint::Fingerprint;
use crate::matchers::Matchers;

/// What a segment begins with; the last byte is the version.
const HEADER: &[u8; 8] = b"BGSLEDG\x01";
/// Length and checksum before each message.
const FRAME_HEAD: usize = 12;
/// A message is never longer: entries are about a bounded number of alerts, and alerts come in requests of bounded size.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// A segment that is longer is closed.
const SEGMENT_BYTES: u64 = 4 << 20;
/// A segment that began earlier is closed, so that retention goes by days.
const SEGMENT_AGE: SignedDuration = SignedDuration::from_hours(24);
/// Distinct alerts up to which a segment's are kept in memory, so that a search for one alert skips others' segments.
const NAMES_MAX: usize = 4096;
const EXTENSION: &str = "ledger";

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct StoreError {
    /// Which file or folder.
    pub path: String,
    /// Why.
    pub error: std::io::Error,
}

impl StoreError {
    fn at(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + '_ {
        move |error| StoreError { path: path.display().to_string(), error }
    }
}

/// A segment as searches see it: the bytes up to `len` do not change any more.
#[derive(Clone, Debug)]
pub struct Segment {
    path: PathBuf,
    len: u64,
    first: Timestamp,
    last: Timestamp,
    /// Its alerts; `None` if there are too many.
    names: Option<std::sync::Arc<HashSet<Fingerprint>>>,
}

/// The segment that is written.
#[derive(Debug)]
struct Active {
    segment: Segment,
    file: File,
    /// Alerts that it named.
    named: HashSet<Fingerprint>,
}

/// All segments.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    retention: SignedDuration,
    bytes_max: u64,
    closed: Vec<Segment>,
    active: Option<Active>,
    next_number: u64,
}

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Query {
    /// Not before.
    pub start: Timestamp,
    /// Not after.
    pub end: Timestamp,
    /// Only this alert.
    pub fingerprint: Option<Fingerprint>,
    /// Only alerts whose labels pass.
    pub matchers: Matchers,
    /// Only what has to do with receivers of such a name.
    pub receiver: Option<Regex>,
    /// The newest so many.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Whether there are more, older ones.
    pub truncated: bool,
}

impl Store {
    /// Opens a folder, which is made if it is not there. Cuts off what the end of a process left half written.
    ///
    /// # Errors
    /// [`StoreError`]; damage is no error, but logged.
    pub fn open(dir: &Path, retention: SignedDuration, bytes_max: u64) -> Result<Store, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::at(dir))?;
        let mut numbers = Vec::new();
        for file in std::fs::read_dir(dir).map_err(StoreError::at(dir))? {
            let path = file.map_err(StoreError::at(dir))?.path();
            let number = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse::<u64>().ok());
            if path.extension().is_some_and(|e| e == EXTENSION)
                && let Some(number) = number
            {
                numbers.push((number, path));
            }
        }
        numbers.sort();
        let next_number = numbers.last().map_or(1, |(number, _)| number + 1);
        let mut store = Store {
            dir: dir.to_owned(),
            retention,
            bytes_max,
            closed: Vec::new(),
            active: None,
            next_number,
        };
        for (_, path) in numbers {
            store.close();
            match examine(&path).map_err(StoreError::at(&path))? {
                Some(examined) => store.active = Some(examined),
                // Nothing in it can be read.
                None => std::fs::remove_file(&path).map_err(StoreError::at(&path))?,
            }
        }
        Ok(store)
    }

    /// Appends entries.
    ///
    /// # Errors
    /// [`StoreError`]; entries before the one that failed are kept.
    pub fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        for batch in entries.chunks(1024) {
            self.append_batch(batch)?;
        }
        Ok(())
    }

    fn append_batch(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let times = entries.iter().map(|e| e.at);
        let (Some(oldest), Some(newest)) = (times.clone().min(), times.max()) else { return Ok(()) };
        self.close_if_full(newest);
        if self.active.is_none() {
            self.active = Some(self.begin(oldest)?);
        }
        let Some(active) = &mut self.active else { return Ok(()) };
        let mut bytes = Vec::new();
        for entry in entries {
            active.add(entry, &mut bytes);
        }
        if let Err(error) = active.file.write_all(&bytes) {
            let path = active.segment.path.clone();
            // What is half written must not stand before what comes; and names may be missing now: begin anew.
            if let Err(error) = active.file.set_len(active.segment.len) {
                tracing::error!(path = %path.display(), %error, "cannot cut off what was half written");
            }
            self.close();
            return Err(StoreError::at(&path)(error));
        }
        active.segment.len += bytes.len() as u64;
        active.segment.first = active.segment.first.min(oldest);
        active.segment.last = active.segment.last.max(newest);
        Ok(())
    }

    /// Deletes segments that are too old or too many.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn prune(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.close_if_full(now);
        let oldest = later(now, -self.retention);
        let mut bytes = self.bytes();
        while let Some(first) = self.closed.first().filter(|s| s.last < oldest || bytes > self.bytes_max) {
            std::fs::remove_file(&first.path).map_err(StoreError::at(&first.path))?;
            bytes -= first.len;
            self.closed.remove(0);
        }
        Ok(())
    }

    /// Returns how many bytes there are on disk.
    pub fn bytes(&self) -> u64 {
        self.segments().iter().map(|segment| segment.len).sum()
    }

    /// Returns all segments, oldest first, to be searched without holding on to the store.
    pub fn segments(&self) -> Vec<Segment> {
        let active = self.active.as_ref().map(|active| Segment {
            names: (active.named.len() <= NAMES_MAX).then(|| active.named.clone().into()),
            ..active.segment.clone()
        });
        self.closed.iter().cloned().chain(active).collect()
    }

    fn close_if_full(&mut self, now: Timestamp) {
        let full = |active: &Active| {
            active.segment.len >= SEGMENT_BYTES || later(active.segment.first, SEGMENT_AGE) < now
        };
        if self.active.as_ref().is_some_and(full) {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(Active { mut segment, named, file }) = self.active.take() {
            if let Err(error) = file.sync_data() {
                tracing::error!(path = %segment.path.display(), %error, "the ledger's segment may be lost with the power");
            }
            segment.names = (named.len() <= NAMES_MAX).then(|| named.into());
            self.closed.push(segment);
        }
    }

    fn begin(&mut self, now: Timestamp) -> Result<Active, StoreError> {
        let number = self.next_number;
        let path = self.dir.join(format!("{number:08}.{EXTENSION}"));
        let mut file =
            OpenOptions::new().create_new(true).append(true).open(&path).map_err(StoreError::at(&path))?;
        self.next_number += 1;
        file.write_all(HEADER).map_err(StoreError::at(&path))?;
        let len = HEADER.len() as u64;
        let segment = Segment { path, len, first: now, last: now, names: None };
        Ok(Active { segment, file, named: HashSet::new() })
    }
}

impl Active {
    fn add(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        let new = |alert: &&Named| self.named.insert(alert.fingerprint);
        let names = entry.alerts.iter().filter(new).map(Name::of).collect();
        let frame = Frame { names, record: Some(Record::of(entry)) };
        let message = frame.encode_to_vec();
        out.extend_from_slice(&(message.len() as u32).to_le_bytes());
        out.extend_from_slice(&xxh3_64(&message).to_le_bytes());
        out.extend_from_slice(&message);
    }
}

/// Goes through the frames of a segment. Returns the number of good bytes, which is all of them if nothing is damaged.
fn frames(bytes: &[u8], mut each: impl FnMut(Frame)) -> usize {
    let Some(mut rest) = bytes.strip_prefix(HEADER) else { return 0 };
    loop {
        let good = bytes.len() - rest.len();
        let Some((head, after)) = rest.split_at_checked(FRAME_HEAD) else { return good };
        let (length, checksum) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
        let checksum = u64::from_le_bytes(checksum.try_into().unwrap_or_default());
        if length > MESSAGE_BYTES_MAX {
            return good;
        }
        let Some((message, next)) = after.split_at_checked(length) else { return good };
        if xxh3_64(message) != checksum {
            return good;
        }
        let Ok(frame) = Frame::decode(message) else { return good };
        each(frame);
        rest = next;
    }
}

/// Looks through a segment of a former process, which then is gone on with. Returns `None` if there is nothing in it.
fn examine(path: &Path) -> std::io::Result<Option<Active>> {
    let bytes = std::fs::read(path)?;
    let (mut times, mut names) = (None::<(i64, i64)>, HashSet::new());
    let good = frames(&bytes, |frame| {
        names.extend(frame.names.iter().map(|name| Fingerprint(name.fingerprint)));
        if let Some(record) = frame.record {
            let at = record.at_ms;
            times = Some(times.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
    });
    if good < bytes.len() {
        tracing::warn!(path = %path.display(), good, lost = bytes.len() - good, "the ledger's segment ends in bytes that are no entry");
        OpenOptions::new().write(true).open(path)?.set_len(good as u64)?;
    }
    let Some((first, last)) = times else { return Ok(None) };
    let moment = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let file = OpenOptions::new().append(true).open(path)?;
    let (path, len) = (path.to_owned(), good as u64);
    let segment = Segment { path, len, first: moment(first), last: moment(last), names: None };
    Ok(Some(Active { segment, file, named: names }))
}

/// Searches segments, the newest first, until enough was found.
///
/// # Errors
/// A file that cannot be read, unless it was deleted meanwhile.
pub fn search(segments: &[Segment], query: &Query) -> Result<Found, StoreError> {
    let mut parts: Vec<Vec<Entry>> = Vec::new();
    let mut count = 0;
    let mut truncated = false;
    for segment in segments.iter().rev() {
        if segment.last < query.start || segment.first > query.end {
            continue;
        }
        if let (Some(names), Some(wanted)) = (&segment.names, query.fingerprint)
            && !names.contains(&wanted)
        {
            continue;
        }
        if count >= query.limit {
            truncated = true;
            break;
        }
        let part = search_one(segment, query)?;
        count += part.len();
        parts.push(part);
    }
    let mut entries: Vec<Entry> = parts.into_iter().rev().flatten().collect();
    entries.sort_by_key(|entry| entry.at);
    if entries.len() > query.limit {
        truncated = true;
        entries.drain(..entries.len() - query.limit);
    }
    Ok(Found { entries, truncated })
}

fn search_one(segment: &Segment, query: &Query) -> Result<Vec<Entry>, StoreError> {
    let bytes = match std::fs::read(&segment.path) {
        Ok(bytes) => bytes,
        // Retention was faster.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::at(&segment.path)(error)),
    };
    let known = usize::try_from(segment.len).unwrap_or(usize::MAX).min(bytes.len());
    let mut names: HashMap<u64, Labels> = HashMap::new();
    let mut found = std::collections::VecDeque::new();
    frames(&bytes[..known], |frame| {
        for name in &frame.names {
            let labels = name.labels();
            let wanted = query.fingerprint.is_none_or(|f| f.0 == name.fingerprint);
            if wanted && query.matchers.match_labels(&labels) {
                names.insert(name.fingerprint, labels);
            }
        }
        let Some(record) = frame.record else { return };
        let in_time = (query.start.as_millisecond()..=query.end.as_millisecond()).contains(&record.at_ms);
        if !in_time || !record.alerts.iter().any(|f| names.contains_key(f)) {
            return;
        }
        let Some(entry) = record.entry(&names) else { return };
        let receiver = |pattern: &Regex| entry.event.receiver().is_some_and(|name| pattern.is_match(name));
        if query.receiver.as_ref().is_none_or(receiver) {
            if found.len() > query.limit {
                found.pop_front();
            }
            found.push_back(entry);
        }
    });
    Ok(found.into())
}

#[cfg(test)]
mod tests;
