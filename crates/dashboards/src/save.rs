//! How a document becomes the next version of a dashboard.

use catalog::Tx;
use catalog::dashboards::{Dashboard, Version};
use serde_json::Value;

use crate::document::{self, Document, Summary};
use crate::error::{DashboardError, Result};
use crate::uid;

/// Versions kept of each dashboard, Grafana's default.
pub const VERSIONS_MAX: i64 = 20;
/// Longest message of a version, in characters.
const MESSAGE_CHARS_MAX: usize = 5_000;

/// A document to be saved.
#[derive(Clone, Debug, Default)]
pub struct Save {
    /// The document; its `id`, `uid` and `version` say which dashboard it replaces.
    pub document: Document,
    /// The folder, or empty for the root.
    pub folder_uid: String,
    /// Whether it replaces a newer version, or another dashboard of the same title.
    pub overwrite: bool,
    /// What its author says.
    pub message: String,
    /// The version it restores; 0 for none.
    pub restored_from: i64,
    /// Who saves; 0 for the program.
    pub by: i64,
    /// The file it comes from.
    pub source: Option<Source>,
    /// Now, in milliseconds.
    pub now_ms: i64,
}

/// The file that provides a dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The provider's name.
    pub provider: String,
    /// The file, as the provider names it.
    pub path: String,
    /// A digest of its content.
    pub digest: String,
    /// Whether its provider allows changes by people.
    pub is_editable: bool,
}

/// Finds the dashboard that a document would replace, if any. Who may replace it is asked of this.
///
/// # Errors
/// The document names a number that nobody has, or number and identifier of two dashboards.
pub async fn replaced(tx: &mut Tx, save: &Save) -> Result<Option<Dashboard>> {
    let (id, given) = (document::number(&save.document, "id"), document::text(&save.document, "uid"));
    let by_uid = if given.is_empty() { None } else { tx.dashboard(given).await? };
    // Files carry the number of the server that they were exported from: it says nothing here.
    if id > 0 && save.source.is_none() {
        let by_id = tx.dashboard_by_id(id).await?.ok_or(DashboardError::NotFound { what: "Dashboard" })?;
        return match by_uid {
            Some(other) if other.id != id => Err(DashboardError::SameUid { what: "dashboard" }),
            Some(_) | None => Ok(Some(by_id)),
        };
    }
    if by_uid.is_some() || !given.is_empty() || save.source.is_some() {
        return Ok(by_uid);
    }
    let title = document::text(&save.document, "title").trim();
    let all = tx.dashboards().await?;
    let same_title = all.into_iter().find(|d| d.title == title && d.folder_uid == save.folder_uid);
    match same_title {
        Some(_) if !save.overwrite => Err(DashboardError::SameName),
        found => Ok(found),
    }
}

/// Saves a document as the next version of its dashboard, or as the first of a new one.
///
/// # Errors
/// See [`DashboardError`]; nothing is written then, if the caller drops the transaction.
pub async fn save(tx: &mut Tx, mut save: Save) -> Result<Dashboard> {
    let summary = document::summary(&save.document)?;
    let given = document::text(&save.document, "uid").trim().to_owned();
    uid::check(&given)?;
    if !save.folder_uid.is_empty() && tx.folder(&save.folder_uid).await?.is_none() {
        return Err(DashboardError::NotFound { what: "folder" });
    }
    let replaced = replaced(tx, &save).await?;
    if let Some(old) = &replaced {
        let seen = document::number(&save.document, "version");
        if !save.overwrite && seen != old.version {
            return Err(DashboardError::Changed { what: "dashboard" });
        }
        if save.source.is_none()
            && !old.provider.is_empty()
            && save.restored_from == 0
            && !save.overwrite_allowed(old)
        {
            return Err(DashboardError::Provisioned { path: old.source_path.clone() });
        }
    }
    let uid = match (&replaced, given.is_empty()) {
        (Some(old), true) => old.uid.clone(),
        (None, true) => uid::generate()?,
        (_, false) => given,
    };
    let dashboard = write(tx, &save, replaced, summary, uid).await?;
    document::stamp(&mut save.document, dashboard.id, &dashboard.uid, dashboard.version);
    let version = Version {
        id: 0,
        dashboard_id: dashboard.id,
        version: dashboard.version,
        parent_version: dashboard.version - 1,
        restored_from: save.restored_from,
        message: save.message.chars().take(MESSAGE_CHARS_MAX).collect(),
        created_ms: save.now_ms,
        created_by: save.by,
        document: Value::Object(save.document).to_string(),
    };
    tx.add_version(&version, VERSIONS_MAX).await?;
    Ok(dashboard)
}

impl Save {
    /// Tells whether people may change this dashboard although a file provides it: its provider said so when it was read.
    fn overwrite_allowed(&self, old: &Dashboard) -> bool {
        old.is_editable
    }
}

async fn write(
    tx: &mut Tx,
    save: &Save,
    replaced: Option<Dashboard>,
    summary: Summary,
    uid: String,
) -> Result<Dashboard> {
    let is_new = replaced.is_none();
    let old = replaced.unwrap_or_default();
    // What people change of a file's dashboard stays that file's, so that its next change is seen.
    let source = save.source.clone().unwrap_or_else(|| Source {
        provider: old.provider.clone(),
        path: old.source_path.clone(),
        digest: old.source_digest.clone(),
        is_editable: old.is_editable,
    });
    let mut dashboard = Dashboard {
        id: old.id,
        uid,
        folder_uid: save.folder_uid.clone(),
        title: summary.title,
        tags: summary.tags,
        version: old.version + 1,
        schema_version: summary.schema_version,
        provider: source.provider,
        source_path: source.path,
        source_digest: source.digest,
        is_editable: source.is_editable,
        created_ms: if is_new { save.now_ms } else { old.created_ms },
        created_by: if is_new { save.by } else { old.created_by },
        updated_ms: save.now_ms,
        updated_by: save.by,
    };
    if is_new {
        dashboard.id = tx.add_dashboard(&dashboard).await?;
    } else {
        tx.set_dashboard(&dashboard, old.version).await?;
    }
    Ok(dashboard)
}

/// Returns the newest document of a dashboard.
///
/// # Errors
/// The catalog fails, or holds no document for it.
pub async fn document(tx: &mut Tx, dashboard: &Dashboard) -> Result<Document> {
    let version = tx.version(dashboard.id, dashboard.version).await?;
    let text = version.ok_or(DashboardError::NotFound { what: "Dashboard version" })?.document;
    let mut document = parse(&text)?;
    document::stamp(&mut document, dashboard.id, &dashboard.uid, dashboard.version);
    Ok(document)
}

/// Reads a document.
///
/// # Errors
/// It is not a JSON object.
pub fn parse(text: &str) -> Result<Document> {
    serde_json::from_str(text).map_err(|e| DashboardError::Invalid(format!("not a dashboard: {e}")))
}
