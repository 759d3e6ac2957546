//! Directories by pattern, each part of which may hold `*` and `?`.

use std::path::{Path, PathBuf};

/// Returns the paths that fit, sorted; the pattern itself if none does, so that its absence is told.
pub(super) fn paths(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in Path::new(pattern).components() {
        let part = part.as_os_str();
        let wild = part.to_str().filter(|p| p.contains(['*', '?']));
        found = match wild {
            None => found.into_iter().map(|path| path.join(part)).collect(),
            Some(wild) => found.iter().flat_map(|path| children(path, wild)).collect(),
        };
    }
    found.retain(|path| path.exists());
    if found.is_empty() { vec![PathBuf::from(pattern)] } else { found }
}

fn children(directory: &Path, wild: &str) -> Vec<PathBuf> {
    let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let Ok(entries) = std::fs::read_dir(listed) else { return Vec::new() };
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
    let fits =
        |name: &std::ffi::OsString| name.to_str().is_some_and(|n| matches(wild.as_bytes(), n.as_bytes()));
    let mut found: Vec<PathBuf> = names.filter(fits).map(|name| directory.join(name)).collect();
    found.sort();
    found
}

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        (Some((b'?', rest)), Some((_, name))) => matches(rest, name),
        (Some((p, rest)), Some((n, name))) => p == n && matches(rest, name),
        (Some(_), None) | (None, Some(_)) => false,
    }
}
