//! Parameters as types: times, durations, limits. Texts of refusals are Prometheus's.
//!
//! Source: Prometheus 3.14 `web/api/v1/api.go` (`parseTime`, `parseDuration`, `parseLimitParam`).

use model::number::{parse_float, parse_float_in_range, quote};
use storage::TimeRange;

use crate::error::ApiError;
use crate::form::Form;

/// Prometheus's default start of optional ranges, in milliseconds.
pub const MIN_TIME_MS: i64 = (i64::MIN / 1000 + 62_135_596_801) * 1000;
/// Prometheus's default end of optional ranges, in milliseconds.
pub const MAX_TIME_MS: i64 = (i64::MAX / 1000 - 62_135_596_801) * 1000 + 999;

/// [`MIN_TIME_MS`] and [`MAX_TIME_MS`] as Prometheus prints and takes them; no parser reads such years.
const MIN_TIME_TEXT: &str = "-292273086-05-16T16:47:06Z";
const MAX_TIME_TEXT: &str = "292277025-08-18T07:12:54.999999999Z";

/// Reads a time: seconds since the epoch, or RFC 3339. Returns milliseconds.
///
/// # Errors
/// Neither of the two.
pub fn time(text: &str) -> Result<i64, String> {
    let unreadable = || format!("cannot parse {} to a valid timestamp", quote(text));
    if let Some(seconds) = parse_float_in_range(text) {
        if !seconds.is_finite() {
            return Err(unreadable());
        }
        let whole = seconds.trunc() as i64;
        // Go keeps thousandths of the fraction, then makes it nanoseconds, which cuts.
        let fraction = ((seconds.fract() * 1000.0).round() / 1000.0 * 1e9) as i64;
        let ms = i128::from(whole) * 1000 + i128::from(fraction.div_euclid(1_000_000));
        return Ok(ms.clamp(i64::MIN.into(), i64::MAX.into()) as i64);
    }
    match text {
        MIN_TIME_TEXT => Ok(MIN_TIME_MS),
        MAX_TIME_TEXT => Ok(MAX_TIME_MS),
        _date => rfc3339(text).ok_or_else(unreadable),
    }
}

/// Go's reader of RFC 3339 is stricter than jiff's: a capital `T`, whole seconds, `Z` or an offset with a colon.
fn rfc3339(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() >= 20
        && bytes.get(..19)?.iter().zip(b"0000-00-00T00:00:00").all(|(b, shape)| match shape {
            b'0' => b.is_ascii_digit(),
            other => b == other,
        });
    let zone = bytes.last() == Some(&b'Z') || {
        let tail = bytes.get(bytes.len().wrapping_sub(6)..)?;
        matches!(tail[0], b'+' | b'-') && tail[3] == b':'
    };
    let time: jiff::Timestamp = if shaped && zone { text.parse().ok()? } else { return None };
    Some(time.as_nanosecond().div_euclid(1_000_000) as i64)
}

/// Reads a duration: seconds, or Prometheus's notation. Returns nanoseconds.
///
/// # Errors
/// Neither of the two, or longer than 292 years.
pub fn duration_ns(text: &str) -> Result<i64, String> {
    if let Some(seconds) = parse_float(text) {
        let ns = seconds * 1e9;
        if ns > i64::MAX as f64 || ns < i64::MIN as f64 {
            return Err(format!("cannot parse {} to a valid duration. It overflows int64", quote(text)));
        }
        return Ok(ns as i64);
    }
    match model::duration::parse(text) {
        Ok(duration) => Ok(duration.as_nanos() as i64),
        Err(_) => Err(format!("cannot parse {} to a valid duration", quote(text))),
    }
}

/// Reads a limit; 0 and nothing mean none.
///
/// # Errors
/// `bad_data`.
pub fn limit(form: &Form) -> Result<usize, ApiError> {
    match form.value("limit") {
        "" => Ok(0),
        text => match text.parse::<i64>() {
            Ok(n) if n >= 0 => Ok(n as usize),
            Ok(_) => Err(ApiError::parameter("limit", "limit must be non-negative")),
            Err(_) => Err(ApiError::parameter("limit", atoi_error(text))),
        },
    }
}

/// What Go's `strconv.Atoi` says about a text that is no number.
fn atoi_error(text: &str) -> String {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let reason = if is_number { "value out of range" } else { "invalid syntax" };
    format!("strconv.Atoi: parsing {}: {reason}", quote(text))
}

/// The limit to hand to a storage: one more than asked for, so that a cut shows.
pub fn limit_hint(limit: usize) -> usize {
    if limit == 0 { 0 } else { limit.saturating_add(1) }
}

/// Reads an optional time.
///
/// # Errors
/// `bad_data`.
pub fn time_or(form: &Form, name: &str, default_ms: i64) -> Result<i64, ApiError> {
    match form.value(name) {
        "" => Ok(default_ms),
        text => time(text)
            .map_err(|e| ApiError::parameter(name, format_args!("invalid time value for '{name}': {e}"))),
    }
}

/// Reads `start` and `end`, both optional.
///
/// # Errors
/// `bad_data`.
pub fn range(form: &Form) -> Result<TimeRange, ApiError> {
    let min_ms = time_or(form, "start", MIN_TIME_MS)?;
    let max_ms = time_or(form, "end", MAX_TIME_MS)?;
    Ok(TimeRange { min_ms, max_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, want) in [
            ("1435781451.781", 1_435_781_451_781),
            ("1.5", 1500),
            ("0", 0),
            ("-1.5", -1500),
            ("1e3", 1_000_000),
            ("2015-06-03T13:21:58.555Z", 1_433_337_718_555),
            ("2015-06-03T14:21:58.555+01:00", 1_433_337_718_555),
            ("-292273086-05-16T16:47:06Z", MIN_TIME_MS),
            ("292277025-08-18T07:12:54.999999999Z", MAX_TIME_MS),
        ] {
            assert_eq!(time(text), Ok(want), "{text}");
        }
        for text in
            ["", "abc", "30s", "2015-06-03", "2015-06-03 13:21:58Z", "2015-06-03T13:21:58", "+Inf", "NaN"]
        {
            assert_eq!(time(text), Err(format!("cannot parse {text:?} to a valid timestamp")), "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, want_ms) in [
            ("123", 123_000.0),
            ("123.333", 123_333.0),
            ("15s", 15_000.0),
            ("5m", 300_000.0),
            ("-1", -1000.0),
        ] {
            assert_eq!(duration_ns(text), Ok((want_ms * 1e6) as i64), "{text}");
        }
        for text in ["", "abc", "-15s", "4w4d4"] {
            assert_eq!(
                duration_ns(text),
                Err(format!("cannot parse {text:?} to a valid duration")),
                "{text}"
            );
        }
        let long = "9223372036.854776000001";
        let want = format!("cannot parse {long:?} to a valid duration. It overflows int64");
        assert_eq!(duration_ns("1e30"), Err(want.replace(long, "1e30")));
    }

    #[test]
    fn limits() {
        let of = |text: &str| limit(&Form::parse("", &format!("limit={text}")));
        assert_eq!((of(""), of("0"), of("17")), (Ok(0), Ok(0), Ok(17)));
        let text = |r: Result<usize, ApiError>| r.unwrap_err().text;
        assert_eq!(text(of("-1")), r#"invalid parameter "limit": limit must be non-negative"#);
        assert_eq!(text(of("x")), r#"invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax"#);
    }
}
