//! A directory as a store.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::{Object, Store};
use crate::digest::{Digest, Digester};
use crate::error::BackupError;
use crate::progress::Progress;

/// Bytes copied at once.
const BUFFER_BYTES: usize = 1 << 20;
/// How names of unfinished files end.
const UNFINISHED: &str = ".unfinished";

/// A directory as a store. Files are written beside their place, synced and renamed.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Names the directory; it is created when something is written.
    pub fn new(root: impl Into<PathBuf>) -> Directory {
        Directory { root: root.into() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Writes what `fill` writes under the final name.
    fn write(
        &self,
        key: &str,
        fill: impl FnOnce(&mut File, &Path) -> Result<Digest, BackupError>,
    ) -> Result<Digest, BackupError> {
        let path = self.path(key);
        let parent = path.parent().unwrap_or(&self.root).to_owned();
        fs::create_dir_all(&parent).map_err(BackupError::io("create directory", &parent))?;
        let mut beside = path.clone().into_os_string();
        beside.push(UNFINISHED);
        let beside = PathBuf::from(beside);
        let mut file = File::create(&beside).map_err(BackupError::io("create", &beside))?;
        let written = fill(&mut file, &beside)?;
        file.sync_all().map_err(BackupError::io("sync", &beside))?;
        fs::rename(&beside, &path).map_err(BackupError::io("rename", &beside))?;
        File::open(&parent).and_then(|d| d.sync_all()).map_err(BackupError::io("sync directory", &parent))?;
        Ok(written)
    }
}

impl Store for Directory {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn list(&self, prefix: &str) -> Result<Vec<Object>, BackupError> {
        let mut found = Vec::new();
        let mut todo = vec![prefix.to_owned()];
        while let Some(dir) = todo.pop() {
            let path = self.path(&dir);
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(BackupError::io("list", &path)(e)),
            };
            for entry in entries {
                let entry = entry.map_err(BackupError::io("list", &path))?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let meta = entry.metadata().map_err(BackupError::io("inspect", &entry.path()))?;
                if meta.is_dir() {
                    todo.push(format!("{dir}{name}/"));
                } else if !name.ends_with(UNFINISHED) {
                    found.push(Object { key: format!("{dir}{name}"), bytes: meta.len() });
                }
            }
        }
        Ok(found)
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let fill = |file: &mut File, path: &Path| {
            file.write_all(bytes).map_err(BackupError::io("write", path))?;
            Ok(crate::digest::of_bytes(bytes))
        };
        self.write(key, fill).map(|_| ())
    }

    fn put_file(&self, key: &str, file: &Path, progress: &dyn Progress) -> Result<Digest, BackupError> {
        let mut from = File::open(file).map_err(BackupError::io("open", file))?;
        self.write(key, |to, path| copy((&mut from, file), (to, path), progress))
    }

    fn get(&self, key: &str, bytes_max: u64) -> Result<Vec<u8>, BackupError> {
        let path = self.path(key);
        let file = File::open(&path).map_err(BackupError::io("open", &path))?;
        let mut bytes = Vec::new();
        file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(BackupError::io("read", &path))?;
        if bytes.len() as u64 > bytes_max {
            let (expected, found) = (format!("at most {bytes_max} bytes"), "more".to_owned());
            return Err(BackupError::Damaged { key: key.to_owned(), expected, found });
        }
        Ok(bytes)
    }

    fn get_file(
        &self,
        key: &str,
        _bytes: u64,
        to: &Path,
        progress: &dyn Progress,
    ) -> Result<Digest, BackupError> {
        let path = self.path(key);
        let missing = |e: std::io::Error| BackupError::Store {
            action: "read",
            key: key.to_owned(),
            place: self.place(),
            reason: e.to_string(),
        };
        let mut from = File::open(&path).map_err(missing)?;
        let mut file = File::create(to).map_err(BackupError::io("create", to))?;
        copy((&mut from, &path), (&mut file, to), progress)
    }

    fn delete(&self, key: &str) -> Result<(), BackupError> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(BackupError::io("delete", &path)(e)),
            Ok(()) | Err(_) => {}
        }
        // Directories that became empty go too; the first that is not ends it.
        let mut dir = path.parent();
        while let Some(empty) = dir.filter(|dir| *dir != self.root && fs::remove_dir(dir).is_ok()) {
            dir = empty.parent();
        }
        Ok(())
    }
}

fn copy(
    from: (&mut File, &Path),
    to: (&mut File, &Path),
    progress: &dyn Progress,
) -> Result<Digest, BackupError> {
    let mut digester = Digester::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let n = from.0.read(&mut buffer).map_err(BackupError::io("read", from.1))?;
        if n == 0 {
            return Ok(digester.finish());
        }
        digester.update(&buffer[..n]);
        to.0.write_all(&buffer[..n]).map_err(BackupError::io("write", to.1))?;
        progress.advance(n as u64);
    }
}
