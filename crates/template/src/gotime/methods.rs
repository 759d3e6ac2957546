//! The methods of times and durations that templates may call.

use super::layout::{day_name, month_name};
use super::{Time, format_duration};
use crate::function::Param;
use crate::value::{IntKind, Method, MethodEntry, Value};

const fn plain(name: &'static str, call: Method) -> MethodEntry {
    MethodEntry { name, params: &[], variadic: None, call }
}

const fn with(name: &'static str, params: &'static [Param], call: Method) -> MethodEntry {
    MethodEntry { name, params, variadic: None, call }
}

/// Methods of `time.Time`.
pub(crate) const TIME_METHODS: &[MethodEntry] = &[
    plain("String", |r, _| time(r).map(|t| Value::string(t.to_string()))),
    with("Format", &[Param::String], |r, args| {
        Ok(Value::string(time(r)?.format(args.first().and_then(Value::as_str).unwrap_or_default())))
    }),
    plain("Unix", |r, _| int64(time(r)?.ns().div_euclid(1_000_000_000))),
    plain("UnixMilli", |r, _| int64(time(r)?.ns().div_euclid(1_000_000))),
    plain("UnixMicro", |r, _| int64(time(r)?.ns().div_euclid(1_000))),
    plain("UnixNano", |r, _| int64(time(r)?.ns())),
    plain("Year", |r, _| time(r).map(|t| Value::int(t.at.year().into()))),
    plain("Month", |r, _| time(r).map(|t| Value::Int(t.at.month().into(), IntKind::Month))),
    plain("Day", |r, _| time(r).map(|t| Value::int(t.at.day().into()))),
    plain("YearDay", |r, _| time(r).map(|t| Value::int(t.at.day_of_year().into()))),
    plain("Hour", |r, _| time(r).map(|t| Value::int(t.at.hour().into()))),
    plain("Minute", |r, _| time(r).map(|t| Value::int(t.at.minute().into()))),
    plain("Second", |r, _| time(r).map(|t| Value::int(t.at.second().into()))),
    plain("Nanosecond", |r, _| time(r).map(|t| Value::int(t.at.subsec_nanosecond().into()))),
    plain("Weekday", |r, _| {
        time(r).map(|t| Value::Int(t.at.weekday().to_sunday_zero_offset().into(), IntKind::Weekday))
    }),
    plain("UTC", |r, _| time(r)?.in_zone("UTC").map(Value::Time)),
    plain("Local", |r, _| time(r)?.in_zone("Local").map(Value::Time)),
    plain("IsZero", |r, _| time(r).map(|t| Value::Bool(t.is_zero()))),
    with("Add", &[Param::Duration], |r, args| {
        let t = time(r)?;
        let mut moved = Time::from_ns(t.ns() + i128::from(duration(args.first())));
        moved.at = moved.at.with_time_zone(t.at.time_zone().clone());
        Ok(Value::Time(moved))
    }),
    with("Sub", &[Param::Time], |r, args| {
        let ns = time(r)?.ns() - other(args)?.ns();
        let ns = i64::try_from(ns).unwrap_or(if ns < 0 { i64::MIN } else { i64::MAX });
        Ok(Value::Int(ns, IntKind::Duration))
    }),
    with("Before", &[Param::Time], |r, args| Ok(Value::Bool(time(r)?.ns() < other(args)?.ns()))),
    with("After", &[Param::Time], |r, args| Ok(Value::Bool(time(r)?.ns() > other(args)?.ns()))),
    with("Equal", &[Param::Time], |r, args| Ok(Value::Bool(time(r)?.ns() == other(args)?.ns()))),
    with("Truncate", &[Param::Duration], |r, args| {
        let (t, unit) = (time(r)?, i128::from(duration(args.first())));
        if unit <= 0 {
            return Ok(Value::Time(t.clone()));
        }
        // Go counts from the zero time.
        let since_zero = t.ns() - i128::from(super::ZERO_SECONDS) * 1_000_000_000;
        let mut cut = Time::from_ns(t.ns() - since_zero.rem_euclid(unit));
        cut.at = cut.at.with_time_zone(t.at.time_zone().clone());
        Ok(Value::Time(cut))
    }),
];

/// Methods of `time.Duration`.
pub(crate) const DURATION_METHODS: &[MethodEntry] = &[
    plain("String", |r, _| Ok(Value::string(format_duration(duration(Some(r)))))),
    plain("Nanoseconds", |r, _| int64(duration(Some(r)).into())),
    plain("Microseconds", |r, _| int64((duration(Some(r)) / 1_000).into())),
    plain("Milliseconds", |r, _| int64((duration(Some(r)) / 1_000_000).into())),
    plain("Seconds", |r, _| Ok(Value::Float(duration(Some(r)) as f64 / 1e9))),
    plain("Minutes", |r, _| Ok(Value::Float(duration(Some(r)) as f64 / 60e9))),
    plain("Hours", |r, _| Ok(Value::Float(duration(Some(r)) as f64 / 3600e9))),
    plain("Abs", |r, _| Ok(Value::Int(duration(Some(r)).saturating_abs(), IntKind::Duration))),
    with("Truncate", &[Param::Duration], |r, args| {
        let (d, unit) = (duration(Some(r)), duration(args.first()));
        Ok(Value::Int(if unit <= 0 { d } else { d - d % unit }, IntKind::Duration))
    }),
    with("Round", &[Param::Duration], |r, args| {
        let (d, unit) = (duration(Some(r)), duration(args.first()));
        Ok(Value::Int(round(d, unit), IntKind::Duration))
    }),
];

/// Methods of `time.Month` and `time.Weekday`.
pub(crate) const NAME_METHODS: &[MethodEntry] = &[plain("String", |r, _| {
    let name = match r {
        Value::Int(n, IntKind::Month) => month_name(*n),
        Value::Int(n, IntKind::Weekday) => day_name(*n),
        _others => None,
    };
    Ok(Value::string(name.unwrap_or("%!name")))
})];

/// Halves away from zero.
fn round(d: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return d;
    }
    let rest = d % unit;
    let down = d - rest;
    if rest.unsigned_abs() * 2 < unit.unsigned_abs() {
        down
    } else {
        down.saturating_add(if d < 0 { -unit } else { unit })
    }
}

fn time(value: &Value) -> Result<&Time, String> {
    match value {
        Value::Time(time) => Ok(time),
        other => Err(format!("{} is no time", other.type_name())),
    }
}

fn other(args: &[Value]) -> Result<&Time, String> {
    args.first().map_or_else(|| Err("a time is needed".to_owned()), time)
}

fn duration(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Int(ns, _)) => *ns,
        _others => 0,
    }
}

fn int64(n: i128) -> Result<Value, String> {
    Ok(Value::Int(i64::try_from(n).unwrap_or(if n < 0 { i64::MIN } else { i64::MAX }), IntKind::Int64))
}
