//! `rules backtest`: what the alerting rules of a file would have done over stored data.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::rules::backtest::{History, Period, backtest};
use ::rules::environment::Concurrency;
use ::rules::file::Options;
use ::rules::{AlertState, Environment, Group, Metrics, Notification, Notify, load};
use ::tsdb::tools::ReadOnly;
use alerting::backtest::Sending;
use alerting::manager::Settings;
use alerting::silences::Silences;
use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use clap::{ArgMatches, Command};
use model::{Exemplar, Labels, Matcher};
use promql::{Clock, Engine, EngineOptions};
use storage::memory::MemoryStorage;
use storage::{LabelQuery, Queryable, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

use crate::tool::{Outcome, argument, features, flag, flags, text, texts};

pub(super) fn command() -> Command {
    Command::new("backtest")
        .about("Show when the alerting rules of a file would have been pending and firing.")
        .arg(flag("data", "DIR", "The directory of the stored data.").default_value("data"))
        .arg(flag("start", "TIME", "First evaluation: seconds since the epoch or RFC 3339.").required(true))
        .arg(flag("end", "TIME", "Last evaluation; now if it is not given."))
        .arg(
            flag("eval-interval", "DURATION", "How often groups are evaluated that do not say.")
                .default_value("1m"),
        )
        .arg(flag(
            "alertmanager.config.file",
            "FILE",
            "Send the alerts through the routes of this alertmanager.yml, and show the messages that would have gone out.",
        ))
        .arg(flag(
            "silences",
            "FILE",
            "Silences that held then: the file `silences` in the data directory of an Alertmanager. Those that ended are in it as long as \
             its --data.retention.",
        ))
        .arg(flags("run", "NAME", "Only the alert of this name. Can be specified multiple times."))
        .arg(argument("file", "The rule file."))
}

/// Messages that are printed; all are counted.
const MESSAGES_MAX: usize = 100_000;

/// Nothing is measured, and nobody hears of alerts.
struct Nothing(Instant);

impl Clock for Nothing {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Notify for Nothing {
    fn notify(&self, _alerts: Vec<Notification>) {}
}

/// A directory that is only read.
#[derive(Clone)]
struct Stored(Arc<ReadOnly>);

impl Queryable for Stored {
    fn view(&self, _range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Select for Stored {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        self.0.view().select(request)
    }
    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.0.view().label_names(query)
    }
    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.0.view().label_values(name, query)
    }
    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        self.0.view().exemplars(matcher_sets, range)
    }
}

fn time_ms(args: &ArgMatches, name: &str) -> anyhow::Result<Option<i64>> {
    let Some(typed) = text(args, name) else { return Ok(None) };
    let time = server::params::time(typed).map_err(|error| anyhow::anyhow!("--{name}: {error}"))?;
    Ok(Some(time))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let start_ms = time_ms(args, "start")?.context("--start is needed")?;
    let end_ms = time_ms(args, "end")?.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond());
    if end_ms < start_ms {
        bail!("--end is before --start");
    }
    let interval = crate::tool::query::parse_duration(text(args, "eval-interval").unwrap_or("1m"))
        .map_err(|error| anyhow::anyhow!("--eval-interval: {error}"))?;
    let promql = features::enabled(args).map(|enabled| enabled.parse).unwrap_or_default();
    let path = Path::new(text(args, "file").unwrap_or_default());
    let file = match load::read(path, &Options { promql, ..Options::default() }) {
        Ok(file) => file,
        Err(broken) => bail!("{broken}"),
    };
    let dir = PathBuf::from(text(args, "data").unwrap_or("data"));
    // Range selectors look back further than the first evaluation.
    let opened = ReadOnly::open(&dir, &dir, TimeRange { min_ms: i64::MIN, max_ms: end_ms })
        .with_context(|| format!("cannot read {}", dir.display()))?;
    let env = environment(Stored(Arc::new(opened)), promql);
    let wanted = texts(args, "run");
    let routes = text(args, "alertmanager.config.file").map(|file| routes(Path::new(file))).transpose()?;
    let mut activities = Vec::new();
    for group in &file.groups {
        let group = Group::new(path, group, interval, true);
        let step_ms = group.interval.as_millis().max(1) as i64;
        for rule in group.rules.iter().filter(|rule| rule.alerting().is_some()) {
            if !wanted.is_empty() && !wanted.contains(&rule.name.as_str()) {
                continue;
            }
            let histories = backtest(rule, &env, Period { start_ms, end_ms, step_ms })
                .map_err(|error| anyhow::anyhow!("group {}, rule {}: {error}", group.name, rule.name))?;
            print(out, &rule.name, &histories)?;
            activities.extend(server::api::backtest::activities(&histories, end_ms));
        }
    }
    if let Some(settings) = routes {
        let end = jiff::Timestamp::from_millisecond(end_ms).context("--end is out of all calendars")?;
        let silences = text(args, "silences").map(|file| silences(&settings, file)).transpose()?;
        let with_silences = silences.is_some();
        let sending = alerting::backtest::run(settings, silences, &activities, end, MESSAGES_MAX);
        print_messages(out, &sending, with_silences)?;
    }
    Ok(Outcome::Passed)
}

/// Reads the routes of an Alertmanager.
fn routes(file: &Path) -> anyhow::Result<Arc<Settings>> {
    let config = crate::role::alertmanager::read_config(file, alerting::matchers::Syntax::Fallback)?;
    Ok(Arc::new(config.settings()))
}

/// Reads the silences of an Alertmanager's data directory.
fn silences(settings: &Settings, file: &str) -> anyhow::Result<Silences> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
    let (silences, refused) = alerting::backtest::silences(settings, &bytes)
        .map_err(|error| anyhow::anyhow!("{file} holds no silences: {error}"))?;
    if refused > 0 {
        bail!("{file}: {refused} silences cannot be understood");
    }
    Ok(silences)
}

fn print_messages(out: &mut dyn Write, sending: &Sending, with_silences: bool) -> std::io::Result<()> {
    let mut by_receiver: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    writeln!(out, "{} messages would have gone out", sending.count)?;
    for sent in &sending.sent {
        *by_receiver.entry((&sent.receiver, &sent.integration)).or_default() += 1;
        let (firing, resolved) = (sent.firing.len(), sent.resolved.len());
        writeln!(
            out,
            "  {} {} {} {}: {} ({firing} firing, {resolved} resolved)",
            sent.at,
            sent.receiver,
            sent.integration,
            sent.group_key,
            sent.reason.as_str()
        )?;
    }
    if sending.count > sending.sent.len() {
        writeln!(out, "  … and {} more", sending.count - sending.sent.len())?;
    }
    for ((receiver, integration), count) in by_receiver {
        writeln!(out, "{receiver} {integration}: {count}")?;
    }
    let Sending { inhibited, muted, silenced, silences, .. } = sending;
    if inhibited + muted + silenced > 0 {
        writeln!(out, "kept quiet: {inhibited} inhibited, {muted} muted, {silenced} silenced")?;
    }
    if with_silences {
        writeln!(out, "silences that held then: {silences} looked at")?;
    } else {
        writeln!(out, "silences that held then play no part; --silences names the file that has them")?;
    }
    Ok(())
}

fn environment(data: Stored, promql: promql::ParseOptions) -> Environment {
    Environment {
        data: Arc::new(data),
        out: Arc::new(MemoryStorage::new()),
        engine: Arc::new(Engine::new(EngineOptions::default())),
        promql,
        external_url: String::new(),
        settings: ArcSwap::default(),
        notify: Arc::new(Nothing(Instant::now())),
        resend_delay: Duration::ZERO,
        outage_tolerance: Duration::ZERO,
        for_grace_period: Duration::ZERO,
        catch_up: false,
        clock: Arc::new(Nothing(Instant::now())),
        cancel: storage::Cancel::default(),
        metrics: Metrics::new(&telemetry::Registry::new()),
        on_query: None,
        concurrency: Concurrency::default(),
    }
}

fn print(out: &mut dyn Write, name: &str, histories: &[History]) -> std::io::Result<()> {
    let firings: usize = histories.iter().map(History::firings).sum();
    writeln!(out, "{name}: {} alerts, fired {firings} times", histories.len())?;
    for history in histories {
        writeln!(out, "  {}", history.labels)?;
        for span in &history.spans {
            let time =
                |t_ms| jiff::Timestamp::from_millisecond(t_ms).map(|t| t.to_string()).unwrap_or_default();
            let state = if span.state == AlertState::Firing { "firing " } else { "pending" };
            let took = model::duration::format_ms(span.to_ms - span.from_ms);
            writeln!(out, "    {state} {} to {} ({took})", time(span.from_ms), time(span.to_ms))?;
        }
    }
    Ok(())
}
