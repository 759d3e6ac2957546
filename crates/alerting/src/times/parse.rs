//! Reading time intervals. Messages are Alertmanager's.

use jiff::tz::TimeZone;
use yaml::{Read, Value};

use super::{Location, NamedIntervals, Range, TimeInterval};

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl NamedIntervals {
    /// Reads one entry of `time_intervals`; `kind` names it in messages.
    pub fn read_as(value: &Value<'_>, kind: &str) -> Option<NamedIntervals> {
        value.fields(|f| {
            let name: String = f.or_default("name");
            if name.is_empty() {
                f.value().problem(format!("missing name in {kind}"));
            }
            Some(NamedIntervals { name, intervals: f.or_default("time_intervals") })
        })
    }
}

impl Read for TimeInterval {
    fn read(value: &Value<'_>) -> Option<TimeInterval> {
        value.fields(|f| {
            let list = |name, read: fn(&str) -> Result<Range, String>| {
                f.get(name).and_then(|v| v.items()).map(|items| {
                    items.iter().filter_map(|item| reported(item, read(item.text()?))).collect::<Vec<_>>()
                })
            };
            Some(TimeInterval {
                times: f.get("times").and_then(|v| v.items()).map(|i| i.iter().filter_map(minutes).collect()),
                weekdays: list("weekdays", weekdays),
                days_of_month: list("days_of_month", days_of_month),
                months: list("months", months),
                years: list("years", years),
                location: f.optional("location"),
            })
        })
    }
}

impl Read for Location {
    fn read(value: &Value<'_>) -> Option<Location> {
        let name = value.text()?.to_owned();
        let zone = match name.as_str() {
            "" | "UTC" => TimeZone::UTC,
            "Local" => TimeZone::system(),
            iana => match TimeZone::get(iana) {
                Ok(zone) => zone,
                Err(_unknown) => {
                    value.problem_with_hint(
                        format!("unknown time zone {iana}"),
                        "use an IANA name such as Asia/Seoul, or UTC, or Local",
                    );
                    return None;
                }
            },
        };
        Some(Location { name, zone })
    }
}

fn reported<T>(value: &Value<'_>, result: Result<T, String>) -> Option<T> {
    result.map_err(|message| value.problem(message)).ok()
}

fn minutes(value: &Value<'_>) -> Option<std::ops::Range<u16>> {
    value.fields(|f| {
        let start: String = f.or_default("start_time");
        let end: String = f.or_default("end_time");
        if start.is_empty() || end.is_empty() {
            f.value().problem("both start and end times must be provided");
            return None;
        }
        let start = reported(f.value(), minute_of_day(&start))?;
        let end = reported(f.value(), minute_of_day(&end))?;
        if start >= end {
            f.value().problem("start time cannot be equal or greater than end time");
            return None;
        }
        Some(start..end)
    })
}

/// Reads `HH:MM`; `24:00` is the end of the day.
fn minute_of_day(text: &str) -> Result<u16, String> {
    let malformed = || format!("couldn't parse timestamp {text}, invalid format");
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = text.split_once(':').ok_or_else(malformed)?;
    match (two(hours).ok_or_else(malformed)?, two(minutes).ok_or_else(malformed)?) {
        (hour @ 0..24, minute @ 0..60) => Ok(hour * 60 + minute),
        (24, 0) => Ok(24 * 60),
        _out_of_range => Err(malformed()),
    }
}

/// Reads `a:b` or a single `a`.
fn range(text: &str, member: impl Fn(&str) -> Result<i16, String>) -> Result<Range, String> {
    let text = text.to_lowercase();
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [single] => member(single).map(|n| Range { begin: n, end: n }),
        [begin, end] => Ok(Range { begin: member(begin)?, end: member(end)? }),
        _more => Err(format!("couldn't parse range {text}, invalid format")),
    }
}

fn number(text: &str) -> Result<i16, String> {
    text.parse().map_err(|_| format!("strconv.Atoi: parsing {text:?}: invalid syntax"))
}

fn position(words: &[&str], word: &str) -> Option<i16> {
    words.iter().position(|w| *w == word).and_then(|at| i16::try_from(at).ok())
}

fn weekdays(text: &str) -> Result<Range, String> {
    let range = range(text, |word| {
        position(&WEEKDAYS, word).ok_or_else(|| format!("{word} is not a valid weekday"))
    })?;
    if range.begin > range.end {
        return Err("start day cannot be before end day".to_owned());
    }
    Ok(range)
}

fn months(text: &str) -> Result<Range, String> {
    let invalid = |word: &str| format!("{word} is not a valid month");
    let range = range(text, |word| match position(&MONTHS, word) {
        Some(month) => Ok(month + 1),
        None => number(word).map_err(|_| invalid(word)),
    })?;
    if let Some(outside) = [range.begin, range.end].iter().find(|m| !(1..=12).contains(*m)) {
        return Err(format!("{} (1 to 12 are)", invalid(&outside.to_string())));
    }
    if range.begin > range.end {
        let name = |month: i16| usize::try_from(month - 1).map_or("", |at| MONTHS[at]);
        return Err(format!("end month {} is before start month {}", name(range.end), name(range.begin)));
    }
    Ok(range)
}

fn years(text: &str) -> Result<Range, String> {
    let range = range(text, number)?;
    if range.begin > range.end {
        return Err(format!("end year {} is before start year {}", range.end, range.begin));
    }
    Ok(range)
}

fn days_of_month(text: &str) -> Result<Range, String> {
    let range = range(text, number)?;
    for day in [range.begin, range.end] {
        if day == 0 || !(-31..=31).contains(&day) {
            return Err(format!("{day} is not a valid day of the month: out of range"));
        }
    }
    if range.begin < 0 && range.end > 0 {
        return Err("end day must be negative if start day is negative".to_owned());
    }
    // Which day a negative number is depends on the month; what cannot be right in any month is refused.
    let at_most = |day: i16| if day < 0 { 28 + day } else { day };
    if at_most(range.begin) > at_most(range.end) {
        return Err(format!("end day {} is always before start day {}", range.end, range.begin));
    }
    Ok(range)
}
