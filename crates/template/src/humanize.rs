//! Numbers for people, as `prometheus/common/helpers/templates` and Prometheus's own functions make them.

use model::number::{parse_float, quote};

use crate::format::sprintf;
use crate::gotime::Time;
use crate::value::{IntKind, Value};

/// Reads a number from whatever may stand for one.
pub(crate) fn to_float(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(f) => Ok(*f),
        Value::String(text) => {
            let found = parse_float(text);
            let digits = || text.bytes().any(|b| b.is_ascii_digit());
            match found {
                Some(f) if f.is_infinite() && digits() => {
                    Err(format!("strconv.ParseFloat: parsing {}: value out of range", quote(text)))
                }
                Some(f) => Ok(f),
                None => Err(format!("strconv.ParseFloat: parsing {}: invalid syntax", quote(text))),
            }
        }
        Value::Int(ns, IntKind::Duration) => Ok(*ns as f64 / 1e9),
        Value::Int(n, IntKind::Int | IntKind::Int64) => Ok(*n as f64),
        Value::Uint(n) => Ok(*n as f64),
        other => Err(format!("can't convert {} to float", other.type_name())),
    }
}

/// Prints with four significant digits.
fn short(v: f64) -> String {
    sprintf("%.4g", &[Value::Float(v)], 64).unwrap_or_default()
}

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

fn enlarged(mut v: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for p in SMALL {
        if v.abs() >= 1.0 {
            break;
        }
        prefix = p;
        v *= 1000.0;
    }
    (v, prefix)
}

fn reduced(mut v: f64, prefixes: [&'static str; 8], base: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for p in prefixes {
        if v.abs() < base {
            break;
        }
        prefix = p;
        v /= base;
    }
    (v, prefix)
}

/// `1234567` → `1.235M`
pub(crate) fn humanize(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return short(v);
    }
    let (v, prefix) = if v.abs() >= 1.0 { reduced(v, LARGE, 1000.0) } else { enlarged(v) };
    format!("{}{prefix}", short(v))
}

/// `1048576` → `1Mi`
pub(crate) fn humanize1024(v: f64) -> String {
    if v.abs() <= 1.0 || !v.is_finite() {
        return short(v);
    }
    let (v, prefix) = reduced(v, BINARY, 1024.0);
    format!("{}{prefix}", short(v))
}

/// Seconds: `3661` → `1h 1m 1s`
pub(crate) fn duration(v: f64) -> String {
    if !v.is_finite() {
        return short(v);
    }
    if v == 0.0 {
        return format!("{}s", short(v));
    }
    if v.abs() < 1.0 {
        let (v, prefix) = enlarged(v);
        return format!("{}{prefix}s", short(v));
    }
    let sign = if v < 0.0 { "-" } else { "" };
    let whole = v.abs() as i64;
    let (seconds, minutes, hours, days) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
    if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", short(v.abs()))
    }
}

/// `0.1234` → `12.34%`
pub(crate) fn percentage(v: f64) -> String {
    format!("{}%", short(v * 100.0))
}

/// Seconds since the epoch to an instant, exact to a millisecond.
pub(crate) fn time(v: f64) -> Result<Time, String> {
    if !v.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    let ns = v * 1e9;
    if ns >= i64::MAX as f64 || ns < i64::MIN as f64 {
        let shown = model::number::format_g(v);
        return Err(format!(
            "{shown} cannot be represented as a nanoseconds timestamp since it overflows int64"
        ));
    }
    Ok(Time::from_ms(ns as i64 / 1_000_000))
}

/// Seconds since the epoch to a date.
pub(crate) fn timestamp(v: f64) -> Result<String, String> {
    if v.is_finite() { time(v).map(|time| time.to_string()) } else { Ok(short(v)) }
}
