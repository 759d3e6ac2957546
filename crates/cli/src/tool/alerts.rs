//! `alerts`: what the ledger of an Alertmanager knows of alerts, and acknowledging them.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::http::{Answer, Server, config_flag};
use super::{Family, Outcome, flag, run_one_of, text, texts};

const COMMANDS: &[Family] = &[
    Family { command: why_command, run: why },
    Family { command: log_command, run: log },
    Family { command: ack_command, run: ack },
];
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn command() -> Command {
    let mut command = Command::new("alerts")
        .about("Ask an Alertmanager what became of alerts.")
        .arg(config_flag())
        .subcommand_required(true)
        .arg_required_else_help(true);
    for family in COMMANDS {
        command = command.subcommand((family.command)());
    }
    command
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    run_one_of(COMMANDS, matches, out)
}

fn url_flag() -> Arg {
    let help = "The Alertmanager, or the server that has one in its process.";
    flag("url", "URL", help).default_value("http://localhost:9090")
}

fn matchers_argument() -> Arg {
    Arg::new("matchers")
        .help(
            "Labels of the alerts: alertname=Down, job=~\"api.*\"; a first word without = is the alertname.",
        )
        .value_name("LABELS")
        .required(true)
        .num_args(1..)
}

fn words_flags(command: Command) -> Command {
    command.arg(flag("lang", "LANGUAGE", "Language of the sentences: en or ko.")).arg(flag(
        "tz",
        "ZONE",
        "Time zone of the times, such as Asia/Seoul; UTC by default.",
    ))
}

fn why_command() -> Command {
    let command = Command::new("why")
        .about("Tell why people were told of alerts, or not.")
        .arg(url_flag())
        .arg(flag("at", "TIME", "As of this time: RFC 3339 or seconds since the epoch; now by default."))
        .arg(matchers_argument());
    words_flags(command)
}

fn log_command() -> Command {
    let command = Command::new("log")
        .about("Print what was decided about alerts, oldest first.")
        .arg(url_flag())
        .arg(flag("start", "TIME", "Not before."))
        .arg(flag("end", "TIME", "Not after."))
        .arg(flag("receiver", "PATTERN", "Only what has to do with these receivers."))
        .arg(flag("limit", "NUMBER", "The newest so many.").default_value("200"))
        .arg(matchers_argument().required(false));
    words_flags(command)
}

fn ack_command() -> Command {
    Command::new("ack")
        .about("Acknowledge alerts: they are not repeated or escalated until they are over.")
        .arg(url_flag())
        .arg(flag("owner", "NAME", "Who cares; the user of this machine by default."))
        .arg(flag("note", "TEXT", "What to tell others.").default_value(""))
        .arg(flag("until", "TIME", "Until when at most (RFC 3339)."))
        .arg(matchers_argument())
}

/// Returns the matchers as typed, with a lone first word as the alert's name.
fn matchers(args: &ArgMatches) -> Vec<String> {
    let typed = texts(args, "matchers").into_iter().enumerate();
    let matcher = |(i, text): (usize, &str)| {
        if i == 0 && !text.contains('=') { format!("alertname={text:?}") } else { text.to_owned() }
    };
    typed.map(matcher).collect()
}

/// Makes a query string of flags that were given, and of the matchers.
fn query(args: &ArgMatches, names: &[&str]) -> String {
    let mut query = Serializer::new(String::new());
    for name in names {
        if let Some(value) = text(args, name) {
            query.append_pair(name, value);
        }
    }
    for matcher in matchers(args) {
        query.append_pair("filter", &matcher);
    }
    query.finish()
}

fn server(args: &ArgMatches) -> anyhow::Result<Server> {
    Server::new(text(args, "url").unwrap_or_default(), args)
}

/// Reads a document; an answer that is none becomes an error with the server's words.
fn document(answer: &Answer) -> anyhow::Result<Value> {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if answer.status == 200 {
        return body.context("the answer is no JSON document");
    }
    let said = match &body {
        Some(Value::String(message)) => message.clone(),
        Some(other) => other["message"].as_str().map_or_else(|| other.to_string(), str::to_owned),
        None => String::from_utf8_lossy(&answer.body).trim().to_owned(),
    };
    Err(anyhow!("the server answered {}: {said}", answer.status))
}

fn why(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let answer = server(args)?.get("/api/v2/bongsu/why", &query(args, &["at", "lang", "tz"]), TIMEOUT)?;
    let document = document(&answer)?;
    writeln!(out, "{}", document["text"].as_str().unwrap_or_default())?;
    let known = document["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty());
    Ok(if known { Outcome::Passed } else { Outcome::Failed })
}

fn log(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let query = query(args, &["start", "end", "receiver", "limit", "lang", "tz"]);
    let answer = server(args)?.get("/api/v2/bongsu/ledger", &query, TIMEOUT)?;
    let document = document(&answer)?;
    if document["truncated"] == true {
        eprintln!("there are older entries: use --limit or --end to see them");
    }
    for entry in document["entries"].as_array().into_iter().flatten() {
        let alerts = entry["alerts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let labels = alerts.first().map(|alert| shown_labels(&alert["labels"])).unwrap_or_default();
        let more = match entry["alertCount"].as_u64() {
            Some(count @ 2..) => format!(" and {} more", count - 1),
            Some(_) | None => String::new(),
        };
        let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        writeln!(out, "{} {:<12} {labels}{more}: {}", word("at"), word("kind"), word("text"))?;
    }
    Ok(Outcome::Passed)
}

fn shown_labels(labels: &Value) -> String {
    let pairs = labels.as_object().into_iter().flatten();
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn ack(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let owner = match text(args, "owner") {
        Some(owner) => owner.to_owned(),
        None => std::env::var("USER").context("--owner is needed: this machine does not say who you are")?,
    };
    let mut posted = Vec::new();
    for typed in matchers(args) {
        let matcher = alerting::matchers::parse_one(&typed, alerting::matchers::Syntax::Fallback)?.value;
        let (is_equal, is_regex) = match matcher.op() {
            model::MatchOp::Equal => (true, false),
            model::MatchOp::NotEqual => (false, false),
            model::MatchOp::Regex => (true, true),
            model::MatchOp::NotRegex => (false, true),
        };
        posted.push(serde_json::json!({
            "name": matcher.name(), "value": matcher.value(), "isEqual": is_equal, "isRegex": is_regex,
        }));
    }
    let mut body = serde_json::json!({ "matchers": posted, "owner": owner, "note": text(args, "note") });
    if let Some(until) = text(args, "until") {
        body["until"] = until.into();
    }
    let headers = [("content-type", "application/json")];
    let body = body.to_string().into_bytes();
    let answer = server(args)?.post_bytes("/api/v2/bongsu/acks", &headers, body, TIMEOUT)?;
    let document = document(&answer)?;
    match document["ackID"].as_str() {
        Some(id) => writeln!(out, "{id}")?,
        None => bail!("the server did not say what it made"),
    }
    Ok(Outcome::Passed)
}
