//! Durations as Go reads them, for the fields that the original reads so.

use std::time::Duration;

use yaml::{Read, Value};

/// `90s`, `1m30s`, `1.5h`, `300ms`, `0`: a number of each unit, no days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoDuration(pub Duration);

impl GoDuration {
    /// Reads a duration that is not negative.
    fn parse(text: &str) -> Option<GoDuration> {
        let mut rest = text.strip_prefix('+').unwrap_or(text);
        if rest == "0" {
            return Some(GoDuration(Duration::ZERO));
        }
        let mut seconds = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let number: f64 = rest[..digits].parse().ok()?;
            rest = &rest[digits..];
            let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
            let unit = match &rest[..unit_end] {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _other => return None,
            };
            seconds += number * unit;
            rest = &rest[unit_end..];
        }
        let duration = Duration::try_from_secs_f64(seconds).ok()?;
        (!text.is_empty()).then_some(GoDuration(duration))
    }
}

impl Read for GoDuration {
    fn read(value: &Value<'_>) -> Option<GoDuration> {
        let text = value.text()?;
        let duration = GoDuration::parse(text);
        if duration.is_none() {
            value.problem(format!("{text:?} is not a duration such as 90s or 1m30s"));
        }
        duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_reads_them() {
        for (text, expected_ms) in [
            ("0", 0),
            ("90s", 90_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            (".5s", 500),
            ("+1s", 1000),
        ] {
            assert_eq!(
                GoDuration::parse(text),
                Some(GoDuration(Duration::from_millis(expected_ms))),
                "{text}"
            );
        }
        for text in ["", "1", "1d", "s", "-1s", "1..s", "1 s", "1e300h", "99999999999999999999h"] {
            assert_eq!(GoDuration::parse(text), None, "{text}");
        }
    }
}
