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

/// Which entries are asked for. Texts are looked for anywhere, in either case; empty ones and zeros ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only entries with a smaller number.
    pub before: i64,
    /// Most entries.
    pub limit: i64,
    /// Part of who.
    pub actor: String,
    /// Part of what was done.
    pub action: String,
    /// Part of what it was done to.
    pub target: String,
    /// Part of how it ended.
    pub outcome: String,
    /// From this time on.
    pub from_ms: i64,
    /// Up to this time.
    pub to_ms: i64,
}

/// A pattern that finds a text anywhere; empty for an empty text.
fn anywhere(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // What has a meaning in patterns is looked for as it is.
    let plain = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
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

    /// Returns the newest entries of those that are asked for.
    ///
    /// # Errors
    /// The database fails.
    pub async fn audit(&mut self, wanted: &Wanted) -> Result<Vec<Entry>> {
        let sql = r"SELECT id, time_ms, actor, client, action, target, outcome FROM audit
                   WHERE ($1 = 0 OR id < $1) AND ($2 = 0 OR time_ms >= $2) AND ($3 = 0 OR time_ms <= $3)
                   AND ($4 = '' OR LOWER(actor) LIKE $4 ESCAPE '\') AND ($5 = '' OR LOWER(action) LIKE $5 ESCAPE '\')
                   AND ($6 = '' OR LOWER(target) LIKE $6 ESCAPE '\') AND ($7 = '' OR LOWER(outcome) LIKE $7 ESCAPE '\')
                   ORDER BY id DESC LIMIT $8";
        let w = wanted;
        let [actor, action, target, outcome] =
            [&w.actor, &w.action, &w.target, &w.outcome].map(|text| anywhere(text));
        let values = [
            w.before.into(),
            w.from_ms.into(),
            w.to_ms.into(),
            (&actor).into(),
            (&action).into(),
            (&target).into(),
            (&outcome).into(),
            w.limit.into(),
        ];
        self.rows(sql, &values).await?.into_iter().map(read).collect()
    }

    /// Forgets entries before a time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sweep_audit(&mut self, before_ms: i64) -> Result<u64> {
        self.run("DELETE FROM audit WHERE time_ms < $1", &[before_ms.into()]).await
    }
}
