//! Service accounts: programs with roles, known by tokens.

use catalog::accounts::Account;
use catalog::tokens::Token;

use crate::accounts::Accounts;
use crate::error::{AccountError, Result};
use crate::identity::{Identity, Via};
use crate::role::Role;
use crate::secret;
use crate::sessions::SEEN_EVERY_MS;

/// Most tokens of one account.
const TOKENS_MAX: usize = 100;

impl Accounts {
    /// Finds out whose service-account token this is.
    ///
    /// # Errors
    /// [`AccountError::WrongToken`] if there is none, it is over, or its account is disabled.
    pub async fn token(&self, token: &str, now_ms: i64) -> Result<Identity> {
        let mut tx = self.catalog.read().await?;
        let found = tx.token(&secret::hash(token)).await?.ok_or(AccountError::WrongToken)?;
        if found.expires_ms.is_some_and(|expires| expires <= now_ms) {
            return Err(AccountError::WrongToken);
        }
        let account = tx.account(found.account_id).await?.filter(|a| !a.is_disabled && a.is_service);
        let account = account.ok_or(AccountError::WrongToken)?;
        let identity = self.identity(&mut tx, &account, Via::Token(found.id)).await?;
        drop(tx);
        if found.used_ms.is_none_or(|used| now_ms - used >= SEEN_EVERY_MS) {
            let mut tx = self.catalog.write().await?;
            tx.token_used(found.id, now_ms).await?;
            tx.commit().await?;
        }
        Ok(identity)
    }

    /// Makes a service account. Its login is made from its name.
    ///
    /// # Errors
    /// There is one of that name, or the name is empty.
    pub async fn add_service_account(
        &self,
        name: &str,
        role: Role,
        is_disabled: bool,
        now_ms: i64,
    ) -> Result<Account> {
        let name = name.trim();
        if name.is_empty() {
            return Err(AccountError::Invalid("service account name is required".to_owned()));
        }
        let slug: String =
            name.to_lowercase().chars().map(|c| if c.is_whitespace() { '-' } else { c }).collect();
        let mut account = Account {
            uid: secret::random_text(14)?,
            login: format!("sa-1-{slug}"),
            name: name.to_owned(),
            role: role.as_str().to_owned(),
            is_disabled,
            is_service: true,
            preferences: "{}".to_owned(),
            created_ms: now_ms,
            updated_ms: now_ms,
            ..Account::default()
        };
        let mut tx = self.catalog.write().await?;
        if tx.account_by_login(&account.login).await?.is_some() {
            return Err(AccountError::Exists { what: "service account" });
        }
        account.id = tx.add_account(&account).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Makes a token and returns it with its record: the only time that it is seen.
    ///
    /// # Errors
    /// The account is no service account, has one of that name, or too many.
    pub async fn add_token(
        &self,
        account_id: i64,
        name: &str,
        seconds_to_live: i64,
        now_ms: i64,
    ) -> Result<(Token, String)> {
        if name.trim().is_empty() {
            return Err(AccountError::Invalid("token name is required".to_owned()));
        }
        if seconds_to_live < 0 {
            return Err(AccountError::Invalid(format!("secondsToLive is negative: {seconds_to_live}")));
        }
        let text = secret::service_token()?;
        let life_ms = seconds_to_live.saturating_mul(1000);
        let mut token = Token {
            id: 0,
            hash: secret::hash(&text),
            account_id,
            name: name.trim().to_owned(),
            created_ms: now_ms,
            expires_ms: (life_ms > 0).then(|| now_ms.saturating_add(life_ms)),
            used_ms: None,
        };
        let mut tx = self.catalog.write().await?;
        let account = tx.account(account_id).await?.filter(|a| a.is_service);
        account.ok_or(AccountError::NotFound { what: "service account" })?;
        let others = tx.tokens(account_id).await?;
        if others.len() >= TOKENS_MAX {
            return Err(AccountError::Invalid(format!("a service account has at most {TOKENS_MAX} tokens")));
        }
        if others.iter().any(|other| other.name == token.name) {
            return Err(AccountError::Exists { what: "service account token" });
        }
        token.id = tx.add_token(&token).await?;
        tx.commit().await?;
        Ok((token, text))
    }
}
