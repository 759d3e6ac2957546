//! Teams and who is in them.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// A team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// Its number.
    pub id: i64,
    /// Its identifier.
    pub uid: String,
    /// Its name, unique.
    pub name: String,
    /// Its address, or empty.
    pub email: String,
    /// Which series its members see, as a series selector; empty for all.
    pub selector: String,
    /// What it prefers, as a JSON object.
    pub preferences: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// Somebody's place in a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// The team.
    pub team_id: i64,
    /// Who.
    pub account_id: i64,
    /// Whether they run the team.
    pub is_admin: bool,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, uid, name, email, selector, preferences, created_ms, updated_ms FROM team ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Team> {
    Ok(Team {
        id: row.int("id")?,
        uid: row.text("uid")?,
        name: row.text("name")?,
        email: row.text("email")?,
        selector: row.text("selector")?,
        preferences: row.text("preferences")?,
        created_ms: row.int("created_ms")?,
        updated_ms: row.int("updated_ms")?,
    })
}

fn read_member(mut row: Row) -> Result<Member> {
    Ok(Member {
        team_id: row.int("team_id")?,
        account_id: row.int("account_id")?,
        is_admin: row.flag("is_admin")?,
    })
}

impl Tx {
    /// Adds a team and returns its number.
    ///
    /// # Errors
    /// Another one has the name.
    pub async fn add_team(&mut self, team: &Team) -> Result<i64> {
        let t = team;
        let sql = "INSERT INTO team (uid, name, email, selector, preferences, created_ms, updated_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let values = [
            (&t.uid).into(),
            (&t.name).into(),
            (&t.email).into(),
            (&t.selector).into(),
            (&t.preferences).into(),
            t.created_ms.into(),
            t.updated_ms.into(),
        ];
        self.number(sql, &values).await
    }

    /// Writes all fields of a team.
    ///
    /// # Errors
    /// Another one has the name.
    pub async fn set_team(&mut self, team: &Team) -> Result<bool> {
        let t = team;
        let sql = "UPDATE team SET name = $2, email = $3, selector = $4, preferences = $5, updated_ms = $6 \
                   WHERE id = $1";
        let values = [
            t.id.into(),
            (&t.name).into(),
            (&t.email).into(),
            (&t.selector).into(),
            (&t.preferences).into(),
            t.updated_ms.into(),
        ];
        Ok(self.run(sql, &values).await? > 0)
    }

    /// Removes a team with its memberships and permissions.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_team(&mut self, id: i64) -> Result<bool> {
        Ok(self.run("DELETE FROM team WHERE id = $1", &[id.into()]).await? > 0)
    }

    /// Returns the team with a number.
    ///
    /// # Errors
    /// The database fails.
    pub async fn team(&mut self, id: i64) -> Result<Option<Team>> {
        self.row(columns!("WHERE id = $1"), &[id.into()]).await?.map(read).transpose()
    }

    /// Returns all teams by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn teams(&mut self) -> Result<Vec<Team>> {
        self.rows(columns!("ORDER BY name"), &[]).await?.into_iter().map(read).collect()
    }

    /// Returns the teams of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn teams_of(&mut self, account_id: i64) -> Result<Vec<Team>> {
        let sql =
            columns!("WHERE id IN (SELECT team_id FROM team_member WHERE account_id = $1) ORDER BY name");
        self.rows(sql, &[account_id.into()]).await?.into_iter().map(read).collect()
    }

    /// Returns every membership, of one team or of all.
    ///
    /// # Errors
    /// The database fails.
    pub async fn members(&mut self, team_id: Option<i64>) -> Result<Vec<Member>> {
        let rows = match team_id {
            Some(id) => {
                let sql = "SELECT team_id, account_id, is_admin FROM team_member WHERE team_id = $1 \
                           ORDER BY account_id";
                self.rows(sql, &[id.into()]).await?
            }
            None => self.rows("SELECT team_id, account_id, is_admin FROM team_member", &[]).await?,
        };
        rows.into_iter().map(read_member).collect()
    }

    /// Puts somebody into a team, or changes their place.
    ///
    /// # Errors
    /// There is no such team or account.
    pub async fn set_member(&mut self, member: Member) -> Result<()> {
        let sql = "INSERT INTO team_member (team_id, account_id, is_admin) VALUES ($1, $2, $3) \
                   ON CONFLICT (team_id, account_id) DO UPDATE SET is_admin = excluded.is_admin";
        let values = [member.team_id.into(), member.account_id.into(), member.is_admin.into()];
        self.run(sql, &values).await?;
        Ok(())
    }

    /// Takes somebody out of a team.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_member(&mut self, team_id: i64, account_id: i64) -> Result<bool> {
        let sql = "DELETE FROM team_member WHERE team_id = $1 AND account_id = $2";
        Ok(self.run(sql, &[team_id.into(), account_id.into()]).await? > 0)
    }
}
