//! Durations as Prometheus writes them: `1y2w3d4h5m6s7ms`, units from large to small, each at most once.
//!
//! Source: `prometheus/common` `model/time.go`. A year is 365 days, a week 7 days, a day 24 hours.

use std::time::Duration;

use crate::number::quote;

/// Unit names with their milliseconds, largest first: the order in which they may follow each other.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3600 * 1000),
    ("w", 7 * 24 * 3600 * 1000),
    ("d", 24 * 3600 * 1000),
    ("h", 3600 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// The longest duration, that of Go's `time.Duration`: about 292 years.
const MILLISECONDS_MAX: u64 = i64::MAX as u64 / 1_000_000;

/// Why a text is not a duration. Texts are Prometheus's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing there.
    #[error("empty duration string")]
    Empty,
    /// Not numbers with units in falling order.
    #[error("not a valid duration string: {}", quote(.0))]
    Malformed(String),
    /// A unit that does not exist.
    #[error("unknown unit {} in duration {}", quote(.unit), quote(.text))]
    UnknownUnit {
        /// The unit as written.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// Longer than about 292 years.
    #[error("duration out of range")]
    OutOfRange,
}

/// Reads a duration such as `1h30m`, `15s`, `500ms` or `0`.
///
/// # Errors
/// [`DurationError`]. Negative durations are malformed; fractions too.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    match text {
        "0" => return Ok(Duration::ZERO),
        "" => return Err(DurationError::Empty),
        _others => {}
    }
    let malformed = || DurationError::Malformed(text.to_owned());
    let (mut rest, mut total_ms, mut units_left) = (text, 0u64, &UNITS[..]);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let unit_len = rest[digits..].bytes().take_while(|b| !b.is_ascii_digit()).count();
        let (number, unit) = (&rest[..digits], &rest[digits..digits + unit_len]);
        rest = &rest[digits + unit_len..];
        let number: u64 = number.parse().map_err(|_| malformed())?;
        if unit.is_empty() {
            return Err(malformed());
        }
        let Some(position) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(DurationError::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() });
        };
        if position + units_left.len() < UNITS.len() {
            return Err(malformed());
        }
        units_left = &UNITS[position + 1..];
        total_ms = number
            .checked_mul(UNITS[position].1)
            .and_then(|ms| total_ms.checked_add(ms))
            .filter(|ms| *ms <= MILLISECONDS_MAX)
            .ok_or(DurationError::OutOfRange)?;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Prints a duration so that [`parse`] reads it back: years and weeks only where nothing remains, `90d` rather than `12w6d`.
pub fn format(duration: Duration) -> String {
    format_ms(duration.as_millis().min(i64::MAX as u128) as i64)
}

/// Prints milliseconds as [`format`], with a leading `-` for negative ones.
pub fn format_ms(ms: i64) -> String {
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut out = String::from(if ms < 0 { "-" } else { "" });
    let mut rest = ms.unsigned_abs();
    for (unit, unit_ms) in UNITS {
        let only_exact = matches!(unit, "y" | "w");
        if rest < unit_ms || (only_exact && !rest.is_multiple_of(unit_ms)) {
            continue;
        }
        out.push_str(itoa::Buffer::new().format(rest / unit_ms));
        out.push_str(unit);
        rest %= unit_ms;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_as_prometheus() {
        for (text, ms, printed) in [
            ("0", 0, "0s"),
            ("0w", 0, "0s"),
            ("324ms", 324, "324ms"),
            ("3s", 3000, "3s"),
            ("300s", 300_000, "5m"),
            ("4d1h", 349_200_000, "4d1h"),
            ("3w", 3 * 604_800_000, "3w"),
            ("3w2d1h", 23 * 86_400_000 + 3_600_000, "23d1h"),
            ("10y", 315_360_000_000, "10y"),
            ("1h30m", 5_400_000, "1h30m"),
            ("90d", 7_776_000_000, "90d"),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
            assert_eq!(format(Duration::from_millis(ms)), printed, "{text}");
        }
        assert_eq!(format_ms(-90_000), "-1m30s");
    }

    #[test]
    fn refuses_with_prometheus_words() {
        for (text, want) in [
            ("", "empty duration string"),
            ("1", r#"not a valid duration string: "1""#),
            ("1y1m1d", r#"not a valid duration string: "1y1m1d""#),
            ("1m1m", r#"not a valid duration string: "1m1m""#),
            ("-1w", r#"not a valid duration string: "-1w""#),
            ("1.5d", r#"unknown unit "." in duration "1.5d""#),
            ("d", r#"not a valid duration string: "d""#),
            ("15 s", r#"unknown unit " s" in duration "15 s""#),
            ("294y", "duration out of range"),
            ("99999999999999999999s", r#"not a valid duration string: "99999999999999999999s""#),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), want, "{text}");
        }
    }
}
