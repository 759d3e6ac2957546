//! Logging in with a password, which the catalog keeps, or a directory.

use catalog::accounts::Account;

use crate::accounts::Accounts;
use crate::error::{AccountError, Result};
use crate::identity::{Identity, Via};
use crate::outside::ldap::run::LoginFailure;
use crate::outside::ldap::{Directory, ORIGIN};

impl Accounts {
    /// Finds out whose login and password these are.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`], whatever is wrong with them, or too many failures from `client`.
    pub(crate) async fn check_password(
        &self,
        login: &str,
        password: &str,
        client: &str,
        now_ms: i64,
    ) -> Result<Account> {
        let login = login.trim().to_lowercase();
        let since_ms = now_ms - self.options.failure_window_ms;
        let mut tx = self.catalog.read().await?;
        let account = tx.account_by_login(&login).await?;
        // Failures are counted under the account, not under the name that was typed: it has two of those.
        let counted = account.as_ref().map_or(login.as_str(), |a| a.login.as_str()).to_owned();
        let (by_login, by_client) = tx.login_failures(&counted, client, since_ms).await?;
        drop(tx);
        if by_client >= self.options.client_failures_max {
            let minutes = (self.options.failure_window_ms / 60_000).max(1);
            return Err(AccountError::TooManyFailures { minutes });
        }
        let locked = by_login >= self.options.failures_max;
        let directory =
            self.directory.as_deref().filter(|_| !locked && may_be_in_directory(account.as_ref()));
        let usable = account.filter(|a| !a.is_disabled && !a.is_service && a.origin.is_empty() && !locked);
        let hash = usable.as_ref().map_or("", |a| a.password.as_str());
        if self.passwords.check(hash, password, now_ms).await?
            && let Some(account) = usable
        {
            if by_login > 0 {
                let mut tx = self.catalog.write().await?;
                tx.forget_login_failures(&counted).await?;
                tx.commit().await?;
            }
            return Ok(account);
        }
        if let Some(directory) = directory
            && let Some(account) = self.let_in_by(directory, &login, password, now_ms).await?
        {
            if by_login > 0 {
                let mut tx = self.catalog.write().await?;
                tx.forget_login_failures(&counted).await?;
                tx.commit().await?;
            }
            return Ok(account);
        }
        let mut tx = self.catalog.write().await?;
        tx.add_login_failure(&counted, client, now_ms, since_ms).await?;
        tx.commit().await?;
        tracing::warn!(login = counted, client, locked, "failed login");
        Err(AccountError::WrongCredentials)
    }

    /// Asks a directory whose login and password these are; `None` if it lets nobody in.
    ///
    /// # Errors
    /// It does not answer.
    async fn let_in_by(
        &self,
        directory: &Directory,
        login: &str,
        password: &str,
        now_ms: i64,
    ) -> Result<Option<Account>> {
        let user = match directory.login(login, password).await {
            Ok(user) => user,
            Err(LoginFailure::Refused(reason)) => {
                tracing::info!(login, reason, "the directory lets nobody in");
                return Ok(None);
            }
            Err(LoginFailure::Unreachable(reason)) => {
                tracing::error!(reason, "no directory answers");
                return Err(AccountError::Unreachable("the directory of logins does not answer".to_owned()));
            }
        };
        if !directory.sign_up
            && self.catalog.read().await?.account_by_login(&user.login.to_lowercase()).await?.is_none()
        {
            tracing::warn!(login, "somebody in the directory has no account here, and gets none");
            return Ok(None);
        }
        match self.vouched(&user, now_ms).await {
            Ok((account, _)) => Ok(Some(account)),
            // Their name in the directory is somebody else's here, or their account is disabled.
            Err(
                error @ (AccountError::Exists { .. }
                | AccountError::WrongCredentials
                | AccountError::Invalid(_)),
            ) => {
                tracing::warn!(login, %error, "somebody in the directory cannot log in");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Authenticates a request that carries login and password. No session is made.
    ///
    /// # Errors
    /// As for a login.
    pub async fn basic(&self, login: &str, password: &str, client: &str, now_ms: i64) -> Result<Identity> {
        let account = self.check_password(login, password, client, now_ms).await?;
        let mut tx = self.catalog.read().await?;
        self.identity(&mut tx, &account, Via::Basic).await
    }

    /// Logs a browser in: checks the password, ends the session it had, and makes a new one. Returns its token.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`], or too many failures from the client's address.
    pub async fn login(
        &self,
        login: &str,
        password: &str,
        browser: &Browser<'_>,
        now_ms: i64,
    ) -> Result<(Identity, String)> {
        let account = self.check_password(login, password, browser.client, now_ms).await?;
        self.begin_session(&account, browser, now_ms).await
    }
}

/// Tells whether a directory may know somebody: passwords that the catalog keeps are none of its business.
fn may_be_in_directory(account: Option<&Account>) -> bool {
    account.is_none_or(|a| a.origin == ORIGIN && !a.is_disabled && !a.is_service)
}

/// The browser that logs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// Its address.
    pub client: &'a str,
    /// What it calls itself.
    pub user_agent: &'a str,
    /// The session token that it sent, if any.
    pub former_token: Option<&'a str>,
}
