//! When a recurring silence silences: windows of the week in a time zone, or time intervals by name.
//!
//! ```text
//! window { ";" window }
//! window = [days] [HH:MM-HH:MM] [zone]  |  name of a time interval
//! days   = mon, mon-fri, mon,wed,fri, daily
//! ```
//! A window whose end is not after its beginning goes on to the next day: `fri 22:00-06:00` ends on Saturday at 6.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::times::{Location, NamedIntervals, Range, TimeInterval};

/// Most windows of a silence.
const WINDOWS_MAX: usize = 32;
/// How far ahead windows are looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Windows begin and end at whole minutes.
const STEP: SignedDuration = SignedDuration::from_mins(1);
const DAY_MINUTES: u16 = 24 * 60;
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When a silence silences.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// Every week.
    Weekly(NamedIntervals),
    /// A time interval of the configuration, or a built-in one.
    Named(String),
}

/// A stretch of time in which a silence silences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its first minute.
    pub from: Timestamp,
    /// The first minute after it.
    pub to: Timestamp,
}

/// Tells whether a moment lies in one of the windows. An interval that is not known holds never.
pub fn contains(windows: &[Window], known: &BTreeMap<String, NamedIntervals>, moment: Timestamp) -> bool {
    windows.iter().any(|window| match window {
        Window::Weekly(intervals) => intervals.contains(moment),
        Window::Named(name) => known.get(name).is_some_and(|intervals| intervals.contains(moment)),
    })
}

/// Returns the next stretches, at most `max`, that are not over at `now` and begin before `until`.
pub fn next(
    windows: &[Window],
    known: &BTreeMap<String, NamedIntervals>,
    now: Timestamp,
    until: Timestamp,
    max: usize,
) -> Vec<Occurrence> {
    let mut found: Vec<Occurrence> = Vec::new();
    let begin = Timestamp::from_second(now.as_second().div_euclid(60) * 60).unwrap_or(now);
    let end = crate::alert::later(now, HORIZON).min(until);
    let (mut at, mut open) = (begin, None);
    while at < end && found.len() < max {
        match (contains(windows, known, at), open) {
            (true, None) => open = Some(at),
            (false, Some(from)) => {
                found.push(Occurrence { from, to: at });
                open = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
        at = crate::alert::later(at, STEP);
    }
    if let Some(from) = open.filter(|_| found.len() < max) {
        found.push(Occurrence { from, to: at });
    }
    found
}

/// Reads windows.
///
/// # Errors
/// Which window cannot be understood, and why.
pub fn parse(text: &str) -> Result<Vec<Window>, String> {
    let windows: Result<Vec<Window>, String> =
        text.split(';').map(str::trim).filter(|w| !w.is_empty()).map(window).collect();
    let windows = windows?;
    match windows.len() {
        0 => Err("there is no window, such as \"mon-fri 22:00-06:00 Asia/Seoul\"".to_owned()),
        n if n > WINDOWS_MAX => Err(format!("{n} windows are more than {WINDOWS_MAX}")),
        _ => Ok(windows),
    }
}

fn window(text: &str) -> Result<Window, String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let days = words.first().copied().and_then(days);
    if days.is_some() {
        words.remove(0);
    }
    let hours = match words.first().filter(|word| word.contains(':')) {
        Some(word) => {
            Some(hours(word).ok_or_else(|| format!("{word:?} is no time of day such as 22:00-06:00"))?)
        }
        None => None,
    };
    if hours.is_some() {
        words.remove(0);
    }
    if days.is_none() && hours.is_none() {
        return match words.as_slice() {
            [name] => Ok(Window::Named((*name).to_owned())),
            _other => Err(format!("{text:?} is neither days and hours nor the name of a time interval")),
        };
    }
    let location = match words.as_slice() {
        [] => None,
        [zone] => Some(location(zone)?),
        [_, extra, ..] => return Err(format!("{extra:?} is too much in {text:?}")),
    };
    let days = days.unwrap_or_else(|| (0..7).collect());
    let (from, to) = hours.unwrap_or((0, DAY_MINUTES));
    let mut intervals = Vec::new();
    let mut add = |days: &[i16], times: std::ops::Range<u16>| {
        if !times.is_empty() {
            intervals.push(TimeInterval {
                times: Some(vec![times]),
                weekdays: Some(days.iter().map(|d| Range { begin: *d, end: *d }).collect()),
                days_of_month: None,
                months: None,
                years: None,
                location: location.clone(),
            });
        }
    };
    if from < to {
        add(&days, from..to);
    } else {
        let after: Vec<i16> = days.iter().map(|day| (day + 1) % 7).collect();
        add(&days, from..DAY_MINUTES);
        add(&after, 0..to);
    }
    Ok(Window::Weekly(NamedIntervals { name: text.to_owned(), intervals }))
}

/// Reads days of the week; `None` if the word is something else.
fn days(word: &str) -> Option<Vec<i16>> {
    let day = |name: &str| {
        let at = DAYS.iter().position(|d| d.eq_ignore_ascii_case(name))?;
        i16::try_from(at).ok()
    };
    if word.eq_ignore_ascii_case("daily") {
        return Some((0..7).collect());
    }
    let mut all = Vec::new();
    for part in word.split(',') {
        match part.split_once('-') {
            None => all.push(day(part)?),
            Some((first, last)) => {
                let (first, last) = (day(first)?, day(last)?);
                // `fri-mon` goes over the week's end.
                let length = (last - first).rem_euclid(7);
                all.extend((0..=length).map(|i| (first + i) % 7));
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

fn hours(word: &str) -> Option<(u16, u16)> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok()).flatten();
        match (two(hour)?, two(minute)?) {
            (hour @ 0..24, minute @ 0..60) => Some(hour * 60 + minute),
            (24, 0) => Some(DAY_MINUTES),
            _out_of_range => None,
        }
    };
    let (from, to) = word.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < DAY_MINUTES && from != to).then_some((from, to))
}

fn location(name: &str) -> Result<Location, String> {
    let zone = match name {
        "UTC" => TimeZone::UTC,
        "Local" => TimeZone::system(),
        iana => TimeZone::get(iana)
            .map_err(|_| format!("unknown time zone {iana:?}: use an IANA name such as Asia/Seoul"))?,
    };
    Ok(Location { name: name.to_owned(), zone })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn holds(spec: &str, moment: &str) -> bool {
        contains(&parse(spec).unwrap(), &crate::times::holidays::built_in(), at(moment))
    }

    #[test]
    fn windows_hold_on_the_wall_clock_of_their_zone() {
        // 2026-11-20 is a Friday; Seoul is nine hours ahead of UTC.
        for (spec, moment, expected) in [
            ("mon-fri 22:00-06:00 Asia/Seoul", "2026-11-20T12:59:00Z", false),
            ("mon-fri 22:00-06:00 Asia/Seoul", "2026-11-20T13:00:00Z", true),
            ("mon-fri 22:00-06:00 Asia/Seoul", "2026-11-20T20:59:59Z", true),
            ("mon-fri 22:00-06:00 Asia/Seoul", "2026-11-20T21:00:00Z", false),
            ("mon-fri 22:00-06:00 Asia/Seoul", "2026-11-21T13:00:00Z", false),
            ("fri", "2026-11-20T00:00:00Z", true),
            ("fri", "2026-11-21T00:00:00Z", false),
            ("sat-sun Asia/Seoul", "2026-11-20T15:00:00Z", true),
            ("fri-mon", "2026-11-23T23:59:00Z", true),
            ("fri-mon", "2026-11-24T00:00:00Z", false),
            ("mon,wed 09:00-10:00; 12:00-13:00", "2026-11-20T12:30:00Z", true),
            ("00:00-24:00", "2026-11-20T23:59:59Z", true),
            ("daily 03:00-04:00 UTC", "2026-11-20T03:00:00Z", true),
            ("kr-holidays", "2026-09-24T16:00:00Z", true),
            ("kr-holidays", "2026-11-20T03:00:00Z", false),
            ("unheard-of", "2026-11-20T03:00:00Z", false),
        ] {
            assert_eq!(holds(spec, moment), expected, "{spec} at {moment}");
        }
    }

    #[test]
    fn mistakes_name_what_is_wrong() {
        for (spec, part) in [
            ("", "there is no window"),
            (";", "there is no window"),
            ("mon 25:00-26:00", "\"25:00-26:00\" is no time of day"),
            ("mon 09:00-09:00", "is no time of day"),
            ("mon 9:00-10:00", "is no time of day"),
            ("mon 09:00-10:00 Mars/Base", "unknown time zone \"Mars/Base\""),
            ("mon 09:00-10:00 UTC twice", "\"twice\" is too much"),
            ("every other monday", "neither days and hours nor the name"),
        ] {
            let error = parse(spec).unwrap_err();
            assert!(error.contains(part), "{spec}: {error}");
        }
        assert!(parse(&"mon;".repeat(33)).is_err());
    }

    #[test]
    fn the_next_stretches_are_told() {
        let windows = parse("sat-sun Asia/Seoul").unwrap();
        let known = BTreeMap::new();
        let far = at("2027-11-20T00:00:00Z");
        let show = |o: &Occurrence| format!("{} {}", o.from, o.to);
        let found = next(&windows, &known, at("2026-11-20T03:00:30Z"), far, 2);
        assert_eq!(
            found.iter().map(show).collect::<Vec<_>>(),
            ["2026-11-20T15:00:00Z 2026-11-22T15:00:00Z", "2026-11-27T15:00:00Z 2026-11-29T15:00:00Z"]
        );
        let open = next(&windows, &known, at("2026-11-21T00:00:00Z"), at("2026-11-21T01:00:00Z"), 5);
        assert_eq!(open.iter().map(show).collect::<Vec<_>>(), ["2026-11-21T00:00:00Z 2026-11-21T01:00:00Z"]);
        assert!(next(&parse("unheard-of").unwrap(), &known, at("2026-11-20T00:00:00Z"), far, 5).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a-z:;,. -]{0,40}|.{0,40}") {
            parse(&text).ok();
        }
    }
}
