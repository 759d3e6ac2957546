//! Instants as text, by the patterns that dashboards carry (`YYYY-MM-DD HH:mm`).

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// What texts of time need: where and when they are read.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The zone.
    pub zone: TimeZone,
    /// The moment of the picture, in Unix milliseconds.
    pub now_ms: i64,
}

impl Clock {
    /// Whether an instant is on the picture's day.
    pub fn is_today(&self, ms: f64) -> bool {
        let date =
            |ms: i64| Timestamp::from_millisecond(ms).ok().map(|t| t.to_zoned(self.zone.clone()).date());
        date(ms as i64).is_some() && date(ms as i64) == date(self.now_ms)
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Tokens of patterns, longer ones first.
const TOKENS: [&str; 28] = [
    "YYYY", "MMMM", "dddd", "MMM", "ddd", "SSS", "YY", "MM", "DD", "Do", "HH", "hh", "mm", "ss", "SS", "ZZ",
    "M", "D", "H", "h", "m", "s", "S", "Q", "A", "a", "Z", "X",
];

/// An instant by a pattern; empty if it lies outside of the calendar.
pub fn format(ms: f64, pattern: &str, zone: &TimeZone) -> String {
    if !ms.is_finite() {
        return "Invalid date".to_owned();
    }
    let Ok(at) = Timestamp::from_millisecond(ms as i64) else { return "Invalid date".to_owned() };
    let at = at.to_zoned(zone.clone());
    if pattern == "iso" || pattern.is_empty() {
        return at.timestamp().to_string();
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '['
            && let Some((literal, after)) = rest[1..].split_once(']')
        {
            out.push_str(literal);
            rest = after;
        } else if let Some(token) = TOKENS.iter().find(|token| rest.starts_with(**token)) {
            out.push_str(&part(&at, token));
            rest = &rest[token.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

fn part(at: &Zoned, token: &str) -> String {
    let month = MONTHS[usize::from(at.month().unsigned_abs()).clamp(1, 12) - 1];
    let day = DAYS[at.weekday().to_sunday_zero_offset().unsigned_abs() as usize % 7];
    let twelve = (at.hour() + 11) % 12 + 1;
    match token {
        "YYYY" => format!("{:04}", at.year()),
        "YY" => format!("{:02}", at.year().rem_euclid(100)),
        "MMMM" => month.to_owned(),
        "MMM" => month[..3].to_owned(),
        "MM" => format!("{:02}", at.month()),
        "M" => at.month().to_string(),
        "DD" => format!("{:02}", at.day()),
        "D" => at.day().to_string(),
        "Do" => format!("{}{}", at.day(), ordinal(at.day())),
        "dddd" => day.to_owned(),
        "ddd" => day[..3].to_owned(),
        "HH" => format!("{:02}", at.hour()),
        "H" => at.hour().to_string(),
        "hh" => format!("{twelve:02}"),
        "h" => twelve.to_string(),
        "mm" => format!("{:02}", at.minute()),
        "m" => at.minute().to_string(),
        "ss" => format!("{:02}", at.second()),
        "s" => at.second().to_string(),
        "SSS" => format!("{:03}", at.millisecond()),
        "SS" => format!("{:02}", at.millisecond() / 10),
        "S" => (at.millisecond() / 100).to_string(),
        "Q" => ((at.month() - 1) / 3 + 1).to_string(),
        "A" => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "a" => if at.hour() < 12 { "am" } else { "pm" }.to_owned(),
        "Z" => offset(at, ":"),
        "ZZ" => offset(at, ""),
        "X" => at.timestamp().as_second().to_string(),
        other => other.to_owned(),
    }
}

fn ordinal(day: i8) -> &'static str {
    match day {
        11..=13 => "th",
        _ => match day % 10 {
            1 => "st",
            2 => "nd",
            3 => "rd",
            _ => "th",
        },
    }
}

fn offset(at: &Zoned, colon: &str) -> String {
    let seconds = at.offset().seconds();
    let minutes = seconds.abs() / 60;
    format!("{}{:02}{colon}{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

/// How long before or after the picture's moment an instant is, in words.
pub fn from_now(ms: f64, now_ms: i64) -> String {
    if !ms.is_finite() {
        return "Invalid date".to_owned();
    }
    let distance = ms - now_ms as f64;
    let seconds = (distance.abs() / 1000.0).round();
    let minutes = (distance.abs() / 60_000.0).round();
    let hours = (distance.abs() / 3_600_000.0).round();
    let days = (distance.abs() / 86_400_000.0).round();
    // Months and years of the Gregorian calendar, on average.
    let months = (distance.abs() / 86_400_000.0 / 30.436_875).round();
    let years = (distance.abs() / 86_400_000.0 / 365.2425).round();
    let many = |n: f64, word: &str| format!("{n} {word}");
    let text = if seconds < 45.0 {
        "a few seconds".to_owned()
    } else if minutes <= 1.0 {
        "a minute".to_owned()
    } else if minutes < 45.0 {
        many(minutes, "minutes")
    } else if hours <= 1.0 {
        "an hour".to_owned()
    } else if hours < 22.0 {
        many(hours, "hours")
    } else if days <= 1.0 {
        "a day".to_owned()
    } else if days < 26.0 {
        many(days, "days")
    } else if months <= 1.0 {
        "a month".to_owned()
    } else if months < 11.0 {
        many(months, "months")
    } else if years <= 1.0 {
        "a year".to_owned()
    } else {
        many(years, "years")
    };
    if distance > 0.0 { format!("in {text}") } else { format!("{text} ago") }
}
