//! Accounts, dashboards and Grafana's HTTP API in the server's process.

use std::io::IsTerminal;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::dashboards::provisioning::expand::expand;
use ::dashboards::secrets::Vault;
use accounts::outside::Outside;
use accounts::outside::ldap::Directory;
use accounts::{Accounts, Role};
use anyhow::{Context, bail};
use catalog::Catalog;
use catalog::database::Location;
use server::grafana::guard::Guard;
use server::grafana::links::PictureLinks;
use server::grafana::{self, Grafana};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::grafana_ini::FromGrafana;
use super::host;
use super::provisioning::{Environment, Places, Provisioner};
use super::settings;
use crate::flags::Values;
use crate::program::VERSION;

/// The version of Grafana whose HTTP API ours is.
const GRAFANA_VERSION: &str = "12.3.0";
/// The password of the first account, for containers. `GF_SECURITY_ADMIN_PASSWORD`, which Grafana's charts set, does the same.
const PASSWORD_VARIABLE: &str = "BONGSU_ADMIN_PASSWORD";
/// Longest password or key file.
const FILE_BYTES_MAX: u64 = 4096;

/// What the command line decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether there are dashboards at all.
    pub enabled: bool,
    /// Where the catalog is; `None` for a file beside the database.
    pub location: Option<Location>,
    /// The file with the key for secrets.
    pub key_file: Option<PathBuf>,
    /// The file with the first account's password.
    pub password_file: Option<PathBuf>,
    /// What who is not logged in may do.
    pub anonymous: Option<Role>,
    /// Whether data sources may be at link-local and metadata addresses.
    pub any_address: bool,
    /// Where fonts of pictures are.
    pub fonts_dir: Option<PathBuf>,
    /// Where provisioning files are.
    pub places: Places,
    /// The file with parties that vouch for users.
    pub auth_file: Option<PathBuf>,
    /// The file with directories that know passwords.
    pub ldap_file: Option<PathBuf>,
    /// What Grafana's own configuration says.
    pub grafana: FromGrafana,
    /// Whether logins stand before the other APIs, too.
    pub web_auth: bool,
}

impl Settings {
    /// Reads the flags.
    ///
    /// # Errors
    /// A value that cannot be used, with its flag.
    pub fn from_flags(v: &Values) -> anyhow::Result<Settings> {
        let path = |name: &str| Some(v.get(name)).filter(|p| !p.is_empty()).map(PathBuf::from);
        let location = match v.get("catalog.url") {
            "" => None,
            url => Some(Location::parse(url).context("--catalog.url")?),
        };
        if v.is_on("web.auth") && !v.is_on("dashboards") {
            bail!("--web.auth needs the logins that --no-dashboards leaves out");
        }
        let anonymous = match v.get("auth.anonymous-role") {
            "" => None,
            word => match Role::parse(word) {
                Some(Role::None) | None => {
                    bail!("--auth.anonymous-role: {word:?} is none of Viewer, Editor, Admin")
                }
                role => role,
            },
        };
        let grafana = if v.is_on("dashboards") {
            FromGrafana::of_process(path("grafana.ini").as_deref(), &Environment)?
        } else {
            FromGrafana::default()
        };
        Ok(Settings {
            enabled: v.is_on("dashboards"),
            location,
            key_file: path("catalog.key-file"),
            password_file: path("admin-password-file"),
            anonymous: anonymous.or(grafana.anonymous),
            any_address: v.is_on("datasources.allow-any-address"),
            fonts_dir: path("pictures.fonts-dir"),
            places: Places {
                provisioning: path("provisioning.dir").or_else(|| grafana.provisioning.clone()),
                dashboards: path("dashboards.dir"),
                library: v.is_on("dashboards.library"),
            },
            auth_file: path("auth.config-file"),
            ldap_file: path("auth.ldap.config-file"),
            grafana,
            web_auth: v.is_on("web.auth"),
        })
    }
}

/// Accounts and dashboards that are served.
pub struct DashboardService {
    grafana: Arc<Grafana>,
    prefix: String,
    /// The password that the first start made, to be shown once.
    first_password: Option<String>,
    folder: PathBuf,
    /// Whether logins stand before the other APIs.
    web_auth: bool,
}

/// Opens the catalog, if dashboards are wanted, and makes the first account if there is none.
///
/// # Errors
/// A catalog that cannot be opened, a key or password file that cannot be used.
pub async fn start_if_wanted(
    settings: &settings::Settings,
    options: &server::Options,
    with_alertmanager: bool,
    quit: &CancellationToken,
) -> anyhow::Result<Option<DashboardService>> {
    let own = &settings.dashboards;
    if !own.enabled {
        return Ok(None);
    }
    let folder = settings.storage.dir.join("dashboards");
    // Hashes of passwords and a key: for nobody else on this machine.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let location = own.location.clone().unwrap_or_else(|| Location::File(folder.join("catalog.db")));
    let catalog = Catalog::open(&location).await.context("cannot open the catalog (--catalog.url)")?;
    let vault = Vault::new(&key(own.key_file.as_deref(), &folder)?)?;
    let accounts = Accounts::new(catalog, account_options(own));
    let accounts = match own.ldap_file.clone().map(|file| (file, true)).or_else(|| own.grafana.ldap.clone()) {
        Some((file, sign_up)) => accounts.with_directory(directory(&file, sign_up)?),
        None => accounts,
    };
    let given = first_password(own.password_file.as_deref(), &own.grafana)?;
    let made = accounts.ensure_first(given.as_deref(), now_ms()).await.context("the first account")?;
    let path = options.external_url.path().trim_end_matches('/');
    let grafana_options = grafana::Options {
        external_url: options.external_url.clone(),
        cookie_path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        secure_cookies: own.grafana.secure_cookies
            || options.external_url.scheme() == "https"
            || speaks_tls(settings)?,
        grafana_version: GRAFANA_VERSION,
        version: VERSION,
        commit: options.build.revision.clone(),
        with_alertmanager,
        own_prefix: options.route_prefix.trim_end_matches('/').to_owned(),
        any_address: own.any_address,
        password_form: own.grafana.password_form,
        refresh_min: own.grafana.refresh_min.clone().unwrap_or_default(),
        source_timeout: own.grafana.source_timeout.unwrap_or(grafana::SOURCE_TIMEOUT),
        fonts_dir: own.fonts_dir.clone(),
        alertmanager_config: settings.alertmanager_config.clone(),
    };
    own.grafana.tell();
    let grafana = Grafana::new(grafana_options, accounts, outside(own)?, vault, Arc::new(now_ms));
    let provisioner =
        Provisioner::start(own.places.clone(), grafana.clone()).await.context("provisioning")?;
    let (ask, asked) = mpsc::channel(1);
    grafana.provision.set(ask).ok();
    tokio::spawn(provisioner.run(asked, quit.clone()));
    tokio::spawn(grafana::reports::run_due(grafana.clone(), quit.clone()));
    Ok(Some(DashboardService {
        grafana,
        prefix: options.route_prefix.clone(),
        first_password: made,
        folder,
        web_auth: own.web_auth,
    }))
}

impl DashboardService {
    /// Adds our routes to all others, and makes all others the data source that is this server.
    pub fn add_routes(&self, others: axum::Router) -> axum::Router {
        let guard = || Guard {
            grafana: self.grafana.clone(),
            prefix: self.prefix.trim_end_matches('/').to_owned(),
            own_metrics: vec!["/metrics".to_owned(), host::PATH.to_owned()],
        };
        let others = if self.web_auth { grafana::guarded(others, guard()) } else { others };
        // The second of two calls would be a second server in one process, with the same routes.
        self.grafana.own.set(others.clone()).ok();
        others.merge(grafana::router(self.grafana.clone(), &self.prefix))
    }

    /// Makes links to pictures, for alerts.
    pub fn picture_links(&self) -> PictureLinks {
        PictureLinks::new(self.grafana.clone())
    }

    /// Shows the first account's password once: on the terminal, or in a file that only its owner can read.
    pub fn show_first_password(&self) {
        let Some(password) = &self.first_password else { return };
        if std::io::stdout().is_terminal() {
            println!("Log in as admin with the password {password} (it is shown only now).");
            return;
        }
        let file = self.folder.join("admin-password");
        match write_private(&file, password) {
            Ok(()) => {
                tracing::info!(file = %file.display(), "the password of the first account, admin, is in this file")
            }
            Err(error) => tracing::error!(
                file = %file.display(), %error,
                "cannot write the first account's password: remove the catalog and start again with --admin-password-file"
            ),
        }
    }
}

/// Tells whether browsers reach us encrypted, whatever URL was given.
fn speaks_tls(settings: &settings::Settings) -> anyhow::Result<bool> {
    match &settings.web.config_file {
        None => Ok(false),
        Some(file) => Ok(crate::web_config::watched(file.clone()).context("--web.config.file")?.is_tls()),
    }
}

/// All parties that vouch for users: those of our own file, and those of Grafana's.
fn outside(own: &Settings) -> anyhow::Result<Outside> {
    let mut all = match &own.auth_file {
        None => Outside::default(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("--auth.config-file: {}", file.display()))?;
            read_outside(&text, &file.display().to_string(), file.parent().unwrap_or(Path::new("")))?
        }
    };
    if let Some(text) = &own.grafana.auth {
        let more = read_outside(text, "Grafana's settings", Path::new(""))?;
        if let Some(twice) = more.oauth.iter().find(|p| all.oauth.iter().any(|other| other.name == p.name)) {
            bail!("--auth.config-file and Grafana's settings both have a provider {:?}", twice.name);
        }
        if (all.proxy.is_some() && more.proxy.is_some()) || (all.jwt.is_some() && more.jwt.is_some()) {
            bail!("--auth.config-file and Grafana's settings both have proxy or jwt");
        }
        all.oauth.extend(more.oauth);
        all.proxy = all.proxy.or(more.proxy);
        all.jwt = all.jwt.or(more.jwt);
    }
    Ok(all)
}

fn read_outside(text: &str, name: &str, folder: &Path) -> anyhow::Result<Outside> {
    let (outside, warnings) = Outside::read(text, name, folder)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(outside)
}

fn account_options(own: &Settings) -> accounts::Options {
    let usual = accounts::Options::default();
    let ms = |time: Option<Duration>, usual: i64| {
        time.and_then(|time| i64::try_from(time.as_millis()).ok()).unwrap_or(usual)
    };
    accounts::Options {
        anonymous: own.anonymous,
        newcomer: own.grafana.newcomer.unwrap_or(usual.newcomer),
        failures_max: own.grafana.failures_max.unwrap_or(usual.failures_max),
        session_idle_ms: ms(own.grafana.session_idle, usual.session_idle_ms),
        session_life_ms: ms(own.grafana.session_life, usual.session_life_ms),
        ..usual
    }
}

fn directory(file: &Path, sign_up: bool) -> anyhow::Result<Directory> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--auth.ldap.config-file: {}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    // A dollar sign alone may stand in a password.
    let fill = |text: &str| {
        let has_variable = ["${", "$__env{", "$__file{"].iter().any(|sign| text.contains(sign));
        if has_variable { expand(text, &Environment) } else { Ok(text.to_owned()) }
    };
    let (mut directory, notes) = Directory::read(&text, &file.display().to_string(), folder, &fill)?;
    for note in notes {
        tracing::warn!("{note}");
    }
    directory.sign_up = sign_up;
    Ok(directory)
}

fn first_password(file: Option<&Path>, grafana: &FromGrafana) -> anyhow::Result<Option<String>> {
    match file {
        Some(file) => {
            let password = read_line(file).context("--admin-password-file")?;
            if password.is_empty() {
                bail!("--admin-password-file: {} is empty", file.display());
            }
            Ok(Some(password))
        }
        None => {
            let own = std::env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty());
            Ok(own.or_else(|| grafana.first_password.clone()))
        }
    }
}

/// Reads the key for secrets; makes one where none is given and none was made before.
fn key(file: Option<&Path>, folder: &Path) -> anyhow::Result<String> {
    if let Some(file) = file {
        let key = read_line(file).context("--catalog.key-file")?;
        if key.len() < 16 {
            bail!("--catalog.key-file: {} holds fewer than 16 characters", file.display());
        }
        return Ok(key);
    }
    let own = folder.join("secret.key");
    if own.exists() {
        return read_line(&own);
    }
    let key = Vault::generate_key()?;
    write_private(&own, &key).with_context(|| format!("cannot write {}", own.display()))?;
    Ok(key)
}

fn read_line(file: &Path) -> anyhow::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    let open = std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    open.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Writes a file that only its owner can read; it must not be there yet, or is written over.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let beside = file.with_extension("new");
    let mut open =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    open.write_all(text.as_bytes())?;
    open.write_all(b"\n")?;
    open.sync_all()?;
    std::fs::rename(&beside, file)
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
