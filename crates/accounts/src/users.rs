//! Users: made, changed, let in from outside.

use catalog::accounts::Account;

use crate::accounts::Accounts;
use crate::error::{AccountError, Result};
use crate::identity::{Identity, Via};
use crate::role::Role;
use crate::{password, secret};

/// Longest login, address or name.
const NAME_CHARS_MAX: usize = 190;

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The name to log in with; the address if empty.
    pub login: String,
    /// The address; may be empty if there is a login.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// The password.
    pub password: String,
    /// The role.
    pub role: Role,
}

/// Somebody whom another party vouches for.
#[derive(Clone, Debug, Default)]
pub struct Vouched {
    /// Which party, such as `ldap`.
    pub origin: String,
    /// The login there.
    pub login: String,
    /// The address.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// The role, if the party says so; else it stays as it is, and a newcomer has that of the options.
    pub role: Option<Role>,
    /// Whether they run the server, if the party says so; else it stays as it is, and a newcomer does not.
    pub is_admin: Option<bool>,
}

impl Accounts {
    /// Makes a user.
    ///
    /// # Errors
    /// The login or address is taken, or something is missing or too long.
    pub async fn add_user(&self, user: &NewUser, now_ms: i64) -> Result<Account> {
        password::acceptable(&user.password)?;
        let (login, email) = names(&user.login, &user.email)?;
        let mut account = Account {
            uid: secret::random_text(14)?,
            login,
            email,
            name: user.name.trim().to_owned(),
            password: self.passwords.hash(&user.password).await?,
            role: user.role.as_str().to_owned(),
            preferences: "{}".to_owned(),
            created_ms: now_ms,
            updated_ms: now_ms,
            ..Account::default()
        };
        let mut tx = self.catalog.write().await?;
        for name in [&account.login, &account.email] {
            if !name.is_empty() && tx.account_by_login(name).await?.is_some() {
                return Err(AccountError::Exists { what: "user" });
            }
        }
        account.id = tx.add_account(&account).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Writes login, address and name of a user; all checked as for a new one.
    ///
    /// # Errors
    /// The login or address is taken, or there is no such user.
    pub async fn set_names(&self, id: i64, login: &str, email: &str, name: &str, now_ms: i64) -> Result<()> {
        let mut tx = self.catalog.write().await?;
        let account = tx.account(id).await?.filter(|a| !a.is_service);
        let mut account = account.ok_or(AccountError::NotFound { what: "user" })?;
        let login = if login.trim().is_empty() { account.login.as_str() } else { login };
        let (login, email) = names(login, email)?;
        for taken in [&login, &email] {
            let other = if taken.is_empty() { None } else { tx.account_by_login(taken).await? };
            if other.is_some_and(|other| other.id != id) {
                return Err(AccountError::Exists { what: "user" });
            }
        }
        account = Account { login, email, name: name.trim().to_owned(), updated_ms: now_ms, ..account };
        tx.set_account(&account).await?;
        Ok(tx.commit().await?)
    }

    /// Sets a user's password and ends their sessions, but for `keep`.
    ///
    /// # Errors
    /// There is no such user, somebody else keeps their password, or it is a bad choice.
    pub async fn set_password(&self, id: i64, text: &str, keep: Option<i64>, now_ms: i64) -> Result<()> {
        password::acceptable(text)?;
        let hash = self.passwords.hash(text).await?;
        let mut tx = self.catalog.write().await?;
        let account = tx.account(id).await?.filter(|a| !a.is_service);
        let account = account.ok_or(AccountError::NotFound { what: "user" })?;
        if !account.origin.is_empty() {
            let reason = format!("the password of {} is kept by {}", account.login, account.origin);
            return Err(AccountError::Invalid(reason));
        }
        tx.set_account(&Account { password: hash, updated_ms: now_ms, ..account }).await?;
        tx.end_sessions(id, keep).await?;
        Ok(tx.commit().await?)
    }

    /// Sets one's own password, which takes the old one.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`] if the old one is wrong; else as [`Accounts::set_password`].
    pub async fn change_own_password(
        &self,
        who: &Identity,
        old: &str,
        new: &str,
        client: &str,
        now_ms: i64,
    ) -> Result<()> {
        self.check_password(&who.login, old, client, now_ms).await?;
        let keep = match who.via {
            Via::Session(id) => Some(id),
            Via::Basic | Via::Token(_) | Via::Outside | Via::Anonymous => None,
        };
        self.set_password(who.id, new, keep, now_ms).await
    }

    /// Lets somebody in whom another party vouches for: finds or makes their account, and brings it up to date.
    ///
    /// # Errors
    /// The login or address belongs to somebody whom that party does not know, or the account is disabled.
    pub async fn vouched(&self, user: &Vouched, now_ms: i64) -> Result<(Account, Identity)> {
        let (login, email) = names(&user.login, &user.email)?;
        // A proxy vouches with every request: nothing is written while nothing changes.
        let mut tx = self.catalog.read().await?;
        if let Some(account) = tx.account_by_login(&login).await?
            && account.origin == user.origin
            && !account.is_service
            && !account.is_disabled
            && (&account.email, &account.name) == (&email, &user.name)
            && user.role.is_none_or(|role| role.as_str() == account.role)
            && user.is_admin.is_none_or(|is_admin| is_admin == account.is_admin)
        {
            let identity = self.identity(&mut tx, &account, Via::Outside).await?;
            return Ok((account, identity));
        }
        drop(tx);
        let mut tx = self.catalog.write().await?;
        let found = tx.account_by_login(&login).await?;
        let account = match found {
            Some(account) if account.origin != user.origin || account.is_service => {
                // Whoever can name themselves there must not become somebody else here.
                return Err(AccountError::Exists { what: "a user of another origin with this login" });
            }
            Some(account) if account.is_disabled => return Err(AccountError::WrongCredentials),
            Some(account) => {
                let role = user.role.map_or_else(|| account.role.clone(), |r| r.as_str().to_owned());
                let renewed = Account {
                    email,
                    name: user.name.clone(),
                    role,
                    is_admin: user.is_admin.unwrap_or(account.is_admin),
                    seen_ms: account.seen_ms,
                    ..account.clone()
                };
                if renewed != account {
                    tx.set_account(&Account { updated_ms: now_ms, ..renewed.clone() }).await?;
                }
                renewed
            }
            None => {
                let mut account = Account {
                    uid: secret::random_text(14)?,
                    login,
                    email,
                    name: user.name.clone(),
                    role: user.role.unwrap_or(self.options.newcomer).as_str().to_owned(),
                    is_admin: user.is_admin.unwrap_or(false),
                    origin: user.origin.clone(),
                    preferences: "{}".to_owned(),
                    created_ms: now_ms,
                    updated_ms: now_ms,
                    ..Account::default()
                };
                account.id = tx.add_account(&account).await?;
                account
            }
        };
        let identity = self.identity(&mut tx, &account, Via::Outside).await?;
        tx.commit().await?;
        Ok((account, identity))
    }
}

/// Checks login and address, and writes them the one way in which they are compared.
fn names(login: &str, email: &str) -> Result<(String, String)> {
    let email = email.trim().to_lowercase();
    let login = if login.trim().is_empty() { email.clone() } else { login.trim().to_lowercase() };
    if login.is_empty() {
        return Err(AccountError::Invalid("login or email is required".to_owned()));
    }
    if login.chars().count() > NAME_CHARS_MAX || email.chars().count() > NAME_CHARS_MAX {
        return Err(AccountError::Invalid(format!(
            "login and email have at most {NAME_CHARS_MAX} characters"
        )));
    }
    Ok((login, email))
}
