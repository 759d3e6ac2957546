//! Durations as people read them.

use super::units::{Formatted, fixed, plain_number};

/// What a duration counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nanoseconds.
    Nano,
    /// Microseconds.
    Micro,
    /// Milliseconds.
    Milli,
    /// Hundredths of a second.
    Tick,
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

/// Steps of a base: below a limit the value is divided and called so.
type Steps = &'static [(f64, f64, &'static str)];

const NANO: Steps = &[
    (1e3, 1.0, " ns"),
    (1e6, 1e3, " µs"),
    (1e9, 1e6, " ms"),
    (6e10, 1e9, " s"),
    (36e11, 6e10, " min"),
    (864e11, 36e11, " hour"),
    (f64::INFINITY, 864e11, " day"),
];
const MICRO: Steps = &[(1e3, 1.0, " µs"), (1e6, 1e3, " ms"), (f64::INFINITY, 1e6, " s")];
const MILLI: Steps = &[
    (1e3, 1.0, " ms"),
    (6e4, 1e3, " s"),
    (36e5, 6e4, " min"),
    (864e5, 36e5, " hour"),
    (31536e6, 864e5, " day"),
    (f64::INFINITY, 31536e6, " year"),
];
const SECOND: Steps = &[
    (1e-6, 1e-9, " ns"),
    (1e-3, 1e-6, " µs"),
    (1.0, 1e-3, " ms"),
    (60.0, 1.0, " s"),
    (3600.0, 60.0, " min"),
    (86400.0, 3600.0, " hour"),
    (604_800.0, 86400.0, " day"),
    (31_536_000.0, 604_800.0, " week"),
    (f64::INFINITY, 31_556_900.0, " year"),
];
const MINUTE: Steps = &[
    (60.0, 1.0, " min"),
    (1440.0, 60.0, " hour"),
    (10080.0, 1440.0, " day"),
    (604_800.0, 10080.0, " week"),
    (f64::INFINITY, 525_948.0, " year"),
];
const HOUR: Steps = &[
    (24.0, 1.0, " hour"),
    (168.0, 24.0, " day"),
    (8760.0, 168.0, " week"),
    (f64::INFINITY, 8760.0, " year"),
];
const DAY: Steps = &[(7.0, 1.0, " day"), (365.0, 7.0, " week"), (f64::INFINITY, 365.0, " year")];

/// A duration in the unit that suits its size.
pub fn scaled(value: f64, decimals: Option<i32>, base: Base) -> Formatted {
    let (value, steps) = match base {
        Base::Nano => (value, NANO),
        Base::Micro => (value, MICRO),
        Base::Milli => (value, MILLI),
        Base::Tick => (value / 100.0, SECOND),
        Base::Second => (value, SECOND),
        Base::Minute => (value, MINUTE),
        Base::Hour => (value, HOUR),
        Base::Day => (value, DAY),
    };
    if value == 0.0 && matches!(base, Base::Second | Base::Tick) {
        return Formatted::with("0", " s");
    }
    let found = steps.iter().position(|(limit, ..)| value.abs() < *limit);
    let (first, (_, size, word)) = match found {
        Some(place) => (place == 0, steps[place]),
        None => (false, steps[steps.len() - 1]),
    };
    // Multiplying keeps what a division by a fraction of ten would round.
    let shown = if size < 1.0 { value * (1.0 / size).round() } else { value / size };
    // The base's own unit has no plural, but for days.
    let own = first && base != Base::Day && !matches!(base, Base::Second | Base::Tick);
    let plural = !own && size != 1.0 || base == Base::Day;
    Formatted::with(fixed(shown, decimals), pluralised(word, plural && shown.abs() > 1.0))
}

fn pluralised(word: &str, several: bool) -> String {
    let counts = matches!(word, " min" | " hour" | " day" | " week" | " year");
    if several && counts { format!("{word}s") } else { word.to_owned() }
}

const WORDS: [(&str, f64); 8] = [
    ("year", 31_536_000_000.0),
    ("month", 2_592_000_000.0),
    ("week", 604_800_000.0),
    ("day", 86_400_000.0),
    ("hour", 3_600_000.0),
    ("minute", 60_000.0),
    ("second", 1000.0),
    ("millisecond", 1.0),
];

/// A duration in words; `decimals` says how many units follow the largest.
pub fn words(value: f64, decimals: Option<i32>, base: Base) -> Formatted {
    let (name, factor) = if base == Base::Milli { ("millisecond", 1.0) } else { ("second", 1000.0) };
    if value == 0.0 {
        return Formatted::with("0", format!(" {name}s"));
    }
    let mut left = value.abs() * factor;
    let mut count = decimals.unwrap_or(0);
    let mut begun = false;
    let mut parts = Vec::new();
    for (unit, size) in WORDS {
        if count < 0 {
            break;
        }
        let amount = left / size;
        if amount >= 1.0 || begun {
            begun = true;
            let whole = amount.floor();
            parts.push(format!("{} {unit}{}", plain_number(whole), if whole == 1.0 { "" } else { "s" }));
            left %= size;
            count -= 1;
        }
    }
    Formatted::with(parts.join(", "), if value < 0.0 { " ago" } else { "" })
}

/// `hh:mm:ss`, with days before.
pub fn hms(value: f64, with_days: bool) -> Formatted {
    let size = value.abs();
    let days = if with_days { (size / 86400.0).floor() } else { 0.0 };
    let left = size - days * 86400.0;
    let (hours, minutes, seconds) = (left / 3600.0, left % 3600.0 / 60.0, left % 60.0);
    let text = format!("{:02}:{:02}:{:02}", hours.floor(), minutes.floor(), seconds.floor());
    let text = if days > 0.0 { format!("{} d {text}", plain_number(days)) } else { text };
    Formatted::with(text, if value < 0.0 { " ago" } else { "" })
}

/// `02h:03m:04s:005ms`; `decimals` says how many parts follow the first.
pub fn watch(value: f64, decimals: Option<i32>, base: Base) -> String {
    let ms = if base == Base::Milli { value } else { value * 1000.0 };
    // Parts of a negative duration are those of a clock going backwards from midnight.
    let day = ms.trunc().rem_euclid(86_400_000.0) as u64;
    let milli = format!("{:03}ms", day % 1000);
    let second = format!("{:02}s", day / 1000 % 60);
    let minute = format!("{:02}m", day / 60_000 % 60);
    let parts = if ms < 1000.0 {
        return milli;
    } else if ms < 60_000.0 {
        vec![second, milli]
    } else if ms < 3_600_000.0 {
        vec![minute, second, milli]
    } else {
        vec![format!("{}h", (ms / 3_600_000.0).floor()), minute, second, milli]
    };
    let most = decimals.map_or(parts.len(), |decimals| (decimals.max(0) as usize + 1).min(parts.len()));
    // Two parts more than asked are shown of less than an hour, as the seconds say little alone.
    parts[..most].join(":")
}
