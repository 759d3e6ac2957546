//! Time ranges as Grafana writes them: `now-6h`, `now/d`, milliseconds, RFC 3339.

use jiff::civil::Weekday;
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// Most steps of one expression: `now-1d/d` has two.
const STEPS_MAX: usize = 8;

/// Reads a time. `/d` at the end of a range is the last millisecond of the day.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str, now: &Zoned, is_end: bool) -> Result<i64, String> {
    let text = text.trim();
    let wrong = |reason: &str| format!("invalid time {text:?}: {reason}");
    if let Ok(ms) = text.parse::<i64>() {
        // Outside the calendar there is nothing, and differences would not fit.
        return Timestamp::from_millisecond(ms).map(|_| ms).map_err(|e| wrong(&e.to_string()));
    }
    let Some(mut rest) = text.strip_prefix("now") else {
        return text.parse::<Timestamp>().map(|t| t.as_millisecond()).map_err(|e| wrong(&e.to_string()));
    };
    let mut at = now.clone();
    let mut rounded = false;
    for _ in 0..STEPS_MAX {
        let Some(sign) = rest.chars().next() else { break };
        rest = &rest[sign.len_utf8()..];
        if sign == '/' {
            let (unit, after) = unit(rest).ok_or_else(|| wrong("a unit is missing after /"))?;
            at = floor(&at, unit).map_err(|e| wrong(&e.to_string()))?;
            if is_end {
                at = at.checked_add(span(unit, 1)).map_err(|e| wrong(&e.to_string()))?;
            }
            rounded = true;
            rest = after;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let amount: i64 =
            if digits == 0 { 1 } else { rest[..digits].parse().map_err(|_| wrong("number too large"))? };
        let (unit, after) = unit(&rest[digits..]).ok_or_else(|| wrong("a unit is missing"))?;
        if amount > 1_000_000 {
            return Err(wrong("number too large"));
        }
        let moved = match sign {
            '-' => at.checked_sub(span(unit, amount)),
            '+' => at.checked_add(span(unit, amount)),
            _other => return Err(wrong("expected +, - or /")),
        };
        at = moved.map_err(|e| wrong(&e.to_string()))?;
        rest = after;
    }
    if !rest.is_empty() {
        return Err(wrong("too many steps"));
    }
    Ok(at.timestamp().as_millisecond() - i64::from(rounded && is_end))
}

/// A unit of a time expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

fn unit(text: &str) -> Option<(Unit, &str)> {
    let units = [
        ("fQ", Unit::Quarter),
        ("fy", Unit::Year),
        ("s", Unit::Second),
        ("m", Unit::Minute),
        ("h", Unit::Hour),
        ("d", Unit::Day),
        ("w", Unit::Week),
        ("M", Unit::Month),
        ("Q", Unit::Quarter),
        ("y", Unit::Year),
    ];
    units.into_iter().find_map(|(word, unit)| text.strip_prefix(word).map(|rest| (unit, rest)))
}

fn span(unit: Unit, n: i64) -> Span {
    match unit {
        Unit::Second => n.seconds(),
        Unit::Minute => n.minutes(),
        Unit::Hour => n.hours(),
        Unit::Day => n.days(),
        Unit::Week => n.weeks(),
        Unit::Month => n.months(),
        Unit::Quarter => (n * 3).months(),
        Unit::Year => n.years(),
    }
}

fn floor(at: &Zoned, unit: Unit) -> Result<Zoned, jiff::Error> {
    let midnight = |z: &Zoned| z.start_of_day();
    match unit {
        Unit::Second => at.with().subsec_nanosecond(0).build(),
        Unit::Minute => at.with().second(0).subsec_nanosecond(0).build(),
        Unit::Hour => at.with().minute(0).second(0).subsec_nanosecond(0).build(),
        Unit::Day => midnight(at),
        Unit::Week => {
            let back = i64::from(at.weekday().since(Weekday::Monday));
            midnight(&at.checked_sub(back.days())?)
        }
        Unit::Month => midnight(&at.with().day(1).build()?),
        Unit::Quarter => midnight(&at.with().day(1).month((at.month() - 1) / 3 * 3 + 1).build()?),
        Unit::Year => midnight(&at.with().day(1).month(1).build()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_in_the_given_zone() {
        // A Wednesday.
        let now: Zoned = "2026-11-18T15:04:05.678+09:00[Asia/Seoul]".parse().unwrap();
        let cases = [
            ("now", false, "2026-11-18T15:04:05.678+09:00[Asia/Seoul]"),
            ("now-6h", false, "2026-11-18T09:04:05.678+09:00[Asia/Seoul]"),
            ("now-1d/d", false, "2026-11-17T00:00:00+09:00[Asia/Seoul]"),
            ("now/d", true, "2026-11-18T23:59:59.999+09:00[Asia/Seoul]"),
            ("now/w", false, "2026-11-16T00:00:00+09:00[Asia/Seoul]"),
            ("now/M", true, "2026-11-30T23:59:59.999+09:00[Asia/Seoul]"),
            ("now/Q", false, "2026-10-01T00:00:00+09:00[Asia/Seoul]"),
            ("now/y", false, "2026-01-01T00:00:00+09:00[Asia/Seoul]"),
            ("now+1M", false, "2026-12-18T15:04:05.678+09:00[Asia/Seoul]"),
            ("now-h/h", false, "2026-11-18T14:00:00+09:00[Asia/Seoul]"),
        ];
        for (text, is_end, want) in cases {
            let want: Zoned = want.parse().unwrap();
            assert_eq!(parse(text, &now, is_end), Ok(want.timestamp().as_millisecond()), "{text}");
        }
        assert_eq!(parse("1700000000000", &now, false), Ok(1_700_000_000_000));
        assert_eq!(parse("2023-11-14T22:13:20Z", &now, false), Ok(1_700_000_000_000));
        for bad in ["", "now-", "now-5", "now*5m", "now/x", "yesterday", "now-99999999999d", "now-ㄱ"] {
            assert!(parse(bad, &now, false).is_err(), "{bad}");
        }
    }
}
