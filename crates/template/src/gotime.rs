//! Go's `time.Time` and `time.Duration` as templates see them.

mod duration;
mod layout;
mod methods;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

pub use duration::format_duration;
pub(crate) use methods::{DURATION_METHODS, NAME_METHODS, TIME_METHODS};

/// An instant with the zone it is shown in.
#[derive(Clone, Debug)]
pub struct Time {
    at: Zoned,
    /// Go's zero time, the year 1: what is not set.
    zero: bool,
}

impl Time {
    /// An instant in nanoseconds since the epoch, in UTC. Instants that cannot be told are the nearest that can.
    pub fn from_ns(ns: i128) -> Time {
        let at =
            Timestamp::from_nanosecond(ns).unwrap_or(if ns < 0 { Timestamp::MIN } else { Timestamp::MAX });
        Time { at: at.to_zoned(TimeZone::UTC), zero: false }
    }

    /// An instant in milliseconds since the epoch, in UTC.
    pub fn from_ms(ms: i64) -> Time {
        Time::from_ns(i128::from(ms) * 1_000_000)
    }

    /// Go's zero time.
    pub fn zero() -> Time {
        let mut time = Time::from_ns(i128::from(ZERO_SECONDS) * 1_000_000_000);
        time.zero = true;
        time
    }

    /// Whether it is Go's zero time.
    pub fn is_zero(&self) -> bool {
        self.zero
    }

    /// Nanoseconds since the epoch.
    pub fn ns(&self) -> i128 {
        self.at.timestamp().as_nanosecond()
    }

    /// The same instant in another zone.
    ///
    /// # Errors
    /// There is no such zone, in Go's words.
    pub fn in_zone(&self, name: &str) -> Result<Time, String> {
        let zone = match name {
            "" | "UTC" => TimeZone::UTC,
            "Local" => TimeZone::system(),
            other => TimeZone::get(other).map_err(|_| format!("unknown time zone {other}"))?,
        };
        Ok(Time { at: self.at.with_time_zone(zone), zero: self.zero })
    }

    /// Prints it as a layout says, such as `2006-01-02 15:04:05`.
    pub fn format(&self, layout: &str) -> String {
        layout::format(&self.at, layout)
    }

    /// Reads a text as a layout says; what has no zone is in UTC.
    ///
    /// # Errors
    /// The text does not fit the layout, in Go's words.
    pub fn parse(layout: &str, text: &str) -> Result<Time, String> {
        layout::parse(layout, text).map(|at| Time { at, zero: false })
    }
}

/// 1 January of the year 1.
const ZERO_SECONDS: i64 = -62_135_596_800;

impl PartialEq for Time {
    fn eq(&self, other: &Time) -> bool {
        self.ns() == other.ns()
    }
}

/// Prints as Go's `Time.String`: `2006-01-02 15:04:05.999999999 -0700 MST`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
