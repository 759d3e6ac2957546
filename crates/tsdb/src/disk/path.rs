//! A path on a disk, and what can be done with what stands there.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Disk, Entry, FileBytes, OpenFile, RealDisk, Space};
use crate::error::FileError;

/// A path on a disk. It is no [`Path`], so that nothing is asked of the operating system by mistake; what is asked of the
/// disk answers with errors that name action and path.
#[derive(Clone, Debug)]
pub struct DiskPath {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl DiskPath {
    /// Puts a path on a disk.
    pub fn new(disk: Arc<dyn Disk>, path: impl Into<PathBuf>) -> DiskPath {
        DiskPath { disk, path: path.into() }
    }

    /// Returns the path alone.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Shows the path.
    pub fn display(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// Returns what stands below this under a name.
    pub fn join(&self, name: impl AsRef<Path>) -> DiskPath {
        DiskPath { disk: self.disk.clone(), path: self.path.join(name) }
    }

    /// Returns the directory that this is in; itself for a root.
    pub fn parent(&self) -> DiskPath {
        let path = self.path.parent().unwrap_or(&self.path).to_owned();
        DiskPath { disk: self.disk.clone(), path }
    }

    /// Returns the path whose last part goes on with `suffix`.
    pub fn with_suffix(&self, suffix: &str) -> DiskPath {
        let mut path = self.path.as_os_str().to_owned();
        path.push(suffix);
        DiskPath { disk: self.disk.clone(), path: path.into() }
    }

    /// Returns the last part.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    fn done<T>(&self, action: &'static str, result: io::Result<T>) -> Result<T, FileError> {
        result.map_err(|e| FileError::io(action, &self.path, e))
    }

    /// Creates a file that must not exist.
    ///
    /// # Errors
    /// [`FileError::Io`], as all below.
    pub fn create_new(&self) -> Result<OpenFile, FileError> {
        self.done("create", self.disk.create_new(&self.path)).map(|file| OpenFile::new(file, self))
    }

    /// Creates a file; one that is there is emptied.
    pub fn create(&self) -> Result<OpenFile, FileError> {
        self.done("create", self.disk.create(&self.path)).map(|file| OpenFile::new(file, self))
    }

    /// Opens a file that is there for reading and writing.
    pub fn open(&self) -> Result<OpenFile, FileError> {
        self.done("open", self.disk.open(&self.path)).map(|file| OpenFile::new(file, self))
    }

    /// Opens a file for reading.
    pub fn open_read(&self) -> Result<OpenFile, FileError> {
        self.done("open", self.disk.open_read(&self.path)).map(|file| OpenFile::new(file, self))
    }

    /// Returns a whole file as it is now, mapped where the disk can. It must not be cut while the answer lives.
    pub fn bytes(&self) -> Result<FileBytes, FileError> {
        self.done("map", self.disk.contents(&self.path)).map(|bytes| FileBytes::new(bytes, self))
    }

    /// Reads a small file.
    pub fn read(&self) -> Result<Vec<u8>, FileError> {
        let file = self.open_read()?;
        let mut bytes = vec![0; usize::try_from(self.length()?).unwrap_or(usize::MAX)];
        let read = file.read_at(&mut bytes, 0)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Reads a small file; `None` if there is none.
    pub fn read_if_there(&self) -> Result<Option<Vec<u8>>, FileError> {
        match self.read() {
            Err(error) if error.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Writes a small file beside its place, makes it durable, and moves it there.
    pub fn replace(&self, bytes: &[u8]) -> Result<(), FileError> {
        let beside = self.with_suffix(".tmp");
        let file = beside.create()?;
        let written = file.write_all_at(bytes, 0).and_then(|()| file.sync());
        if let Err(error) = written {
            // Half a file would only take room, which may be what is missing.
            beside.remove_file().ok();
            return Err(error);
        }
        beside.rename_to(self)?;
        self.parent().sync_dir()
    }

    /// Tells what is here; `None` if nothing is.
    pub fn entry(&self) -> Result<Option<Entry>, FileError> {
        match self.disk.entry(&self.path) {
            Ok(entry) => Ok(Some(entry)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => self.done("inspect", Err(e)),
        }
    }

    /// Tells whether anything is here. What cannot be inspected counts as being there.
    pub fn is_there(&self) -> bool {
        !matches!(self.entry(), Ok(None))
    }

    /// Returns the length of a file.
    pub fn length(&self) -> Result<u64, FileError> {
        self.done("inspect", self.disk.entry(&self.path)).map(|e| e.bytes)
    }

    /// Returns what a directory holds, by name; nothing if there is no directory.
    pub fn list_if_there(&self) -> Result<Vec<Entry>, FileError> {
        match self.list() {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            other => other,
        }
    }

    /// Returns what a directory holds, by name.
    pub fn list(&self) -> Result<Vec<Entry>, FileError> {
        let mut entries = self.done("list", self.disk.list(&self.path))?;
        entries.sort_unstable();
        Ok(entries)
    }

    /// Returns the files of a directory whose names are numbers, in their order.
    pub fn numbered_files(&self) -> Result<Vec<(u64, DiskPath)>, FileError> {
        let mut files: Vec<(u64, DiskPath)> = self
            .list()?
            .into_iter()
            .filter(|e| !e.is_dir)
            .filter_map(|e| Some((e.name.parse().ok()?, self.join(e.name))))
            .collect();
        files.sort_unstable_by_key(|(number, _)| *number);
        Ok(files)
    }

    /// Creates a directory and those above it.
    pub fn create_dir_all(&self) -> Result<(), FileError> {
        self.done("create directory", self.disk.create_dir_all(&self.path))
    }

    /// Gives this another name on the same disk, replacing a file that has it.
    pub fn rename_to(&self, to: &DiskPath) -> Result<(), FileError> {
        self.done("rename", self.disk.rename(&self.path, &to.path))
    }

    /// Removes a file.
    pub fn remove_file(&self) -> Result<(), FileError> {
        self.done("delete", self.disk.remove_file(&self.path))
    }

    /// Removes a directory with all in it.
    pub fn remove_dir_all(&self) -> Result<(), FileError> {
        self.done("delete", self.disk.remove_dir_all(&self.path))
    }

    /// Gives a file a second name on the same disk.
    pub fn link_to(&self, to: &DiskPath) -> Result<(), FileError> {
        self.done("link", self.disk.hard_link(&self.path, &to.path))
    }

    /// Makes a copy of a file.
    pub fn copy_to(&self, to: &DiskPath) -> Result<(), FileError> {
        let from = self.open_read()?;
        let target = to.create_new()?;
        let mut buffer = vec![0; 1 << 20];
        let mut at = 0;
        loop {
            let read = from.read_at(&mut buffer, at)?;
            if read == 0 {
                return target.sync();
            }
            target.write_all_at(&buffer[..read], at)?;
            at += read as u64;
        }
    }

    /// Makes the names in a directory durable.
    pub fn sync_dir(&self) -> Result<(), FileError> {
        self.done("sync directory", self.disk.sync_dir(&self.path))
    }

    /// Takes the lock that this file stands for; `None` if another process holds it.
    pub fn lock(&self) -> Result<Option<Box<dyn Debug + Send + Sync>>, FileError> {
        self.done("lock", self.disk.lock(&self.path))
    }

    /// Tells how much room is here.
    pub fn space(&self) -> Result<Space, FileError> {
        self.done("ask for room in", self.disk.space(&self.path))
    }
}

impl AsRef<Path> for DiskPath {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// Paths are compared by their names: a process has one disk.
impl PartialEq for DiskPath {
    fn eq(&self, other: &DiskPath) -> bool {
        self.path == other.path
    }
}

impl Eq for DiskPath {}

impl From<&Path> for DiskPath {
    fn from(path: &Path) -> DiskPath {
        DiskPath::new(Arc::new(RealDisk), path)
    }
}

impl From<PathBuf> for DiskPath {
    fn from(path: PathBuf) -> DiskPath {
        DiskPath::new(Arc::new(RealDisk), path)
    }
}

impl From<&PathBuf> for DiskPath {
    fn from(path: &PathBuf) -> DiskPath {
        DiskPath::from(path.as_path())
    }
}

impl From<&DiskPath> for DiskPath {
    fn from(path: &DiskPath) -> DiskPath {
        path.clone()
    }
}
