//! Dashboards sent by mail at times: what is due, sending it, and what became of it.
//!
//! Invariants: 1. Times that passed while the server was down are made up for once, not once each.  2. That a report was begun is in the
//! catalog before its mail goes out, so a crash sends it no second time.  3. Every run stands in the audit log.

use std::path::Path as FilePath;
use std::time::Duration;

use accounts::{Identity, Role};
use alerting::config::{Config, Smtp};
use alerting::notify::email::post::{Attachment, Post};
use catalog::audit::Entry;
use dashboards::reports::Report;
use dashboards::{save, slug};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use super::body::{Params, Path};
use super::ctx::Ctx;
use super::dashboards::missing;
use super::pictures::{Format, draw, wish};
use super::problem::{Answer, Problem, done, ok};
use super::state::Grafana;

/// How often it is looked whether a report is due.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Longest time that a mail server takes.
const MAIL_TIME_MAX: Duration = Duration::from_secs(60);
/// Largest files of a mail: most servers refuse more.
const ATTACHED_BYTES_MAX: usize = 20 << 20;

/// What is known of a report's runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct State {
    /// From when the schedule counts: the last run, or when the report was first seen.
    since_ms: i64,
    /// When it last ran; 0 for never.
    last_ms: i64,
    /// Why the last run failed; empty if it did not.
    error: String,
}

fn setting(name: &str) -> String {
    format!("report.{name}")
}

/// Speaks as the server itself, to whom nothing is hidden: who writes provisioning files and rules runs it.
pub(super) fn own(grafana: &Arc<Grafana>, name: &str) -> Ctx {
    let who = Identity { login: name.to_owned(), is_admin: true, ..Identity::anonymous(Role::Admin) };
    Ctx { grafana: grafana.clone(), who, client: String::new(), params: Params::default() }
}

/// `GET /api/bongsu/reports`
pub async fn list(ctx: Ctx) -> Answer {
    ctx.need(Role::Admin, "reports:read")?;
    let reports = ctx.grafana.reports.load_full();
    let mut tx = ctx.read().await?;
    let mut shown = Vec::with_capacity(reports.len());
    for report in reports.iter() {
        let state = state(tx.setting(&setting(&report.name)).await?);
        let title = tx.dashboard(&report.dashboard).await?.map(|dashboard| dashboard.title);
        let next = report.schedule.next(state.since_ms.max(ctx.now_ms()), &report.zone);
        shown.push(json!({
            "name": report.name,
            "dashboardUid": report.dashboard,
            "dashboardTitle": title.unwrap_or_default(),
            "panelId": report.panel,
            "schedule": report.schedule_text,
            "timeZone": report.zone_name,
            "recipients": report.recipients,
            "formats": report.formats,
            "from": report.from,
            "to": report.to,
            "variables": report.variables,
            "nextRun": next.map(instant),
            "lastRun": Some(state.last_ms).filter(|ms| *ms > 0).map(instant),
            "lastError": state.error,
        }));
    }
    ok(shown.into())
}

fn state(stored: Option<String>) -> State {
    stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

/// `POST /api/bongsu/reports/{name}/send`
pub async fn send_now(ctx: Ctx, Path(name): Path<String>) -> Answer {
    ctx.need(Role::Admin, "reports:send")?;
    let reports = ctx.grafana.reports.load_full();
    let found = reports.iter().find(|report| report.name == name);
    let report = found.ok_or_else(|| Problem::not_found(format!("there is no report {name:?}")))?;
    match run(&ctx.grafana, report).await {
        Ok(()) => done(&format!("Report sent to {} recipients", report.recipients.len())),
        Err(reason) => {
            Err(Problem::new(StatusCode::BAD_GATEWAY, format!("the report was not sent: {reason}")))
        }
    }
}

/// Sends what is due until the end.
pub async fn run_due(grafana: Arc<Grafana>, quit: CancellationToken) {
    loop {
        tokio::select! {
            () = quit.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        for report in grafana.reports.load_full().iter() {
            match claim(&grafana, report).await {
                Ok(false) => {}
                Ok(true) => match run(&grafana, report).await {
                    Ok(()) => tracing::info!(
                        report = report.name,
                        recipients = report.recipients.len(),
                        "a report was sent"
                    ),
                    Err(error) => tracing::error!(report = report.name, error, "a report was not sent"),
                },
                Err(problem) => {
                    tracing::error!(report = report.name, ?problem, "cannot tell whether a report is due")
                }
            }
        }
    }
}

/// Tells whether a report is due, and notes that it was begun if so.
async fn claim(grafana: &Arc<Grafana>, report: &Report) -> Result<bool, Problem> {
    let now_ms = (grafana.now_ms)();
    let mut tx = grafana.accounts.catalog().write().await?;
    let key = setting(&report.name);
    let stored = tx.setting(&key).await?;
    let is_new = stored.is_none();
    let mut state = state(stored);
    // A report that nobody has seen before begins to count now.
    let is_due = !is_new && report.schedule.next(state.since_ms, &report.zone).is_some_and(|at| at <= now_ms);
    if !is_new && !is_due {
        return Ok(false);
    }
    state.since_ms = now_ms;
    tx.set_setting(&key, &json!(state).to_string()).await?;
    tx.commit().await?;
    Ok(is_due)
}

/// Draws and sends a report, and notes what became of it.
async fn run(grafana: &Arc<Grafana>, report: &Report) -> Result<(), String> {
    let outcome = send(grafana, report).await;
    let error = outcome.as_ref().err().cloned().unwrap_or_default();
    if let Err(problem) = note(grafana, report, &error).await {
        tracing::error!(report = report.name, ?problem, "what became of a report cannot be noted");
    }
    outcome
}

async fn note(grafana: &Arc<Grafana>, report: &Report, error: &str) -> Result<(), Problem> {
    let now_ms = (grafana.now_ms)();
    let mut tx = grafana.accounts.catalog().write().await?;
    let key = setting(&report.name);
    let mut state = state(tx.setting(&key).await?);
    state.since_ms = state.since_ms.max(now_ms);
    state.last_ms = now_ms;
    state.error = error.to_owned();
    tx.set_setting(&key, &json!(state).to_string()).await?;
    let entry = Entry {
        time_ms: now_ms,
        actor: "reports".to_owned(),
        action: "send report".to_owned(),
        target: report.name.clone(),
        outcome: if error.is_empty() { "sent".to_owned() } else { error.chars().take(500).collect() },
        ..Entry::default()
    };
    tx.add_audit(&entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn send(grafana: &Arc<Grafana>, report: &Report) -> Result<(), String> {
    let told = |problem: Problem| {
        problem
            .body
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("the server failed; see its log")
            .to_owned()
    };
    let smtp = smtp(grafana, report).await?;
    let ctx = own(grafana, &format!("report {}", report.name));
    let (title, document) = document(&ctx, &report.dashboard).await.map_err(told)?;
    let mut wish = wish(&ctx, report.width, report.dark, report.korean);
    wish.from = report.from.clone();
    wish.to = report.to.clone();
    wish.zone = Some(report.zone_name.clone());
    wish.variables = report.variables.clone();
    wish.panel = report.panel;
    let formats: Vec<Format> = report.formats.iter().filter_map(|name| Format::parse(name)).collect();
    let files = draw(&ctx, &document, &wish, 1.0, &formats).await.map_err(told)?;
    let bytes: usize = files.iter().map(|file| file.len()).sum();
    if bytes > ATTACHED_BYTES_MAX {
        return Err(format!("its files have {bytes} bytes, at most {ATTACHED_BYTES_MAX} go into a mail"));
    }
    let name = slug::of(&title);
    let attachments = formats.iter().zip(files).map(|(format, content)| Attachment {
        name: format!("{name}.{}", format.extension()),
        media_type: format.media_type(),
        content: content.into(),
        is_shown: *format == Format::Png,
    });
    let subject = if report.subject.is_empty() { title.clone() } else { report.subject.clone() };
    let base = grafana.options.external_url.as_str().trim_end_matches('/');
    let range = match (&report.from, &report.to) {
        (Some(from), to) => format!("?from={from}&to={}", to.as_deref().unwrap_or("now")),
        (None, _) => String::new(),
    };
    let text = format!("{}\n{title}\n{base}/d/{}/{name}{range}\n", report.body, report.dashboard);
    let post = Post { to: report.recipients.clone(), subject, text, attachments: attachments.collect() };
    let now = Timestamp::from_millisecond(ctx.now_ms()).unwrap_or_default();
    alerting::run::post(&smtp, &post, now, MAIL_TIME_MAX).await
}

async fn document(ctx: &Ctx, uid: &str) -> Result<(String, Value), Problem> {
    let mut tx = ctx.read().await?;
    let dashboard = tx.dashboard(uid).await?.ok_or_else(missing)?;
    let document = save::document(&mut tx, &dashboard).await?;
    Ok((dashboard.title, document.into()))
}

/// The mail server of a report: its file's own, or that of alertmanager.yml, read anew each time.
async fn smtp(grafana: &Arc<Grafana>, report: &Report) -> Result<Smtp, String> {
    let (text, name) = if !report.smtp.is_empty() {
        let whole =
            json!({"global": report.smtp, "route": {"receiver": "none"}, "receivers": [{"name": "none"}]});
        (whole.to_string(), "smtp of the report's file".to_owned())
    } else if let Some(file) = &grafana.options.alertmanager_config {
        let text = tokio::fs::read_to_string(file).await.map_err(|e| format!("{}: {e}", file.display()))?;
        (text, file.display().to_string())
    } else {
        let hint = "no mail server: give smtp in the report's file, or --alertmanager.config-file with smtp_smarthost";
        return Err(hint.to_owned());
    };
    let directory = FilePath::new(&name).parent().unwrap_or(FilePath::new(""));
    let (config, _warnings) =
        Config::read(&text, &name, directory, Default::default()).map_err(|problems| problems.to_string())?;
    Ok(config.global.smtp)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use accounts::outside::Outside;
    use accounts::{Accounts, Options as AccountOptions};
    use catalog::Catalog;
    use catalog::database::Location;
    use dashboards::reports::resolve;
    use dashboards::secrets::Vault;

    use super::*;
    use crate::grafana::tests::options;

    /// 2026-11-21T12:00:00Z
    const NOW: i64 = 1_795_262_400_000;
    const HOUR: i64 = 3_600_000;

    #[tokio::test]
    async fn a_report_is_due_once_however_many_times_were_missed() {
        let accounts =
            Accounts::new(Catalog::open(&Location::Memory).await.unwrap(), AccountOptions::default());
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let grafana = Grafana::new(
            options(),
            accounts,
            Outside::default(),
            Vault::new("key").unwrap(),
            Arc::new(move || clock.load(Ordering::Relaxed)),
        );
        let file = json!({"reports": [{"name": "r", "dashboard": "d", "schedule": "0 * * * *", "recipients": ["a@b"]}]});
        let report = resolve(serde_json::from_value(file).unwrap()).0.remove(0);
        for (at, want) in [
            (NOW, false), // seen for the first time
            (NOW + HOUR / 2, false),
            (NOW + HOUR, true),
            (NOW + HOUR + 1000, false),
            (NOW + 50 * HOUR, true), // two days down
            (NOW + 50 * HOUR + 1, false),
            (NOW + 51 * HOUR, true),
        ] {
            now.store(at, Ordering::Relaxed);
            assert_eq!(claim(&grafana, &report).await.unwrap(), want, "{}", at - NOW);
        }
    }
}
