//! Running the tests of a group: samples are stored up to each evaluation, rules evaluated, alerts compared on the way and query
//! results in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use model::Labels;
use model::histogram::HistogramValue;
use model::number::quote;
use promql::parser::{SequenceValue, SeriesDescription, parse_series};
use promql::{Clock, Engine, Point, QueryOptions, Sample, Value, parse};
use storage::memory::MemoryStorage;
use storage::{Append, Appendable, Cancel};

use super::compare::{FiringAlert, Found, difference, indent, samples_equal, show_alerts, show_samples};
use super::{AlertTest, ExpectedSample, ExprTest, Options, RuleFiles, TestFile, TestGroup};
use crate::alert::AlertState;
use crate::environment::{Concurrency, Environment, Notification, Notify, Settings};
use crate::group::Group;
use crate::metrics::Metrics;
use crate::rule::Rule;

/// Most evaluations of one test: a year of seconds would be a mistake.
const EVALUATIONS_MAX: i64 = 10_000_000;

/// What came of the tests of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What is wrong, as promtool prints it.
    pub failures: Vec<String>,
}

/// Runs the tests of a group.
pub fn run(file: &TestFile, group: &TestGroup, rules: &RuleFiles, options: &Options) -> Outcome {
    let mut run = match Run::new(file, group, rules, options) {
        Ok(run) => run,
        Err(failure) => return Outcome { failures: vec![failure] },
    };
    if run.evaluate() {
        for test in &group.promql_expr_tests {
            run.check_expr(test);
        }
    }
    Outcome { failures: run.failures }
}

/// Nothing is measured, and nobody hears of alerts.
struct Nothing;

impl Clock for Nothing {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl Notify for Nothing {
    fn notify(&self, _alerts: Vec<Notification>) {}
}

struct Run<'a> {
    file: &'a TestFile,
    group: &'a TestGroup,
    options: &'a Options,
    data: MemoryStorage,
    environment: Environment,
    groups: Vec<Group>,
    input: Vec<SeriesDescription>,
    /// Samples of the input that are stored.
    stored: usize,
    failures: Vec<String>,
}

impl<'a> Run<'a> {
    fn new(
        file: &'a TestFile,
        group: &'a TestGroup,
        rules: &RuleFiles,
        options: &'a Options,
    ) -> Result<Run<'a>, String> {
        let mut input = Vec::new();
        for (series, values) in &group.input_series {
            let text = format!("{series} {values}");
            let parsed = parse_series(&text);
            input.push(parsed.map_err(|error| format!("    input_series: {}: {error}", quote(&text)))?);
        }
        if let Some(test) = group.alert_rule_tests.iter().find(|test| test.alertname.is_empty()) {
            let of =
                if group.name.is_empty() { String::new() } else { format!(" (in TestGroup {})", group.name) };
            let at = model::duration::format(test.eval_time);
            return Err(format!(
                "an item under alert_rule_test misses required attribute alertname at eval_time {at}{of}"
            ));
        }
        let interval = group.interval.unwrap_or(file.evaluation_interval);
        let all = rules.iter().flat_map(|(path, rules)| rules.groups.iter().map(move |g| (path, g)));
        let mut groups: Vec<Group> = all.map(|(path, g)| Group::new(path, g, interval, true)).collect();
        // Groups that are not named come with the first one, as in promtool.
        groups.sort_by_key(|g| file.group_eval_order.iter().position(|name| *name == g.name).unwrap_or(0));
        let data = MemoryStorage::new();
        let engine = promql::EngineOptions {
            default_interval_ms: file.evaluation_interval.as_millis() as i64,
            ..options.engine.clone()
        };
        let environment = Environment {
            data: Arc::new(data.clone()),
            out: Arc::new(data.clone()),
            engine: Arc::new(Engine::new(engine)),
            promql: options.promql,
            external_url: group.external_url.clone(),
            settings: ArcSwap::from_pointee(Settings {
                external_labels: group.external_labels.clone(),
                query_offset: Duration::ZERO,
            }),
            notify: Arc::new(Nothing),
            resend_delay: Duration::ZERO,
            outage_tolerance: Duration::ZERO,
            for_grace_period: Duration::ZERO,
            catch_up: false,
            clock: Arc::new(Nothing),
            cancel: Cancel::default(),
            metrics: Metrics::new(&telemetry::Registry::new()),
            on_query: None,
            concurrency: Concurrency::default(),
        };
        let failures = Vec::new();
        Ok(Run { file, group, options, data, environment, groups, input, stored: 0, failures })
    }

    fn last_eval_time(&self) -> Duration {
        let alerts = self.group.alert_rule_tests.iter().map(|test| test.eval_time);
        alerts.chain(self.group.promql_expr_tests.iter().map(|test| test.eval_time)).max().unwrap_or_default()
    }

    /// Evaluates the rules up to the last time that a test asks for. Tells whether the tests go on.
    fn evaluate(&mut self) -> bool {
        let interval_ms = (self.file.evaluation_interval.as_millis() as i64).max(1);
        let last_ms = self.last_eval_time().as_millis() as i64;
        if last_ms / interval_ms > EVALUATIONS_MAX {
            let count = last_ms / interval_ms;
            self.failures.push(format!(
                "    {count} evaluations are more than {EVALUATIONS_MAX}: is evaluation_interval right?"
            ));
            return false;
        }
        let mut times: BTreeMap<Duration, Vec<&AlertTest>> = BTreeMap::new();
        for test in &self.group.alert_rule_tests {
            times.entry(test.eval_time).or_default().push(test);
        }
        let mut since_ms = 0;
        while since_ms <= last_ms {
            let t_ms = self.group.start_ms + since_ms;
            if let Err(error) = self.store_until(t_ms) {
                self.failures.push(error);
                return false;
            }
            for group in &self.groups {
                group.evaluate(&self.environment, t_ms, t_ms);
            }
            let errors = self.rule_errors(t_ms);
            if !errors.is_empty() {
                self.failures.extend(errors);
                return false;
            }
            let until = Duration::from_millis((since_ms + interval_ms).unsigned_abs());
            while let Some(entry) = times.first_entry().filter(|entry| *entry.key() < until) {
                for test in entry.remove() {
                    self.check_alerts(test);
                }
            }
            since_ms += interval_ms;
        }
        true
    }

    /// Stores samples of the input up to a time.
    fn store_until(&mut self, t_ms: i64) -> Result<(), String> {
        let step_ms = self.group.interval.unwrap_or(self.file.evaluation_interval).as_millis().max(1) as i64;
        let longest = self.input.iter().map(|series| series.values.len()).max().unwrap_or(0);
        let due = usize::try_from((t_ms - self.group.start_ms) / step_ms + 1).unwrap_or(0).min(longest);
        if due <= self.stored {
            return Ok(());
        }
        let mut batch = self.data.appender();
        for series in &self.input {
            let fault = |error: storage::AppendError| format!("    cannot store {}: {error}", series.labels);
            let range = self.stored..due.min(series.values.len()).max(self.stored);
            for (i, value) in series.values.iter().enumerate().take(range.end).skip(range.start) {
                let t_ms = self.group.start_ms + i as i64 * step_ms;
                store(&mut *batch, &series.labels, t_ms, value).map_err(fault)?;
            }
        }
        batch.commit().map_err(|error| error.to_string())?;
        self.stored = due;
        Ok(())
    }

    fn rule_errors(&self, t_ms: i64) -> Vec<String> {
        let rules = self.groups.iter().flat_map(|group| &group.rules);
        let error = |rule: &Rule| {
            let state = rule.state();
            let time = template::gotime::format_duration(t_ms.saturating_mul(1_000_000));
            (!state.last_error.is_empty())
                .then(|| format!("    rule: {}, time: {time}, err: {}", rule.name, state.last_error))
        };
        rules.filter_map(error).collect()
    }

    fn check_alerts(&mut self, test: &AlertTest) {
        let mut got: Vec<FiringAlert> = Vec::new();
        for rule in self.groups.iter().flat_map(|group| &group.rules) {
            if rule.alerting().is_none() || rule.name != test.alertname {
                continue;
            }
            let state = rule.state();
            let firing = state.active.values().filter(|alert| alert.state == AlertState::Firing);
            got.extend(firing.map(|alert| (alert.labels.clone(), alert.annotations.clone())));
        }
        let with_name = |labels: &Labels| labels.builder().set("alertname", test.alertname.as_str()).labels();
        let expected = test.exp_alerts.iter().map(|(labels, texts)| (with_name(labels), texts.clone()));
        let mut expected: Vec<FiringAlert> = expected.collect();
        got.sort();
        expected.sort();
        if got == expected {
            return;
        }
        let of = if self.group.name.is_empty() {
            String::new()
        } else {
            format!("    name: {},\n", self.group.name)
        };
        let place = format!(
            "{of}    alertname: {}, time: {}, ",
            test.alertname,
            model::duration::format(test.eval_time)
        );
        let shown = |alerts: &[FiringAlert]| indent(&show_alerts(alerts), "            ");
        self.failures.push(if self.options.diff {
            let diff = difference(&show_alerts(&expected), &show_alerts(&got));
            format!("{place}\n        diff: \n            {}", indent(&diff, "            "))
        } else {
            format!("{place}\n        exp:{}, \n        got:{}", shown(&expected), shown(&got))
        });
    }

    fn check_expr(&mut self, test: &ExprTest) {
        let time = model::duration::format(test.eval_time);
        let place = format!("    expr: {}, time: {time},", quote(&test.expr));
        let t_ms = self.group.start_ms + test.eval_time.as_millis() as i64;
        let got = match self.query(&test.expr, t_ms) {
            Ok(samples) => samples,
            Err(error) => return self.failures.push(format!("{place} err: {error}")),
        };
        let expected: Result<Vec<Found>, String> = test.exp_samples.iter().map(expect).collect();
        let mut expected = match expected {
            Ok(samples) => samples,
            Err(error) => return self.failures.push(format!("{place} err: {error}")),
        };
        let mut got: Vec<Found> = got.into_iter().map(found).collect();
        expected.sort_by(|a, b| a.labels.cmp(&b.labels));
        got.sort_by(|a, b| a.labels.cmp(&b.labels));
        if !samples_equal(&expected, &got, self.file.fuzzy_compare) {
            self.failures.push(format!(
                "{place}\n        exp: {}\n        got: {}",
                show_samples(&expected),
                show_samples(&got)
            ));
        }
    }

    fn query(&self, text: &str, t_ms: i64) -> Result<Vec<Sample>, String> {
        let expr = parse(text, &self.options.promql).map_err(|error| error.to_string())?;
        let options = QueryOptions { text: Arc::from(text), ..QueryOptions::default() };
        let result = self.environment.engine.instant(Arc::new(self.data.clone()), &expr, t_ms, &options);
        match result.map_err(|error| error.to_string())?.value {
            Value::Vector(samples) => Ok(samples),
            Value::Scalar { t, v } => Ok(vec![Sample { labels: Labels::empty(), t, value: Point::Float(v) }]),
            Value::String { .. } | Value::Matrix(_) => {
                Err("rule result is not a vector or scalar".to_owned())
            }
        }
    }
}

fn store(
    batch: &mut dyn Append,
    labels: &Labels,
    t_ms: i64,
    value: &SequenceValue,
) -> Result<(), storage::AppendError> {
    if *value == SequenceValue::Omitted {
        return Ok(());
    }
    let series = batch.resolve(labels)?;
    match value {
        SequenceValue::Omitted => Ok(()),
        SequenceValue::Float(v) => batch.sample(series, t_ms, *v),
        SequenceValue::Histogram { histogram, .. } => {
            batch.histogram(series, t_ms, HistogramValue::Float((**histogram).clone()))
        }
    }
}

fn found(sample: Sample) -> Found {
    match sample.value {
        Point::Float(value) => Found { labels: sample.labels, value, histogram: None },
        Point::Histogram(h) => Found { labels: sample.labels, value: 0.0, histogram: Some(h) },
    }
}

/// Reads an expected sample.
fn expect(sample: &ExpectedSample) -> Result<Found, String> {
    let fault = |error: String| format!("labels {}: {error}", quote(&sample.labels));
    let labels = if sample.labels.trim().is_empty() {
        Labels::empty()
    } else {
        parse_series(&sample.labels).map_err(|error| fault(error.to_string()))?.labels
    };
    if sample.histogram.is_empty() {
        return Ok(Found { labels, value: sample.value, histogram: None });
    }
    let values =
        parse_series(&format!("{{}} {}", sample.histogram)).map_err(|e| fault(e.to_string()))?.values;
    match values.as_slice() {
        [SequenceValue::Histogram { histogram, .. }] => {
            Ok(Found { labels, value: 0.0, histogram: Some(histogram.clone()) })
        }
        [other] => Err(fault(format!("expected histogram, got {other:?}"))),
        many => Err(fault(format!("expected 1 value, got {}", many.len()))),
    }
}

/// Names of the rules that tests ask about by their alert's name.
pub(super) fn alerts_tested(file: &TestFile) -> BTreeSet<&str> {
    let tests = file.tests.iter().flat_map(|group| &group.alert_rule_tests);
    tests.map(|test| test.alertname.as_str()).collect()
}
