//! Names of indices: one name or pattern, or names that hold a date, such as `[logstash-]YYYY.MM.DD`.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::SourceError;
use crate::interval::Step;
use crate::kind::Source;

/// Most names of one search; with more, all are searched by a pattern.
const NAMES_MAX: usize = 400;

/// The name that the data source is set up with.
fn given(source: &Source) -> &str {
    match source.option("index") {
        "" => &source.database,
        name => name,
    }
}

/// Milliseconds between two names that hold a date; `None` if they hold none.
fn every_ms(source: &Source) -> Option<i64> {
    let hour = 3_600_000;
    match source.option("interval") {
        "Hourly" => Some(hour),
        // One day is shorter than all of these: no name is left out, and each is told once.
        "Daily" | "Weekly" | "Monthly" | "Yearly" => Some(24 * hour),
        _none => None,
    }
}

/// The names that hold the range.
///
/// # Errors
/// No name is set.
pub fn names(source: &Source, step: Step) -> Result<Vec<String>, SourceError> {
    let given = given(source);
    if given.is_empty() {
        let text = "the data source names no index: set jsonData.index, such as \"logs-*\"";
        return Err(SourceError::Query(text.to_owned()));
    }
    let Some(every) = every_ms(source) else { return Ok(vec![given.to_owned()]) };
    let span = step.to_ms.saturating_sub(step.from_ms) / every;
    if span >= NAMES_MAX as i64 {
        return Ok(vec![pattern(source).unwrap_or_else(|| given.to_owned())]);
    }
    let first = step.from_ms.div_euclid(every);
    let last = step.to_ms.div_euclid(every);
    let mut names: Vec<String> = (first..=last).filter_map(|n| name(given, n.checked_mul(every)?)).collect();
    names.dedup();
    Ok(names)
}

/// A pattern that all names match, if they hold a date.
pub fn pattern(source: &Source) -> Option<String> {
    every_ms(source)?;
    Some(
        parts(given(source))
            .into_iter()
            .map(|part| if let Part::Text(text) = part { text } else { "*" })
            .collect(),
    )
}

enum Part<'a> {
    Text(&'a str),
    Date(&'a str),
}

/// What stands in brackets is text, the rest a date.
fn parts(given: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = given;
    while let Some((date, after)) = rest.split_once('[') {
        let (text, after) = after.split_once(']').unwrap_or((after, ""));
        parts.extend([Part::Date(date), Part::Text(text)]);
        rest = after;
    }
    parts.push(Part::Date(rest));
    parts.retain(|part| !matches!(part, Part::Date("") | Part::Text("")));
    parts
}

fn name(given: &str, ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(ms).ok()?.to_zoned(TimeZone::UTC);
    let week = time.date().iso_week_date();
    let words = [
        ("GGGG", format!("{:04}", week.year())),
        ("WW", format!("{:02}", week.week())),
        ("YYYY", format!("{:04}", time.year())),
        ("YY", format!("{:02}", time.year().rem_euclid(100))),
        ("MM", format!("{:02}", time.month())),
        ("DD", format!("{:02}", time.day())),
        ("HH", format!("{:02}", time.hour())),
    ];
    let date = |text: &str| words.iter().fold(text.to_owned(), |out, (word, value)| out.replace(word, value));
    let one = |part: Part<'_>| match part {
        Part::Text(text) => text.to_owned(),
        Part::Date(text) => date(text),
    };
    Some(parts(given).into_iter().map(one).collect())
}
