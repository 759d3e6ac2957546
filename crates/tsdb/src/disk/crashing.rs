//! A simulated disk: all in memory, with a power switch, a bottom, and faults on command.
//!
//! Each file knows its durable bytes and the writes since its last sync; each directory its durable names and the changes
//! since *its* last sync. [`Image`]s say what a machine finds after losing power: any part of what was not synced, writes
//! torn and reordered, names old or new. What POSIX promises is kept, and nothing more: a rename is seen whole or not at
//! all, and a file's bytes are not its name.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Contents, Disk, DiskFile, Entry, Space};

/// What an image keeps of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All: the process was killed, the machine was not.
    All,
    /// Nothing.
    Nothing,
    /// Some writes and names, chosen by this seed; one write is torn.
    Some(u64),
}

/// What is made to fail.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Bytes that files may take together.
    pub room: Option<u64>,
    /// Paths with this in them cannot be written, created, synced, renamed or removed: an input/output error.
    pub broken: Option<String>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Clone, Debug)]
struct NameChange {
    name: String,
    node: Option<usize>,
    /// Changes with one number, the two halves of a rename, are seen together.
    together: u64,
}

#[derive(Clone, Debug)]
enum Node {
    File { bytes: Vec<u8>, durable: Vec<u8>, pending: Vec<Change> },
    Dir { names: BTreeMap<String, usize>, durable: BTreeMap<String, usize>, pending: Vec<NameChange> },
}

#[derive(Clone, Debug)]
struct State {
    nodes: Vec<Node>,
    faults: Faults,
    changes: u64,
    /// Images are taken at each sync while this is set, with the number that stood here.
    mark: Option<u64>,
    images: Vec<(u64, Image)>,
}

/// The state of a disk at one moment.
#[derive(Clone, Debug)]
pub struct Image(Vec<Node>);

/// The disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct CrashingDisk(Arc<Mutex<State>>);

const ROOT: usize = 0;

fn empty_dir() -> Node {
    Node::Dir { names: BTreeMap::new(), durable: BTreeMap::new(), pending: Vec::new() }
}

fn error(kind: io::ErrorKind, path: &Path) -> io::Error {
    io::Error::new(kind, format!("simulated disk: {kind} at {}", path.display()))
}

/// A small random generator, so that a seed tells a whole run.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Returns a number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

impl Image {
    /// Returns the disk that a machine finds when it starts again.
    pub fn restart(&self, keep: Keep) -> CrashingDisk {
        let mut nodes = self.0.clone();
        let mut random = Random(match keep {
            Keep::Some(seed) => seed,
            Keep::All | Keep::Nothing => 0,
        });
        let mut chosen: BTreeMap<u64, bool> = BTreeMap::new();
        for node in &mut nodes {
            match node {
                Node::File { bytes, durable, pending } => {
                    if keep != Keep::All {
                        *bytes = survivors(durable, pending, keep, &mut random);
                    }
                    *durable = bytes.clone();
                    pending.clear();
                }
                Node::Dir { names, durable, pending } => {
                    if keep != Keep::All {
                        *names = durable.clone();
                        for change in pending.iter() {
                            let kept = *chosen
                                .entry(change.together)
                                .or_insert_with(|| keep != Keep::Nothing && random.below(2) == 1);
                            if kept {
                                set_name(names, change);
                            }
                        }
                    }
                    *durable = names.clone();
                    pending.clear();
                }
            }
        }
        CrashingDisk::of(nodes)
    }
}

/// Returns the bytes of a file of which some changes did not reach the disk.
fn survivors(durable: &[u8], pending: &[Change], keep: Keep, random: &mut Random) -> Vec<u8> {
    let mut bytes = durable.to_vec();
    if keep == Keep::Nothing {
        return bytes;
    }
    let torn = random.below(pending.len() as u64 + 1) as usize;
    for (i, change) in pending.iter().enumerate() {
        match change {
            Change::Write(at, written) if i == torn => {
                let kept = random.below(written.len() as u64 + 1) as usize;
                put(&mut bytes, *at, &written[..kept]);
            }
            Change::Write(at, written) if random.below(4) > 0 => put(&mut bytes, *at, written),
            Change::Length(length) if random.below(2) == 1 => bytes.resize(*length as usize, 0),
            Change::Write(..) | Change::Length(_) => {}
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, at: u64, written: &[u8]) {
    let end = at as usize + written.len();
    if written.is_empty() {
        return;
    }
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at as usize..end].copy_from_slice(written);
}

fn set_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change.node {
        Some(node) => names.insert(change.name.clone(), node),
        None => names.remove(&change.name),
    };
}

impl Default for CrashingDisk {
    fn default() -> CrashingDisk {
        CrashingDisk::of(vec![empty_dir()])
    }
}

impl CrashingDisk {
    fn of(nodes: Vec<Node>) -> CrashingDisk {
        CrashingDisk(Arc::new(Mutex::new(State {
            nodes,
            faults: Faults::default(),
            changes: 0,
            mark: None,
            images: Vec::new(),
        })))
    }

    /// Returns the state of this moment.
    pub fn image(&self) -> Image {
        Image(self.0.lock().nodes.clone())
    }

    /// From now on keeps an image of the moment before and after each sync, under this number.
    pub fn mark(&self, number: u64) {
        self.0.lock().mark = Some(number);
    }

    /// Returns the images that were kept, with their numbers.
    pub fn take_images(&self) -> Vec<(u64, Image)> {
        std::mem::take(&mut self.0.lock().images)
    }

    /// Makes operations fail from now on.
    pub fn fail(&self, faults: Faults) {
        self.0.lock().faults = faults;
    }

    /// Returns the bytes that all files take.
    pub fn used(&self) -> u64 {
        self.0.lock().used()
    }

    /// Changes a file's bytes behind the database's back.
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.lock();
        let at = state.find(path).unwrap();
        let Node::File { bytes, durable, .. } = &mut state.nodes[at] else { panic!("no file") };
        change(bytes);
        *durable = bytes.clone();
    }

    /// Returns the paths of all files, sorted.
    pub fn files(&self) -> Vec<std::path::PathBuf> {
        let state = self.0.lock();
        let mut found = Vec::new();
        let mut open = vec![(std::path::PathBuf::from("/"), ROOT)];
        while let Some((path, at)) = open.pop() {
            match &state.nodes[at] {
                Node::File { .. } => found.push(path),
                Node::Dir { names, .. } => open.extend(names.iter().map(|(n, at)| (path.join(n), *at))),
            }
        }
        found.sort();
        found
    }
}

impl State {
    fn used(&self) -> u64 {
        let mut used = 0;
        let mut open = vec![ROOT];
        while let Some(at) = open.pop() {
            match &self.nodes[at] {
                Node::File { bytes, .. } => used += bytes.len() as u64,
                Node::Dir { names, .. } => open.extend(names.values()),
            }
        }
        used
    }

    fn names(&self, dir: usize) -> Option<&BTreeMap<String, usize>> {
        match &self.nodes[dir] {
            Node::Dir { names, .. } => Some(names),
            Node::File { .. } => None,
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let mut at = ROOT;
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            let next = self.names(at).and_then(|names| names.get(&*name.to_string_lossy()));
            at = *next.ok_or_else(|| error(io::ErrorKind::NotFound, path))?;
        }
        Ok(at)
    }

    fn place(&self, path: &Path) -> io::Result<(usize, String)> {
        let dir = self.find(path.parent().unwrap_or(path))?;
        Ok((dir, path.file_name().unwrap_or(OsStr::new("")).to_string_lossy().into_owned()))
    }

    fn check(&self, path: &Path) -> io::Result<()> {
        match &self.faults.broken {
            Some(part) if path.to_string_lossy().contains(part.as_str()) => {
                Err(error(io::ErrorKind::Other, path))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_room(&self, more: u64, path: &Path) -> io::Result<()> {
        match self.faults.room {
            Some(room) if more > 0 && self.used() + more > room => {
                Err(error(io::ErrorKind::StorageFull, path))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn rename_node(&mut self, changes: &[(usize, String, Option<usize>)]) {
        self.changes += 1;
        for (dir, name, node) in changes {
            let change = NameChange { name: name.clone(), node: *node, together: self.changes };
            if let Node::Dir { names, pending, .. } = &mut self.nodes[*dir] {
                set_name(names, &change);
                pending.push(change);
            }
        }
    }

    fn add(&mut self, dir: usize, name: String, node: Node) -> usize {
        self.nodes.push(node);
        let at = self.nodes.len() - 1;
        self.rename_node(&[(dir, name, Some(at))]);
        at
    }

    fn keep_image(&mut self) {
        if let Some(mark) = self.mark {
            self.images.push((mark, Image(self.nodes.clone())));
        }
    }

    fn sync_names(&mut self, dir: usize) {
        self.keep_image();
        let mut done: Vec<u64> = Vec::new();
        if let Node::Dir { names, durable, pending } = &mut self.nodes[dir] {
            *durable = names.clone();
            done.extend(pending.drain(..).map(|c| c.together));
        }
        // The other half of a rename is durable with this one, and with it what came before it there.
        for node in &mut self.nodes {
            if let Node::Dir { durable, pending, .. } = node
                && let Some(last) = pending.iter().rposition(|c| done.contains(&c.together))
            {
                pending.drain(..=last).for_each(|change| set_name(durable, &change));
            }
        }
        self.keep_image();
    }
}

/// An open file: it stays readable when its name is gone.
#[derive(Debug)]
struct OpenNode {
    disk: CrashingDisk,
    at: usize,
    path: std::path::PathBuf,
}

impl CrashingDisk {
    fn opened(&self, at: usize, path: &Path) -> Arc<dyn DiskFile> {
        Arc::new(OpenNode { disk: self.clone(), at, path: path.to_owned() })
    }
}

impl Disk for CrashingDisk {
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.0.lock();
        state.check(path)?;
        if state.find(path).is_ok() {
            return Err(error(io::ErrorKind::AlreadyExists, path));
        }
        let (dir, name) = state.place(path)?;
        let empty = Node::File { bytes: Vec::new(), durable: Vec::new(), pending: Vec::new() };
        let at = state.add(dir, name, empty);
        drop(state);
        Ok(self.opened(at, path))
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let there = self.0.lock().find(path);
        match there {
            Ok(_) => {
                let file = self.open(path)?;
                file.set_len(0)?;
                Ok(file)
            }
            Err(_) => self.create_new(path),
        }
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.0.lock().check(path)?;
        self.open_read(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let at = self.0.lock().find(path)?;
        Ok(self.opened(at, path))
    }

    fn contents(&self, path: &Path) -> io::Result<Contents> {
        let state = self.0.lock();
        match &state.nodes[state.find(path)?] {
            Node::File { bytes, .. } => Ok(Contents::Copied(bytes.as_slice().into())),
            Node::Dir { .. } => Err(error(io::ErrorKind::IsADirectory, path)),
        }
    }

    fn entry(&self, path: &Path) -> io::Result<Entry> {
        let state = self.0.lock();
        let name = path.file_name().unwrap_or(OsStr::new("")).to_string_lossy().into_owned();
        Ok(state.entry(name, state.find(path)?))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let state = self.0.lock();
        let names = state.names(state.find(dir)?).ok_or_else(|| error(io::ErrorKind::NotADirectory, dir))?;
        Ok(names.iter().rev().map(|(name, at)| state.entry(name.clone(), *at)).collect())
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.check(dir)?;
        let mut at = ROOT;
        for part in dir.components() {
            let Component::Normal(name) = part else { continue };
            let name = name.to_string_lossy().into_owned();
            at = match state.names(at).and_then(|names| names.get(&name).copied()) {
                Some(at) => at,
                None => state.add(at, name, empty_dir()),
            };
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.check(from)?;
        state.check(to)?;
        let node = state.find(from)?;
        let ((from_dir, from_name), (to_dir, to_name)) = (state.place(from)?, state.place(to)?);
        state.rename_node(&[(from_dir, from_name, None), (to_dir, to_name, Some(node))]);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.check(path)?;
        state.find(path)?;
        let (dir, name) = state.place(path)?;
        state.rename_node(&[(dir, name, None)]);
        Ok(())
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        // One by one, as the real one goes: a crash may come in between.
        for entry in self.list(dir)? {
            let path = dir.join(&entry.name);
            if entry.is_dir { self.remove_dir_all(&path)? } else { self.remove_file(&path)? }
        }
        self.remove_file(dir)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.check(to)?;
        let node = state.find(from)?;
        let (dir, name) = state.place(to)?;
        state.rename_node(&[(dir, name, Some(node))]);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.check(dir)?;
        let at = state.find(dir)?;
        state.sync_names(at);
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Debug + Send + Sync>>> {
        self.create(path)?;
        Ok(Some(Box::new(())))
    }

    fn space(&self, _path: &Path) -> io::Result<Space> {
        let state = self.0.lock();
        let total = state.faults.room.unwrap_or(1 << 40);
        Ok(Space { free: total.saturating_sub(state.used()), total })
    }
}

impl State {
    fn entry(&self, name: String, at: usize) -> Entry {
        match &self.nodes[at] {
            Node::File { bytes, .. } => Entry { name, is_dir: false, bytes: bytes.len() as u64 },
            Node::Dir { .. } => Entry { name, is_dir: true, bytes: 0 },
        }
    }
}

impl DiskFile for OpenNode {
    fn write_all_at(&self, written: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.check(&self.path)?;
        let Node::File { bytes, .. } = &state.nodes[self.at] else { unreachable!("opened as a file") };
        let more = (offset + written.len() as u64).saturating_sub(bytes.len() as u64);
        let fits = state.check_room(more, &self.path);
        let room = state.faults.room.map(|room| room.saturating_sub(state.used()));
        let Node::File { bytes, pending, .. } = &mut state.nodes[self.at] else {
            unreachable!("opened as a file")
        };
        // A full disk takes what fits.
        let taken = match (&fits, room) {
            (Err(_), Some(room)) => &written[..(room as usize).min(written.len())],
            (Err(_), None) | (Ok(()), _) => written,
        };
        put(bytes, offset, taken);
        pending.push(Change::Write(offset, taken.to_vec()));
        fits
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.0.lock();
        let Node::File { bytes, .. } = &state.nodes[self.at] else {
            return Err(error(io::ErrorKind::IsADirectory, &self.path));
        };
        let rest = bytes.get(offset as usize..).unwrap_or(&[]);
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.check(&self.path)?;
        let Node::File { bytes, pending, .. } = &mut state.nodes[self.at] else {
            unreachable!("opened as a file")
        };
        // Lengthening makes a hole, which takes no room.
        bytes.resize(length as usize, 0);
        pending.push(Change::Length(length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        state.check(&self.path)?;
        state.keep_image();
        if let Node::File { bytes, durable, pending } = &mut state.nodes[self.at] {
            *durable = bytes.clone();
            pending.clear();
        }
        state.keep_image();
        Ok(())
    }
}
