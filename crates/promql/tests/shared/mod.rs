//! Files that are not ours: `../shared` beside the checkout, or where `CONFORMANCE_DIR` says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    match std::env::var_os("CONFORMANCE_DIR") {
        Some(dir) => Some(PathBuf::from(dir)),
        None => Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")).filter(|p| p.is_dir()),
    }
}

/// Reads all files with an extension in a folder, by name. Nothing where there is no shared folder.
pub fn files(name: &str, extension: &str) -> BTreeMap<String, String> {
    let Some(dir) = folder() else {
        eprintln!("no shared folder beside the checkout: nothing to test");
        return BTreeMap::new();
    };
    let entries = std::fs::read_dir(dir.join(name)).unwrap().map(|entry| entry.unwrap().path());
    let wanted = entries.filter(|path| path.extension().is_some_and(|e| e == extension));
    wanted
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}
