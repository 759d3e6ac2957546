//! Sessions of browsers, and failed logins.

use crate::database::Tx;
use crate::error::Result;
use crate::value::Row;

/// A browser that is logged in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: i64,
    /// The hash of its token; the token itself is only in the browser.
    pub hash: String,
    /// Whose it is.
    pub account_id: i64,
    /// The address it was begun from.
    pub client: String,
    /// The browser it was begun with.
    pub user_agent: String,
    /// When it was begun.
    pub created_ms: i64,
    /// When it was last used.
    pub seen_ms: i64,
    /// When it ends, however much it is used.
    pub expires_ms: i64,
    /// When who vouched for it must be asked again; 0 for never. Set by [`Tx::set_session_tokens`] only.
    pub renew_ms: i64,
}

fn read(mut row: Row) -> Result<Session> {
    Ok(Session {
        id: row.int("id")?,
        hash: row.text("hash")?,
        account_id: row.int("account_id")?,
        client: row.text("client")?,
        user_agent: row.text("user_agent")?,
        created_ms: row.int("created_ms")?,
        seen_ms: row.int("seen_ms")?,
        expires_ms: row.int("expires_ms")?,
        renew_ms: row.int("renew_ms")?,
    })
}

impl Tx {
    /// Begins a session and returns its number.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_session(&mut self, session: &Session) -> Result<i64> {
        let s = session;
        let sql = "INSERT INTO session (hash, account_id, client, user_agent, created_ms, seen_ms, expires_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let values = [
            (&s.hash).into(),
            s.account_id.into(),
            (&s.client).into(),
            (&s.user_agent).into(),
            s.created_ms.into(),
            s.seen_ms.into(),
            s.expires_ms.into(),
        ];
        self.number(sql, &values).await
    }

    /// Returns the session with a token's hash.
    ///
    /// # Errors
    /// The database fails.
    pub async fn session(&mut self, hash: &str) -> Result<Option<Session>> {
        let sql = "SELECT id, hash, account_id, client, user_agent, created_ms, seen_ms, expires_ms, renew_ms \
                   FROM session WHERE hash = $1";
        self.row(sql, &[hash.into()]).await?.map(read).transpose()
    }

    /// Returns the sessions of an account, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sessions(&mut self, account_id: i64) -> Result<Vec<Session>> {
        let sql = "SELECT id, hash, account_id, client, user_agent, created_ms, seen_ms, expires_ms, renew_ms \
                   FROM session WHERE account_id = $1 ORDER BY seen_ms DESC, id DESC";
        self.rows(sql, &[account_id.into()]).await?.into_iter().map(read).collect()
    }

    /// Keeps what a provider gave, sealed, and when it must be renewed (0 for never).
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_session_tokens(&mut self, id: i64, sealed: &str, renew_ms: i64) -> Result<()> {
        let sql = "UPDATE session SET tokens = $2, renew_ms = $3 WHERE id = $1";
        self.run(sql, &[id.into(), sealed.into(), renew_ms.into()]).await?;
        Ok(())
    }

    /// Returns what is kept with the session of a token's hash.
    ///
    /// # Errors
    /// The database fails.
    pub async fn session_tokens(&mut self, hash: &str) -> Result<Option<String>> {
        let row = self.row("SELECT tokens FROM session WHERE hash = $1", &[hash.into()]).await?;
        row.map(|mut row| row.text("tokens")).transpose()
    }

    /// Takes the renewal of a session whose time has come, and puts it off for all others until `again_ms`; returns what is kept
    /// with it, or nothing if somebody else was first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn claim_session_renewal(
        &mut self,
        id: i64,
        now_ms: i64,
        again_ms: i64,
    ) -> Result<Option<String>> {
        let sql = "UPDATE session SET renew_ms = $3 WHERE id = $1 AND renew_ms > 0 AND renew_ms <= $2 RETURNING tokens";
        let row = self.row(sql, &[id.into(), now_ms.into(), again_ms.into()]).await?;
        row.map(|mut row| row.text("tokens")).transpose()
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// The database fails.
    pub async fn session_seen(&mut self, id: i64, now_ms: i64) -> Result<()> {
        self.run("UPDATE session SET seen_ms = $2 WHERE id = $1", &[id.into(), now_ms.into()]).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_session(&mut self, id: i64) -> Result<bool> {
        Ok(self.run("DELETE FROM session WHERE id = $1", &[id.into()]).await? > 0)
    }

    /// Ends all sessions of an account but one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_sessions(&mut self, account_id: i64, but: Option<i64>) -> Result<()> {
        let sql = "DELETE FROM session WHERE account_id = $1 AND id <> $2";
        self.run(sql, &[account_id.into(), but.unwrap_or(0).into()]).await?;
        Ok(())
    }

    /// Removes sessions that are over, or were last used before `idle_since_ms`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sweep_sessions(&mut self, now_ms: i64, idle_since_ms: i64) -> Result<u64> {
        let sql = "DELETE FROM session WHERE expires_ms <= $1 OR seen_ms < $2";
        self.run(sql, &[now_ms.into(), idle_since_ms.into()]).await
    }

    /// Notes a failed login, and forgets those before `since_ms`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_login_failure(
        &mut self,
        login: &str,
        client: &str,
        now_ms: i64,
        since_ms: i64,
    ) -> Result<()> {
        self.run("DELETE FROM login_attempt WHERE time_ms < $1", &[since_ms.into()]).await?;
        let sql = "INSERT INTO login_attempt (login, client, time_ms) VALUES ($1, $2, $3)";
        self.run(sql, &[login.into(), client.into(), now_ms.into()]).await?;
        Ok(())
    }

    /// Counts failed logins since a time: those for a login, and those from an address.
    ///
    /// # Errors
    /// The database fails.
    pub async fn login_failures(&mut self, login: &str, client: &str, since_ms: i64) -> Result<(i64, i64)> {
        let by_login = "SELECT COUNT(*) FROM login_attempt WHERE login = $1 AND time_ms >= $2";
        let by_client = "SELECT COUNT(*) FROM login_attempt WHERE client = $1 AND time_ms >= $2";
        Ok((
            self.number(by_login, &[login.into(), since_ms.into()]).await?,
            self.number(by_client, &[client.into(), since_ms.into()]).await?,
        ))
    }

    /// Forgets the failed logins for a login.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_login_failures(&mut self, login: &str) -> Result<()> {
        self.run("DELETE FROM login_attempt WHERE login = $1", &[login.into()]).await?;
        Ok(())
    }
}
