//! Folders of dashboards.

use crate::database::Tx;
use crate::error::{CatalogError, Result};
use crate::value::Row;

/// A folder. The root has no record: its identifier is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its number.
    pub id: i64,
    /// Its identifier.
    pub uid: String,
    /// The folder it is in, or empty.
    pub parent_uid: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Goes up with each change.
    pub version: i64,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it; 0 for the program.
    pub created_by: i64,
    /// When it was last changed.
    pub updated_ms: i64,
    /// Who changed it; 0 for the program.
    pub updated_by: i64,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, uid, parent_uid, title, description, version, created_ms, created_by, updated_ms, updated_by \
             FROM folder ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Folder> {
    Ok(Folder {
        id: row.int("id")?,
        uid: row.text("uid")?,
        parent_uid: row.text("parent_uid")?,
        title: row.text("title")?,
        description: row.text("description")?,
        version: row.int("version")?,
        created_ms: row.int("created_ms")?,
        created_by: row.int("created_by")?,
        updated_ms: row.int("updated_ms")?,
        updated_by: row.int("updated_by")?,
    })
}

impl Tx {
    /// Adds a folder and returns its number.
    ///
    /// # Errors
    /// Another one has the identifier.
    pub async fn add_folder(&mut self, folder: &Folder) -> Result<i64> {
        let f = folder;
        let sql = "INSERT INTO folder (uid, parent_uid, title, description, version, created_ms, created_by, \
                   updated_ms, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
        let values = [
            (&f.uid).into(),
            (&f.parent_uid).into(),
            (&f.title).into(),
            (&f.description).into(),
            f.version.into(),
            f.created_ms.into(),
            f.created_by.into(),
            f.updated_ms.into(),
            f.updated_by.into(),
        ];
        self.number(sql, &values).await
    }

    /// Writes a folder over the version that the caller has seen; `folder.version` is the new one.
    ///
    /// # Errors
    /// Somebody else was faster.
    pub async fn set_folder(&mut self, folder: &Folder, seen: i64) -> Result<()> {
        let f = folder;
        let sql = "UPDATE folder SET parent_uid = $3, title = $4, description = $5, version = $6, updated_ms = $7, \
                   updated_by = $8 WHERE uid = $1 AND version = $2";
        let values = [
            (&f.uid).into(),
            seen.into(),
            (&f.parent_uid).into(),
            (&f.title).into(),
            (&f.description).into(),
            f.version.into(),
            f.updated_ms.into(),
            f.updated_by.into(),
        ];
        if self.run(sql, &values).await? > 0 {
            return Ok(());
        }
        let found = self.folder(&f.uid).await?.map_or(0, |folder| folder.version);
        Err(CatalogError::Changed { what: "folder", uid: f.uid.clone(), expected: seen, found })
    }

    /// Removes a folder's record, not what is in it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_folder(&mut self, uid: &str) -> Result<bool> {
        self.remove_permissions("folder", uid).await?;
        Ok(self.run("DELETE FROM folder WHERE uid = $1", &[uid.into()]).await? > 0)
    }

    /// Returns a folder.
    ///
    /// # Errors
    /// The database fails.
    pub async fn folder(&mut self, uid: &str) -> Result<Option<Folder>> {
        self.row(columns!("WHERE uid = $1"), &[uid.into()]).await?.map(read).transpose()
    }

    /// Returns all folders by title.
    ///
    /// # Errors
    /// The database fails.
    pub async fn folders(&mut self) -> Result<Vec<Folder>> {
        self.rows(columns!("ORDER BY title, uid"), &[]).await?.into_iter().map(read).collect()
    }
}
