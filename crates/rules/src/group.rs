//! A group of rules: one evaluation of all of them.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use model::Labels;
use parking_lot::Mutex;
use promql::Point;
use storage::SeriesRef;

use crate::alert::AlertState;
use crate::dependencies;
use crate::environment::{Environment, Notification};
use crate::file;
use crate::rule::{Health, Rule};
use crate::slots::Slots;
use crate::write::{write, write_ended};

/// Rules that are evaluated together.
#[derive(Debug)]
pub struct Group {
    /// The file it stands in.
    pub file: String,
    /// Its name, unique in the file.
    pub name: String,
    /// How often it is evaluated.
    pub interval: Duration,
    /// How far in the past; `None` for the server's default.
    pub query_offset: Option<Duration>,
    /// Most series or alerts that a rule may give; 0 for any number.
    pub limit: usize,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Rules that may be evaluated beside each other; `None`: none may.
    batches: Option<Vec<Vec<usize>>>,
    state: Mutex<State>,
}

/// What a group remembers.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// How long the last evaluation took.
    pub evaluation_time: Duration,
    /// When it began, in milliseconds of the clock.
    pub last_evaluation_ms: Option<i64>,
    /// Series of rules that are gone, still to be marked as ended.
    ended: Vec<Labels>,
}

impl Group {
    /// Builds a group. `restored`: there is nothing to be restored.
    pub fn new(path: &Path, group: &file::Group, interval_default: Duration, restored: bool) -> Group {
        let rules: Vec<Rule> = group.rules.iter().map(|rule| Rule::new(group, rule, restored)).collect();
        Group {
            file: path.display().to_string(),
            name: group.name.clone(),
            interval: group.interval.unwrap_or(interval_default),
            query_offset: group.query_offset,
            limit: group.limit,
            batches: dependencies::batches(&rules),
            rules,
            state: Mutex::default(),
        }
    }

    /// What identifies it, and its label in metrics: the file, `;`, the name.
    pub fn key(&self) -> String {
        format!("{};{}", self.file, self.name)
    }

    /// When it is evaluated.
    pub fn slots(&self) -> Slots {
        Slots::new(&self.file, &self.name, self.interval)
    }

    /// What it remembers.
    pub fn state(&self) -> State {
        self.state.lock().clone()
    }

    /// How far in the past it is evaluated.
    pub fn query_offset(&self, env: &Environment) -> Duration {
        self.query_offset.unwrap_or(env.settings.load().query_offset)
    }

    /// Whether both are defined alike.
    pub fn is_same(&self, other: &Group) -> bool {
        self.file == other.file
            && self.name == other.name
            && self.interval == other.interval
            && self.limit == other.limit
            && self.query_offset == other.query_offset
            && self.rules.len() == other.rules.len()
            && self.rules.iter().zip(&other.rules).all(|(a, b)| a.is_same(b))
    }

    /// Takes over what a former version of the group knows. Rules are the same if name and labels are; of several the first goes
    /// to the first. Series of rules that are gone will be marked as ended.
    pub fn take_over(&self, from: &Group) {
        let mut by_name: HashMap<(&str, &Labels), Vec<usize>> = HashMap::new();
        for (i, rule) in from.rules.iter().enumerate().rev() {
            by_name.entry((&rule.name, &rule.labels)).or_default().push(i);
        }
        for rule in &self.rules {
            let Some(i) = by_name.get_mut(&(rule.name.as_str(), &rule.labels)).and_then(Vec::pop) else {
                continue;
            };
            let Some(former) = from.rules.get(i) else { continue };
            let mut old = former.state();
            let mut new = rule.state();
            new.written = std::mem::take(&mut old.written);
            if rule.alerting().is_some() && former.alerting().is_some() {
                new.active = std::mem::take(&mut old.active);
                new.restored |= old.restored;
            }
        }
        let gone = by_name.into_values().flatten().filter_map(|i| from.rules.get(i));
        let ended: Vec<Labels> =
            gone.flat_map(|rule| rule.state().written.keys().cloned().collect::<Vec<_>>()).collect();
        let mut state = self.state.lock();
        let former = from.state.lock();
        state.ended.extend(former.ended.iter().cloned().chain(ended));
        state.evaluation_time = former.evaluation_time;
        state.last_evaluation_ms = former.last_evaluation_ms;
    }

    /// Marks all its series as ended: the group is gone.
    pub fn end_all_series(&self, env: &Environment, t_ms: i64) {
        let written =
            self.rules.iter().flat_map(|rule| std::mem::take(&mut rule.state().written).into_keys());
        let written: Vec<Labels> = written.collect();
        self.state.lock().ended.extend(written);
        self.end_series_of_gone_rules(env, t_ms);
    }

    /// Evaluates all rules for `t_ms`; `now_ms` is when that happens.
    pub fn evaluate(&self, env: &Environment, t_ms: i64, now_ms: i64) {
        let key = self.key();
        env.metrics.scheduled.with(&[&key]).inc();
        let began = env.clock.now();
        let samples = self.evaluate_rules(env, t_ms, now_ms, &|_| true);
        env.metrics.samples.with(&[&key]).set(samples as f64);
        self.end_series_of_gone_rules(env, t_ms);
        let took = env.clock.now().saturating_sub(began);
        let rule_time: Duration = self.rules.iter().map(|rule| rule.state().duration).sum();
        env.metrics.group_duration.observe(took.as_secs_f64());
        env.metrics.last_duration.with(&[&key]).set(took.as_secs_f64());
        env.metrics.last_rule_duration_sum.with(&[&key]).set(rule_time.as_secs_f64());
        env.metrics.last_evaluation.with(&[&key]).set(now_ms as f64 / 1e3);
        let mut state = self.state.lock();
        state.evaluation_time = took;
        state.last_evaluation_ms = Some(now_ms);
    }

    /// Evaluates those rules that `wanted` chooses. Returns the number of samples.
    pub(crate) fn evaluate_rules(
        &self,
        env: &Environment,
        t_ms: i64,
        now_ms: i64,
        wanted: &(dyn Fn(&Rule) -> bool + Sync),
    ) -> usize {
        let run = |rule: &Rule| self.evaluate_rule(rule, env, t_ms, now_ms);
        let Some(batches) = self.batches.as_ref().filter(|_| env.concurrency.is_on()) else {
            let rules = self.rules.iter().filter(|rule| wanted(rule));
            return rules.take_while(|_| !env.cancel.is_cancelled()).map(run).sum();
        };
        let mut samples = 0;
        for batch in batches {
            let rules: Vec<&Rule> =
                batch.iter().filter_map(|i| self.rules.get(*i)).filter(|rule| wanted(rule)).collect();
            samples += std::thread::scope(|scope| {
                let mut beside = Vec::new();
                let mut samples = 0;
                for rule in rules {
                    if env.cancel.is_cancelled() {
                        break;
                    }
                    if batch.len() > 1 && env.concurrency.try_acquire() {
                        beside.push(scope.spawn(move || {
                            let samples = run(rule);
                            env.concurrency.release();
                            samples
                        }));
                    } else {
                        samples += run(rule);
                    }
                }
                samples + beside.into_iter().filter_map(|thread| thread.join().ok()).sum::<usize>()
            });
        }
        samples
    }

    /// Evaluates a rule, tells its alerts, stores its results. Returns the number of samples.
    fn evaluate_rule(&self, rule: &Rule, env: &Environment, t_ms: i64, now_ms: i64) -> usize {
        let key = self.key();
        let began = env.clock.now();
        env.metrics.evaluations.with(&[&key]).inc();
        let offset_ms = self.query_offset(env).as_millis() as i64;
        let group = (self.file.as_str(), self.name.as_str());
        let outcome = rule.evaluate(env, group, t_ms, offset_ms, self.limit).and_then(|results| {
            let samples = results.len();
            self.tell_alerts(rule, env, t_ms);
            self.store(rule, env, results, t_ms - offset_ms).map(|()| samples)
        });
        let took = env.clock.now().saturating_sub(began);
        env.metrics.evaluation_duration.observe(took.as_secs_f64());
        let mut state = rule.state();
        state.evaluated_at_ms = Some(now_ms);
        state.duration = took;
        match outcome {
            Ok(samples) => samples,
            Err(error) => {
                env.metrics.failures.with(&[&key]).inc();
                if !env.cancel.is_cancelled() {
                    tracing::warn!(file = %self.file, group = %self.name, rule = %rule.name, %error, "evaluating a rule failed");
                }
                state.health = Health::Err;
                state.last_error = error;
                0
            }
        }
    }

    fn store(
        &self,
        rule: &Rule,
        env: &Environment,
        results: Vec<(Labels, Point)>,
        t_ms: i64,
    ) -> Result<(), String> {
        let before: HashMap<Labels, SeriesRef> = std::mem::take(&mut rule.state().written);
        match write(&*env.out, results, &before, t_ms) {
            Ok(written) => {
                if written.refused_count > 0 {
                    let refused = written.refused_count;
                    tracing::warn!(group = %self.name, rule = %rule.name, refused, "results of a rule were refused");
                }
                let mut state = rule.state();
                state.written = written.series;
                // As in Prometheus a refused result makes the rule unhealthy, but is no failed evaluation.
                (state.health, state.last_error) = match written.refused {
                    None => (Health::Ok, String::new()),
                    Some(error) => (Health::Err, error.to_string()),
                };
                Ok(())
            }
            Err(error) => {
                rule.state().written = before;
                Err(error.to_string())
            }
        }
    }

    /// Hands on the alerts of a rule that are due.
    fn tell_alerts(&self, rule: &Rule, env: &Environment, t_ms: i64) {
        if rule.alerting().is_none() {
            return;
        }
        let resend_ms = env.resend_delay.as_millis() as i64;
        // Two evaluations, or sendings, may fail before receivers take the alert as ended.
        let valid_ms = 4 * resend_ms.max(self.interval.as_millis() as i64);
        let mut due = Vec::new();
        {
            let mut state = rule.state();
            for alert in state.active.values_mut().filter(|alert| alert.needs_sending(t_ms, resend_ms)) {
                alert.last_sent_ms = Some(t_ms);
                alert.valid_until_ms = t_ms + valid_ms;
                due.push(Notification {
                    labels: alert.labels.clone(),
                    annotations: alert.annotations.clone(),
                    starts_at_ms: alert.fired_at_ms.unwrap_or(alert.active_at_ms),
                    ends_at_ms: alert.resolved_at_ms.unwrap_or(alert.valid_until_ms),
                    generator_url: String::new(),
                });
            }
        }
        if due.is_empty() {
            return;
        }
        let url = format!("{}{}", env.external_url, template::prometheus::table_link(&rule.query));
        for notification in &mut due {
            notification.generator_url.clone_from(&url);
        }
        env.notify.notify(due);
    }

    /// Marks series of rules that are gone as ended.
    pub fn end_series_of_gone_rules(&self, env: &Environment, t_ms: i64) {
        let ended = std::mem::take(&mut self.state.lock().ended);
        if ended.is_empty() {
            return;
        }
        let t_ms = t_ms - self.query_offset(env).as_millis() as i64;
        if let Err(error) = write_ended(&*env.out, &ended, t_ms) {
            tracing::warn!(group = %self.name, %error, "staleness markers of former rules could not be stored");
            self.state.lock().ended = ended;
        }
    }

    /// The state of its worst alert; `None` if it has no alerting rules.
    pub fn alert_state(&self) -> Option<AlertState> {
        self.rules.iter().filter(|rule| rule.alerting().is_some()).map(Rule::alert_state).max()
    }
}

#[cfg(test)]
pub(crate) mod tests;
