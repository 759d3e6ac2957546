//! Grafana's own configuration, as teams have it: `grafana.ini` (`--grafana.ini`) and `GF_…` variables of the environment.
//!
//! What has an equal here is taken; what has none is named at the start, so that nobody believes it in force. A flag that is given
//! comes before both, and a variable before the file, as in Grafana.
//!
//! Invariants: 1. Every setting that somebody wrote is either asked for by [`FromGrafana::read`] or told as left out.  2. Values
//! never appear in logs, names only.

mod logins;
mod parse;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::dashboards::provisioning::expand::{Lookup, expand};
use accounts::Role;
use anyhow::{Context, bail};
use model::duration;

use crate::flags::Values;
use crate::role::server::settings::Web;

/// What variables begin with.
const PREFIX: &str = "GF_";
/// What the name of a variable ends with that names a file with the value.
const FILE: &str = "__FILE";
/// Settings of Grafana's own images, which say nothing to a server.
const OF_IMAGES: [&str; 8] = [
    "GF_PATHS_CONFIG",
    "GF_PATHS_DATA",
    "GF_PATHS_HOME",
    "GF_PATHS_LOGS",
    "GF_PATHS_PLUGINS",
    "GF_VERSION",
    "GF_UID",
    "GF_GID",
];
/// Largest file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// All that is written in file and environment.
pub(super) struct Written<'l> {
    /// By section and key.
    file: BTreeMap<(String, String), String>,
    /// Variables that begin with `GF_`.
    environment: BTreeMap<String, String>,
    lookup: &'l dyn Lookup,
    /// Names of variables for what was asked.
    asked: RefCell<BTreeSet<String>>,
}

impl<'l> Written<'l> {
    /// Reads the text of a file, and variables.
    ///
    /// # Errors
    /// The file is not written as such files are.
    pub(super) fn new(
        text: &str,
        variables: impl Iterator<Item = (String, String)>,
        lookup: &'l dyn Lookup,
    ) -> anyhow::Result<Written<'l>> {
        let environment = variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        Ok(Written { file: parse::read(text)?, environment, lookup, asked: RefCell::default() })
    }

    /// A setting, if it is written and not empty.
    ///
    /// # Errors
    /// A file that it names cannot be read.
    pub(super) fn get(&self, section: &str, key: &str) -> anyhow::Result<Option<String>> {
        let name = variable(section, key);
        self.asked.borrow_mut().insert(name.clone());
        let text = match (self.environment.get(&name), self.environment.get(&format!("{name}{FILE}"))) {
            (Some(_), Some(_)) => bail!("{name} and {name}{FILE} are both set"),
            (Some(text), None) => Some(text.clone()),
            (None, Some(path)) => {
                Some(self.lookup.file(path).map_err(|e| anyhow::anyhow!("{name}{FILE}: {e}"))?)
            }
            (None, None) => self.file.get(&(section.to_owned(), key.to_owned())).cloned(),
        };
        let Some(text) = text else { return Ok(None) };
        // A dollar sign alone may stand in a password.
        let has_variable = ["${", "$__env{", "$__file{"].iter().any(|sign| text.contains(sign));
        let text = if has_variable {
            expand(&text, self.lookup).map_err(|e| anyhow::anyhow!("[{section}] {key}: {e}"))?
        } else {
            text
        };
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// A setting that is a switch.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn is_on(&self, section: &str, key: &str) -> anyhow::Result<Option<bool>> {
        match self.get(section, key)?.as_deref().map(str::to_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "t" | "yes" | "on") => Ok(Some(true)),
            Some("false" | "0" | "f" | "no" | "off") => Ok(Some(false)),
            Some(other) => bail!("[{section}] {key}: {other:?} is neither true nor false"),
        }
    }

    fn duration(&self, section: &str, key: &str) -> anyhow::Result<Option<Duration>> {
        let read = |text: String| duration::parse(&text).with_context(|| format!("[{section}] {key}"));
        self.get(section, key)?.map(read).transpose()
    }

    fn number(&self, section: &str, key: &str) -> anyhow::Result<Option<i64>> {
        let read = |text: String| {
            text.parse().map_err(|_| anyhow::anyhow!("[{section}] {key}: {text:?} is no whole number"))
        };
        self.get(section, key)?.map(read).transpose()
    }

    fn role(&self, section: &str, key: &str) -> anyhow::Result<Option<Role>> {
        let read = |text: String| {
            Role::parse(&text).with_context(|| format!("[{section}] {key}: {text:?} is no role"))
        };
        self.get(section, key)?.map(read).transpose()
    }

    /// What was written and asked for, and what was written and never asked for.
    fn account(&self) -> (Vec<String>, Vec<String>) {
        let asked = self.asked.borrow();
        let written = self.file.iter().filter(|(_, value)| !value.trim().is_empty());
        let of_file =
            written.map(|((section, key), _)| (variable(section, key), format!("[{section}] {key}")));
        let of_environment = self
            .environment
            .iter()
            .filter(|(name, value)| !value.is_empty() && !OF_IMAGES.contains(&name.as_str()))
            .map(|(name, _)| (name.strip_suffix(FILE).unwrap_or(name).to_owned(), name.clone()));
        let (taken, left): (Vec<_>, Vec<_>) =
            of_file.chain(of_environment).partition(|(variable, _)| asked.contains(variable));
        let names = |list: Vec<(String, String)>| list.into_iter().map(|(_, name)| name).collect();
        (names(taken), names(left))
    }
}

/// The variable of a setting: `GF_AUTH_GENERIC_OAUTH_CLIENT_ID`.
fn variable(section: &str, key: &str) -> String {
    let name = if section.is_empty() { key.to_owned() } else { format!("{section}_{key}") };
    format!("{PREFIX}{}", name.replace(['.', '-'], "_").to_uppercase())
}

/// What of it has an equal here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FromGrafana {
    /// The URL under which browsers reach the server.
    pub external_url: Option<String>,
    /// The prefix of all routes.
    pub route_prefix: Option<String>,
    /// The password of the first account.
    pub first_password: Option<String>,
    /// Where provisioning files are.
    pub provisioning: Option<PathBuf>,
    /// What who is not logged in may do.
    pub anonymous: Option<Role>,
    /// What somebody may do who is let in for the first time by another party.
    pub newcomer: Option<Role>,
    /// The file with directories, and whether who has no account gets one.
    pub ldap: Option<(PathBuf, bool)>,
    /// Providers, a proxy, signed tokens: written as `--auth.config-file` is.
    pub auth: Option<String>,
    /// Whether browsers only send the cookie encrypted.
    pub secure_cookies: bool,
    /// Whether there is a form for passwords.
    pub password_form: bool,
    /// Failed logins after which a login is locked.
    pub failures_max: Option<i64>,
    /// How long a session may be unused.
    pub session_idle: Option<Duration>,
    /// How long a session may last.
    pub session_life: Option<Duration>,
    /// The shortest time between two refreshes of a dashboard, in Grafana's words.
    pub refresh_min: Option<String>,
    /// How long a data source may take.
    pub source_timeout: Option<Duration>,
    /// Settings that are in force.
    pub taken: Vec<String>,
    /// Settings that are not.
    pub left: Vec<String>,
}

impl FromGrafana {
    /// Reads the file, if one is named, and the environment.
    ///
    /// # Errors
    /// What cannot be read, or a value that cannot be used, with its setting.
    pub fn of_process(file: Option<&Path>, lookup: &dyn Lookup) -> anyhow::Result<FromGrafana> {
        let text = match file {
            None => String::new(),
            Some(file) => bounded(file).with_context(|| format!("--grafana.ini: {}", file.display()))?,
        };
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        // A variable that is not text is none of Grafana's.
        let variables =
            std::env::vars_os().filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)));
        FromGrafana::read(&Written::new(&text, variables, lookup)?, folder)
    }

    /// Takes what has an equal here.
    ///
    /// # Errors
    /// A value that cannot be used, with its setting.
    pub(super) fn read(written: &Written<'_>, folder: &Path) -> anyhow::Result<FromGrafana> {
        // The file's default is a pattern of other settings.
        let external_url = written.get("server", "root_url")?.filter(|url| !url.contains("%("));
        let from_sub_path = written.is_on("server", "serve_from_sub_path")?;
        let route_prefix = match (&external_url, from_sub_path) {
            // Grafana's pages are at the root, and a proxy takes the path away.
            (Some(_), None | Some(false)) => Some("/".to_owned()),
            (Some(_), Some(true)) | (None, _) => None,
        };
        let anonymous = match written.is_on("auth.anonymous", "enabled")? {
            Some(true) => Some(written.role("auth.anonymous", "org_role")?.unwrap_or(Role::Viewer)),
            Some(false) | None => None,
        };
        let ldap = match written.is_on("auth.ldap", "enabled")? {
            Some(true) => {
                let path = written.get("auth.ldap", "config_file")?;
                let path = path.unwrap_or_else(|| "/etc/grafana/ldap.toml".to_owned());
                Some((folder.join(path), written.is_on("auth.ldap", "allow_sign_up")?.unwrap_or(true)))
            }
            Some(false) | None => None,
        };
        let mut settings = FromGrafana {
            external_url,
            route_prefix,
            first_password: written.get("security", "admin_password")?,
            provisioning: written.get("paths", "provisioning")?.map(PathBuf::from),
            anonymous,
            newcomer: written.role("users", "auto_assign_org_role")?,
            ldap,
            auth: logins::document(written)?,
            secure_cookies: written.is_on("security", "cookie_secure")?.unwrap_or(false),
            password_form: !written.is_on("auth", "disable_login_form")?.unwrap_or(false),
            failures_max: written.number("security", "brute_force_login_protection_max_attempts")?,
            session_idle: written.duration("auth", "login_maximum_inactive_lifetime_duration")?,
            session_life: written.duration("auth", "login_maximum_lifetime_duration")?,
            refresh_min: written.get("dashboards", "min_refresh_interval")?,
            source_timeout: match written.number("dataproxy", "timeout")? {
                None => None,
                Some(seconds) => {
                    Some(Duration::from_secs(u64::try_from(seconds).context("[dataproxy] timeout")?))
                }
            },
            ..FromGrafana::default()
        };
        if settings.failures_max.is_some_and(|most| most < 1) {
            bail!("[security] brute_force_login_protection_max_attempts must be at least 1");
        }
        (settings.taken, settings.left) = written.account();
        Ok(settings)
    }

    /// The addresses, where no flag says otherwise.
    pub fn adjusted(&self, mut web: Web, flags: &Values) -> Web {
        if let Some(url) = self.external_url.as_ref().filter(|_| !flags.is_given("web.external-url")) {
            web.external_url.clone_from(url);
            if !flags.is_given("web.route-prefix") {
                web.route_prefix = self.route_prefix.clone().unwrap_or_default();
            }
        }
        web
    }

    /// Says what is in force and what is not.
    pub fn tell(&self) {
        if !self.taken.is_empty() {
            tracing::info!(settings = self.taken.join(", "), "settings of Grafana that are in force here");
        }
        if !self.left.is_empty() {
            tracing::warn!(
                settings = self.left.join(", "),
                "settings of Grafana that have no equal here, or are of a part that is switched off"
            );
        }
    }
}

fn bounded(file: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(file)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
