//! What every disk does, and what the simulated one does when the power goes.

use std::sync::Arc;

use super::crashing::{CrashingDisk, Faults, Keep};
use super::*;
use crate::error::FileError;

fn names(dir: &DiskPath) -> Vec<String> {
    dir.list().unwrap().into_iter().map(|e| e.name).collect()
}

/// One suite for all disks.
fn does_what_files_do(root: &DiskPath) {
    let dir = root.join("a/b");
    assert!(!dir.is_there());
    dir.create_dir_all().unwrap();
    dir.create_dir_all().unwrap();
    let path = dir.join("2");
    let file = path.create_new().unwrap();
    assert!(matches!(path.create_new(), Err(FileError::Io { action: "create", .. })));
    file.write_all_at(b"hello", 3).unwrap();
    file.sync().unwrap();
    assert_eq!(path.read().unwrap(), b"\0\0\0hello");
    assert_eq!((path.length().unwrap(), path.entry().unwrap().unwrap().is_dir), (8, false));
    let mut some = [0; 4];
    assert_eq!(path.open_read().unwrap().read_at(&mut some, 6).unwrap(), 2);
    assert_eq!(&some[..2], b"lo");
    file.set_len(5).unwrap();
    file.set_len(6).unwrap();
    assert_eq!(path.read().unwrap(), b"\0\0\0he\0");
    path.copy_to(&dir.join("10")).unwrap();
    dir.join("x.tmp").replace(b"new").unwrap();
    dir.join("1").replace(b"one").unwrap();
    assert_eq!(names(&dir), ["1", "10", "2", "x.tmp"]);
    let numbers: Vec<u64> = dir.numbered_files().unwrap().into_iter().map(|(n, _)| n).collect();
    assert_eq!(numbers, [1, 2, 10]);
    let bytes = dir.join("1").bytes().unwrap();
    dir.join("1").remove_file().unwrap();
    assert_eq!(&*bytes, b"one", "what is open stays when its name goes");
    path.link_to(&root.join("linked")).unwrap();
    path.rename_to(&dir.join("10")).unwrap();
    assert_eq!(names(&dir), ["10", "x.tmp"]);
    dir.sync_dir().unwrap();
    root.join("a").rename_to(&root.join("z")).unwrap();
    assert_eq!(names(&root.join("z/b")), ["10", "x.tmp"]);
    root.join("z").remove_dir_all().unwrap();
    assert_eq!(root.join("linked").read().unwrap(), b"\0\0\0he\0");
    assert!(dir.list().unwrap_err().is_not_found() && dir.list_if_there().unwrap().is_empty());
    assert_eq!(path.read_if_there().unwrap(), None);
    let space = root.space().unwrap();
    assert!(0 < space.free && space.free <= space.total);
}

#[test]
fn all_disks_do_what_files_do() {
    let dir = tempfile::tempdir().unwrap();
    does_what_files_do(&DiskPath::from(dir.path()));
    let simulated = DiskPath::new(Arc::new(CrashingDisk::default()), "/data");
    simulated.create_dir_all().unwrap();
    does_what_files_do(&simulated);
}

#[test]
fn a_held_lock_is_not_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let lock = DiskPath::from(dir.path()).join("lock");
    let held = lock.lock().unwrap();
    assert!(held.is_some() && lock.lock().unwrap().is_none());
    drop(held);
    assert!(lock.lock().unwrap().is_some());
}

#[test]
fn sequential_writes_arrive_whatever_their_sizes() {
    let dir = tempfile::tempdir().unwrap();
    let path = DiskPath::from(dir.path()).join("f");
    let mut file = path.create().unwrap().sequential(10);
    let parts: Vec<Vec<u8>> = (0..40u8).map(|i| vec![i; usize::from(i)]).collect();
    parts.iter().for_each(|part| file.write(part).unwrap());
    file.sync().unwrap();
    assert_eq!(path.read().unwrap(), parts.concat());
}

fn at(disk: &CrashingDisk, path: &str) -> DiskPath {
    DiskPath::new(Arc::new(disk.clone()), path)
}

#[test]
fn without_power_only_what_was_synced_is_certain() {
    let disk = CrashingDisk::default();
    let file = at(&disk, "/f").create().unwrap();
    file.write_all_at(b"kept", 0).unwrap();
    file.sync().unwrap();
    assert!(!at(&disk.image().restart(Keep::Nothing), "/f").is_there(), "the name was not synced");
    at(&disk, "/").sync_dir().unwrap();
    file.write_all_at(b"lost", 4).unwrap();
    at(&disk, "/f").rename_to(&at(&disk, "/g")).unwrap();
    let image = disk.image();
    assert_eq!(at(&image.restart(Keep::Nothing), "/f").read().unwrap(), b"kept");
    assert_eq!(at(&image.restart(Keep::All), "/g").read().unwrap(), b"keptlost");
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let found = image.restart(Keep::Some(seed));
        let names = names(&at(&found, "/"));
        assert_eq!(names.len(), 1, "a rename is seen whole or not at all");
        seen.insert((names[0].clone(), at(&found, "/").join(&names[0]).read().unwrap()));
    }
    assert!(seen.len() >= 10, "torn at all places, under both names: {seen:?}");
}

#[test]
fn a_full_disk_takes_what_fits_and_says_so() {
    let disk = CrashingDisk::default();
    let file = at(&disk, "/f").create().unwrap();
    disk.fail(Faults { room: Some(6), ..Faults::default() });
    file.write_all_at(b"four", 0).unwrap();
    let error = file.write_all_at(b"more", 4).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!((disk.used(), at(&disk, "/").space().unwrap().free), (6, 0));
    file.write_all_at(b"FOUR", 0).unwrap();
    assert!(at(&disk, "/x").replace(b"bytes").unwrap_err().is_full());
    assert_eq!(names(&at(&disk, "/")), ["f"], "nothing half is left");
    disk.fail(Faults { broken: Some("/f".to_owned()), ..Faults::default() });
    let error = file.sync().unwrap_err();
    assert!(!error.is_full() && !error.is_corruption(), "{error}");
}
