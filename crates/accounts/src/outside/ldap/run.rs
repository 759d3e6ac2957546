//! Asking directories: searching somebody, and binding as them with the password they gave.

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions};
use ldap3::{dn_escape, ldap_escape};

use super::config::{Directory, Encryption, Server};
use super::entry::{self, Entry};
use crate::password;
use crate::users::Vouched;

/// Groups that a search returns at most.
const GROUPS_MAX: i32 = 1_000;
/// What servers answer to a wrong name or password, and to one that they take from nobody (RFC 4511, appendix A).
const REFUSALS: [u32; 4] = [48, 49, 50, 53];
/// There is no such place to look at.
const NO_SUCH_OBJECT: u32 = 32;
/// There was more than was asked for.
const SIZE_LIMIT_EXCEEDED: u32 = 4;

/// Why a directory lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginFailure {
    /// There is nobody of that name, the password is wrong, or none of the groups may log in. Which, only the log tells.
    #[error("the directory does not let them in: {0}")]
    Refused(&'static str),
    /// No server gave an answer.
    #[error("no directory answers: {0}")]
    Unreachable(String),
}

impl Directory {
    /// Finds out whose login and password these are.
    ///
    /// # Errors
    /// [`LoginFailure`].
    pub async fn login(&self, login: &str, password: &str) -> Result<Vouched, LoginFailure> {
        let login = login.trim();
        if login.is_empty() || password.is_empty() || password.len() > password::LENGTH_MAX {
            return Err(LoginFailure::Refused("login or password is empty or too long"));
        }
        let _turn = self.turns.acquire().await.map_err(|e| LoginFailure::Unreachable(e.to_string()))?;
        let mut failure = None;
        for server in &self.servers {
            match server.login(login, password).await {
                Ok(user) => return Ok(user),
                Err(refused @ LoginFailure::Refused(_)) => failure = Some(refused),
                Err(LoginFailure::Unreachable(reason)) => {
                    tracing::warn!(server = server.hosts.join(" "), reason, "a directory does not answer");
                    // Whoever was refused elsewhere stays refused: a server that is down must not make guesses free.
                    failure.get_or_insert(LoginFailure::Unreachable(reason));
                }
            }
        }
        Err(failure.unwrap_or(LoginFailure::Refused("there is no directory")))
    }

    /// Tells which servers answer: their hosts, and why not.
    pub async fn status(&self) -> Vec<(String, u16, Option<String>)> {
        let mut told = Vec::new();
        for server in &self.servers {
            for host in &server.hosts {
                let tried = tokio::time::timeout(server.timeout, server.open(host)).await;
                let failure = match tried {
                    Ok(Ok(_)) => None,
                    Ok(Err(error)) => Some(error.to_string()),
                    Err(_) => Some("it takes too long".to_owned()),
                };
                told.push((host.clone(), server.port, failure));
            }
        }
        told
    }
}

impl Server {
    async fn login(&self, login: &str, password: &str) -> Result<Vouched, LoginFailure> {
        // On a task of its own: the library panics at answers that are no LDAP, which must cost this login only.
        let (server, login, password) = (self.clone(), login.to_owned(), password.to_owned());
        let work = tokio::spawn(async move { server.ask(&login, &password).await });
        let abort = work.abort_handle();
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(LoginFailure::Unreachable("it answers what is no LDAP".to_owned())),
            Err(_elapsed) => {
                abort.abort();
                Err(LoginFailure::Unreachable(format!("it takes more than {} s", self.timeout.as_secs())))
            }
        }
    }

    async fn ask(&self, login: &str, password: &str) -> Result<Vouched, LoginFailure> {
        let mut ldap = self.connect().await?;
        let binds_itself = self.bind_dn.contains("%s");
        if binds_itself {
            bind(&mut ldap, &entry::filled(&self.bind_dn, &dn_escape(login)), password).await?;
        } else if !self.bind_dn.is_empty() {
            let bound = ldap.simple_bind(&self.bind_dn, self.bind_password.expose()).await.map_err(broken)?;
            // Our own password is wrong, which is nobody's guess.
            bound
                .success()
                .map_err(|e| LoginFailure::Unreachable(format!("bind_dn and bind_password: {e}")))?;
        }
        let person = self.person(&mut ldap, login).await?;
        let groups = self.groups(&mut ldap, &person).await?;
        if !binds_itself {
            bind(&mut ldap, &person.dn, password).await?;
        }
        ldap.unbind().await.ok();
        entry::user(self, &person, &groups).ok_or(LoginFailure::Refused("none of their groups may log in"))
    }

    async fn connect(&self) -> Result<Ldap, LoginFailure> {
        let mut reason = String::new();
        for host in &self.hosts {
            match self.open(host).await {
                Ok(ldap) => return Ok(ldap),
                Err(error) => reason = format!("{host}:{}: {error}", self.port),
            }
        }
        Err(LoginFailure::Unreachable(reason))
    }

    async fn open(&self, host: &str) -> Result<Ldap, Box<dyn std::error::Error + Send + Sync>> {
        let scheme = if self.encryption == Encryption::Tls { "ldaps" } else { "ldap" };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let mut settings = LdapConnSettings::new()
            .set_conn_timeout(self.timeout)
            .set_starttls(self.encryption == Encryption::StartTls);
        if self.encryption != Encryption::None {
            settings = settings.set_config(transport::client::tls_config(&self.tls)?);
        }
        let url = format!("{scheme}://{host}:{}", self.port);
        let (connection, ldap) = LdapConnAsync::with_settings(settings, &url).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "a connection to a directory ended");
            }
        });
        Ok(ldap)
    }

    /// Finds the one person of a name.
    async fn person(&self, ldap: &mut Ldap, login: &str) -> Result<Entry, LoginFailure> {
        let filter = entry::filled(&self.search_filter, &ldap_escape(login));
        let a = &self.attributes;
        let mut wanted = vec![&a.username, &a.name, &a.surname, &a.email, &a.member_of];
        wanted.extend(self.group_search.as_ref().map(|search| &search.user_attribute));
        let mut found = Vec::new();
        for base in &self.search_base_dns {
            // Two are as good as a thousand: a name must find one.
            found.extend(search(ldap, base, &filter, &wanted, 2).await?);
            if !found.is_empty() {
                break;
            }
        }
        match found.len() {
            0 => Err(LoginFailure::Refused("there is nobody of that name")),
            1 => Ok(found.remove(0)),
            _ => {
                tracing::warn!(
                    login,
                    filter,
                    "a login finds several people in the directory, so nobody gets in"
                );
                Err(LoginFailure::Refused("the name finds several people"))
            }
        }
    }

    async fn groups(&self, ldap: &mut Ldap, person: &Entry) -> Result<Vec<Entry>, LoginFailure> {
        let Some(by) = &self.group_search else { return Ok(Vec::new()) };
        let value = person.value(&by.user_attribute);
        if value.is_empty() {
            return Ok(Vec::new());
        }
        let filter = entry::filled(&by.filter, &ldap_escape(value));
        let mut found = Vec::new();
        for base in &by.base_dns {
            found.extend(search(ldap, base, &filter, &[&self.attributes.member_of], GROUPS_MAX).await?);
        }
        Ok(found)
    }
}

/// Proves a password.
async fn bind(ldap: &mut Ldap, dn: &str, password: &str) -> Result<(), LoginFailure> {
    let answer = ldap.simple_bind(dn, password).await.map_err(broken)?;
    match answer.rc {
        0 => Ok(()),
        rc if REFUSALS.contains(&rc) => Err(LoginFailure::Refused("the password is wrong")),
        _ => Err(LoginFailure::Unreachable(answer.to_string())),
    }
}

async fn search(
    ldap: &mut Ldap,
    base: &str,
    filter: &str,
    attributes: &[&String],
    most: i32,
) -> Result<Vec<Entry>, LoginFailure> {
    ldap.with_search_options(SearchOptions::new().sizelimit(most));
    let found = ldap.search(base, Scope::Subtree, filter, attributes).await.map_err(broken)?;
    let ldap3::SearchResult(entries, result) = found;
    if ![0, SIZE_LIMIT_EXCEEDED, NO_SUCH_OBJECT].contains(&result.rc) {
        return Err(LoginFailure::Unreachable(format!("searching {base}: {result}")));
    }
    let entries = entries.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
    let read = entries.map(SearchEntry::construct).map(|entry| Entry {
        dn: entry.dn,
        attributes: entry
            .attrs
            .into_iter()
            .map(|(name, values)| (name.to_ascii_lowercase(), values))
            .collect(),
    });
    Ok(read.take(most.unsigned_abs() as usize).collect())
}

fn broken(error: LdapError) -> LoginFailure {
    LoginFailure::Unreachable(error.to_string())
}
