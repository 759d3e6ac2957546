//! Durations as Go programs take them: `1h30m`, `1.5h`, `200ms`; and Prometheus's `5d` besides.

use std::time::Duration;

const UNITS: [(&str, f64); 6] =
    [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0)];

/// Reads a duration that is not negative.
pub fn parse(text: &str) -> Option<Duration> {
    if let Ok(duration) = model::duration::parse(text) {
        return Some(duration);
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, tail) = rest.split_at(number_len);
        let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        let scale = if unit == "h" { 3600.0 } else { UNITS.iter().find(|(name, _)| *name == unit)?.1 };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

/// As [`parse`], with the words that a command line's reader gets to see.
///
/// # Errors
/// A text that is no duration.
pub fn parse_for_clap(text: &str) -> Result<Duration, String> {
    parse(text).ok_or_else(|| format!("{text:?} is not a duration such as 30s or 1h30m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (text, expected) in [
            ("0", Some(0.0)),
            ("0s", Some(0.0)),
            ("120h", Some(432_000.0)),
            ("1m0s", Some(60.0)),
            ("1.5h", Some(5400.0)),
            ("200ms", Some(0.2)),
            ("1h1h", Some(7200.0)),
            ("5d", Some(432_000.0)),
            ("", None),
            ("5", None),
            ("-1s", None),
            ("1x", None),
        ] {
            assert_eq!(parse(text).map(|d| d.as_secs_f64()), expected, "{text:?}");
        }
    }
}
