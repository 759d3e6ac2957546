//! The file of `--auth.ldap.config-file`: Grafana's `ldap.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use tokio::sync::Semaphore;
use transport::config::{Source, TlsClientConfig, TlsVersion};
use yaml::Secret;

use crate::role::Role;

/// Logins that ask directories at the same time; others wait.
const AT_ONCE_MAX: usize = 8;
/// How long a server may take for one login, unless the file says otherwise.
const TIMEOUT_SECONDS: u64 = 10;
/// Longest time that the file may say.
const TIMEOUT_SECONDS_MAX: u64 = 120;
/// The one organisation that there is.
const ORGANISATION: i64 = 1;
/// Most servers in a file.
const SERVERS_MAX: usize = 16;

/// Why the file cannot be used. Holds no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// It is not written as such files are.
    #[error("{file}:{line}:{column}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// Why not.
        reason: String,
    },
    /// A server has settings that cannot be used.
    #[error("{file}: servers[{server}]: {reason}")]
    Server {
        /// The file.
        file: String,
        /// Which server, from 0.
        server: usize,
        /// Why not.
        reason: String,
    },
    /// There is no server in it, or too many.
    #[error("{file}: {servers} [[servers]], and there must be 1 to {SERVERS_MAX}")]
    Servers {
        /// The file.
        file: String,
        /// How many there are.
        servers: usize,
    },
}

/// The directories that know passwords, asked in order.
#[derive(Debug)]
pub struct Directory {
    pub(super) servers: Vec<Server>,
    /// Whether who has no account here gets one.
    pub sign_up: bool,
    pub(super) turns: Semaphore,
}

/// A directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Names or addresses of machines that hold it, tried in order.
    pub hosts: Vec<String>,
    /// Their port.
    pub port: u16,
    /// How it is spoken to.
    pub encryption: Encryption,
    /// Whom to trust.
    pub tls: TlsClientConfig,
    /// As whom to search. With `%s` in it, who logs in searches themselves. Empty for nobody.
    pub bind_dn: String,
    /// The password for that.
    pub bind_password: Secret,
    /// How long a login may take.
    pub timeout: Duration,
    /// Finds somebody: `%s` stands for what was typed.
    pub search_filter: String,
    /// Where to look for them.
    pub search_base_dns: Vec<String>,
    /// How groups are found, if not in the entry itself.
    pub group_search: Option<GroupSearch>,
    /// What attributes mean.
    pub attributes: Attributes,
    /// What groups are worth, the first that fits counts.
    pub mappings: Vec<Mapping>,
}

/// How a directory is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// In the clear.
    None,
    /// TLS from the start.
    Tls,
    /// TLS after a word in the clear.
    StartTls,
}

/// How groups are found that do not stand in a person's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSearch {
    /// Finds them: `%s` stands for the person's attribute.
    pub filter: String,
    /// Where to look.
    pub base_dns: Vec<String>,
    /// That attribute.
    pub user_attribute: String,
}

/// What attributes mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// The first name.
    pub name: String,
    /// The last name.
    pub surname: String,
    /// The login.
    pub username: String,
    /// Groups; of a group that was searched for, its name.
    pub member_of: String,
    /// The address.
    pub email: String,
}

/// What a group is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its name, in lower case; `*` for everybody.
    pub group: String,
    /// The role that it gives.
    pub role: Option<Role>,
    /// Whether its members run the server; `None` leaves that as it is.
    pub is_admin: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    servers: Vec<RawServer>,
    /// Grafana had it once.
    #[serde(default, rename = "verbose_logging")]
    _verbose_logging: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawServer {
    host: String,
    port: Option<u16>,
    use_ssl: bool,
    start_tls: bool,
    tls_ciphers: Vec<String>,
    min_tls_version: String,
    ssl_skip_verify: bool,
    root_ca_cert: String,
    root_ca_cert_value: Vec<String>,
    client_cert: String,
    client_cert_value: String,
    client_key: String,
    client_key_value: String,
    bind_dn: String,
    bind_password: String,
    timeout: Option<u64>,
    search_filter: String,
    search_base_dns: Vec<String>,
    group_search_filter: String,
    group_search_filter_user_attribute: String,
    group_search_base_dns: Vec<String>,
    attributes: Attributes,
    group_mappings: Vec<RawMapping>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMapping {
    group_dn: String,
    #[serde(default)]
    org_role: String,
    #[serde(default)]
    grafana_admin: Option<bool>,
    #[serde(default)]
    org_id: Option<i64>,
}

/// Fills in variables of a text, such as `${LDAP_PASSWORD}`.
pub type Expand<'e> = &'e dyn Fn(&str) -> Result<String, String>;

impl Directory {
    /// Reads the file's text; `directory` is where the files are that it names. Also returns what to tell about it.
    ///
    /// # Errors
    /// The first mistake.
    pub fn read(
        text: &str,
        file: &str,
        directory: &Path,
        expand: Expand<'_>,
    ) -> Result<(Directory, Vec<String>), DirectoryError> {
        // The error's own words would show the line, which may hold a password.
        let raw: RawFile = toml::from_str(text).map_err(|e| {
            let before = &text[..e.span().map_or(0, |span| span.start.min(text.len()))];
            DirectoryError::Syntax {
                file: file.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before.rsplit('\n').next().unwrap_or("").chars().count() + 1,
                reason: e.message().to_owned(),
            }
        })?;
        if raw.servers.is_empty() || raw.servers.len() > SERVERS_MAX {
            return Err(DirectoryError::Servers { file: file.to_owned(), servers: raw.servers.len() });
        }
        let mut notes = Vec::new();
        let mut servers = Vec::with_capacity(raw.servers.len());
        for (i, server) in raw.servers.into_iter().enumerate() {
            let wrong = |reason| DirectoryError::Server { file: file.to_owned(), server: i, reason };
            let mut note = |text: String| notes.push(format!("{file}: servers[{i}]: {text}"));
            servers.push(server.resolve(directory, expand, &mut note).map_err(wrong)?);
        }
        let turns = Semaphore::new(AT_ONCE_MAX);
        Ok((Directory { servers, sign_up: true, turns }, notes))
    }

    /// The directories.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }
}

impl RawServer {
    fn resolve(
        self,
        directory: &Path,
        expand: Expand<'_>,
        note: &mut dyn FnMut(String),
    ) -> Result<Server, String> {
        let tls = self.tls(directory, expand)?;
        let hosts: Vec<String> = expand(&self.host)?.split_whitespace().map(str::to_owned).collect();
        if hosts.is_empty() {
            return Err("host is missing".to_owned());
        }
        let search_filter = expand(&self.search_filter)?;
        if !search_filter.contains("%s") {
            return Err(format!("search_filter {search_filter:?} does not say where the login goes: %s"));
        }
        if self.search_base_dns.is_empty() {
            return Err("search_base_dns is missing".to_owned());
        }
        if !self.tls_ciphers.is_empty() {
            note(
                "tls_ciphers is not used: the ciphers of TLS 1.2 and 1.3 that are safe are offered"
                    .to_owned(),
            );
        }
        let encryption = match (self.use_ssl, self.start_tls) {
            (_, true) => Encryption::StartTls,
            (true, false) => Encryption::Tls,
            (false, false) => {
                if !hosts.iter().all(|host| matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1")) {
                    note("passwords go over the network in the clear: set use_ssl or start_tls".to_owned());
                }
                Encryption::None
            }
        };
        let seconds = self.timeout.filter(|s| *s > 0).unwrap_or(TIMEOUT_SECONDS);
        if seconds > TIMEOUT_SECONDS_MAX {
            return Err(format!("timeout {seconds} is more than {TIMEOUT_SECONDS_MAX} seconds"));
        }
        let mut attributes = self.attributes;
        for (attribute, usual) in [
            (&mut attributes.username, "cn"),
            (&mut attributes.name, "givenName"),
            (&mut attributes.surname, "sn"),
            (&mut attributes.email, "email"),
            (&mut attributes.member_of, "memberOf"),
        ] {
            if attribute.is_empty() {
                *attribute = usual.to_owned();
            }
        }
        let mut mappings = Vec::with_capacity(self.group_mappings.len());
        for raw in self.group_mappings {
            match raw.org_id {
                None | Some(ORGANISATION) => mappings.push(raw.resolve(expand)?),
                Some(other) => {
                    note(format!(
                        "the mapping of {:?} is for organisation {other}, and there is only 1",
                        raw.group_dn
                    ));
                }
            }
        }
        let group_filter = expand(&self.group_search_filter)?;
        let group_search = (!group_filter.is_empty()).then(|| GroupSearch {
            filter: group_filter,
            base_dns: if self.group_search_base_dns.is_empty() {
                self.search_base_dns.clone()
            } else {
                self.group_search_base_dns.clone()
            },
            user_attribute: if self.group_search_filter_user_attribute.is_empty() {
                attributes.username.clone()
            } else {
                self.group_search_filter_user_attribute.clone()
            },
        });
        Ok(Server {
            hosts,
            port: self.port.unwrap_or(if encryption == Encryption::Tls { 636 } else { 389 }),
            encryption,
            tls,
            bind_dn: expand(&self.bind_dn)?,
            bind_password: Secret::new(expand(&self.bind_password)?),
            timeout: Duration::from_secs(seconds),
            search_filter,
            search_base_dns: self.search_base_dns,
            group_search,
            attributes,
            mappings,
        })
    }

    fn tls(&self, directory: &Path, expand: Expand<'_>) -> Result<TlsClientConfig, String> {
        let path = |text: &str| -> Result<Option<PathBuf>, String> {
            let text = expand(text)?;
            Ok((!text.is_empty()).then(|| directory.join(text)))
        };
        let ca = match path(&self.root_ca_cert)? {
            Some(file) => Some(Source::File(file)),
            None if self.root_ca_cert_value.is_empty() => None,
            None => {
                let all = self.root_ca_cert_value.iter().map(|text| pem(text, "root_ca_cert_value"));
                Some(Source::Inline(all.collect::<Result<Vec<_>, _>>()?.join("\n")))
            }
        };
        let cert = match path(&self.client_cert)? {
            Some(file) => Some(Source::File(file)),
            None if self.client_cert_value.is_empty() => None,
            None => Some(Source::Inline(pem(&self.client_cert_value, "client_cert_value")?)),
        };
        let key = match path(&self.client_key)? {
            Some(file) => Some(Source::File(file)),
            None if self.client_key_value.is_empty() => None,
            None => Some(Source::Inline(Secret::new(pem(&self.client_key_value, "client_key_value")?))),
        };
        if cert.is_some() != key.is_some() {
            return Err("client_cert and client_key come together or not at all".to_owned());
        }
        let min_version = match self.min_tls_version.as_str() {
            "" => None,
            "TLS1.0" => Some(TlsVersion::Tls10),
            "TLS1.1" => Some(TlsVersion::Tls11),
            "TLS1.2" => Some(TlsVersion::Tls12),
            "TLS1.3" => Some(TlsVersion::Tls13),
            other => return Err(format!("min_tls_version {other:?} is none of TLS1.2 and TLS1.3")),
        };
        Ok(TlsClientConfig {
            ca,
            cert,
            key,
            insecure_skip_verify: self.ssl_skip_verify,
            min_version,
            ..TlsClientConfig::default()
        })
    }
}

impl RawMapping {
    fn resolve(self, expand: Expand<'_>) -> Result<Mapping, String> {
        let role = match self.org_role.as_str() {
            "" => None,
            word => Some(Role::parse(word).ok_or_else(|| {
                format!("org_role {word:?} of {:?} is none of Viewer, Editor, Admin, None", self.group_dn)
            })?),
        };
        if role.is_none() && self.grafana_admin.is_none() {
            return Err(format!("the mapping of {:?} has neither org_role nor grafana_admin", self.group_dn));
        }
        Ok(Mapping { group: expand(&self.group_dn)?.to_lowercase(), role, is_admin: self.grafana_admin })
    }
}

/// Reads PEM that stands in the file itself, in base64.
fn pem(text: &str, what: &str) -> Result<String, String> {
    let bytes = BASE64_STANDARD.decode(text.trim()).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| format!("{what} is no PEM in base64"))
}
