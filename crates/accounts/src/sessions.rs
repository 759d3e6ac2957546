//! Sessions of browsers.

use catalog::accounts::Account;
use catalog::sessions::Session;

use crate::accounts::Accounts;
use crate::error::{AccountError, Result};
use crate::identity::{Identity, Via};
use crate::login::Browser;
use crate::secret;

/// Longest name of a browser that is kept.
const USER_AGENT_CHARS_MAX: usize = 200;
/// Most sessions of one account; the one that was unused longest ends first.
const SESSIONS_MAX: usize = 100;
/// How exactly the last use is kept: noting every request would be a write for every read.
pub(crate) const SEEN_EVERY_MS: i64 = 60_000;

impl Accounts {
    /// Makes a session for an account that proved who it is, and returns its token: the only time that it is seen.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn begin_session(
        &self,
        account: &Account,
        browser: &Browser<'_>,
        now_ms: i64,
    ) -> Result<(Identity, String)> {
        let token = secret::session_token()?;
        let mut tx = self.catalog.write().await?;
        tx.sweep_sessions(now_ms, now_ms - self.options.session_idle_ms).await?;
        if let Some(former) = browser.former_token
            && let Some(session) = tx.session(&secret::hash(former)).await?
        {
            tx.end_session(session.id).await?;
        }
        for old in tx.sessions(account.id).await?.into_iter().skip(SESSIONS_MAX - 1) {
            tx.end_session(old.id).await?;
        }
        let session = Session {
            id: 0,
            hash: secret::hash(&token),
            account_id: account.id,
            client: browser.client.to_owned(),
            user_agent: browser.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect(),
            created_ms: now_ms,
            seen_ms: now_ms,
            expires_ms: now_ms + self.options.session_life_ms,
            renew_ms: 0,
        };
        let id = tx.add_session(&session).await?;
        tx.account_seen(account.id, now_ms).await?;
        let identity = self.identity(&mut tx, account, Via::Session(id)).await?;
        tx.commit().await?;
        Ok((identity, token))
    }

    /// Finds out whose session a token is.
    ///
    /// # Errors
    /// [`AccountError::WrongToken`] if there is none, it is over, or its account is disabled.
    pub async fn session(&self, token: &str, now_ms: i64) -> Result<Identity> {
        let mut tx = self.catalog.read().await?;
        let session = tx.session(&secret::hash(token)).await?.ok_or(AccountError::WrongToken)?;
        let idle_ms = now_ms - session.seen_ms;
        if session.expires_ms <= now_ms || idle_ms > self.options.session_idle_ms {
            return Err(AccountError::WrongToken);
        }
        let account = tx.account(session.account_id).await?.filter(|a| !a.is_disabled);
        let account = account.ok_or(AccountError::WrongToken)?;
        let mut identity = self.identity(&mut tx, &account, Via::Session(session.id)).await?;
        identity.renew_due = session.renew_ms > 0 && session.renew_ms <= now_ms;
        drop(tx);
        if idle_ms >= SEEN_EVERY_MS {
            let mut tx = self.catalog.write().await?;
            tx.session_seen(session.id, now_ms).await?;
            tx.account_seen(account.id, now_ms).await?;
            tx.commit().await?;
        }
        Ok(identity)
    }

    /// What is kept, sealed, with the session of a token; `None` if there is no such session, or nothing with it.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn session_tokens(&self, token: &str) -> Result<Option<String>> {
        let kept = self.catalog.read().await?.session_tokens(&secret::hash(token)).await?;
        Ok(kept.filter(|sealed| !sealed.is_empty()))
    }

    /// Ends the session of a token, if there is one.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn logout(&self, token: &str) -> Result<()> {
        let mut tx = self.catalog.write().await?;
        if let Some(session) = tx.session(&secret::hash(token)).await? {
            tx.end_session(session.id).await?;
        }
        Ok(tx.commit().await?)
    }
}
