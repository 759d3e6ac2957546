//! Dashboards and their versions.

use crate::database::Tx;
use crate::error::{CatalogError, Result};
use crate::value::{Row, words};

/// What is known of a dashboard without reading its document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// Its number.
    pub id: i64,
    /// Its identifier.
    pub uid: String,
    /// The folder it is in, or empty.
    pub folder_uid: String,
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The newest version.
    pub version: i64,
    /// The schema of its document.
    pub schema_version: i64,
    /// The provider that made it from a file, or empty.
    pub provider: String,
    /// The file, as the provider names it.
    pub source_path: String,
    /// A digest of the file.
    pub source_digest: String,
    /// Whether people may change it although a file provides it.
    pub is_editable: bool,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it; 0 for the program.
    pub created_by: i64,
    /// When it was last changed.
    pub updated_ms: i64,
    /// Who changed it; 0 for the program.
    pub updated_by: i64,
}

/// One version of a dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Its number, over all dashboards.
    pub id: i64,
    /// The dashboard.
    pub dashboard_id: i64,
    /// Counted from one.
    pub version: i64,
    /// The version it was made from.
    pub parent_version: i64,
    /// The version it restores; 0 for none.
    pub restored_from: i64,
    /// What its author said.
    pub message: String,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it.
    pub created_by: i64,
    /// The document; empty in lists.
    pub document: String,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, uid, folder_uid, title, tags, version, schema_version, provider, source_path, source_digest, \
             is_editable, created_ms, created_by, updated_ms, updated_by FROM dashboard ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Dashboard> {
    Ok(Dashboard {
        id: row.int("id")?,
        uid: row.text("uid")?,
        folder_uid: row.text("folder_uid")?,
        title: row.text("title")?,
        tags: row.words("tags")?,
        version: row.int("version")?,
        schema_version: row.int("schema_version")?,
        provider: row.text("provider")?,
        source_path: row.text("source_path")?,
        source_digest: row.text("source_digest")?,
        is_editable: row.flag("is_editable")?,
        created_ms: row.int("created_ms")?,
        created_by: row.int("created_by")?,
        updated_ms: row.int("updated_ms")?,
        updated_by: row.int("updated_by")?,
    })
}

fn read_version(mut row: Row) -> Result<Version> {
    Ok(Version {
        id: row.int("id")?,
        dashboard_id: row.int("dashboard_id")?,
        version: row.int("version")?,
        parent_version: row.int("parent_version")?,
        restored_from: row.int("restored_from")?,
        message: row.text("message")?,
        created_ms: row.int("created_ms")?,
        created_by: row.int("created_by")?,
        document: row.text("document")?,
    })
}

impl Tx {
    /// Adds a dashboard without a version and returns its number.
    ///
    /// # Errors
    /// Another one has the identifier.
    pub async fn add_dashboard(&mut self, dashboard: &Dashboard) -> Result<i64> {
        let d = dashboard;
        let sql = "INSERT INTO dashboard (uid, folder_uid, title, tags, version, schema_version, provider, \
                   source_path, source_digest, is_editable, created_ms, created_by, updated_ms, updated_by) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id";
        let values = [
            (&d.uid).into(),
            (&d.folder_uid).into(),
            (&d.title).into(),
            words(&d.tags),
            d.version.into(),
            d.schema_version.into(),
            (&d.provider).into(),
            (&d.source_path).into(),
            (&d.source_digest).into(),
            d.is_editable.into(),
            d.created_ms.into(),
            d.created_by.into(),
            d.updated_ms.into(),
            d.updated_by.into(),
        ];
        self.number(sql, &values).await
    }

    /// Writes a dashboard over the version that the caller has seen; `dashboard.version` is the new one.
    ///
    /// # Errors
    /// Somebody else was faster, or another one has the identifier.
    pub async fn set_dashboard(&mut self, dashboard: &Dashboard, seen: i64) -> Result<()> {
        let d = dashboard;
        let sql = "UPDATE dashboard SET uid = $3, folder_uid = $4, title = $5, tags = $6, version = $7, \
                   schema_version = $8, provider = $9, source_path = $10, source_digest = $11, updated_ms = $12, \
                   updated_by = $13, is_editable = $14 WHERE id = $1 AND version = $2";
        let values = [
            d.id.into(),
            seen.into(),
            (&d.uid).into(),
            (&d.folder_uid).into(),
            (&d.title).into(),
            words(&d.tags),
            d.version.into(),
            d.schema_version.into(),
            (&d.provider).into(),
            (&d.source_path).into(),
            (&d.source_digest).into(),
            d.updated_ms.into(),
            d.updated_by.into(),
            d.is_editable.into(),
        ];
        if self.run(sql, &values).await? > 0 {
            return Ok(());
        }
        let found = self.dashboard_by_id(d.id).await?.map_or(0, |dashboard| dashboard.version);
        Err(CatalogError::Changed { what: "dashboard", uid: d.uid.clone(), expected: seen, found })
    }

    /// Removes a dashboard with its versions, permissions, stars and annotations.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_dashboard(&mut self, uid: &str) -> Result<bool> {
        self.remove_permissions("dashboard", uid).await?;
        self.run("DELETE FROM star WHERE dashboard_uid = $1", &[uid.into()]).await?;
        self.run("DELETE FROM annotation WHERE dashboard_uid = $1", &[uid.into()]).await?;
        Ok(self.run("DELETE FROM dashboard WHERE uid = $1", &[uid.into()]).await? > 0)
    }

    /// Returns a dashboard by its identifier.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dashboard(&mut self, uid: &str) -> Result<Option<Dashboard>> {
        self.row(columns!("WHERE uid = $1"), &[uid.into()]).await?.map(read).transpose()
    }

    /// Returns a dashboard by its number.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dashboard_by_id(&mut self, id: i64) -> Result<Option<Dashboard>> {
        self.row(columns!("WHERE id = $1"), &[id.into()]).await?.map(read).transpose()
    }

    /// Returns all dashboards by title.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dashboards(&mut self) -> Result<Vec<Dashboard>> {
        self.rows(columns!("ORDER BY title, uid"), &[]).await?.into_iter().map(read).collect()
    }

    /// Returns the dashboards of a provider.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dashboards_of(&mut self, provider: &str) -> Result<Vec<Dashboard>> {
        self.rows(columns!("WHERE provider = $1 ORDER BY uid"), &[provider.into()])
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// Adds a version and forgets all but the newest `keep` of its dashboard.
    ///
    /// # Errors
    /// The dashboard has that version.
    pub async fn add_version(&mut self, version: &Version, keep: i64) -> Result<i64> {
        let v = version;
        let sql = "INSERT INTO dashboard_version (dashboard_id, version, parent_version, restored_from, message, \
                   created_ms, created_by, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
        let values = [
            v.dashboard_id.into(),
            v.version.into(),
            v.parent_version.into(),
            v.restored_from.into(),
            (&v.message).into(),
            v.created_ms.into(),
            v.created_by.into(),
            (&v.document).into(),
        ];
        let id = self.number(sql, &values).await?;
        let old = "DELETE FROM dashboard_version WHERE dashboard_id = $1 AND version <= $2";
        self.run(old, &[v.dashboard_id.into(), (v.version - keep).into()]).await?;
        Ok(id)
    }

    /// Returns a version with its document.
    ///
    /// # Errors
    /// The database fails.
    pub async fn version(&mut self, dashboard_id: i64, version: i64) -> Result<Option<Version>> {
        let sql = "SELECT id, dashboard_id, version, parent_version, restored_from, message, created_ms, created_by, \
                   document FROM dashboard_version WHERE dashboard_id = $1 AND version = $2";
        self.row(sql, &[dashboard_id.into(), version.into()]).await?.map(read_version).transpose()
    }

    /// Returns the versions of a dashboard without their documents, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn versions(&mut self, dashboard_id: i64, skip: i64, limit: i64) -> Result<Vec<Version>> {
        let sql = "SELECT id, dashboard_id, version, parent_version, restored_from, message, created_ms, created_by, \
                   '' AS document FROM dashboard_version WHERE dashboard_id = $1 ORDER BY version DESC LIMIT $2 OFFSET $3";
        let rows = self.rows(sql, &[dashboard_id.into(), limit.into(), skip.into()]).await?;
        rows.into_iter().map(read_version).collect()
    }
}
