//! `query`: ask a server over its HTTP API and print the answer.

mod analyze;
mod answer;
mod explain;
mod print;
mod time;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use clap::{ArgMatches, Command};
use exposition::EscapingScheme;
use url::form_urlencoded::Serializer;

use self::answer::{ApiError, Series, Value, read};
pub(super) use self::explain::{Node, print_plan};
pub(super) use self::print::write_escaped;
pub(super) use self::time::{Time, parse_duration};
use super::http::{Server, config_flag, header_flag};
use super::{Outcome, argument, flag, flags, text, texts};

/// As long as promtool waits; longer than any server works on a query by default.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How far `series` and `labels` look in both directions if no time is given, as promtool: a bit more than a year.
const FAR: Duration = Duration::from_secs(9999 * 3600);
/// The length of a range whose start is not given.
const RANGE_DEFAULT: Duration = Duration::from_secs(300);
/// Into how many steps a range is divided if no step is given.
const STEPS_DEFAULT: f64 = 250.0;

pub(super) fn command() -> Command {
    let server = || argument("server", "Prometheus server to query.");
    let expr = || argument("expr", "PromQL query expression.").allow_hyphen_values(true);
    let time = |name, help| flag(name, "TIME", help).allow_hyphen_values(true);
    let matching = || flags("match", "SELECTOR", "Series selector. Can be specified multiple times.");
    let start = || time("start", "Start time (RFC3339 or Unix timestamp).");
    let end = || time("end", "End time (RFC3339 or Unix timestamp).");
    Command::new("query")
        .about("Run query against a Prometheus server.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            flag("format", "FORMAT", "Output format of the query.")
                .short('o')
                .default_value("promql")
                .value_parser(["promql", "json"])
                .global(true),
        )
        .arg(config_flag())
        .subcommand(
            Command::new("instant")
                .about("Run instant query.")
                .arg(time("time", "Query evaluation time (RFC3339 or Unix timestamp)."))
                .arg(header_flag())
                .args([server(), expr()]),
        )
        .subcommand(
            with_range_flags(Command::new("range").about("Run range query.").arg(header_flag()))
                .args([server(), expr()]),
        )
        .subcommand(Command::new("series").about("Run series query.").arg(matching().required(true)).args([
            start(),
            end(),
            server(),
        ]))
        .subcommand(
            Command::new("labels")
                .about("Run labels query.")
                .args([start(), end(), matching(), server()])
                .arg(argument("name", "Label name to provide label values for.")),
        )
        .subcommand(analyze::command())
        .subcommand(explain::command())
}

/// Adds the flags of a range of time and its step.
pub(super) fn with_range_flags(command: Command) -> Command {
    let time = |name, help| flag(name, "TIME", help).allow_hyphen_values(true);
    let start = "Query range start time (RFC3339 or Unix timestamp); five minutes before the end.";
    command
        .arg(time("start", start))
        .arg(time("end", "Query range end time (RFC3339 or Unix timestamp); now."))
        .arg(
            flag("step", "DURATION", "Query step size, such as 15s; a 250th of the range.")
                .value_parser(parse_duration),
        )
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (kind, args) = matches.subcommand().expect("the parser demands a command");
    let server = Server::new(text(args, "server").unwrap_or_default(), args)?;
    let asked = match kind {
        "instant" => instant(&server, args, out),
        "range" => range(&server, args, out),
        "series" => series(&server, args, out),
        analyze::NAME => analyze::run(&server, args, out),
        explain::NAME => explain::run(&server, args, out),
        _labels => labels(&server, args, out),
    };
    match asked {
        Ok(()) => Ok(Outcome::Passed),
        Err(Failure::Usage(message)) => Err(anyhow::Error::msg(message)),
        Err(Failure::Query(error)) => {
            eprintln!("query error: {error}");
            Ok(Outcome::Failed)
        }
        Err(Failure::Output(error)) => Err(error.into()),
    }
}

/// Why a query has no printed answer.
#[derive(Debug)]
enum Failure {
    /// The arguments make no question.
    Usage(String),
    /// The server did not answer it.
    Query(ApiError),
    /// The answer could not be printed.
    Output(std::io::Error),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::Query(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

fn instant(server: &Server, args: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let time = time_of(args, "time", "evaluation time")?.unwrap_or_else(Time::now);
    let form = Serializer::new(String::new())
        .append_pair("query", text(args, "expr").unwrap_or_default())
        .append_pair("time", &time.to_string())
        .finish();
    let value: Value = post(server, "/api/v1/query", &form)?;
    if is_json(args) {
        print::json_line(out, &print::value_json(&value))?
    } else {
        print::value_text(out, value)?
    }
    Ok(())
}

fn range(server: &Server, args: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let value: Value = post(server, "/api/v1/query_range", &range_form(args)?)?;
    if is_json(args) {
        print::json_line(out, &print::value_json(&value))?
    } else {
        print::value_text(out, value)?
    }
    Ok(())
}

/// Encodes a range query from [`with_range_flags`] and the expression.
fn range_form(args: &ArgMatches) -> Result<String, Failure> {
    let end = time_of(args, "end", "end time")?.unwrap_or_else(Time::now);
    let start = time_of(args, "start", "start time")?.unwrap_or_else(|| end.minus(RANGE_DEFAULT));
    if start >= end {
        return Err(Failure::Usage("start time is not before end time".to_owned()));
    }
    let step = step_of(args, start, end);
    Ok(Serializer::new(String::new())
        .append_pair("query", text(args, "expr").unwrap_or_default())
        .append_pair("start", &start.to_string())
        .append_pair("end", &end.to_string())
        .append_pair("step", &model::number::format_f(step))
        .finish())
}

/// Returns the step in seconds: as given, or a 250th of the range.
pub(super) fn step_of(args: &ArgMatches, start: Time, end: Time) -> f64 {
    match args.get_one::<Duration>("step").filter(|step| !step.is_zero()) {
        Some(step) => step.as_secs_f64(),
        None => (end.seconds_since(start) / STEPS_DEFAULT).floor().max(1.0),
    }
}

/// A series of a range query's answer: labels, and floats by their times in milliseconds. Histograms are left out.
pub(in crate::tool) struct RangeSeries {
    pub(in crate::tool) labels: BTreeMap<String, String>,
    pub(in crate::tool) floats: Vec<(i64, f64)>,
    pub(in crate::tool) histograms: usize,
}

/// Asks for a range of whole seconds.
pub(in crate::tool) fn range_series(
    server: &Server,
    expr: &str,
    (start, end): (i64, i64),
    step: Duration,
) -> anyhow::Result<Vec<RangeSeries>> {
    let form = Serializer::new(String::new())
        .append_pair("query", expr)
        .append_pair("start", &start.to_string())
        .append_pair("end", &end.to_string())
        .append_pair("step", &model::number::format_f(step.as_secs_f64()))
        .finish();
    let value: Value =
        post(server, "/api/v1/query_range", &form).map_err(|e| anyhow::anyhow!("query range: {e}"))?;
    let Value::Matrix(streams) = value else { anyhow::bail!("rule result is wrong type") };
    streams
        .into_iter()
        .map(|stream| {
            let float = |point: &answer::Point| {
                let v = model::number::parse_float(&point.1);
                let v = v.ok_or_else(|| anyhow::anyhow!("query range: {:?} is no number", point.1))?;
                Ok(((point.0 * 1000.0).round() as i64, v))
            };
            let floats = stream.values.iter().map(float).collect::<anyhow::Result<_>>()?;
            Ok(RangeSeries { labels: stream.metric, floats, histograms: stream.histograms.len() })
        })
        .collect()
}

fn series(server: &Server, args: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let form = start_end_and_matchers(args)?;
    let found: Vec<Series> = post(server, "/api/v1/series", &form)?;
    if is_json(args) {
        print::json_line(out, &found.iter().map(print::labels_json).collect::<Vec<_>>().into())?;
    } else {
        for labels in &found {
            writeln!(out, "{}", print::label_set(labels))?;
        }
    }
    Ok(())
}

fn labels(server: &Server, args: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let query = start_end_and_matchers(args)?;
    let name = text(args, "name").unwrap_or_default();
    // Names with other characters than letters, digits and underscores would break the path.
    let name = EscapingScheme::Values.escape(name);
    let path = format!("/api/v1/label/{name}/values");
    let answer = server.get(&path, &query, TIMEOUT).map_err(ApiError::transport)?;
    let (values, warnings) = read::<Vec<String>>(&answer)?;
    for warning in warnings {
        eprintln!("query warning: {warning}");
    }
    if is_json(args) {
        print::json_line(out, &values.into())?;
    } else {
        for value in values {
            writeln!(out, "{value}")?;
        }
    }
    Ok(())
}

/// Posts a question; where a server takes none by POST, asks by GET.
fn post<T: serde::de::DeserializeOwned>(server: &Server, path: &str, form: &str) -> Result<T, ApiError> {
    let mut answer = server.post(path, form, TIMEOUT).map_err(ApiError::transport)?;
    if matches!(answer.status, 405 | 501) {
        answer = server.get(path, form, TIMEOUT).map_err(ApiError::transport)?;
    }
    Ok(read(&answer)?.0)
}

fn start_end_and_matchers(args: &ArgMatches) -> Result<String, Failure> {
    let start = time_of(args, "start", "start time")?.unwrap_or_else(|| Time::now().minus(FAR));
    let end = time_of(args, "end", "end time")?.unwrap_or_else(|| Time::from(SystemTime::now() + FAR));
    let mut form = Serializer::new(String::new());
    form.append_pair("start", &start.to_string()).append_pair("end", &end.to_string());
    for selector in texts(args, "match") {
        form.append_pair("match[]", selector);
    }
    Ok(form.finish())
}

fn time_of(args: &ArgMatches, name: &str, meaning: &str) -> Result<Option<Time>, Failure> {
    match text(args, name) {
        Some(typed) if !typed.is_empty() => Time::parse(typed)
            .map(Some)
            .map_err(|error| Failure::Usage(format!("error parsing {meaning}: {error}"))),
        Some(_) | None => Ok(None),
    }
}

fn is_json(args: &ArgMatches) -> bool {
    text(args, "format") == Some("json")
}
