//! Who changed what.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// One thing that somebody did, or tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When.
    pub time_ms: i64,
    /// Who: a login.
    pub actor: String,
    /// From where.
    pub client: String,
    /// What, such as `POST`.
    pub action: String,
    /// To what, such as a path.
    pub target: String,
    /// How it ended, such as `200`.
    pub outcome: String,
}

fn read(mut row: Row) -> Result<Entry> {
    Ok(Entry {
        id: row.int("id")?,
        time_ms: row.int("time_ms")?,
        actor: row.text("actor")?,
        client: row.text("client")?,
        action: row.text("action")?,
        target: row.text("target")?,
        outcome: row.text("outcome")?,
    })
}

impl Tx {
    /// Notes something.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_audit(&mut self, entry: &Entry) -> Result<()> {
        let e = entry;
        let sql = "INSERT INTO audit (time_ms, actor, client, action, target, outcome) VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            e.time_ms.into(),
            (&e.actor).into(),
            (&e.client).into(),
            (&e.action).into(),
            (&e.target).into(),
            (&e.outcome).into(),
        ];
        self.run(sql, &values).await?;
        Ok(())
    }

    /// Returns the newest entries before a number (0 for the newest of all).
    ///
    /// # Errors
    /// The database fails.
    pub async fn audit(&mut self, before: i64, limit: i64) -> Result<Vec<Entry>> {
        let sql = "SELECT id, time_ms, actor, client, action, target, outcome FROM audit \
                   WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2";
        self.rows(sql, &[before.into(), limit.into()]).await?.into_iter().map(read).collect()
    }

    /// Forgets entries before a time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sweep_audit(&mut self, before_ms: i64) -> Result<u64> {
        self.run("DELETE FROM audit WHERE time_ms < $1", &[before_ms.into()]).await
    }
}
