//! Playlists: dashboards shown one after another.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// A playlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Playlist {
    /// Its number.
    pub id: i64,
    /// Its identifier.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// How long each dashboard is shown, such as `5m`.
    pub pause: String,
    /// What it shows, a JSON list.
    pub items: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
}

fn read(mut row: Row) -> Result<Playlist> {
    Ok(Playlist {
        id: row.int("id")?,
        uid: row.text("uid")?,
        name: row.text("name")?,
        pause: row.text("pause")?,
        items: row.text("items")?,
        created_ms: row.int("created_ms")?,
        updated_ms: row.int("updated_ms")?,
    })
}

impl Tx {
    /// Adds a playlist, or writes over the one with its identifier.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_playlist(&mut self, playlist: &Playlist) -> Result<i64> {
        let p = playlist;
        let sql = "INSERT INTO playlist (uid, name, pause, items, created_ms, updated_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (uid) DO UPDATE SET name = excluded.name, \
                   pause = excluded.pause, items = excluded.items, updated_ms = excluded.updated_ms RETURNING id";
        let values = [
            (&p.uid).into(),
            (&p.name).into(),
            (&p.pause).into(),
            (&p.items).into(),
            p.created_ms.into(),
            p.updated_ms.into(),
        ];
        self.number(sql, &values).await
    }

    /// Returns all playlists by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn playlists(&mut self) -> Result<Vec<Playlist>> {
        let sql =
            "SELECT id, uid, name, pause, items, created_ms, updated_ms FROM playlist ORDER BY name, id";
        self.rows(sql, &[]).await?.into_iter().map(read).collect()
    }

    /// Removes a playlist.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_playlist(&mut self, uid: &str) -> Result<bool> {
        Ok(self.run("DELETE FROM playlist WHERE uid = $1", &[uid.into()]).await? > 0)
    }
}
