//! What an alerting rule would have done: its expression over stored data, `for` and `keep_firing_for` applied step by step as if the
//! rule had been evaluated all along.
//!
//! The expression is evaluated once, as a range query; the alerts then go through the same step that the server takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Labels;
use promql::ast::Expr;
use promql::{Point, Points, QueryOptions, Sample, Value};

use crate::alert::{Alert, AlertState};
use crate::alerting::{Found, Terms, step};
use crate::environment::Environment;
use crate::no_data::account_in_past;
use crate::rule::Rule;

/// Over which time. All in milliseconds; both ends are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First evaluation.
    pub start_ms: i64,
    /// Not after.
    pub end_ms: i64,
    /// Distance of evaluations: the interval of the group.
    pub step_ms: i64,
}

/// How long an alert was in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Pending or firing.
    pub state: AlertState,
    /// The evaluation that found it so first.
    pub from_ms: i64,
    /// The first evaluation that found it otherwise; the period's end if none did.
    pub to_ms: i64,
}

/// What became of one alert.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// What identifies it.
    pub labels: Labels,
    /// When it was pending and firing, in order.
    pub spans: Vec<Span>,
}

impl History {
    /// How often it fired.
    pub fn firings(&self) -> usize {
        self.spans.iter().filter(|span| span.state == AlertState::Firing).count()
    }
}

/// A series of the expression's result, and how far it was gone through.
struct Series {
    labels: Labels,
    points: Vec<(i64, Point)>,
    next: usize,
    /// The last value with what it was expanded to: most values do not change between two evaluations.
    last: Option<(Point, Found)>,
}

/// Finds out what an alerting rule would have done. Alerts come sorted by labels.
///
/// # Errors
/// A recording rule; an expression that cannot be evaluated; alerts with equal labels.
pub fn backtest(rule: &Rule, env: &Environment, period: Period) -> Result<Vec<History>, String> {
    let Some(alerting) = rule.alerting() else {
        return Err(format!("{} is a recording rule: there is nothing that fires", rule.name));
    };
    let terms = Terms {
        name: &rule.name,
        labels: &rule.labels,
        hold_ms: alerting.hold.as_millis() as i64,
        keep_firing_for_ms: alerting.keep_firing_for.as_millis() as i64,
        limit: 0,
    };
    let mut series = query(env, &rule.query, &rule.expr, period)?;
    let mut subject = None;
    let mut active: BTreeMap<Labels, Alert> = BTreeMap::new();
    let mut histories: BTreeMap<Labels, Vec<Span>> = BTreeMap::new();
    let mut t_ms = period.start_ms;
    while t_ms <= period.end_ms {
        let mut found = series.iter_mut().filter_map(|one| one.at(t_ms, rule, env)).collect();
        let past = (&mut active, t_ms);
        account_in_past(rule, alerting, env, past, &mut found, |missing| {
            // Evaluated once, and only if some alert ever goes.
            let subject = match &mut subject {
                Some(series) => series,
                None => subject.insert(query(env, &missing.text, &missing.subject, period)?),
            };
            Ok(subject.iter_mut().filter_map(|one| one.sample_at(t_ms)).collect())
        })?;
        step(&mut active, found, t_ms, terms)?;
        for alert in active.values() {
            if matches!(alert.state, AlertState::Pending | AlertState::Firing) {
                let spans = histories.entry(alert.labels.clone()).or_default();
                extend(spans, alert.state, t_ms, period);
            }
        }
        t_ms += period.step_ms;
    }
    Ok(histories.into_iter().map(|(labels, spans)| History { labels, spans }).collect())
}

/// Notes that an alert was found in a state at `t_ms`.
fn extend(spans: &mut Vec<Span>, state: AlertState, t_ms: i64, period: Period) {
    let to_ms = (t_ms + period.step_ms).min(period.end_ms.max(t_ms));
    match spans.last_mut() {
        Some(last) if last.state == state && last.to_ms >= t_ms => last.to_ms = to_ms,
        Some(_) | None => spans.push(Span { state, from_ms: t_ms, to_ms }),
    }
}

fn query(env: &Environment, text: &Arc<str>, expr: &Expr, period: Period) -> Result<Vec<Series>, String> {
    let options = QueryOptions {
        text: Arc::clone(text),
        cancel: env.cancel.clone(),
        clock: Some(env.clock.clone()),
        ..QueryOptions::default()
    };
    let Period { start_ms, end_ms, step_ms } = period;
    let result = env.engine.range(env.data.clone(), expr, start_ms, end_ms, step_ms, &options);
    let Value::Matrix(series) = result.map_err(|error| error.to_string())?.value else {
        return Err("rule result is not a vector or scalar".to_owned());
    };
    Ok(series
        .into_iter()
        .map(|one| Series { labels: one.labels, points: points(&one.points), next: 0, last: None })
        .collect())
}

fn points(points: &Points) -> Vec<(i64, Point)> {
    let floats = points.floats().map(|(t, v)| (t, Point::Float(v)));
    let histograms = points.histograms().map(|(t, h)| (t, Point::Histogram(h.clone())));
    let mut all: Vec<(i64, Point)> = floats.chain(histograms).collect();
    all.sort_by_key(|(t, _)| *t);
    all
}

impl Series {
    /// The sample at `t_ms`; times must not go back.
    fn sample_at(&mut self, t_ms: i64) -> Option<Sample> {
        while self.points.get(self.next).is_some_and(|(t, _)| *t < t_ms) {
            self.next += 1;
        }
        let (_, value) = self.points.get(self.next).filter(|(t, _)| *t == t_ms)?;
        Some(Sample { labels: self.labels.clone(), t: t_ms, value: value.clone() })
    }

    /// What the series is found to be at `t_ms`; times must not go back.
    fn at(&mut self, t_ms: i64, rule: &Rule, env: &Environment) -> Option<Found> {
        while self.points.get(self.next).is_some_and(|(t, _)| *t < t_ms) {
            self.next += 1;
        }
        let (_, value) = self.points.get(self.next).filter(|(t, _)| *t == t_ms)?;
        if let Some((last, found)) = &self.last
            && last == value
        {
            return Some(found.clone());
        }
        let sample = Sample { labels: self.labels.clone(), t: t_ms, value: value.clone() };
        let found = rule.found(rule.alerting()?, sample, env, t_ms);
        self.last = Some((value.clone(), found.clone()));
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use storage::Appendable;
    use storage::memory::MemoryStorage;

    use super::*;
    use crate::group::tests::{environment, groups};

    const MINUTE: i64 = 60_000;

    /// The letters of a rule's states over minutes in which the condition holds at `x`.
    fn states(line: &str, rule: &str) -> Vec<(String, String)> {
        let data = MemoryStorage::new();
        let env = environment(&data, Arc::default(), 0);
        let mut batch = data.appender();
        let series = batch.resolve(&Labels::from_pairs([("__name__", "m"), ("i", "a")])).unwrap();
        for (minute, c) in line.chars().enumerate() {
            // A dot is a gap after which nothing is found any more.
            let value = if c == '.' { model::value::STALE_NAN } else { f64::from(u8::from(c == 'x')) };
            batch.sample(series, minute as i64 * MINUTE, value).unwrap();
        }
        batch.commit().unwrap();
        let group = groups(&format!("groups:\n- name: g\n  rules:\n{rule}"), true).remove(0);
        let end_ms = (line.len() as i64 - 1) * MINUTE;
        let period = Period { start_ms: 0, end_ms, step_ms: MINUTE };
        let histories = backtest(&group.rules[0], &env, period).unwrap();
        let show = |history: History| {
            let spans = history.spans.iter();
            let text =
                spans.map(|s| format!("{} {}-{}", s.state.as_str(), s.from_ms / MINUTE, s.to_ms / MINUTE));
            (history.labels.to_string(), text.collect::<Vec<_>>().join(", "))
        };
        histories.into_iter().map(show).collect()
    }

    #[test]
    fn spans_are_those_of_a_server() {
        let rule = "  - alert: A\n    expr: m == 1\n    for: 2m\n    keep_firing_for: 3m\n";
        let of = |line: &str| states(line, rule).into_iter().map(|(_, spans)| spans).collect::<Vec<_>>();
        assert_eq!(of("-xxx-x----"), ["pending 1-3, firing 3-9"]);
        assert_eq!(of("-x-xx-----"), ["pending 1-2, pending 3-5"]);
        assert_eq!(of("xxxxx"), ["pending 0-2, firing 2-4"]);
        assert_eq!(of("-----"), Vec::<String>::new());
    }

    #[test]
    fn what_a_vanished_series_means_is_honoured() {
        let rule = |policy: &str| {
            format!(
                "  - alert: A\n    expr: m == 1\n    for: 2m\n    annotations: {{bongsu_no_data: {policy}}}\n"
            )
        };
        let of = |line: &str, policy: &str| {
            let all = states(line, &rule(policy));
            all.into_iter().map(|(labels, spans)| (labels.contains("no_data"), spans)).collect::<Vec<_>>()
        };
        let fires = |spans: &str| vec![(false, spans.to_owned())];
        assert_eq!(of("xxx...----", "resolve"), fires("pending 0-2, firing 2-3"));
        assert_eq!(of("xxx...----", "keep"), fires("pending 0-2, firing 2-6"));
        assert_eq!(of("xxx.......", "keep 3m"), fires("pending 0-2, firing 2-6"));
        assert_eq!(of("xxx---....", "keep"), fires("pending 0-2, firing 2-3"), "it recovered before");
        assert_eq!(of("xx....----", "keep"), fires("pending 0-2"), "what is pending is not kept");
        let notified = of("xxx....---", "notify");
        assert_eq!(
            notified,
            [(false, "pending 0-2, firing 2-7".to_owned()), (true, "pending 3-5, firing 5-7".to_owned())]
        );
    }

    #[test]
    fn labels_are_expanded() {
        let rule = "  - alert: A\n    expr: m\n    labels: {level: '{{ if gt $value 0.5 }}high{{ else }}low{{ end }}'}\n";
        assert_eq!(
            states("x-", rule),
            [
                (r#"{alertname="A", i="a", level="high"}"#.to_owned(), "firing 0-1".to_owned()),
                (r#"{alertname="A", i="a", level="low"}"#.to_owned(), "firing 1-1".to_owned()),
            ]
        );
    }
}
