//! A rule with its state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use model::Labels;
use model::labels::METRIC_NAME;
use parking_lot::{Mutex, MutexGuard};
use promql::ast::Expr;
use promql::{Point, QueryError, QueryOptions, Sample, Value};
use storage::SeriesRef;
use template::prometheus::{AlertData, histogram};

use crate::alert::{Alert, AlertState};
use crate::alerting::{self, ALERT_NAME, Found, Stepped, Terms};
use crate::environment::{Environment, RuleQuery};
use crate::expand::Text;
use crate::file;
use crate::no_data::{self, Missing};

/// How a rule is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Not evaluated yet.
    #[default]
    Unknown,
    /// The last evaluation worked.
    Ok,
    /// It did not.
    Err,
}

impl Health {
    /// The API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Health::Unknown => "unknown",
            Health::Ok => "ok",
            Health::Err => "err",
        }
    }
}

/// What becomes of a rule's result.
#[derive(Debug)]
pub enum RuleKind {
    /// It is stored.
    Recording,
    /// Each series is an alert.
    Alerting(Alerting),
}

/// What an alerting rule has besides.
#[derive(Debug)]
pub struct Alerting {
    /// How long the condition must hold.
    pub hold: Duration,
    /// How long an alert keeps firing after the condition ceased.
    pub keep_firing_for: Duration,
    /// Annotations as written.
    pub annotations: Labels,
    label_texts: Vec<(String, Text)>,
    annotation_texts: Vec<(String, Text)>,
    needs_data: bool,
    /// What a vanished series means, if the rule says so.
    pub(crate) missing: Option<Box<Missing>>,
}

/// A rule. Its definition never changes; its state stands behind a lock that is held only for moments.
#[derive(Debug)]
pub struct Rule {
    /// Name of the alert or of the recorded metric.
    pub name: String,
    /// The expression.
    pub expr: Expr,
    /// The expression, printed.
    pub query: Arc<str>,
    /// Labels as written, those of the group included.
    pub labels: Labels,
    /// What becomes of the result.
    pub kind: RuleKind,
    state: Mutex<State>,
}

/// What a rule remembers.
#[derive(Debug, Default)]
pub struct State {
    /// How it is.
    pub health: Health,
    /// Why the last evaluation failed, or `""`.
    pub last_error: String,
    /// When it was last evaluated, in milliseconds of the clock.
    pub evaluated_at_ms: Option<i64>,
    /// How long that took.
    pub duration: Duration,
    /// Alerts by their labels, those that ended lately included.
    pub active: BTreeMap<Labels, Alert>,
    /// Whether what was active before a restart is known: from then on `ALERTS` is written.
    pub restored: bool,
    /// Series that the last evaluation wrote.
    pub(crate) written: HashMap<Labels, SeriesRef>,
}

/// What a rule found: samples to be stored.
pub(crate) type Results = Vec<(Labels, Point)>;

impl Rule {
    /// Builds a rule. `restored`: there is nothing to be restored.
    pub fn new(group: &file::Group, rule: &file::Rule, restored: bool) -> Rule {
        let name = rule.name().to_owned();
        let labels = group.labels_of(rule);
        let kind = match &rule.kind {
            file::Kind::Record { .. } => RuleKind::Recording,
            file::Kind::Alert { hold, keep_firing_for, annotations, .. } => {
                let texts = |texts: &BTreeMap<String, String>| -> Vec<(String, Text)> {
                    texts.iter().map(|(n, text)| (n.clone(), Text::new(&name, text))).collect()
                };
                let (label_texts, annotation_texts) = (texts(&labels), texts(annotations));
                RuleKind::Alerting(Alerting {
                    hold: *hold,
                    keep_firing_for: *keep_firing_for,
                    annotations: Labels::from_pairs(annotations),
                    needs_data: label_texts.iter().chain(&annotation_texts).any(|(_, t)| t.is_template()),
                    label_texts,
                    annotation_texts,
                    missing: Missing::of(|name| annotations.get(name).map(String::as_str), &rule.expr)
                        .map(Box::new),
                })
            }
        };
        Rule {
            name,
            query: Arc::from(rule.expr.to_string()),
            expr: rule.expr.clone(),
            labels: Labels::from_pairs(&labels),
            kind,
            state: Mutex::new(State { restored, ..State::default() }),
        }
    }

    /// Looks at the state, for a moment.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// The alerting part, if it is an alerting rule.
    pub fn alerting(&self) -> Option<&Alerting> {
        match &self.kind {
            RuleKind::Alerting(alerting) => Some(alerting),
            RuleKind::Recording => None,
        }
    }

    /// The state of its worst alert.
    pub fn alert_state(&self) -> AlertState {
        let state = self.state();
        if state.evaluated_at_ms.is_none() {
            return AlertState::Unknown;
        }
        state.active.values().map(|a| a.state).max().unwrap_or(AlertState::Inactive).max(AlertState::Inactive)
    }

    /// Whether both are defined alike.
    pub fn is_same(&self, other: &Rule) -> bool {
        let same_kind = match (&self.kind, &other.kind) {
            (RuleKind::Recording, RuleKind::Recording) => true,
            (RuleKind::Alerting(a), RuleKind::Alerting(b)) => {
                a.hold == b.hold && a.keep_firing_for == b.keep_firing_for && a.annotations == b.annotations
            }
            (RuleKind::Recording, RuleKind::Alerting(_)) | (RuleKind::Alerting(_), RuleKind::Recording) => {
                false
            }
        };
        same_kind && self.name == other.name && self.query == other.query && self.labels == other.labels
    }

    /// Evaluates the rule for `t_ms` and takes the result into its state; the data is looked at `offset_ms` earlier.
    pub(crate) fn evaluate(
        &self,
        env: &Environment,
        group: (&str, &str),
        t_ms: i64,
        offset_ms: i64,
        limit: usize,
    ) -> Result<Results, String> {
        let samples = self.query(env, group, t_ms - offset_ms)?;
        match &self.kind {
            RuleKind::Recording => self.record(samples, limit),
            RuleKind::Alerting(alerting) => self.alert(alerting, samples, env, (t_ms, offset_ms), limit),
        }
    }

    fn query(&self, env: &Environment, group: (&str, &str), t_ms: i64) -> Result<Vec<Sample>, String> {
        let began = env.clock.now();
        let result = vector(env, &self.expr, self.query.clone(), t_ms);
        if let Some(told) = &env.on_query {
            let (file, group) = group;
            let took = env.clock.now().saturating_sub(began);
            let error = result.as_ref().err().map(String::as_str);
            told(&RuleQuery { file, group, expr: &self.query, t_ms, took, error });
        }
        result
    }

    pub(crate) fn record(&self, samples: Vec<Sample>, limit: usize) -> Result<Results, String> {
        let count = samples.len();
        let mut seen = std::collections::HashSet::with_capacity(count);
        let mut results = Results::with_capacity(count);
        for sample in samples {
            let labels = self.recorded_labels(&sample.labels);
            if !seen.insert(labels.clone()) {
                let message = "vector contains metrics with the same labelset after applying rule labels";
                return Err(message.to_owned());
            }
            results.push((labels, sample.value));
        }
        if limit > 0 && count > limit {
            return Err(format!("exceeded limit of {limit} with {count} series"));
        }
        Ok(results)
    }

    /// The labels under which a recording rule stores a series of its result.
    pub(crate) fn recorded_labels(&self, found: &Labels) -> Labels {
        let mut labels = found.builder();
        labels.set(METRIC_NAME, self.name.as_str());
        for (name, value) in self.labels.iter() {
            labels.set(name, value);
        }
        labels.labels()
    }

    fn alert(
        &self,
        alerting: &Alerting,
        samples: Vec<Sample>,
        env: &Environment,
        (t_ms, offset_ms): (i64, i64),
        limit: usize,
    ) -> Result<Results, String> {
        let mut found: Vec<Found> =
            samples.into_iter().map(|sample| self.found(alerting, sample, env, t_ms)).collect();
        no_data::account_for_missing(self, alerting, env, (t_ms, offset_ms), &mut found);
        let terms = Terms {
            name: &self.name,
            labels: &self.labels,
            hold_ms: alerting.hold.as_millis() as i64,
            keep_firing_for_ms: alerting.keep_firing_for.as_millis() as i64,
            limit,
        };
        let mut state = self.state();
        let Stepped { series, changes } = alerting::step(&mut state.active, found, t_ms, terms)?;
        let restored = state.restored;
        drop(state);
        if !changes.is_empty() {
            env.notify.changed(&self.name, t_ms, &changes);
        }
        if !restored {
            return Ok(Results::new());
        }
        Ok(series.into_iter().map(|(labels, v)| (labels, Point::Float(v))).collect())
    }

    /// Makes an alert of a series: expands its labels and annotations.
    pub(crate) fn found(&self, alerting: &Alerting, sample: Sample, env: &Environment, t_ms: i64) -> Found {
        let (value, shown) = match &sample.value {
            Point::Float(v) => (*v, template::Value::Float(*v)),
            Point::Histogram(h) if alerting.needs_data => (0.0, histogram(&h.to_string())),
            Point::Histogram(_) => (0.0, template::Value::None),
        };
        let data = if alerting.needs_data {
            AlertData {
                labels: template::Value::string_map(sample.labels.iter()),
                external_labels: template::Value::string_map(env.settings.load().external_labels.iter()),
                external_url: template::Value::string(&env.external_url),
                value: shown,
            }
            .into_value()
        } else {
            template::Value::None
        };
        let host = TemplateHost { env, t_ms };
        let expand = |text: &Text| {
            if text.is_template() {
                env.metrics.expansions.inc();
            }
            text.expand(&self.name, &data, &host, &mut |reason| {
                env.metrics.expansion_failures.inc();
                tracing::warn!(alert = %self.name, error = %reason, "expanding an alert template failed");
            })
        };
        let mut labels = sample.labels.without_name().builder();
        for (name, text) in &alerting.label_texts {
            labels.set(name, expand(text));
        }
        labels.set(ALERT_NAME, self.name.as_str());
        let annotations = alerting.annotation_texts.iter().map(|(name, text)| (name, expand(text)));
        Found { labels: labels.labels(), annotations: Labels::from_pairs(annotations), value }
    }
}

/// Evaluates an expression at one time; a number counts as a series without labels.
pub(crate) fn vector(
    env: &Environment,
    expr: &Expr,
    text: Arc<str>,
    t_ms: i64,
) -> Result<Vec<Sample>, String> {
    let options = QueryOptions {
        text,
        cancel: env.cancel.clone(),
        clock: Some(env.clock.clone()),
        ..QueryOptions::default()
    };
    let result = env.engine.instant(env.data.clone(), expr, t_ms, &options);
    match result.map_err(|e: QueryError| e.to_string())?.value {
        Value::Vector(samples) => Ok(samples),
        Value::Scalar { t, v } => Ok(vec![Sample { labels: Labels::empty(), t, value: Point::Float(v) }]),
        Value::String { .. } | Value::Matrix(_) => Err("rule result is not a vector or scalar".to_owned()),
    }
}

/// What templates of alerts ask for.
struct TemplateHost<'a> {
    env: &'a Environment,
    t_ms: i64,
}

impl template::Host for TemplateHost<'_> {
    fn query(&self, query: &str) -> Result<template::Value, String> {
        let expr = promql::parse(query, &self.env.promql).map_err(|e| e.to_string())?;
        let samples = vector(self.env, &expr, Arc::from(query), self.t_ms)?;
        Ok(template::prometheus::query_result(samples.into_iter().map(|sample| {
            let value = match sample.value {
                Point::Float(v) => template::Value::Float(v),
                Point::Histogram(h) => histogram(&h.to_string()),
            };
            (template::Value::string_map(sample.labels.iter()), value)
        })))
    }

    fn now_ms(&self) -> i64 {
        self.t_ms
    }

    fn external_url(&self) -> &str {
        &self.env.external_url
    }
}
