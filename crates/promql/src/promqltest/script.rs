//! Lines to commands.

use std::sync::Arc;

use model::Labels;
use model::number::parse_float;

use super::Fault;
use super::expect::{Expectations, expect_line};
use super::starts;
use crate::ast::Expr;
use crate::parser::{self, ParseOptions, SequenceValue, parse_series};

/// One command of a script.
#[derive(Debug)]
pub(super) enum Command {
    /// `clear`
    Clear,
    /// `load 5m` and the series below it.
    Load(Load),
    /// `eval …` and the answer below it.
    Eval(Box<Eval>),
}

/// Series to store.
#[derive(Debug)]
pub(super) struct Load {
    /// The line of the command.
    pub(super) line: usize,
    /// Milliseconds between two values.
    pub(super) step_ms: i64,
    /// `load_with_nhcb`
    pub(super) with_nhcb: bool,
    pub(super) series: Vec<LoadedSeries>,
}

/// One line of a `load` command, with the line of start times before it.
#[derive(Debug)]
pub(super) struct LoadedSeries {
    pub(super) labels: Labels,
    pub(super) values: Vec<SequenceValue>,
    /// Start times against the samples' own, in milliseconds; empty, or one for each value.
    pub(super) starts: Vec<Option<i64>>,
}

/// When a query is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    At(i64),
    Range { start_ms: i64, end_ms: i64, step_ms: i64 },
}

/// A query and its answer.
#[derive(Debug)]
pub(super) struct Eval {
    pub(super) line: usize,
    pub(super) query: String,
    pub(super) expr: Expr,
    pub(super) when: When,
    pub(super) expected: Expectations,
}

/// Lines without comments and white space at their ends.
fn trimmed_lines(text: &str) -> Vec<&str> {
    text.split('\n').map(str::trim).map(|line| if line.starts_with('#') { "" } else { line }).collect()
}

/// Reads a script. A command with a fault is left out, with the lines that belong to it.
pub(super) fn parse(text: &str, options: &ParseOptions) -> (Vec<Command>, Vec<Fault>) {
    let lines = trimmed_lines(text);
    let (mut commands, mut faults) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < lines.len() {
        let first = at;
        at += 1;
        let line = lines[first];
        if line.is_empty() {
            continue;
        }
        let word = line.split([' ', '\t']).next().unwrap_or_default().to_ascii_lowercase();
        if word == "clear" {
            commands.push(Command::Clear);
            continue;
        }
        // What belongs to a command ends with an empty line.
        let body_end = (at..lines.len()).find(|i| lines[*i].is_empty()).unwrap_or(lines.len());
        let reader = Reader { lines: &lines, options };
        let read = if word.starts_with("load") {
            reader.load(first, body_end)
        } else if word.starts_with("eval") {
            reader.eval(first, body_end)
        } else {
            Err(Fault { line: first + 1, message: format!("invalid command {word:?}") })
        };
        match read {
            Ok((command, next)) => {
                commands.push(command);
                at = next;
            }
            Err(fault) => {
                faults.push(fault);
                at = body_end;
            }
        }
    }
    (commands, faults)
}

struct Reader<'a> {
    lines: &'a [&'a str],
    options: &'a ParseOptions,
}

type Read = Result<(Command, usize), Fault>;

impl Reader<'_> {
    fn load(&self, first: usize, end: usize) -> Read {
        let line = self.lines[first];
        let fault = |at: usize, message: String| Fault { line: at + 1, message };
        let (command, step) = line
            .split_once(char::is_whitespace)
            .ok_or_else(|| fault(first, "load needs a step: load[_with_nhcb] <duration>".to_owned()))?;
        let with_nhcb = match command {
            "load" => false,
            "load_with_nhcb" => true,
            other => return Err(fault(first, format!("invalid load command {other:?}"))),
        };
        let step_ms = duration_ms(step.trim()).map_err(|message| fault(first, message))?;
        let mut series: Vec<LoadedSeries> = Vec::new();
        let mut pending: Option<(usize, Labels, Vec<Option<i64>>)> = None;
        let lonely = |at: usize| fault(at, "@st line has no following sample line".to_owned());
        for at in first + 1..end {
            if let Some((metric, offsets)) = starts::split(self.lines[at]) {
                if let Some((at, ..)) = pending {
                    return Err(lonely(at));
                }
                let parsed = parse_series(&format!("{metric} _")).map_err(|e| fault(at, e.to_string()))?;
                let starts = starts::parse(offsets).map_err(|message| fault(at, message))?;
                pending = Some((at, parsed.labels, starts));
                continue;
            }
            let parsed = parse_series(self.lines[at]).map_err(|e| fault(at, e.to_string()))?;
            let starts = match pending.take() {
                None => Vec::new(),
                Some((at, labels, _)) if labels != parsed.labels => {
                    return Err(fault(
                        at,
                        format!("@st line of {labels} before a line of {}", parsed.labels),
                    ));
                }
                Some((at, _, starts)) if starts.len() != parsed.values.len() => {
                    let (starts, values) = (starts.len(), parsed.values.len());
                    return Err(fault(
                        at,
                        format!("@st line has {starts} values but sample line has {values}"),
                    ));
                }
                Some((_, _, starts)) => starts,
            };
            // Of two lines for one series the last counts.
            series.retain(|before| before.labels != parsed.labels);
            series.push(LoadedSeries { labels: parsed.labels, values: parsed.values, starts });
        }
        if let Some((at, ..)) = pending {
            return Err(lonely(at));
        }
        Ok((Command::Load(Load { line: first + 1, step_ms, with_nhcb, series }), end))
    }

    fn eval(&self, first: usize, end: usize) -> Read {
        let fault = |at: usize, message: String| Fault { line: at + 1, message };
        let (mode, when, query) = head(self.lines[first]).map_err(|message| fault(first, message))?;
        let expr = parser::parse(query, self.options).map_err(|e| fault(first, format!("{query}: {e}")))?;
        let mut expected = Expectations::of_mode(mode);
        let mut position = 0;
        let mut next = end;
        for at in first + 1..end {
            let line = self.lines[at];
            if expect_line(line, &mut expected).map_err(|message| fault(at, message))? {
                continue;
            }
            if let Some(v) = parse_number(line) {
                expected.scalar = Some(SequenceValue::Float(v));
                next = at + 1;
                break;
            }
            let parsed = parse_series(line).map_err(|e| fault(at, e.to_string()))?;
            if parsed.values.len() > 1 && matches!(when, When::At(_)) && expected.matrix.is_none() {
                return Err(fault(
                    at,
                    "several values for an instant query need `expect range vector …`".to_owned(),
                ));
            }
            position += 1;
            expected.series.retain(|series| series.labels != parsed.labels);
            expected.series.push(super::expect::ExpectedSeries {
                position,
                labels: parsed.labels,
                values: Arc::from(parsed.values),
            });
        }
        let eval = Eval { line: first + 1, query: query.to_owned(), expr, when, expected };
        Ok((Command::Eval(Box::new(eval)), next))
    }
}

/// Reads the line of an `eval` command: what follows `eval_`, the time, the query.
fn head(line: &str) -> Result<(&str, When, &str), String> {
    let (command, rest) = word(line);
    let mode = match command.strip_prefix("eval") {
        Some("") => "",
        Some("_fail" | "_warn" | "_info" | "_ordered") => &command[5..],
        Some(_) | None => return Err(format!("invalid eval command {command:?}")),
    };
    let (kind, rest) = word(rest);
    let (when, query) = match kind {
        "instant" => {
            let rest = after(rest, "at")?;
            let (at, query) = word(rest);
            (When::At(duration_ms(at)?), query)
        }
        "range" => {
            let (start, rest) = word(after(rest, "from")?);
            let (end, rest) = word(after(rest, "to")?);
            let (step, query) = word(after(rest, "step")?);
            (range(start, end, step)?, query)
        }
        other => return Err(format!("invalid eval command: neither instant nor range but {other:?}")),
    };
    if query.is_empty() { Err("eval command without a query".to_owned()) } else { Ok((mode, when, query)) }
}

/// Reads the times of a range.
pub(super) fn range(start: &str, end: &str, step: &str) -> Result<When, String> {
    let (start_ms, end_ms) = (duration_ms(start)?, duration_ms(end)?);
    if end_ms < start_ms {
        return Err(format!(
            "invalid test definition, end timestamp ({end}) is before start timestamp ({start})"
        ));
    }
    Ok(When::Range { start_ms, end_ms, step_ms: duration_ms(step)? })
}

/// Splits off the first word.
pub(super) fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    match text.split_once(char::is_whitespace) {
        Some((first, rest)) => (first, rest.trim_start()),
        None => (text, ""),
    }
}

/// Expects a word and returns what follows it.
pub(super) fn after<'a>(text: &'a str, want: &str) -> Result<&'a str, String> {
    let (found, rest) = word(text);
    if found == want { Ok(rest) } else { Err(format!("expected {want:?}, found {found:?}")) }
}

fn duration_ms(text: &str) -> Result<i64, String> {
    model::duration::parse(text)
        .map(|d| d.as_millis() as i64)
        .map_err(|e| format!("invalid duration {text:?}: {e}"))
}

/// Reads a line that is a number alone.
fn parse_number(line: &str) -> Option<f64> {
    parse_float(line)
}
