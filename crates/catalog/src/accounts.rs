//! Users and service accounts.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// A user, or a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: i64,
    /// Its identifier in URLs.
    pub uid: String,
    /// The name to log in with, in lower case.
    pub login: String,
    /// Its address in lower case, or empty.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// The hash of its password; empty if it cannot log in with one.
    pub password: String,
    /// What it may do: a word of `accounts::Role`.
    pub role: String,
    /// Whether it runs the server.
    pub is_admin: bool,
    /// Whether it is locked out.
    pub is_disabled: bool,
    /// Whether it is a service account.
    pub is_service: bool,
    /// Who says who it is: empty for this catalog, else the name of a login method.
    pub origin: String,
    /// What it prefers, as a JSON object.
    pub preferences: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
    /// When it was last here; 0 for never.
    pub seen_ms: i64,
}

/// The columns of [`Account`], in its order.
macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, uid, login, email, name, password, role, is_admin, is_disabled, is_service, origin, \
             preferences, created_ms, updated_ms, seen_ms FROM account ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Account> {
    Ok(Account {
        id: row.int("id")?,
        uid: row.text("uid")?,
        login: row.text("login")?,
        email: row.text("email")?,
        name: row.text("name")?,
        password: row.text("password")?,
        role: row.text("role")?,
        is_admin: row.flag("is_admin")?,
        is_disabled: row.flag("is_disabled")?,
        is_service: row.flag("is_service")?,
        origin: row.text("origin")?,
        preferences: row.text("preferences")?,
        created_ms: row.int("created_ms")?,
        updated_ms: row.int("updated_ms")?,
        seen_ms: row.int("seen_ms")?,
    })
}

impl Tx {
    /// Adds an account and returns its number; `account.id` is not looked at.
    ///
    /// # Errors
    /// Another one has the login, address or identifier.
    pub async fn add_account(&mut self, account: &Account) -> Result<i64> {
        let a = account;
        let sql = "INSERT INTO account (uid, login, email, name, password, role, is_admin, is_disabled, is_service, \
                   origin, preferences, created_ms, updated_ms, seen_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id";
        let values = [
            (&a.uid).into(),
            (&a.login).into(),
            (&a.email).into(),
            (&a.name).into(),
            (&a.password).into(),
            (&a.role).into(),
            a.is_admin.into(),
            a.is_disabled.into(),
            a.is_service.into(),
            (&a.origin).into(),
            (&a.preferences).into(),
            a.created_ms.into(),
            a.updated_ms.into(),
            a.seen_ms.into(),
        ];
        self.number(sql, &values).await
    }

    /// Writes all fields of an account; tells whether there is one with its number.
    ///
    /// # Errors
    /// Another one has the login or address.
    pub async fn set_account(&mut self, account: &Account) -> Result<bool> {
        let a = account;
        let sql = "UPDATE account SET login = $2, email = $3, name = $4, password = $5, role = $6, is_admin = $7, \
                   is_disabled = $8, origin = $9, preferences = $10, updated_ms = $11, seen_ms = $12 WHERE id = $1";
        let values = [
            a.id.into(),
            (&a.login).into(),
            (&a.email).into(),
            (&a.name).into(),
            (&a.password).into(),
            (&a.role).into(),
            a.is_admin.into(),
            a.is_disabled.into(),
            (&a.origin).into(),
            (&a.preferences).into(),
            a.updated_ms.into(),
            a.seen_ms.into(),
        ];
        Ok(self.run(sql, &values).await? > 0)
    }

    /// Notes that an account was here.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_seen(&mut self, id: i64, now_ms: i64) -> Result<()> {
        self.run("UPDATE account SET seen_ms = $2 WHERE id = $1", &[id.into(), now_ms.into()]).await?;
        Ok(())
    }

    /// Removes an account with its sessions, tokens, memberships, stars and permissions.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_account(&mut self, id: i64) -> Result<bool> {
        Ok(self.run("DELETE FROM account WHERE id = $1", &[id.into()]).await? > 0)
    }

    /// Returns the account with a number.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account(&mut self, id: i64) -> Result<Option<Account>> {
        self.row(columns!("WHERE id = $1"), &[id.into()]).await?.map(read).transpose()
    }

    /// Returns the account with a login or an address, both in lower case.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_by_login(&mut self, login_or_email: &str) -> Result<Option<Account>> {
        // Somebody's login may be somebody else's address: the login wins.
        let sql = columns!(
            "WHERE login = $1 OR (email = $1 AND email <> '') ORDER BY CASE WHEN login = $1 THEN 0 ELSE 1 END"
        );
        self.row(sql, &[login_or_email.into()]).await?.map(read).transpose()
    }

    /// Returns all users, or all service accounts, by login.
    ///
    /// # Errors
    /// The database fails.
    pub async fn accounts(&mut self, service: bool) -> Result<Vec<Account>> {
        let sql = columns!("WHERE is_service = $1 ORDER BY login");
        self.rows(sql, &[service.into()]).await?.into_iter().map(read).collect()
    }
}
