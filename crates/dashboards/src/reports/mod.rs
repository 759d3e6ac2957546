//! Dashboards sent by mail at times: what a provisioning file in `reports/` says, and when each is due.
//!
//! ```yaml
//! reports:
//!   - name: weekly
//!     dashboard: node-exporter
//!     variables: {job: [node, web]}
//!     from: now-7d
//!     schedule: "0 9 * * mon"
//!     timeZone: Asia/Seoul
//!     recipients: [ops@example.com]
//!     formats: [pdf]
//! ```

pub mod schedule;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};

use schedule::Schedule;

/// Most recipients of a report.
const RECIPIENTS_MAX: usize = 200;
/// Most reports of a file.
const REPORTS_MAX: usize = 500;
const WIDTH_DEFAULT: u32 = 1400;

/// A file of `provisioning/reports`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReportFile {
    /// The mail server, with the keys of `global` of alertmanager.yml; that file's own if empty.
    pub smtp: Map<String, Value>,
    /// The reports.
    pub reports: Vec<Written>,
}

/// A report as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Written {
    name: String,
    #[serde(alias = "dashboardUid")]
    dashboard: String,
    panel: Option<i64>,
    variables: BTreeMap<String, Value>,
    from: String,
    to: String,
    schedule: String,
    #[serde(alias = "time_zone", alias = "timezone")]
    time_zone: String,
    recipients: Vec<String>,
    formats: Vec<String>,
    subject: String,
    body: String,
    theme: String,
    language: String,
    width: Option<u32>,
}

/// A report that can run.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name, unique over all files.
    pub name: String,
    /// The dashboard's identifier.
    pub dashboard: String,
    /// Only this panel.
    pub panel: Option<i64>,
    /// Selections of variables.
    pub variables: BTreeMap<String, Vec<String>>,
    /// The range's start, if not the dashboard's.
    pub from: Option<String>,
    /// The range's end, if not the dashboard's.
    pub to: Option<String>,
    /// When it is due.
    pub schedule: Schedule,
    /// The schedule as written.
    pub schedule_text: String,
    /// Whose clock the schedule and the picture follow.
    pub zone: TimeZone,
    /// The zone's name.
    pub zone_name: String,
    /// Who gets it.
    pub recipients: Vec<String>,
    /// `png`, `pdf`, `svg`.
    pub formats: Vec<String>,
    /// The subject; made of the title if empty.
    pub subject: String,
    /// What the mail says above the picture.
    pub body: String,
    /// Light on dark.
    pub dark: bool,
    /// Korean words.
    pub korean: bool,
    /// Pixels.
    pub width: u32,
    /// The mail server, with the keys of `global` of alertmanager.yml.
    pub smtp: Map<String, Value>,
}

/// The reports of a file; the second part says what is wrong with those that are left out.
pub fn resolve(file: ReportFile) -> (Vec<Report>, Vec<String>) {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    let mut reports = Vec::new();
    if file.reports.len() > REPORTS_MAX {
        problems.push(format!("more than {REPORTS_MAX} reports in a file; the rest is left out"));
    }
    for written in file.reports.into_iter().take(REPORTS_MAX) {
        let name = written.name.clone();
        match report(written, &file.smtp) {
            Ok(report) if names.insert(name.clone()) => reports.push(report),
            Ok(_) => problems.push(format!("report {name:?}: there is another of that name")),
            Err(reason) => problems.push(format!("report {name:?}: {reason}")),
        }
    }
    (reports, problems)
}

fn report(written: Written, smtp: &Map<String, Value>) -> Result<Report, String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    if written.name.is_empty() || !written.name.chars().all(is_name) {
        return Err("name must have letters, digits, spaces, '-', '_' and '.' only".to_owned());
    }
    if written.dashboard.is_empty() {
        return Err("dashboard (a uid) is missing".to_owned());
    }
    if written.recipients.is_empty() || written.recipients.len() > RECIPIENTS_MAX {
        return Err(format!("recipients must be 1 to {RECIPIENTS_MAX} addresses"));
    }
    let formats = if written.formats.is_empty() { vec!["pdf".to_owned()] } else { written.formats };
    if let Some(wrong) = formats.iter().find(|format| !["png", "pdf", "svg"].contains(&format.as_str())) {
        return Err(format!("format {wrong:?} is none of png, pdf, svg"));
    }
    let zone_name = if written.time_zone.is_empty() { "UTC".to_owned() } else { written.time_zone };
    let zone = TimeZone::get(&zone_name).map_err(|_| format!("unknown time zone {zone_name:?}"))?;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let variables = written.variables.iter().map(|(name, value)| match value {
        Value::Array(values) => (name.clone(), values.iter().map(text).collect()),
        one => (name.clone(), vec![text(one)]),
    });
    Ok(Report {
        schedule: Schedule::parse(&written.schedule)?,
        schedule_text: written.schedule,
        variables: variables.collect(),
        dashboard: written.dashboard,
        panel: written.panel,
        from: Some(written.from).filter(|text| !text.is_empty()),
        to: Some(written.to).filter(|text| !text.is_empty()),
        zone,
        zone_name,
        recipients: written.recipients,
        formats,
        subject: written.subject,
        body: written.body,
        dark: written.theme == "dark",
        korean: written.language.starts_with("ko"),
        width: written.width.unwrap_or(WIDTH_DEFAULT),
        smtp: smtp.clone(),
        name: written.name,
    })
}

#[cfg(test)]
mod tests;
