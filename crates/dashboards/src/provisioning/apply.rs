//! Bringing the dashboards of a provider in line with its files.

use std::collections::{HashMap, HashSet};

use catalog::Tx;
use catalog::dashboards::Dashboard;

use super::read::Provider;
use super::scan::Content;
use crate::document;
use crate::error::Result;
use crate::folders::{self, NewFolder};
use crate::save::{self, Save, Source};

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Dashboards made or changed.
    pub saved: usize,
    /// Dashboards that were as their files say.
    pub unchanged: usize,
    /// Dashboards removed, or left to people.
    pub removed: usize,
    /// Files that could not be used, with why.
    pub problems: Vec<String>,
}

/// Brings the dashboards of a provider in line with its files: all of them are given. A file that could not be read is
/// named in `unread`, and its dashboard stays as it is.
///
/// # Errors
/// The catalog fails.
pub async fn apply(
    tx: &mut Tx,
    provider: &Provider,
    files: &[Content],
    unread: &[String],
    now_ms: i64,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut known: HashMap<String, Dashboard> =
        tx.dashboards_of(&provider.name).await?.into_iter().map(|d| (d.source_path.clone(), d)).collect();
    let mut uids: HashSet<String> = HashSet::new();
    for file in files {
        let old = known.remove(&file.name);
        match one(tx, provider, file, old.as_ref(), &mut uids, now_ms).await {
            Ok(true) => outcome.saved += 1,
            Ok(false) => outcome.unchanged += 1,
            Err(error) => outcome.problems.push(format!("{}: {error}", file.path)),
        }
    }
    for (name, gone) in known {
        // Its identifier may live on in a file that was renamed.
        if unread.contains(&name) || uids.contains(&gone.uid) {
            continue;
        }
        if provider.disable_deletion {
            let free = Dashboard { provider: String::new(), source_path: String::new(), ..gone.clone() };
            tx.set_dashboard(
                &Dashboard { source_digest: String::new(), is_editable: false, ..free },
                gone.version,
            )
            .await?;
        } else {
            tx.remove_dashboard(&gone.uid).await?;
        }
        outcome.removed += 1;
    }
    Ok(outcome)
}

async fn one(
    tx: &mut Tx,
    provider: &Provider,
    file: &Content,
    old: Option<&Dashboard>,
    uids: &mut HashSet<String>,
    now_ms: i64,
) -> Result<bool> {
    let is_editable = provider.allow_ui_updates;
    let folder = folder_titles(provider, &file.name);
    let digest = format!("{}:{}", folder.join("/"), file.digest);
    if let Some(old) = old
        && old.source_digest == digest
        && old.is_editable == is_editable
    {
        return Ok(if uids.insert(old.uid.clone()) { false } else { return Err(twice(&old.uid)) });
    }
    let mut document = save::parse(&file.text)?;
    // A file may hold what the API answers: the document beside what the server knows of it.
    if let Some(serde_json::Value::Object(inner)) = document.get("dashboard")
        && !document.contains_key("panels")
        && !document.contains_key("title")
    {
        document = inner.clone();
    }
    if document::text(&document, "uid").is_empty()
        && let Some(old) = old
    {
        document.insert("uid".to_owned(), old.uid.as_str().into());
    }
    let given = document::text(&document, "uid").to_owned();
    if !given.is_empty() {
        if !uids.insert(given.clone()) {
            return Err(twice(&given));
        }
        let other = tx.dashboard(&given).await?;
        if let Some(other) =
            other.filter(|other| other.provider != provider.name && !other.provider.is_empty())
        {
            let reason =
                format!("uid {given:?} is that of {} of provider {:?}", other.source_path, other.provider);
            return Err(crate::DashboardError::Invalid(reason));
        }
    }
    let folder_uid = folder_uid(tx, provider, &folder, now_ms).await?;
    let source = Source { provider: provider.name.clone(), path: file.name.clone(), digest, is_editable };
    let save =
        Save { document, folder_uid, overwrite: true, source: Some(source), now_ms, ..Save::default() };
    let saved = save::save(tx, save).await?;
    uids.insert(saved.uid);
    Ok(true)
}

fn twice(uid: &str) -> crate::DashboardError {
    crate::DashboardError::Invalid(format!("uid {uid:?} is that of another file of the same provider"))
}

/// The titles of the folders that a file's dashboard goes to, the outermost first.
fn folder_titles<'a>(provider: &'a Provider, name: &'a str) -> Vec<&'a str> {
    let mut titles: Vec<&str> = Vec::new();
    if provider.options.folders_from_files_structure {
        titles.extend(name.split('/'));
        titles.pop();
        titles.truncate(folders::DEPTH_MAX);
    } else if !provider.folder.is_empty() || !provider.folder_uid.is_empty() {
        titles.push(if provider.folder.is_empty() { &provider.folder_uid } else { &provider.folder });
    }
    titles
}

/// Finds the folder with these titles, or makes it.
async fn folder_uid(tx: &mut Tx, provider: &Provider, titles: &[&str], now_ms: i64) -> Result<String> {
    let mut parent = String::new();
    for title in titles {
        // An identifier is only given for the one folder of a provider.
        let given =
            if provider.options.folders_from_files_structure { "" } else { provider.folder_uid.as_str() };
        let all = tx.folders().await?;
        let found = match given {
            "" => all.into_iter().find(|f| f.title == *title && f.parent_uid == parent),
            uid => all.into_iter().find(|f| f.uid == uid),
        };
        parent = match found {
            Some(folder) => folder.uid,
            None => {
                let new = NewFolder {
                    uid: given.to_owned(),
                    parent_uid: parent,
                    title: (*title).to_owned(),
                    now_ms,
                    ..NewFolder::default()
                };
                folders::create(tx, new).await?.uid
            }
        };
    }
    Ok(parent)
}
