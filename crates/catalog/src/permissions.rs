//! Who may do what with a folder or a dashboard.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// One grant. Exactly one of `role`, `team_id` and `account_id` says to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// `folder` or `dashboard`.
    pub kind: String,
    /// Its identifier.
    pub uid: String,
    /// Everybody with this role; empty for none.
    pub role: String,
    /// Everybody in this team.
    pub team_id: Option<i64>,
    /// This account.
    pub account_id: Option<i64>,
    /// What is granted: 1 to view, 2 to edit, 4 to administer.
    pub level: i64,
}

fn read(mut row: Row) -> Result<Permission> {
    Ok(Permission {
        kind: row.text("kind")?,
        uid: row.text("uid")?,
        role: row.text("role")?,
        team_id: row.optional_int("team_id")?,
        account_id: row.optional_int("account_id")?,
        level: row.int("level")?,
    })
}

impl Tx {
    /// Returns all grants.
    ///
    /// # Errors
    /// The database fails.
    pub async fn all_permissions(&mut self) -> Result<Vec<Permission>> {
        let sql = "SELECT kind, uid, role, team_id, account_id, level FROM permission ORDER BY id";
        self.rows(sql, &[]).await?.into_iter().map(read).collect()
    }

    /// Returns the grants on one thing.
    ///
    /// # Errors
    /// The database fails.
    pub async fn permissions(&mut self, kind: &str, uid: &str) -> Result<Vec<Permission>> {
        let sql = "SELECT kind, uid, role, team_id, account_id, level FROM permission \
                   WHERE kind = $1 AND uid = $2 ORDER BY id";
        self.rows(sql, &[kind.into(), uid.into()]).await?.into_iter().map(read).collect()
    }

    /// Adds a grant.
    ///
    /// # Errors
    /// There is no such team or account.
    pub async fn add_permission(&mut self, permission: &Permission) -> Result<()> {
        let p = permission;
        let sql = "INSERT INTO permission (kind, uid, role, team_id, account_id, level) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            (&p.kind).into(),
            (&p.uid).into(),
            (&p.role).into(),
            p.team_id.into(),
            p.account_id.into(),
            p.level.into(),
        ];
        self.run(sql, &values).await?;
        Ok(())
    }

    /// Removes the grants on one thing.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_permissions(&mut self, kind: &str, uid: &str) -> Result<()> {
        self.run("DELETE FROM permission WHERE kind = $1 AND uid = $2", &[kind.into(), uid.into()]).await?;
        Ok(())
    }
}
