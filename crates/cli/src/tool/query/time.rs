//! Times and durations as promtool's arguments.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::number::{format_f, parse_float, quote};

/// An instant: seconds since the epoch, as far as a float holds them.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(in crate::tool) struct Time(f64);

impl Time {
    /// Returns the present.
    pub(in crate::tool) fn now() -> Time {
        SystemTime::now().into()
    }

    /// Reads seconds since the epoch or a time as in RFC 3339.
    pub(in crate::tool) fn parse(typed: &str) -> Result<Time, String> {
        let refuse = || format!("cannot parse {} to a valid timestamp", quote(typed));
        if let Some(seconds) = parse_float(typed) {
            return if seconds.is_finite() { Ok(Time(seconds)) } else { Err(refuse()) };
        }
        let stamp: jiff::Timestamp = typed.parse().map_err(|_| refuse())?;
        Ok(Time(stamp.as_second() as f64 + f64::from(stamp.subsec_nanosecond()) / 1e9))
    }

    /// Returns the instant this much earlier.
    pub(in crate::tool) fn minus(self, duration: Duration) -> Time {
        Time(self.0 - duration.as_secs_f64())
    }

    /// Returns milliseconds.
    pub(in crate::tool) fn millis(self) -> i64 {
        (self.0 * 1000.0).round() as i64
    }

    /// Returns the whole seconds.
    pub(in crate::tool) fn seconds(self) -> i64 {
        self.0.floor() as i64
    }

    /// Returns the distance from an earlier instant.
    pub(in crate::tool) fn seconds_since(self, earlier: Time) -> f64 {
        self.0 - earlier.0
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Time {
        Time(time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()))
    }
}

/// Prints the seconds as the HTTP API takes them.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_f(self.0))
    }
}

/// Reads a duration as Go's `time.ParseDuration`, which flags of the originals take: `1h30m`, `1.5s`, `0`; not negative.
pub(in crate::tool) fn parse_duration(typed: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let refuse = || format!("time: invalid duration {}", quote(typed));
    if typed == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = typed.strip_prefix('+').unwrap_or(typed);
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(refuse());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refuse)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refuse)?;
        seconds += number.parse::<f64>().map_err(|_| refuse())? * scale;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_dates() {
        for (typed, want) in [
            ("1435781451.781", "1435781451.781"),
            ("-5", "-5"),
            ("1e3", "1000"),
            ("2015-07-01T20:10:51Z", "1435781451"),
            ("2015-07-01T22:10:51.5+02:00", "1435781451.5"),
        ] {
            assert_eq!(Time::parse(typed).unwrap().to_string(), want);
        }
        assert_eq!(Time::parse("now").unwrap_err(), "cannot parse \"now\" to a valid timestamp");
        assert_eq!(Time::parse("NaN").unwrap_err(), "cannot parse \"NaN\" to a valid timestamp");
    }

    #[test]
    fn durations_are_those_of_go() {
        for (typed, ms) in
            [("15s", 15_000), ("1h30m", 5_400_000), ("1.5s", 1500), ("250ms", 250), ("0", 0), ("+1m", 60_000)]
        {
            assert_eq!(parse_duration(typed), Ok(Duration::from_millis(ms)), "{typed}");
        }
        for typed in ["", "5", "1d", "-5s", "s", "1.2.3s", "1h2"] {
            parse_duration(typed).unwrap_err();
        }
    }
}
