//! Folders: made, renamed, moved, removed with all that is in them.

use std::collections::HashSet;

use catalog::Tx;
use catalog::folders::Folder;

use crate::error::{DashboardError, Result};
use crate::uid;

/// How deep folders nest at most.
pub const DEPTH_MAX: usize = 8;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 255;
/// Identifiers that mean something else in URLs.
const RESERVED: [&str; 2] = ["general", "sharedwithme"];

/// A folder to be made.
#[derive(Clone, Debug, Default)]
pub struct NewFolder {
    /// Its identifier; made if empty.
    pub uid: String,
    /// The folder it is in, or empty.
    pub parent_uid: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Who makes it; 0 for the program.
    pub by: i64,
    /// Now, in milliseconds.
    pub now_ms: i64,
}

/// Makes a folder.
///
/// # Errors
/// No title, a bad or taken identifier, no such parent, or too deep.
pub async fn create(tx: &mut Tx, new: NewFolder) -> Result<Folder> {
    let title = checked_title(&new.title)?;
    let uid = if new.uid.trim().is_empty() { uid::generate()? } else { new.uid.trim().to_owned() };
    uid::check(&uid)?;
    if RESERVED.contains(&uid.as_str()) {
        return Err(DashboardError::Invalid(format!("uid {uid:?} is reserved")));
    }
    if tx.folder(&uid).await?.is_some() {
        return Err(DashboardError::SameUid { what: "folder" });
    }
    if path(tx, &new.parent_uid).await?.len() >= DEPTH_MAX {
        return Err(too_deep());
    }
    let mut folder = Folder {
        id: 0,
        uid,
        parent_uid: new.parent_uid,
        title,
        description: new.description,
        version: 1,
        created_ms: new.now_ms,
        created_by: new.by,
        updated_ms: new.now_ms,
        updated_by: new.by,
    };
    folder.id = tx.add_folder(&folder).await?;
    Ok(folder)
}

/// What of a folder is changed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// A new parent; empty for the root.
    pub parent_uid: Option<String>,
    /// The version that the author has seen; `None` to write over any.
    pub seen: Option<i64>,
    /// Who changes it.
    pub by: i64,
    /// Now, in milliseconds.
    pub now_ms: i64,
}

/// Changes a folder.
///
/// # Errors
/// No such folder or parent, somebody else was faster, a circle, or too deep.
pub async fn update(tx: &mut Tx, uid: &str, change: Change) -> Result<Folder> {
    let mut folder = tx.folder(uid).await?.ok_or(DashboardError::NotFound { what: "folder" })?;
    let seen = change.seen.unwrap_or(folder.version);
    if let Some(title) = &change.title {
        folder.title = checked_title(title)?;
    }
    if let Some(description) = change.description {
        folder.description = description;
    }
    if let Some(parent) = change.parent_uid {
        let above = path(tx, &parent).await?;
        if above.iter().any(|f| f.uid == folder.uid) {
            return Err(DashboardError::Invalid(
                "folder cannot be moved into itself or a folder below it".to_owned(),
            ));
        }
        let all = tx.folders().await?;
        if above.len() + height(&all, uid) > DEPTH_MAX {
            return Err(too_deep());
        }
        folder.parent_uid = parent;
    }
    folder.version = seen + 1;
    folder.updated_ms = change.now_ms;
    folder.updated_by = change.by;
    tx.set_folder(&folder, seen).await?;
    Ok(folder)
}

/// What a folder holds, at any depth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Folders, itself first.
    pub folders: Vec<String>,
    /// Dashboards.
    pub dashboards: Vec<String>,
}

/// Returns what a folder holds, at any depth.
///
/// # Errors
/// The catalog fails.
pub async fn content(tx: &mut Tx, uid: &str) -> Result<Content> {
    let folders = below(&tx.folders().await?, uid);
    let within: HashSet<&str> = folders.iter().map(String::as_str).collect();
    let dashboards = tx.dashboards().await?;
    let dashboards = dashboards.into_iter().filter(|d| within.contains(d.folder_uid.as_str()));
    Ok(Content { dashboards: dashboards.map(|d| d.uid).collect(), folders })
}

/// Removes a folder with all that it holds.
///
/// # Errors
/// There is none, or a file provides something in it.
pub async fn remove(tx: &mut Tx, uid: &str) -> Result<Folder> {
    let folder = tx.folder(uid).await?.ok_or(DashboardError::NotFound { what: "folder" })?;
    let content = content(tx, uid).await?;
    for dashboard in &content.dashboards {
        if let Some(d) = tx.dashboard(dashboard).await?
            && !d.provider.is_empty()
        {
            return Err(DashboardError::Provisioned { path: d.source_path });
        }
        tx.remove_dashboard(dashboard).await?;
    }
    for folder in content.folders.iter().rev() {
        tx.remove_folder(folder).await?;
    }
    Ok(folder)
}

/// Returns a folder and those around it, the outermost first; empty for the root.
///
/// # Errors
/// There is no such folder.
pub async fn path(tx: &mut Tx, uid: &str) -> Result<Vec<Folder>> {
    let mut path = Vec::new();
    let mut next = uid.to_owned();
    while !next.is_empty() && path.len() <= DEPTH_MAX {
        let folder = tx.folder(&next).await?.ok_or(DashboardError::NotFound { what: "folder" })?;
        next.clone_from(&folder.parent_uid);
        path.push(folder);
    }
    path.reverse();
    Ok(path)
}

/// Returns a folder's identifier and those of all folders below it, parents before children.
pub fn below(all: &[Folder], uid: &str) -> Vec<String> {
    let mut found = vec![uid.to_owned()];
    let mut at = 0;
    while at < found.len() {
        let parent = found[at].clone();
        let children = all.iter().filter(|f| f.parent_uid == parent);
        let new: Vec<String> = children.map(|f| f.uid.clone()).filter(|uid| !found.contains(uid)).collect();
        found.extend(new);
        at += 1;
    }
    found
}

/// How many levels a folder and what is below it make.
fn height(all: &[Folder], uid: &str) -> usize {
    let mut level = vec![uid];
    let mut height = 0;
    while !level.is_empty() && height <= DEPTH_MAX {
        height += 1;
        level =
            all.iter().filter(|f| level.contains(&f.parent_uid.as_str())).map(|f| f.uid.as_str()).collect();
    }
    height
}

fn too_deep() -> DashboardError {
    DashboardError::Invalid(format!(
        "Maximum nested folder depth reached: folders nest at most {DEPTH_MAX} deep"
    ))
}

fn checked_title(title: &str) -> Result<String> {
    let title = title.trim();
    if title.is_empty() {
        return Err(DashboardError::Invalid("folder title cannot be empty".to_owned()));
    }
    if title.chars().count() > TITLE_CHARS_MAX {
        let reason = format!("folder title has more than {TITLE_CHARS_MAX} characters");
        return Err(DashboardError::Invalid(reason));
    }
    Ok(title.to_owned())
}
