//! All groups: which there are, and what a reload changes.
//!
//! Invariants: 1. A group that is defined alike before and after keeps running.  2. One that changed is stopped, and its successor takes
//! over what it knew before it runs.  3. A file that cannot be used leaves the groups of its last good content running.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use model::relabel::NameScheme;
use parking_lot::Mutex;
use storage::Cancel;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::backfill::{BackfillError, History, Span, Summary, backfill};
use crate::environment::{Environment, Settings};
use crate::file::{Options, RuleFile};
use crate::group::Group;
use crate::load::{BrokenFile, read};
use crate::rule::Rule;
use crate::run::{Runner, now_ns};

/// Groups that are evaluated at the same time. Evaluation is work for processors; more would only hold more memory.
const GROUPS_AT_A_TIME: usize = 16;

/// What a configuration says about rules.
#[derive(Clone, Debug)]
pub struct Update {
    /// How often groups are evaluated that do not say.
    pub interval: Duration,
    /// Files, in any order; one named twice is read once.
    pub files: Vec<PathBuf>,
    /// Files that are not on disk: their names and texts.
    pub built_in: Vec<(PathBuf, &'static str)>,
    /// Which names series and labels may have.
    pub names: NameScheme,
    /// A file that cannot be used leaves everything as it is.
    pub strict: bool,
    /// What concerns all groups.
    pub settings: Settings,
}

/// What there is now.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// All groups, by file and name.
    pub groups: Vec<Arc<Group>>,
    /// Files that could not be used.
    pub broken: Vec<BrokenFile>,
}

/// All groups. Clones share them.
#[derive(Clone)]
pub struct Manager(Arc<Inner>);

struct Inner {
    env: Arc<Environment>,
    places: Arc<Semaphore>,
    view: ArcSwap<View>,
    running: Mutex<Running>,
    shutdown: CancellationToken,
    /// Cancelled, so to say, when evaluation may begin.
    started: CancellationToken,
}

#[derive(Default)]
struct Running {
    groups: BTreeMap<String, Entry>,
    /// Whether rules were loaded before: then nothing is to be restored any more.
    loaded: bool,
    /// Groups that are gone and whose series are still to be ended.
    leaving: Vec<JoinHandle<()>>,
}

struct Entry {
    group: Arc<Group>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Manager {
    /// Builds a manager without groups.
    pub fn new(env: Environment) -> Manager {
        Manager(Arc::new(Inner {
            env: Arc::new(env),
            places: Arc::new(Semaphore::new(GROUPS_AT_A_TIME)),
            view: ArcSwap::default(),
            running: Mutex::default(),
            shutdown: CancellationToken::new(),
            started: CancellationToken::new(),
        }))
    }

    /// Lets evaluation begin: what rules read can be read now. Before, groups wait.
    pub fn start(&self) {
        self.0.started.cancel();
    }

    /// Reads all files and changes nothing.
    ///
    /// # Errors
    /// The files that cannot be used.
    pub fn check(&self, update: &Update) -> Result<(), Vec<BrokenFile>> {
        let broken = read_all(update, &self.options(update)).1;
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    fn options(&self, update: &Update) -> Options {
        Options { names: update.names, ignore_unknown_fields: false, promql: self.0.env.promql }
    }

    /// What there is now.
    pub fn view(&self) -> Arc<View> {
        self.0.view.load_full()
    }

    /// Puts the rules of a configuration in force. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// The files that cannot be used. Unless `strict`, everything else is in force.
    pub fn update(&self, update: &Update) -> Result<(), Vec<BrokenFile>> {
        let (good, broken) = read_all(update, &self.options(update));
        if update.strict && !broken.is_empty() {
            return Err(broken);
        }
        if self.0.shutdown.is_cancelled() {
            return Ok(());
        }
        self.0.env.settings.store(Arc::new(update.settings.clone()));
        let mut running = self.0.running.lock();
        let first = !std::mem::replace(&mut running.loaded, true);
        let mut wanted: BTreeMap<String, Arc<Group>> = BTreeMap::new();
        for (path, file) in &good {
            for group in &file.groups {
                let group = Group::new(path, group, update.interval, !first);
                wanted.insert(group.key(), Arc::new(group));
            }
        }
        let kept = |group: &Group| broken.iter().any(|b| b.path.display().to_string() == group.file);
        for (key, entry) in running.groups.iter().filter(|(_, entry)| kept(&entry.group)) {
            wanted.insert(key.clone(), entry.group.clone());
        }
        let groups = self.replace(&mut running, wanted, first);
        self.tell_broken(&broken);
        self.0.view.store(Arc::new(View { groups, broken: broken.clone() }));
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    /// Makes exactly the wanted groups run. Returns them by file and name.
    fn replace(
        &self,
        running: &mut Running,
        wanted: BTreeMap<String, Arc<Group>>,
        first: bool,
    ) -> Vec<Arc<Group>> {
        let mut former = std::mem::take(&mut running.groups);
        let mut groups = Vec::with_capacity(wanted.len());
        for (key, group) in wanted {
            let entry = match former.remove(&key) {
                Some(entry) if entry.group.is_same(&group) => entry,
                before => self.spawn(group, before, first),
            };
            groups.push(entry.group.clone());
            running.groups.insert(key, entry);
        }
        running.leaving.retain(|task| !task.is_finished());
        for (key, entry) in former {
            entry.stop.cancel();
            self.0.env.metrics.forget(&key);
            running.leaving.push(tokio::spawn(self.clone().leave(entry)));
        }
        groups.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
        groups
    }

    fn spawn(&self, group: Arc<Group>, before: Option<Entry>, first: bool) -> Entry {
        let stop = self.0.shutdown.child_token();
        let metrics = &self.0.env.metrics;
        metrics.announce(&group.key(), group.interval.as_secs_f64(), group.rules.len());
        let runner = Runner {
            env: self.0.env.clone(),
            places: self.0.places.clone(),
            stop: stop.clone(),
            started: self.0.started.clone(),
        };
        let task_group = group.clone();
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                before.stop.cancel();
                // A panic in it was told where it happened.
                before.task.await.ok();
                task_group.take_over(&before.group);
            }
            runner.run(task_group, first).await;
        });
        Entry { group, stop, task }
    }

    /// Ends the series of a group that is gone. Rules may have moved to another group, which then writes them: it is given two
    /// intervals to do so.
    async fn leave(self, entry: Entry) {
        entry.task.await.ok();
        let gone_ms = now_ns() / 1_000_000;
        tokio::select! {
            () = self.0.shutdown.cancelled() => return,
            () = tokio::time::sleep(entry.group.interval * 2) => {}
        }
        let env = self.0.env.clone();
        let ending = tokio::task::spawn_blocking(move || entry.group.end_all_series(&env, gone_ms));
        ending.await.ok();
    }

    fn tell_broken(&self, broken: &[BrokenFile]) {
        let family = &self.0.env.metrics.broken_files;
        let names: BTreeSet<String> = broken.iter().map(|b| b.path.display().to_string()).collect();
        family.retain(|labels| labels.first().is_some_and(|file| names.contains(file)));
        for name in &names {
            family.with(&[name]).set(1.0);
        }
        for file in broken {
            for mistake in &file.mistakes {
                tracing::error!(file = %file.path.display(), error = %mistake, "rule file not loaded");
            }
        }
    }

    /// Fills in the history of those recording rules that `wanted` chooses, in the order of the groups. Takes as long as the
    /// queries do.
    ///
    /// # Errors
    /// [`BackfillError`].
    pub fn backfill(
        &self,
        span: Span,
        wanted: &dyn Fn(&Group, &Rule) -> bool,
        cancel: &Cancel,
        history: &mut dyn History,
    ) -> Result<Summary, BackfillError> {
        let mut all = Summary::default();
        for group in &self.view().groups {
            let chosen = |rule: &Rule| wanted(group, rule);
            all.add(backfill(group, &self.0.env, span, &chosen, cancel, history)?);
        }
        Ok(all)
    }

    /// Stops all groups and waits for evaluations under way.
    pub async fn shut_down(&self) {
        self.0.shutdown.cancel();
        let (groups, leaving) = {
            let mut running = self.0.running.lock();
            (std::mem::take(&mut running.groups), std::mem::take(&mut running.leaving))
        };
        for entry in groups.into_values() {
            entry.task.await.ok();
        }
        for task in leaving {
            task.await.ok();
        }
    }
}

type Good = Vec<(PathBuf, RuleFile)>;

fn read_all(update: &Update, options: &Options) -> (Good, Vec<BrokenFile>) {
    let (mut good, mut broken) = (Vec::new(), Vec::new());
    let files: BTreeSet<&PathBuf> = update.files.iter().collect();
    for path in files {
        match read(path, options) {
            Ok(file) => good.push((path.clone(), file)),
            Err(file) => broken.push(file),
        }
    }
    for (path, text) in &update.built_in {
        match RuleFile::parse(text, options) {
            Ok(file) => good.push((path.clone(), file)),
            Err(errors) => {
                let mistakes = errors.0.iter().map(ToString::to_string).collect();
                broken.push(BrokenFile { path: path.clone(), mistakes });
            }
        }
    }
    for (path, file) in &good {
        for warning in &file.warnings {
            tracing::warn!(file = %path.display(), %warning, "rule file");
        }
    }
    (good, broken)
}

#[cfg(test)]
mod tests;
