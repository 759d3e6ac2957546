//! Snapshots: dashboards with the data they showed.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// A dashboard with the data it showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who has it may look at it.
    pub share_key: String,
    /// The hash of the key that removes it.
    pub delete_hash: String,
    /// Who made it.
    pub account_id: i64,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends, if ever.
    pub expires_ms: Option<i64>,
    /// The dashboard; empty in lists.
    pub document: String,
}

fn read(mut row: Row) -> Result<Snapshot> {
    Ok(Snapshot {
        id: row.int("id")?,
        name: row.text("name")?,
        share_key: row.text("share_key")?,
        delete_hash: row.text("delete_hash")?,
        account_id: row.int("account_id")?,
        created_ms: row.int("created_ms")?,
        expires_ms: row.optional_int("expires_ms")?,
        document: row.text("document")?,
    })
}

impl Tx {
    /// Adds a snapshot, and forgets those that are over.
    ///
    /// # Errors
    /// Another one has its key.
    pub async fn add_snapshot(&mut self, snapshot: &Snapshot) -> Result<i64> {
        let s = snapshot;
        self.run("DELETE FROM snapshot WHERE expires_ms <= $1", &[s.created_ms.into()]).await?;
        let sql = "INSERT INTO snapshot (name, share_key, delete_hash, account_id, created_ms, expires_ms, document) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let values = [
            (&s.name).into(),
            (&s.share_key).into(),
            (&s.delete_hash).into(),
            s.account_id.into(),
            s.created_ms.into(),
            s.expires_ms.into(),
            (&s.document).into(),
        ];
        self.number(sql, &values).await
    }

    /// Returns the snapshot with a key.
    ///
    /// # Errors
    /// The database fails.
    pub async fn snapshot(&mut self, share_key: &str) -> Result<Option<Snapshot>> {
        let sql = "SELECT id, name, share_key, delete_hash, account_id, created_ms, expires_ms, document FROM snapshot \
                   WHERE share_key = $1";
        self.row(sql, &[share_key.into()]).await?.map(read).transpose()
    }

    /// Returns all snapshots without their documents, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn snapshots(&mut self) -> Result<Vec<Snapshot>> {
        let sql = "SELECT id, name, share_key, delete_hash, account_id, created_ms, expires_ms, '' AS document \
                   FROM snapshot ORDER BY id DESC";
        self.rows(sql, &[]).await?.into_iter().map(read).collect()
    }

    /// Removes a snapshot by its key, or by the hash of the key that removes it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_snapshot(&mut self, share_key: &str, delete_hash: &str) -> Result<bool> {
        let sql = "DELETE FROM snapshot WHERE share_key = $1 OR delete_hash = $2";
        Ok(self.run(sql, &[share_key.into(), delete_hash.into()]).await? > 0)
    }
}
