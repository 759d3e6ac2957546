//! Finding dashboard files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};

/// Most files of a provider.
const FILES_MAX: usize = 20_000;
/// Deepest folder below a provider's.
const DEPTH_MAX: usize = 16;
/// Largest dashboard file.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

/// A dashboard file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Where it is below the provider's folder, with `/` between parts.
    pub name: String,
    /// When it was last changed, and its size: what tells a change without reading.
    pub stamp: (SystemTime, u64),
}

/// Finds the JSON files below a folder, by name. Hidden files and folders are left out: mounted ConfigMaps keep their
/// versions in such.
///
/// # Errors
/// A folder that cannot be read, or more files than anybody means.
pub fn scan(root: &Path) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
        for entry in entries {
            let entry = entry.map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            // Follows links; one that leads nowhere is no file.
            let Ok(metadata) = fs::metadata(entry.path()) else { continue };
            let below = format!("{prefix}{name}");
            if metadata.is_dir() {
                if depth < DEPTH_MAX {
                    folders.push((entry.path(), format!("{below}/"), depth + 1));
                }
            } else if name.ends_with(".json") {
                let stamp = (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len());
                found.push(Found { path: entry.path(), name: below, stamp });
            }
            if found.len() > FILES_MAX || folders.len() > FILES_MAX {
                return Err(format!("{} holds more than {FILES_MAX} dashboards", root.display()));
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A dashboard file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Where it is below the provider's folder.
    pub name: String,
    /// Where it is, for people.
    pub path: String,
    /// Its text.
    pub text: String,
    /// A digest of its text.
    pub digest: String,
}

/// Reads a file.
///
/// # Errors
/// It cannot be read, is too large, or is no text.
pub fn read(found: &Found) -> Result<Content, String> {
    let path = found.path.display();
    if found.stamp.1 > FILE_BYTES_MAX {
        return Err(format!("{path}: larger than {FILE_BYTES_MAX} bytes"));
    }
    let text = fs::read_to_string(&found.path).map_err(|e| format!("{path}: {e}"))?;
    Ok(content(found.name.clone(), path.to_string(), text))
}

/// Makes content of a text.
pub fn content(name: String, path: String, text: String) -> Content {
    let digest = digest(&SHA256, text.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    Content { name, path, text, digest }
}
