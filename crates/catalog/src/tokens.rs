//! Tokens of service accounts.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// A token of a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// The hash of the token; the token itself was shown once.
    pub hash: String,
    /// Whose it is.
    pub account_id: i64,
    /// Its name, unique among those of its account.
    pub name: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends, if ever.
    pub expires_ms: Option<i64>,
    /// When it was last used, if ever.
    pub used_ms: Option<i64>,
}

fn read(mut row: Row) -> Result<Token> {
    Ok(Token {
        id: row.int("id")?,
        hash: row.text("hash")?,
        account_id: row.int("account_id")?,
        name: row.text("name")?,
        created_ms: row.int("created_ms")?,
        expires_ms: row.optional_int("expires_ms")?,
        used_ms: row.optional_int("used_ms")?,
    })
}

impl Tx {
    /// Adds a token and returns its number.
    ///
    /// # Errors
    /// The account has another one of that name.
    pub async fn add_token(&mut self, token: &Token) -> Result<i64> {
        let t = token;
        let sql = "INSERT INTO token (hash, account_id, name, created_ms, expires_ms) \
                   VALUES ($1, $2, $3, $4, $5) RETURNING id";
        let values = [
            (&t.hash).into(),
            t.account_id.into(),
            (&t.name).into(),
            t.created_ms.into(),
            t.expires_ms.into(),
        ];
        self.number(sql, &values).await
    }

    /// Returns the token with a hash.
    ///
    /// # Errors
    /// The database fails.
    pub async fn token(&mut self, hash: &str) -> Result<Option<Token>> {
        let sql =
            "SELECT id, hash, account_id, name, created_ms, expires_ms, used_ms FROM token WHERE hash = $1";
        self.row(sql, &[hash.into()]).await?.map(read).transpose()
    }

    /// Returns the tokens of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn tokens(&mut self, account_id: i64) -> Result<Vec<Token>> {
        let sql = "SELECT id, hash, account_id, name, created_ms, expires_ms, used_ms FROM token \
                   WHERE account_id = $1 ORDER BY id";
        self.rows(sql, &[account_id.into()]).await?.into_iter().map(read).collect()
    }

    /// Returns how many tokens each service account has.
    ///
    /// # Errors
    /// The database fails.
    pub async fn token_counts(&mut self) -> Result<Vec<(i64, i64)>> {
        let rows = self.rows("SELECT account_id, COUNT(*) FROM token GROUP BY account_id", &[]).await?;
        rows.into_iter().map(|mut row| Ok((row.int("account_id")?, row.int("count")?))).collect()
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// The database fails.
    pub async fn token_used(&mut self, id: i64, now_ms: i64) -> Result<()> {
        self.run("UPDATE token SET used_ms = $2 WHERE id = $1", &[id.into(), now_ms.into()]).await?;
        Ok(())
    }

    /// Removes a token of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_token(&mut self, account_id: i64, id: i64) -> Result<bool> {
        let sql = "DELETE FROM token WHERE account_id = $1 AND id = $2";
        Ok(self.run(sql, &[account_id.into(), id.into()]).await? > 0)
    }
}
