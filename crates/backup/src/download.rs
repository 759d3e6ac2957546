//! Restoring a backup, and checking one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::digest::{Digest, of_file};
use crate::error::BackupError;
use crate::manifest::{FileEntry, Manifest, backups};
use crate::progress::Progress;
use crate::store::Store;
use crate::workers::each;

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The backup.
    pub manifest: Manifest,
    /// Files that an earlier attempt had brought.
    pub kept_files: usize,
}

/// Brings a backup, the newest unless one is named, into `dir`, which must not exist or be empty. Files are gathered beside
/// it; an interrupted restore goes on with what is there. `dir` appears when all is there and has its SHA-256.
///
/// # Errors
/// [`BackupError`].
pub fn restore(
    store: &dyn Store,
    name: Option<&str>,
    dir: &Path,
    progress: &dyn Progress,
) -> Result<Restored, BackupError> {
    refuse_contents(dir)?;
    let manifest = find(store, name)?;
    let beside = beside(dir, &manifest.name);
    fs::create_dir_all(&beside).map_err(BackupError::io("create directory", &beside))?;
    progress.total(manifest.files.len(), manifest.bytes());
    let kept = each(&manifest.files, |file| bring(store, file, &beside, progress))?;
    remove_strangers(&beside, &manifest)?;
    sync_dirs(&beside)?;
    if dir.exists() {
        fs::remove_dir(dir).map_err(BackupError::io("replace", dir))?;
    }
    fs::rename(&beside, dir).map_err(BackupError::io("rename", &beside))?;
    let parent = parent_of(dir);
    File::open(&parent).and_then(|d| d.sync_all()).map_err(BackupError::io("sync directory", &parent))?;
    Ok(Restored { manifest, kept_files: kept.iter().filter(|kept| **kept).count() })
}

/// Reads all files of a backup, the newest unless one is named, and compares them with their SHA-256. Returns what is wrong.
///
/// # Errors
/// [`BackupError`] where the store fails.
pub fn check(
    store: &dyn Store,
    name: Option<&str>,
    scratch: &Path,
    progress: &dyn Progress,
) -> Result<(Manifest, Vec<BackupError>), BackupError> {
    let manifest = find(store, name)?;
    fs::create_dir_all(scratch).map_err(BackupError::io("create directory", scratch))?;
    progress.total(manifest.files.len(), manifest.bytes());
    let numbered: Vec<(usize, &FileEntry)> = manifest.files.iter().enumerate().collect();
    let wrong = each(&numbered, |(number, file)| {
        let to = scratch.join(format!("check-{number}"));
        let result = store.get_file(&file.key, file.bytes, &to, progress).and_then(|d| compare(file, &d));
        fs::remove_file(&to).ok();
        match result {
            Ok(()) => Ok(None),
            Err(error @ (BackupError::Damaged { .. } | BackupError::Store { .. })) => Ok(Some(error)),
            Err(error) => Err(error),
        }
    })?;
    Ok((manifest.clone(), wrong.into_iter().flatten().collect()))
}

fn find(store: &dyn Store, name: Option<&str>) -> Result<Manifest, BackupError> {
    let all = backups(store)?;
    let found = match name {
        Some(name) => all.into_iter().find(|one| one == name),
        None => all.into_iter().next_back(),
    };
    let missing = || BackupError::NoBackup { name: name.map(str::to_owned), place: store.place() };
    Manifest::read(store, &found.ok_or_else(missing)?)
}

fn refuse_contents(dir: &Path) -> Result<(), BackupError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(BackupError::NotEmpty(dir.to_owned())),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(BackupError::io("list", dir)(e)),
    }
}

fn parent_of(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Returns where files are gathered: on the same file system, so that one rename ends the restore.
fn beside(dir: &Path, name: &str) -> PathBuf {
    let own = dir.file_name().map_or("data".to_owned(), |n| n.to_string_lossy().into_owned());
    parent_of(dir).join(format!("{own}.restoring-{name}"))
}

/// Brings a file unless it is there. Returns whether it was.
fn bring(
    store: &dyn Store,
    file: &FileEntry,
    into: &Path,
    progress: &dyn Progress,
) -> Result<bool, BackupError> {
    let to = into.join(&file.path);
    if to.metadata().is_ok_and(|meta| meta.len() == file.bytes) && compare(file, &of_file(&to)?).is_ok() {
        progress.advance(file.bytes);
        return Ok(true);
    }
    let parent = parent_of(&to);
    fs::create_dir_all(&parent).map_err(BackupError::io("create directory", &parent))?;
    let brought = store.get_file(&file.key, file.bytes, &to, progress)?;
    compare(file, &brought)?;
    File::open(&to).and_then(|f| f.sync_all()).map_err(BackupError::io("sync", &to))?;
    Ok(false)
}

fn compare(file: &FileEntry, found: &Digest) -> Result<(), BackupError> {
    if found.bytes == file.bytes && found.sha256 == file.sha256 {
        return Ok(());
    }
    let show = |bytes, sha: &str| format!("{bytes} bytes with SHA-256 {sha}");
    Err(BackupError::Damaged {
        key: file.key.clone(),
        expected: show(file.bytes, &file.sha256),
        found: show(found.bytes, &found.sha256),
    })
}

/// Removes what does not belong to the backup.
fn remove_strangers(dir: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let known: std::collections::HashSet<PathBuf> =
        manifest.files.iter().map(|f| dir.join(&f.path)).collect();
    let mut todo = vec![dir.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).map_err(BackupError::io("list", &next))? {
            let path = entry.map_err(BackupError::io("list", &next))?.path();
            if path.is_dir() {
                todo.push(path);
            } else if !known.contains(&path) {
                fs::remove_file(&path).map_err(BackupError::io("delete", &path))?;
            }
        }
    }
    Ok(())
}

fn sync_dirs(dir: &Path) -> Result<(), BackupError> {
    let mut todo = vec![dir.to_owned()];
    while let Some(next) = todo.pop() {
        File::open(&next).and_then(|d| d.sync_all()).map_err(BackupError::io("sync directory", &next))?;
        for entry in fs::read_dir(&next).map_err(BackupError::io("list", &next))? {
            let path = entry.map_err(BackupError::io("list", &next))?.path();
            if path.is_dir() {
                todo.push(path);
            }
        }
    }
    Ok(())
}
