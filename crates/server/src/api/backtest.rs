//! `/bongsu/backtest`: what alerting rules would have done over stored data, and the messages that would have gone out.
//!
//! Rules are those of the request, or those that are loaded; the routes are those of the request, or of the Alertmanager in
//! this process. A client that goes away ends it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alerting::backtest::{Activity, Sending, Sent};
use alerting::manager::Settings;
use alerting::matchers::Syntax;
use alerting::silences::Silences;
use arc_swap::ArcSwap;
use axum::extract::{FromRequest, Request, State};
use http::header;
use jiff::Timestamp;
use promql::Clock;
use rules::backtest::{History, Period, backtest};
use rules::environment::Concurrency;
use rules::file::{Options, RuleFile};
use rules::{AlertState, Environment, Group, Metrics, Notification, Notify};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::Cancel;
use storage::memory::MemoryStorage;

use crate::answer::{self, Answer};
use crate::error::{ApiError, ErrorType};
use crate::form::{Form, read_limited};
use crate::router::App;
use crate::{blocking, params};

/// Evaluations of one rule: 30 days of every fifteen seconds.
const EVALUATIONS_MAX: i64 = 172_800;
/// Rules of one request.
const RULES_MAX: usize = 1000;
/// Alerts that are returned; all are routed.
const ALERTS_MAX: usize = 10_000;
/// Messages that are returned; all are counted.
const MESSAGES_MAX: usize = 5_000;
const BODY_BYTES_MAX: usize = 4 << 20;

/// What is asked for. All times and durations are texts as everywhere in the API.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// A rule file; the rules that are loaded if there is none.
    rules: String,
    start: String,
    end: String,
    /// How often groups are evaluated that do not say.
    step: String,
    /// An `alertmanager.yml`; the one of the Alertmanager in this process if there is none.
    config: String,
    /// Only this group of the rules that are loaded.
    group: String,
    /// Only alerts of this name.
    rule: String,
}

/// Ends the work when the request's future is dropped.
struct EndWithClient(Cancel);

impl Drop for EndWithClient {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

struct Monotonic(Instant);

impl Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Nobody hears of alerts that are only tried.
struct Nobody;

impl Notify for Nobody {
    fn notify(&self, _alerts: Vec<Notification>) {}
}

impl Asked {
    async fn read(app: &Arc<App>, request: Request) -> Result<Asked, ApiError> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if content_type.is_some_and(|t| t.starts_with("application/json")) {
            let body = read_limited(request.into_body(), BODY_BYTES_MAX).await?;
            return serde_json::from_slice(&body)
                .map_err(|e| ApiError::bad_data(format!("error reading request body: {e}")));
        }
        let form = Form::from_request(request, app).await?;
        form.well_formed()?;
        let value = |name| form.value(name).to_owned();
        Ok(Asked {
            rules: value("rules"),
            start: value("start"),
            end: value("end"),
            step: value("step"),
            config: value("config"),
            group: value("group"),
            rule: value("rule"),
        })
    }

    /// Start, end and step in milliseconds.
    fn times(&self, now_ms: i64) -> Result<(i64, i64, Duration), ApiError> {
        let time = |name, text: &str| params::time(text).map_err(|e| ApiError::parameter(name, e));
        let start_ms = time("start", &self.start)?;
        let end_ms = if self.end.is_empty() { now_ms } else { time("end", &self.end)? };
        if end_ms < start_ms {
            return Err(ApiError::parameter("end", "end timestamp must not be before start time"));
        }
        let step_ns = match self.step.as_str() {
            "" => 60_000_000_000,
            text => params::duration_ns(text).map_err(|e| ApiError::parameter("step", e))?,
        };
        if step_ns < 1_000_000 {
            return Err(ApiError::parameter("step", "zero or negative steps are not accepted"));
        }
        Ok((start_ms, end_ms, Duration::from_nanos(step_ns.unsigned_abs())))
    }

    fn groups(&self, app: &App, step: Duration) -> Result<Vec<Arc<Group>>, ApiError> {
        if self.rules.is_empty() {
            let loaded = app.parts.rules.as_ref().map(|rules| rules.manager.view());
            let groups = loaded.map(|view| view.groups.clone()).unwrap_or_default();
            let wanted = |group: &Arc<Group>| self.group.is_empty() || group.name == self.group;
            return Ok(groups.into_iter().filter(wanted).collect());
        }
        let options = Options { promql: app.parts.parse_options, ..Options::default() };
        let file = RuleFile::parse(&self.rules, &options)
            .map_err(|e| ApiError::parameter("rules", e.to_string()))?;
        let group = |group| Arc::new(Group::new(Path::new("request"), group, step, true));
        Ok(file.groups.iter().map(group).collect())
    }

    fn settings(&self, app: &App) -> Result<Option<Arc<Settings>>, ApiError> {
        if self.config.is_empty() {
            let own = app.parts.rules.as_ref().and_then(|rules| rules.alertmanager.as_ref());
            return Ok(own.map(|am| am.read(|manager, _| Arc::clone(manager.settings()))));
        }
        let read = alerting::config::Config::read(&self.config, "config", Path::new("/"), Syntax::Fallback);
        let (config, _warnings) = read.map_err(|e| ApiError::parameter("config", e.to_string()))?;
        Ok(Some(Arc::new(config.settings())))
    }
}

/// The silences of the Alertmanager in this process, those among them that ended.
fn own_silences(app: &App, settings: &Settings) -> Option<Silences> {
    let own = app.parts.rules.as_ref()?.alertmanager.as_ref()?;
    let snapshot = own.read(|manager, _| manager.silences().encode());
    // What it holds itself it can read.
    alerting::backtest::silences(settings, &snapshot).ok().map(|(silences, _)| silences)
}

/// Tries rules on stored data.
pub async fn try_rules(State(app): State<Arc<App>>, request: Request) -> Answer {
    let asked = Asked::read(&app, request).await?;
    let (start_ms, end_ms, step) = asked.times(app.parts.runtime.now_ms())?;
    let groups = asked.groups(&app, step)?;
    let settings = asked.settings(&app)?;
    let silences = settings.as_ref().and_then(|settings| own_silences(&app, settings));
    let wanted =
        |rule: &rules::Rule| rule.alerting().is_some() && (asked.rule.is_empty() || rule.name == asked.rule);
    let count = groups.iter().flat_map(|group| &group.rules).filter(|rule| wanted(rule)).count();
    if count == 0 {
        return Err(ApiError::new(ErrorType::NotFound, "there is no such alerting rule"));
    }
    let finest = groups.iter().map(|group| group.interval.as_millis() as i64).min().unwrap_or(1).max(1);
    let evaluations = (end_ms - start_ms) / finest;
    if count > RULES_MAX || evaluations > EVALUATIONS_MAX {
        return Err(ApiError::bad_data(format!(
            "{count} rules and {evaluations} evaluations of each: at most {RULES_MAX} and {EVALUATIONS_MAX} are tried at once"
        )));
    }
    let Ok(turn) = Arc::clone(&app.backtest_turn).try_acquire_owned() else {
        return Err(ApiError::new(ErrorType::Unavailable, "rules are being tried already; try again later"));
    };
    let cancel = Cancel::default();
    let _end = EndWithClient(cancel.clone());
    let rule_name = asked.rule.clone();
    blocking::run(move || {
        let _turn = turn;
        let env = environment(&app, cancel.clone());
        let (mut tried, mut activities) = (Vec::new(), Vec::new());
        for group in &groups {
            let step_ms = group.interval.as_millis().max(1) as i64;
            let period = Period { start_ms, end_ms, step_ms };
            let rules = group.rules.iter().filter(|rule| rule.alerting().is_some());
            for rule in rules.filter(|rule| rule_name.is_empty() || rule.name == rule_name) {
                let histories = backtest(rule, &env, period).map_err(|e| {
                    ApiError::new(
                        ErrorType::Execution,
                        format!("group {}, rule {}: {e}", group.name, rule.name),
                    )
                })?;
                activities.extend(self::activities(&histories, end_ms));
                tried.push(tried_rule(group, &rule.name, &histories));
            }
        }
        let routed = settings.map(|settings| {
            let end = Timestamp::from_millisecond(end_ms).unwrap_or(Timestamp::MAX);
            alerting::backtest::run(settings, silences, &activities, end, MESSAGES_MAX)
        });
        answer::data(&document(&tried, routed.as_ref()))
    })
    .await
}

/// When alerts fired, as the Alertmanager would have been told.
pub fn activities(histories: &[History], end_ms: i64) -> Vec<Activity> {
    let moment = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let firing = |history: &History| {
        let spans = history.spans.iter().filter(|span| span.state == AlertState::Firing);
        let labels = history.labels.clone();
        spans
            .map(|span| Activity {
                labels: labels.clone(),
                starts_at: moment(span.from_ms),
                ends_at: (span.to_ms < end_ms).then(|| moment(span.to_ms)),
            })
            .collect::<Vec<_>>()
    };
    histories.iter().flat_map(firing).collect()
}

fn environment(app: &App, cancel: Cancel) -> Environment {
    Environment {
        data: app.parts.queryable.clone(),
        out: Arc::new(MemoryStorage::new()),
        engine: app.parts.engine.clone(),
        promql: app.parts.parse_options,
        external_url: app.options.external_url.as_str().trim_end_matches('/').to_owned(),
        settings: ArcSwap::default(),
        notify: Arc::new(Nobody),
        resend_delay: Duration::ZERO,
        outage_tolerance: Duration::ZERO,
        for_grace_period: Duration::ZERO,
        catch_up: false,
        clock: Arc::new(Monotonic(Instant::now())),
        cancel,
        metrics: Metrics::new(&telemetry::Registry::new()),
        on_query: None,
        concurrency: Concurrency::default(),
    }
}

#[derive(Serialize)]
struct Tried {
    group: String,
    name: String,
    firings: usize,
    #[serde(rename = "alertCount")]
    alert_count: usize,
    alerts: Vec<Value>,
}

fn time(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn labels(labels: &model::Labels) -> Value {
    Value::Object(labels.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect())
}

fn tried_rule(group: &Group, name: &str, histories: &[History]) -> Tried {
    let alert = |history: &History| {
        let span = |span: &rules::backtest::Span| json!({ "state": span.state.as_str(), "from": time(span.from_ms), "to": time(span.to_ms) });
        json!({
            "labels": labels(&history.labels),
            "spans": history.spans.iter().map(span).collect::<Vec<_>>(),
        })
    };
    Tried {
        group: group.name.clone(),
        name: name.to_owned(),
        firings: histories.iter().map(History::firings).sum(),
        alert_count: histories.len(),
        alerts: histories.iter().take(ALERTS_MAX).map(alert).collect(),
    }
}

fn document(tried: &[Tried], routed: Option<&Sending>) -> Value {
    let message = |sent: &Sent| {
        json!({
            "at": time(sent.at.as_millisecond()),
            "receiver": sent.receiver,
            "integration": sent.integration,
            "groupKey": *sent.group_key,
            "reason": sent.reason.as_str(),
            "firing": sent.firing.iter().map(labels).collect::<Vec<_>>(),
            "resolved": sent.resolved.iter().map(labels).collect::<Vec<_>>(),
        })
    };
    let sent = routed.map(|routed| routed.sent.as_slice()).unwrap_or_default();
    let count = routed.map_or(0, |routed| routed.count);
    let cut = tried.iter().any(|rule| rule.alert_count > rule.alerts.len());
    json!({
        "rules": tried,
        "routed": routed.is_some(),
        "notifications": sent.iter().map(message).collect::<Vec<_>>(),
        "notificationCount": count,
        "quiet": {
            "inhibited": routed.map_or(0, |routed| routed.inhibited),
            "muted": routed.map_or(0, |routed| routed.muted),
            "silenced": routed.map_or(0, |routed| routed.silenced),
        },
        "silences": routed.map_or(0, |routed| routed.silences),
        "truncated": cut || count > sent.len(),
    })
}

#[cfg(test)]
mod tests {
    use rules::backtest::Span;

    use super::*;

    #[test]
    fn what_fires_at_the_end_is_not_over() {
        let span = |state, from_ms, to_ms| Span { state, from_ms, to_ms };
        let history = History {
            labels: model::Labels::from_pairs([("alertname", "A")]),
            spans: vec![
                span(AlertState::Pending, 0, 60_000),
                span(AlertState::Firing, 60_000, 120_000),
                span(AlertState::Firing, 300_000, 600_000),
            ],
        };
        let ends: Vec<Option<i64>> =
            activities(&[history], 600_000).iter().map(|a| a.ends_at.map(|t| t.as_millisecond())).collect();
        assert_eq!(ends, [Some(120_000), None]);
    }
}
