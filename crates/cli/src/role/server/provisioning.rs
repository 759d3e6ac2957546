//! Data sources and dashboards from files, brought in line at the start and whenever the files change.
//!
//! Files are looked at every few seconds by their times and sizes: mounted ConfigMaps swap links, network drives tell
//! nothing, and a thousand files are looked at in milliseconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ::dashboards::provisioning::apply::{self, apply};
use ::dashboards::provisioning::expand::Lookup;
use ::dashboards::provisioning::read::{self, Provider, ProviderFile, ProviderOptions, SourceFile};
use ::dashboards::provisioning::scan::{self, Content, Found};
use ::dashboards::provisioning::sources;
use ::dashboards::reports::{self, Report, ReportFile};
use ::dashboards::{DashboardError, library};
use anyhow::Context;
use server::grafana::Grafana;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How often files are looked at; a provider may ask for less often.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Largest provisioning file, or file that one names by `$__file`.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// Most provisioning files of a kind.
const FILES_MAX: usize = 1_000;
/// The provider of the dashboards that come with the program.
const LIBRARY: &str = "library";
/// The provider of `--dashboards.dir`.
const DIRECTORY: &str = "dashboards.dir";

/// Where files are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// A folder with `datasources/` and `dashboards/`, as Grafana's.
    pub provisioning: Option<PathBuf>,
    /// A folder of dashboards; its folders become folders.
    pub dashboards: Option<PathBuf>,
    /// Whether the dashboards that come with the program are there.
    pub library: bool,
}

/// Keeps the catalog in line with files.
pub struct Provisioner {
    places: Places,
    grafana: Arc<Grafana>,
    /// Provisioning files as last read, so that nothing is done while nothing changes.
    seen: Vec<Stamp>,
    providers: Vec<Kept>,
}

type Stamp = (PathBuf, SystemTime, u64);

/// A provider with what was last seen of its files.
struct Kept {
    provider: Provider,
    /// `None` before the first look.
    files: Option<Vec<Found>>,
    /// Looks left until it is due.
    wait: u64,
}

impl Provisioner {
    /// Brings everything in line once.
    ///
    /// # Errors
    /// The catalog fails. Mistakes in files are logged.
    pub async fn start(places: Places, grafana: Arc<Grafana>) -> anyhow::Result<Provisioner> {
        let mut provisioner = Provisioner { places, grafana, seen: Vec::new(), providers: Vec::new() };
        if provisioner.places.library {
            provisioner.library().await?;
        }
        provisioner.look(true).await?;
        Ok(provisioner)
    }

    /// Keeps everything in line until the end. Who asks is answered when that was done anew.
    pub async fn run(
        mut self,
        mut asked: mpsc::Receiver<oneshot::Sender<Result<(), String>>>,
        quit: CancellationToken,
    ) {
        loop {
            let (answer, force) = tokio::select! {
                () = quit.cancelled() => return,
                Some(answer) = asked.recv() => (Some(answer), true),
                () = tokio::time::sleep(LOOK_EVERY) => (None, false),
            };
            let outcome = self.look(force).await.map_err(|e| format!("{e:#}"));
            if let Err(error) = &outcome {
                tracing::error!(error, "cannot bring dashboards in line with their files");
            }
            if let Some(answer) = answer {
                // Who asked may be gone.
                answer.send(outcome).ok();
            }
        }
    }

    async fn look(&mut self, force: bool) -> anyhow::Result<()> {
        if let Some(dir) = self.places.provisioning.clone() {
            let stamps = tokio::task::spawn_blocking(move || stamps(&dir)).await?;
            if force || stamps != self.seen {
                self.seen = stamps;
                self.sources().await?;
                self.reports();
                self.read_providers();
            }
        }
        if self.providers.is_empty() {
            self.read_providers();
        }
        for kept in &mut self.providers {
            kept.wait = kept.wait.saturating_sub(1);
            if force || kept.wait == 0 {
                let seconds = kept.provider.update_interval_seconds.max(LOOK_EVERY.as_secs());
                kept.wait = seconds / LOOK_EVERY.as_secs();
                dashboards_of(kept, &self.grafana, force).await?;
            }
        }
        Ok(())
    }

    async fn sources(&self) -> anyhow::Result<()> {
        for (path, text) in self.files("datasources") {
            let file: SourceFile = match read::file(&path, &text, &Environment) {
                Ok(file) => file,
                Err(error) => {
                    tracing::error!(error, "a provisioning file cannot be used");
                    continue;
                }
            };
            let mut tx = self.grafana.accounts.catalog().write().await?;
            let done = sources::apply(&mut tx, file, &self.grafana.vault, (self.grafana.now_ms)()).await;
            let outcome = done.with_context(|| path.clone())?;
            tx.commit().await?;
            for problem in &outcome.problems {
                tracing::error!(file = path, problem, "a provisioned data source cannot be used");
            }
            if outcome.saved + outcome.removed > 0 {
                tracing::info!(
                    file = path,
                    saved = outcome.saved,
                    removed = outcome.removed,
                    "data sources provisioned"
                );
            }
        }
        Ok(())
    }

    /// Reads which dashboards are sent by mail; a file with a mistake keeps none of its reports.
    fn reports(&self) {
        let mut all: Vec<Report> = Vec::new();
        for (path, text) in self.files("reports") {
            let (found, problems) = match read::file::<ReportFile>(&path, &text, &Environment) {
                Ok(file) => reports::resolve(file),
                Err(error) => (Vec::new(), vec![error]),
            };
            for problem in problems {
                tracing::error!(file = path, problem, "a report cannot be used");
            }
            for report in found {
                if all.iter().any(|other| other.name == report.name) {
                    tracing::error!(file = path, report = report.name, "a report's name is taken");
                } else {
                    all.push(report);
                }
            }
        }
        self.grafana.reports.store(Arc::new(all));
    }

    /// Reads the provisioning files of a kind; those that cannot be read are logged and left out.
    fn files(&self, kind: &str) -> Vec<(String, String)> {
        let named = self.seen.iter().filter(|(path, ..)| path.parent().is_some_and(|p| p.ends_with(kind)));
        let mut files = Vec::new();
        for (path, ..) in named {
            match read_bounded(path) {
                Ok(text) => files.push((path.display().to_string(), text)),
                Err(error) => tracing::error!(error, "a provisioning file cannot be read"),
            }
        }
        files
    }

    /// Makes the list of providers anew; what was seen of those that stay is kept.
    fn read_providers(&mut self) {
        let mut providers: Vec<Provider> = Vec::new();
        for (path, text) in self.files("dashboards") {
            match read::file::<ProviderFile>(&path, &text, &Environment) {
                Ok(file) => providers.extend(file.providers),
                Err(error) => tracing::error!(error, "a provisioning file cannot be used"),
            }
        }
        if let Some(dir) = &self.places.dashboards {
            let options =
                ProviderOptions { path: dir.display().to_string(), folders_from_files_structure: true };
            providers.push(Provider { name: DIRECTORY.to_owned(), options, ..Provider::default() });
        }
        let mut old = std::mem::take(&mut self.providers);
        for provider in providers {
            if provider.kind != "file" && !provider.kind.is_empty() {
                tracing::error!(
                    provider = provider.name,
                    kind = provider.kind,
                    "a dashboard provider has an unknown type"
                );
                continue;
            }
            if self.providers.iter().any(|kept| kept.provider.name == provider.name)
                || provider.name == LIBRARY
            {
                tracing::error!(provider = provider.name, "a dashboard provider's name is taken");
                continue;
            }
            let files =
                old.iter_mut().find(|kept| kept.provider == provider).and_then(|kept| kept.files.take());
            self.providers.push(Kept { provider, files, wait: 0 });
        }
    }

    /// Brings the dashboards that come with the program in line with this version of it.
    async fn library(&self) -> anyhow::Result<()> {
        let provider = Provider {
            name: LIBRARY.to_owned(),
            folder: library::FOLDER.to_owned(),
            folder_uid: library::FOLDER_UID.to_owned(),
            ..Provider::default()
        };
        let files: Vec<Content> = library::ALL
            .iter()
            .map(|(name, text)| {
                scan::content((*name).to_owned(), format!("library {name}"), (*text).to_owned())
            })
            .collect();
        report(LIBRARY, &save(&self.grafana, &provider, &files, &[]).await?);
        Ok(())
    }
}

/// Brings the dashboards of a provider in line with its files, if those changed.
async fn dashboards_of(kept: &mut Kept, grafana: &Grafana, force: bool) -> anyhow::Result<()> {
    let root = PathBuf::from(&kept.provider.options.path);
    let found = tokio::task::spawn_blocking(move || scan::scan(&root)).await?;
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            // A drive that is not mounted must not remove every dashboard.
            tracing::error!(
                provider = kept.provider.name,
                error,
                "the files of a dashboard provider cannot be read"
            );
            return Ok(());
        }
    };
    if !force && kept.files.as_ref() == Some(&found) {
        return Ok(());
    }
    let files = found.clone();
    let read =
        move || files.iter().map(|f| scan::read(f).map_err(|e| (f.name.clone(), e))).collect::<Vec<_>>();
    let (mut contents, mut unread) = (Vec::new(), Vec::new());
    for file in tokio::task::spawn_blocking(read).await? {
        match file {
            Ok(content) => contents.push(content),
            Err((name, error)) => {
                tracing::error!(provider = kept.provider.name, error, "a dashboard file cannot be read");
                unread.push(name);
            }
        }
    }
    report(&kept.provider.name, &save(grafana, &kept.provider, &contents, &unread).await?);
    kept.files = Some(found);
    Ok(())
}

async fn save(
    grafana: &Grafana,
    provider: &Provider,
    files: &[Content],
    unread: &[String],
) -> Result<apply::Outcome, DashboardError> {
    let mut tx = grafana.accounts.catalog().write().await?;
    let outcome = apply(&mut tx, provider, files, unread, (grafana.now_ms)()).await?;
    tx.commit().await?;
    Ok(outcome)
}

fn report(provider: &str, outcome: &apply::Outcome) {
    for problem in &outcome.problems {
        tracing::error!(provider, problem, "a dashboard file cannot be used");
    }
    if outcome.saved + outcome.removed > 0 {
        tracing::info!(
            provider,
            saved = outcome.saved,
            removed = outcome.removed,
            unchanged = outcome.unchanged,
            "dashboards provisioned"
        );
    }
}

/// The YAML files below `datasources/` and `dashboards/`, with what tells a change.
fn stamps(dir: &Path) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    for kind in ["datasources", "dashboards", "reports"] {
        let Ok(entries) = fs::read_dir(dir.join(kind)) else { continue };
        for path in entries.filter_map(|entry| entry.ok().map(|e| e.path())).take(FILES_MAX) {
            let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
            if let Ok(metadata) = fs::metadata(&path)
                && is_yaml
                && metadata.is_file()
            {
                stamps.push((path, metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len()));
            }
        }
    }
    stamps.sort();
    stamps
}

fn read_bounded(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("{}: larger than {FILE_BYTES_MAX} bytes", path.display()));
    }
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// The process's environment and files.
pub(super) struct Environment;

impl Lookup for Environment {
    fn variable(&self, name: &str) -> String {
        std::env::var(name).unwrap_or_default()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        read_bounded(Path::new(path)).map(|text| text.trim().to_owned())
    }
}
