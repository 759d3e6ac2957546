//! The service: logins, sessions, tokens over the catalog.

use std::sync::Arc;

use catalog::Catalog;
use catalog::accounts::Account;

use crate::error::{AccountError, Result};
use crate::identity::{Identity, TeamPlace, Via};
use crate::outside::ldap::Directory;
use crate::password::Passwords;
use crate::role::Role;
use crate::secret;

/// How logins and sessions are bounded.
#[derive(Clone, Debug)]
pub struct Options {
    /// Failed logins after which a login is locked.
    pub failures_max: i64,
    /// Failed logins after which an address is refused.
    pub client_failures_max: i64,
    /// How long failures count, in milliseconds.
    pub failure_window_ms: i64,
    /// How long a session may be unused.
    pub session_idle_ms: i64,
    /// How long a session may last, however much it is used.
    pub session_life_ms: i64,
    /// What who is not logged in may do; `None` for nothing.
    pub anonymous: Option<Role>,
    /// What somebody may do whom another party lets in for the first time without saying so.
    pub newcomer: Role,
}

impl Default for Options {
    /// Five failures in five minutes lock a login, fifty an address; a week unused or a month of use end a session. These are
    /// Grafana's defaults, but for the bound on addresses.
    fn default() -> Options {
        Options {
            failures_max: 5,
            client_failures_max: 50,
            failure_window_ms: 5 * 60_000,
            session_idle_ms: 7 * 24 * 3_600_000,
            session_life_ms: 30 * 24 * 3_600_000,
            anonymous: None,
            newcomer: Role::Viewer,
        }
    }
}

/// Accounts over a catalog. Clones share everything.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) catalog: Catalog,
    pub(crate) options: Arc<Options>,
    pub(crate) passwords: Arc<Passwords>,
    /// Who knows the passwords that the catalog does not.
    pub(crate) directory: Option<Arc<Directory>>,
}

/// The login of the first account.
pub const FIRST_LOGIN: &str = "admin";
/// Characters of a generated password: 119 bits.
const GENERATED_LENGTH: usize = 20;

impl Accounts {
    /// Builds the service.
    pub fn new(catalog: Catalog, options: Options) -> Accounts {
        Accounts { catalog, options: Arc::new(options), passwords: Arc::default(), directory: None }
    }

    /// Asks a directory for the passwords of those whom the catalog does not know.
    pub fn with_directory(self, directory: Directory) -> Accounts {
        Accounts { directory: Some(Arc::new(directory)), ..self }
    }

    /// The directory that is asked for passwords.
    pub fn directory(&self) -> Option<&Directory> {
        self.directory.as_deref()
    }

    /// The catalog behind it.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The bounds in force.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Makes the first account if there is none, with this password or a random one; returns the random one, to be shown once.
    ///
    /// # Errors
    /// The catalog fails, or the password cannot be used.
    pub async fn ensure_first(&self, password: Option<&str>, now_ms: i64) -> Result<Option<String>> {
        if !self.catalog.read().await?.accounts(false).await?.is_empty() {
            return Ok(None);
        }
        let generated = match password {
            Some(_) => None,
            None => Some(secret::random_text(GENERATED_LENGTH)?),
        };
        let password = password.or(generated.as_deref()).unwrap_or_default();
        if password.is_empty() {
            return Err(AccountError::Invalid("the administrator's password is empty".to_owned()));
        }
        let account = Account {
            uid: secret::random_text(14)?,
            login: FIRST_LOGIN.to_owned(),
            email: format!("{FIRST_LOGIN}@localhost"),
            password: self.passwords.hash(password).await?,
            role: Role::Admin.as_str().to_owned(),
            is_admin: true,
            preferences: "{}".to_owned(),
            created_ms: now_ms,
            updated_ms: now_ms,
            ..Account::default()
        };
        let mut tx = self.catalog.write().await?;
        // Another replica may have been faster; its password holds.
        if !tx.accounts(false).await?.is_empty() {
            return Ok(None);
        }
        tx.add_account(&account).await?;
        tx.commit().await?;
        Ok(generated)
    }

    /// Builds the identity of an account that proved who it is.
    pub(crate) async fn identity(
        &self,
        tx: &mut catalog::Tx,
        account: &Account,
        via: Via,
    ) -> Result<Identity> {
        let teams = tx.teams_of(account.id).await?;
        Ok(Identity {
            id: account.id,
            uid: account.uid.clone(),
            login: account.login.clone(),
            email: account.email.clone(),
            name: account.name.clone(),
            // A word that we do not know grants nothing.
            role: Role::parse(&account.role).unwrap_or_default(),
            is_admin: account.is_admin,
            is_service: account.is_service,
            origin: account.origin.clone(),
            teams: teams.into_iter().map(|t| TeamPlace { id: t.id, selector: t.selector }).collect(),
            via,
            renew_due: false,
        })
    }
}
