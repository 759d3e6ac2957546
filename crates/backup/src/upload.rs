//! Making a backup.

use std::collections::HashMap;

use crate::digest::of_file;
use crate::error::BackupError;
use crate::manifest::{FileEntry, Manifest, backups};
use crate::progress::Progress;
use crate::source::{Source, SourceFile};
use crate::store::Store;
use crate::workers::each;

/// Where files are.
pub(crate) const FILES: &str = "files/";
/// Digits of the SHA-256 that stand behind the name of a file that may change.
const SUFFIX_DIGITS: usize = 16;

/// What a backup did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backed {
    /// The backup.
    pub manifest: Manifest,
    /// Files that were sent; the others were there.
    pub sent_files: usize,
    /// Their bytes.
    pub sent_bytes: u64,
}

/// Sends what the store does not have, then writes a manifest. `now_ms` becomes the backup's name.
///
/// # Errors
/// [`BackupError`]; what was sent stays, and the next attempt does not send it again.
pub fn backup(
    source: &Source,
    store: &dyn Store,
    now_ms: i64,
    progress: &dyn Progress,
) -> Result<Backed, BackupError> {
    let files = source.files()?;
    let there: HashMap<String, u64> = store.list(FILES)?.into_iter().map(|o| (o.key, o.bytes)).collect();
    let known = known_sums(store)?;
    progress.total(files.len(), files.iter().map(|f| f.bytes).sum());
    let sent = each(&files, |file| send(file, store, &there, &known, progress))?;

    let entries: Vec<FileEntry> = sent.iter().map(|(entry, _)| entry.clone()).collect();
    check_all_there(store, &entries)?;
    let manifest = Manifest::new(free_name(store, now_ms)?, entries);
    manifest.write(store)?;
    let new = || sent.iter().filter(|(_, is_new)| *is_new);
    Ok(Backed { sent_files: new().count(), sent_bytes: new().map(|(e, _)| e.bytes).sum(), manifest })
}

/// Returns the sums that the newest backup knows, by key, so that what never changes is not read again.
fn known_sums(store: &dyn Store) -> Result<HashMap<String, FileEntry>, BackupError> {
    let Some(newest) = backups(store)?.pop() else { return Ok(HashMap::new()) };
    match Manifest::read(store, &newest) {
        Ok(manifest) => Ok(manifest.files.into_iter().map(|file| (file.key.clone(), file)).collect()),
        Err(error @ (BackupError::Manifest { .. } | BackupError::Damaged { .. })) => {
            tracing::warn!(%error, "the newest backup cannot be read; all files are read again");
            Ok(HashMap::new())
        }
        Err(error) => Err(error),
    }
}

/// Sends a file unless it is there. Returns its entry, and whether it was sent.
fn send(
    file: &SourceFile,
    store: &dyn Store,
    there: &HashMap<String, u64>,
    known: &HashMap<String, FileEntry>,
    progress: &dyn Progress,
) -> Result<(FileEntry, bool), BackupError> {
    let entry =
        |key: String, sha256: String| FileEntry { path: file.path.clone(), key, bytes: file.bytes, sha256 };
    let plain = format!("{FILES}{}", file.path);
    if file.is_immutable
        && let Some(known) = known.get(&plain)
        && known.bytes == file.bytes
        && there.get(&plain) == Some(&file.bytes)
    {
        progress.advance(file.bytes);
        return Ok((entry(plain, known.sha256.clone()), false));
    }
    let digest = of_file(&file.full)?;
    if digest.bytes != file.bytes {
        return Err(BackupError::Changed(file.full.clone()));
    }
    let key = if file.is_immutable { plain } else { format!("{plain}.{}", &digest.sha256[..SUFFIX_DIGITS]) };
    if there.get(&key) == Some(&file.bytes) {
        progress.advance(file.bytes);
        return Ok((entry(key, digest.sha256), false));
    }
    let sent = store.put_file(&key, &file.full, progress)?;
    if sent != digest {
        return Err(BackupError::Changed(file.full.clone()));
    }
    Ok((entry(key, digest.sha256), true))
}

/// A manifest must not name what a prune took away meanwhile.
fn check_all_there(store: &dyn Store, entries: &[FileEntry]) -> Result<(), BackupError> {
    let there: HashMap<String, u64> = store.list(FILES)?.into_iter().map(|o| (o.key, o.bytes)).collect();
    match entries.iter().find(|entry| there.get(&entry.key) != Some(&entry.bytes)) {
        None => Ok(()),
        Some(entry) => Err(BackupError::Damaged {
            key: entry.key.clone(),
            expected: format!("{} bytes", entry.bytes),
            found: there.get(&entry.key).map_or("nothing".to_owned(), |bytes| format!("{bytes} bytes")),
        }),
    }
}

/// Returns the time as a name that no backup has yet.
fn free_name(store: &dyn Store, now_ms: i64) -> Result<String, BackupError> {
    let taken = backups(store)?;
    let seconds = now_ms.div_euclid(1000);
    let name = |seconds| match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y%m%dT%H%M%SZ").to_string(),
        Err(_) => format!("{seconds:020}"), // beyond the year 9999
    };
    let free = (seconds..seconds + 1000).map(name).find(|name| !taken.contains(name));
    free.ok_or_else(|| BackupError::Manifest { name: name(seconds), reason: "is taken".to_owned() })
}
