//! `/rules`, `/alerts`, `/alertmanagers`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use model::number::{format_e, quote};
use model::{Labels, Matcher};
use rules::{Alert, Group, Rule};
use serde::Serialize;
use serde_json::{Value, json};

use super::{LabelsJson, rfc3339};
use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::parts::Rules;
use crate::router::App;
use crate::selectors;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupJson<'a> {
    name: &'a str,
    file: &'a str,
    rules: Vec<Value>,
    interval: f64,
    limit: usize,
    evaluation_time: f64,
    last_evaluation: String,
}

/// Which rules are shown.
struct Filter<'f> {
    alerting: bool,
    recording: bool,
    names: HashSet<&'f str>,
    groups: HashSet<&'f str>,
    files: HashSet<&'f str>,
    matchers: Vec<Vec<Matcher>>,
    without_alerts: bool,
    /// Most groups, and the token of the first.
    page: Option<(usize, &'f str)>,
}

impl<'f> Filter<'f> {
    fn read(form: &'f Form) -> Result<Filter<'f>, ApiError> {
        form.well_formed()?;
        let matchers = selectors::matcher_sets(form).map_err(ApiError::bad_data)?;
        let kind = form.value("type").to_lowercase();
        if !matches!(kind.as_str(), "" | "alert" | "record") {
            return Err(ApiError::parameter("type", format_args!("not supported value {}", quote(&kind))));
        }
        Ok(Filter {
            alerting: kind != "record",
            recording: kind != "alert",
            names: form.all("rule_name[]").collect(),
            groups: form.all("rule_group[]").collect(),
            files: form.all("file[]").collect(),
            matchers,
            without_alerts: without_alerts(form)?,
            page: page(form)?,
        })
    }

    fn takes(&self, rule: &Rule) -> bool {
        let kind = if rule.alerting().is_some() { self.alerting } else { self.recording };
        let passes = |set: &Vec<Matcher>| set.iter().all(|m| m.matches(rule.labels.get(&m.name)));
        kind && (self.names.is_empty() || self.names.contains(rule.name.as_str()))
            && (self.matchers.is_empty() || self.matchers.iter().any(passes))
    }

    fn takes_group(&self, group: &Group) -> bool {
        (self.groups.is_empty() || self.groups.contains(group.name.as_str()))
            && (self.files.is_empty() || self.files.contains(group.file.as_str()))
    }
}

fn without_alerts(form: &Form) -> Result<bool, ApiError> {
    match form.value("exclude_alerts").to_lowercase().as_str() {
        "" | "0" | "f" | "false" => Ok(false),
        "1" | "t" | "true" => Ok(true),
        other => {
            let reason = format!(
                "error converting exclude_alerts: strconv.ParseBool: parsing {}: invalid syntax",
                quote(other)
            );
            Err(ApiError::parameter("exclude_alerts", reason))
        }
    }
}

fn page(form: &Form) -> Result<Option<(usize, &str)>, ApiError> {
    let (limit, token) = (form.value("group_limit"), form.value("group_next_token"));
    if limit.is_empty() {
        let reason = "group_limit needs to be present in order to paginate over the groups";
        return if token.is_empty() {
            Ok(None)
        } else {
            Err(ApiError::parameter("group_next_token", reason))
        };
    }
    match limit.parse::<i32>() {
        Ok(n) if n > 0 => Ok(Some((n.unsigned_abs() as usize, token))),
        Ok(_) => Err(ApiError::parameter("group_limit", "group_limit needs to be greater than 0")),
        Err(_) => {
            let digits = limit.strip_prefix(['-', '+']).unwrap_or(limit);
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let why = if is_number { "value out of range" } else { "invalid syntax" };
            let limit = quote(limit);
            let reason =
                format!("group_limit needs to be a valid number: strconv.ParseInt: parsing {limit}: {why}");
            Err(ApiError::parameter("group_limit", reason))
        }
    }
}

/// Names a group in an URL, so that a next request can begin with it.
fn token(group: &Group) -> String {
    group.key().bytes().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        write!(out, "{byte:02x}").ok();
        out
    })
}

/// Lists rule groups.
pub async fn rules(State(app): State<Arc<App>>, form: Form) -> Answer {
    let filter = Filter::read(&form)?;
    let Some(Rules { manager, .. }) = &app.parts.rules else { return answer::data(&json!({"groups": []})) };
    let view = manager.view();
    let warnings: Vec<String> =
        view.broken.iter().map(|file| format!("rule file not loaded: {file}")).collect();
    let mut shown = Vec::new();
    let mut next = None;
    let mut skipping = filter.page.is_some_and(|(_, first)| !first.is_empty());
    for group in &view.groups {
        if skipping && filter.page.is_some_and(|(_, first)| first != token(group)) {
            continue;
        }
        skipping = false;
        if !filter.takes_group(group) {
            continue;
        }
        let group_json = show_group(group, &filter);
        if group_json.rules.is_empty() {
            continue;
        }
        if filter.page.is_some_and(|(max, _)| shown.len() >= max) {
            next = Some(token(group));
            break;
        }
        shown.push(group_json);
    }
    if let (true, Some((_, first))) = (skipping, filter.page) {
        let reason = format!("invalid group_next_token '{first}'. were rule groups changed?");
        return Err(ApiError::parameter("group_next_token", reason));
    }
    let mut data = json!({"groups": shown});
    if let Some(next) = next {
        data["groupNextToken"] = next.into();
    }
    answer::data_with(&data, &warnings)
}

fn show_group<'g>(group: &'g Group, filter: &Filter<'_>) -> GroupJson<'g> {
    let state = group.state();
    let rules = group.rules.iter().filter(|rule| filter.takes(rule));
    GroupJson {
        name: &group.name,
        file: &group.file,
        rules: rules.map(|rule| show_rule(rule, filter.without_alerts)).collect(),
        interval: group.interval.as_secs_f64(),
        limit: group.limit,
        evaluation_time: state.evaluation_time.as_secs_f64(),
        last_evaluation: rfc3339(state.last_evaluation_ms),
    }
}

fn show_rule(rule: &Rule, without_alerts: bool) -> Value {
    let alert_state = rule.alert_state();
    let state = rule.state();
    let mut shown = serde_json::Map::new();
    let mut put = |key: &str, value: Value| {
        shown.insert(key.to_owned(), value);
    };
    match rule.alerting() {
        Some(alerting) => {
            let active = state.active.values().filter(|alert| alert.resolved_at_ms.is_none());
            put("state", alert_state.as_str().into());
            put("name", rule.name.as_str().into());
            put("query", (*rule.query).into());
            put("duration", seconds(alerting.hold));
            put("keepFiringFor", seconds(alerting.keep_firing_for));
            put("labels", json!(LabelsJson(&rule.labels)));
            put("annotations", json!(LabelsJson(&alerting.annotations)));
            put("alerts", if without_alerts { Value::Null } else { active.map(show_alert).collect() });
        }
        None => {
            put("name", rule.name.as_str().into());
            put("query", (*rule.query).into());
            if !rule.labels.is_empty() {
                put("labels", json!(LabelsJson(&rule.labels)));
            }
        }
    }
    put("health", state.health.as_str().into());
    if !state.last_error.is_empty() {
        put("lastError", state.last_error.as_str().into());
    }
    put("evaluationTime", state.duration.as_secs_f64().into());
    put("lastEvaluation", rfc3339(state.evaluated_at_ms).into());
    put("type", if rule.alerting().is_some() { "alerting" } else { "recording" }.into());
    Value::Object(shown)
}

/// Whole seconds without a fraction, as Go prints floats in JSON.
fn seconds(duration: std::time::Duration) -> Value {
    if duration.subsec_nanos() == 0 { duration.as_secs().into() } else { duration.as_secs_f64().into() }
}

fn show_alert(alert: &Alert) -> Value {
    let labels = |labels: &Labels| json!(LabelsJson(labels));
    let mut shown = serde_json::Map::new();
    shown.insert("labels".to_owned(), labels(&alert.labels));
    shown.insert("annotations".to_owned(), labels(&alert.annotations));
    shown.insert("state".to_owned(), alert.state.as_str().into());
    shown.insert("activeAt".to_owned(), rfc3339(Some(alert.active_at_ms)).into());
    if alert.keep_firing_since_ms.is_some() {
        shown.insert("keepFiringSince".to_owned(), rfc3339(alert.keep_firing_since_ms).into());
    }
    shown.insert("value".to_owned(), format_e(alert.value).into());
    Value::Object(shown)
}

/// Lists active alerts.
pub async fn alerts(State(app): State<Arc<App>>) -> Answer {
    let mut shown: Vec<Value> = Vec::new();
    if let Some(Rules { manager, .. }) = &app.parts.rules {
        for rule in manager.view().groups.iter().flat_map(|group| &group.rules) {
            let state = rule.state();
            shown.extend(state.active.values().filter(|a| a.resolved_at_ms.is_none()).map(show_alert));
        }
    }
    answer::data(&json!({"alerts": shown}))
}

/// Lists Alertmanagers.
pub async fn alertmanagers(State(app): State<Arc<App>>) -> Answer {
    let urls = |urls: Vec<String>| urls.into_iter().map(|url| json!({"url": url})).collect::<Vec<_>>();
    let (active, dropped) = match &app.parts.rules {
        Some(Rules { sender, .. }) => (sender.alertmanagers(), sender.dropped_alertmanagers()),
        None => (Vec::new(), Vec::new()),
    };
    answer::data(&json!({"activeAlertmanagers": urls(active), "droppedAlertmanagers": urls(dropped)}))
}
