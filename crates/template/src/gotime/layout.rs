//! Go's layouts: the reference time, Mon Jan 2 15:04:05 MST 2006, written as it should look.

use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use model::number::quote;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A piece of a layout.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    MonthLong,
    MonthShort,
    MonthZero,
    Month,
    DayLong,
    DayShort,
    DaySpace,
    DayZero,
    Day,
    YearDaySpace,
    YearDayZero,
    Hour,
    Hour12Zero,
    Hour12,
    MinuteZero,
    Minute,
    SecondZero,
    Second,
    YearLong,
    YearShort,
    Upper,
    Lower,
    ZoneName,
    /// `Z07:00` and its like: `Z` for UTC.
    ZoneIso {
        colon: bool,
        minutes: bool,
        seconds: bool,
    },
    /// `-07:00` and its like.
    ZoneOffset {
        colon: bool,
        minutes: bool,
        seconds: bool,
    },
    /// `.000`: so many digits.
    FractionZero(usize, char),
    /// `.999`: so many digits, without zeros at the end.
    Fraction(usize, char),
}

/// Pieces with their spelling; longer ones before their prefixes.
const PIECES: &[(&str, Piece)] = &[
    ("January", Piece::MonthLong),
    ("Jan", Piece::MonthShort),
    ("Monday", Piece::DayLong),
    ("Mon", Piece::DayShort),
    ("MST", Piece::ZoneName),
    ("002", Piece::YearDayZero),
    ("01", Piece::MonthZero),
    ("02", Piece::DayZero),
    ("03", Piece::Hour12Zero),
    ("04", Piece::MinuteZero),
    ("05", Piece::SecondZero),
    ("06", Piece::YearShort),
    ("15", Piece::Hour),
    ("1", Piece::Month),
    ("2006", Piece::YearLong),
    ("2", Piece::Day),
    ("__2", Piece::YearDaySpace),
    ("_2006", Piece::YearLong),
    ("_2", Piece::DaySpace),
    ("3", Piece::Hour12),
    ("4", Piece::Minute),
    ("5", Piece::Second),
    ("PM", Piece::Upper),
    ("pm", Piece::Lower),
    ("-07:00:00", Piece::ZoneOffset { colon: true, minutes: true, seconds: true }),
    ("-070000", Piece::ZoneOffset { colon: false, minutes: true, seconds: true }),
    ("-07:00", Piece::ZoneOffset { colon: true, minutes: true, seconds: false }),
    ("-0700", Piece::ZoneOffset { colon: false, minutes: true, seconds: false }),
    ("-07", Piece::ZoneOffset { colon: false, minutes: false, seconds: false }),
    ("Z07:00:00", Piece::ZoneIso { colon: true, minutes: true, seconds: true }),
    ("Z070000", Piece::ZoneIso { colon: false, minutes: true, seconds: true }),
    ("Z07:00", Piece::ZoneIso { colon: true, minutes: true, seconds: false }),
    ("Z0700", Piece::ZoneIso { colon: false, minutes: true, seconds: false }),
    ("Z07", Piece::ZoneIso { colon: false, minutes: false, seconds: false }),
];

/// Splits a layout at its first piece: what stands before, the piece, its spelling, what follows.
fn next_piece(layout: &str) -> Option<(&str, Piece, &str, &str)> {
    for (at, c) in layout.char_indices() {
        let rest = &layout[at..];
        if matches!(c, '.' | ',') {
            let digit = rest[1..].chars().next().filter(|d| matches!(d, '0' | '9'));
            if let Some(digit) = digit {
                let count = rest[1..].chars().take_while(|d| *d == digit).count();
                let after = &rest[1 + count..];
                // Digits that go on are no fraction.
                if !after.starts_with(|d: char| d.is_ascii_digit()) {
                    let piece =
                        if digit == '0' { Piece::FractionZero(count, c) } else { Piece::Fraction(count, c) };
                    return Some((&layout[..at], piece, &rest[..=count], after));
                }
            }
        }
        let found = PIECES.iter().find(|(spelling, piece)| {
            rest.strip_prefix(spelling).is_some_and(|after| {
                // "Jan" in "January" is found before; in "Janus" it is a word of its own in Go, too.
                let word = matches!(piece, Piece::MonthShort | Piece::DayShort);
                !(word && after.starts_with(|c: char| c.is_ascii_lowercase()))
            })
        });
        if let Some((spelling, piece)) = found {
            if *spelling == "_2006" {
                // The underscore stands for itself there.
                return Some((&layout[..=at], *piece, &rest[1..5], &rest[5..]));
            }
            return Some((&layout[..at], *piece, &rest[..spelling.len()], &rest[spelling.len()..]));
        }
    }
    None
}

/// Prints an instant.
pub(super) fn format(at: &Zoned, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some((before, piece, _, after)) = next_piece(rest) {
        out.push_str(before);
        push_piece(&mut out, at, piece);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn push_piece(out: &mut String, at: &Zoned, piece: Piece) {
    let month = MONTHS.get(at.month() as usize - 1).copied().unwrap_or_default();
    let day = DAYS.get(at.weekday().to_sunday_zero_offset() as usize).copied().unwrap_or_default();
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let text = match piece {
        Piece::MonthLong => month.to_owned(),
        Piece::MonthShort => month[..3].to_owned(),
        Piece::MonthZero => format!("{:02}", at.month()),
        Piece::Month => at.month().to_string(),
        Piece::DayLong => day.to_owned(),
        Piece::DayShort => day[..3].to_owned(),
        Piece::DaySpace => format!("{:2}", at.day()),
        Piece::DayZero => format!("{:02}", at.day()),
        Piece::Day => at.day().to_string(),
        Piece::YearDaySpace => format!("{:3}", at.day_of_year()),
        Piece::YearDayZero => format!("{:03}", at.day_of_year()),
        Piece::Hour => format!("{:02}", at.hour()),
        Piece::Hour12Zero => format!("{hour12:02}"),
        Piece::Hour12 => hour12.to_string(),
        Piece::MinuteZero => format!("{:02}", at.minute()),
        Piece::Minute => at.minute().to_string(),
        Piece::SecondZero => format!("{:02}", at.second()),
        Piece::Second => at.second().to_string(),
        Piece::YearLong => format!("{:04}", at.year()),
        Piece::YearShort => format!("{:02}", at.year().rem_euclid(100)),
        Piece::Upper => if at.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
        Piece::Lower => if at.hour() >= 12 { "pm" } else { "am" }.to_owned(),
        Piece::ZoneName => zone_name(at),
        Piece::ZoneIso { .. } if at.offset().seconds() == 0 => "Z".to_owned(),
        Piece::ZoneIso { colon, minutes, seconds } | Piece::ZoneOffset { colon, minutes, seconds } => {
            offset(at.offset().seconds(), colon, minutes, seconds)
        }
        Piece::FractionZero(digits, point) => {
            format!("{point}{}", &format!("{:09}", at.subsec_nanosecond())[..digits.min(9)])
        }
        Piece::Fraction(digits, point) => {
            let all = format!("{:09}", at.subsec_nanosecond());
            match all[..digits.min(9)].trim_end_matches('0') {
                "" => String::new(),
                shown => format!("{point}{shown}"),
            }
        }
    };
    out.push_str(&text);
}

fn zone_name(at: &Zoned) -> String {
    let info = at.time_zone().to_offset_info(at.timestamp());
    match info.abbreviation() {
        name if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name.to_owned(),
        _number if at.offset().seconds() == 0 => "UTC".to_owned(),
        _number => {
            let seconds = at.offset().seconds();
            offset(seconds, false, seconds % 3600 != 0, false)
        }
    }
}

fn offset(seconds: i32, colon: bool, with_minutes: bool, with_seconds: bool) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let magnitude = seconds.unsigned_abs();
    let mut out = format!("{sign}{:02}", magnitude / 3600);
    for (wanted, number) in [(with_minutes, magnitude / 60 % 60), (with_seconds, magnitude % 60)] {
        if wanted {
            out.push_str(if colon { ":" } else { "" });
            out.push_str(&format!("{number:02}"));
        }
    }
    out
}

/// What was read so far.
#[derive(Default)]
struct Found {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: i8,
    pm: Option<bool>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    offset_seconds: Option<i32>,
}

/// Reads an instant.
pub(super) fn parse(layout: &str, text: &str) -> Result<Zoned, String> {
    let complain = |part: &str, value: &str| {
        let [layout, text, part, value] = [layout, text, part, value].map(quote);
        format!("parsing time {text} as {layout}: cannot parse {value} as {part}")
    };
    let (mut found, mut pieces, mut rest) = (Found::default(), layout, text);
    while let Some((before, piece, spelling, after)) = next_piece(pieces) {
        rest = rest.strip_prefix(before).ok_or_else(|| complain(before, rest))?;
        rest = read_piece(&mut found, piece, rest).ok_or_else(|| complain(spelling, rest))?;
        // A fraction of the seconds may stand there though the layout has none.
        let seconds = matches!(piece, Piece::SecondZero | Piece::Second);
        if seconds && rest.starts_with(['.', ',']) && !after.starts_with(['.', ',']) {
            rest = fraction(&mut found, rest).ok_or_else(|| complain(spelling, rest))?;
        }
        pieces = after;
    }
    let tail = rest.strip_prefix(pieces).ok_or_else(|| complain(pieces, rest))?;
    if !tail.is_empty() {
        let [layout, text, tail] = [layout, text, tail].map(quote);
        return Err(format!("parsing time {text} as {layout}: extra text: {tail}"));
    }
    assemble(&found).ok_or_else(|| format!("parsing time {}: day out of range", quote(text)))
}

fn assemble(found: &Found) -> Option<Zoned> {
    let hour = match found.pm {
        Some(true) if found.hour < 12 => found.hour + 12,
        Some(false) if found.hour == 12 => 0,
        Some(_) | None => found.hour,
    };
    let date = Date::new(found.year.unwrap_or(0), found.month.unwrap_or(1), found.day.unwrap_or(1)).ok()?;
    let time = Time::new(hour, found.minute, found.second, found.nanosecond).ok()?;
    let zone = match found.offset_seconds {
        Some(0) | None => TimeZone::UTC,
        Some(seconds) => TimeZone::fixed(Offset::from_seconds(seconds).ok()?),
    };
    DateTime::from_parts(date, time).to_zoned(zone).ok()
}

fn read_piece<'t>(found: &mut Found, piece: Piece, text: &'t str) -> Option<&'t str> {
    let spaced = text.trim_start_matches(' ');
    match piece {
        Piece::MonthLong | Piece::MonthShort => {
            let (i, rest) = name(&MONTHS, text, piece == Piece::MonthShort)?;
            found.month = i8::try_from(i + 1).ok();
            Some(rest)
        }
        Piece::DayLong | Piece::DayShort => Some(name(&DAYS, text, piece == Piece::DayShort)?.1),
        Piece::MonthZero | Piece::Month => {
            let (n, rest) = digits(text, if piece == Piece::Month { 1 } else { 2 }, 2)?;
            found.month = (1..=12).contains(&n).then_some(n as i8);
            found.month.map(|_| rest)
        }
        Piece::DayZero | Piece::Day | Piece::DaySpace => {
            let (n, rest) = digits(spaced, if piece == Piece::DayZero { 2 } else { 1 }, 2)?;
            found.day = (1..=31).contains(&n).then_some(n as i8);
            found.day.map(|_| rest)
        }
        Piece::YearDaySpace | Piece::YearDayZero => Some(digits(spaced, 1, 3)?.1),
        Piece::Hour | Piece::Hour12Zero | Piece::Hour12 => {
            let (n, rest) = digits(text, if piece == Piece::Hour12 { 1 } else { 2 }, 2)?;
            found.hour = i8::try_from(n).ok().filter(|n| *n < 24)?;
            Some(rest)
        }
        Piece::MinuteZero | Piece::Minute => {
            let (n, rest) = digits(text, if piece == Piece::Minute { 1 } else { 2 }, 2)?;
            found.minute = i8::try_from(n).ok().filter(|n| *n < 60)?;
            Some(rest)
        }
        Piece::SecondZero | Piece::Second => {
            let (n, rest) = digits(text, if piece == Piece::Second { 1 } else { 2 }, 2)?;
            found.second = i8::try_from(n).ok().filter(|n| *n < 60)?;
            Some(rest)
        }
        Piece::YearLong => {
            let (n, rest) = digits(text, 4, 4)?;
            found.year = i16::try_from(n).ok();
            Some(rest)
        }
        Piece::YearShort => {
            let (n, rest) = digits(text, 2, 2)?;
            found.year = i16::try_from(if n >= 69 { 1900 + n } else { 2000 + n }).ok();
            Some(rest)
        }
        Piece::Upper | Piece::Lower => {
            let (half, rest) = (text.get(..2)?, text.get(2..)?);
            let expected = if piece == Piece::Upper { ["AM", "PM"] } else { ["am", "pm"] };
            found.pm = Some(expected.iter().position(|e| *e == half)? == 1);
            Some(rest)
        }
        Piece::ZoneName => {
            let length = text.bytes().take_while(u8::is_ascii_uppercase).count();
            found.offset_seconds = found.offset_seconds.or(Some(0));
            (length >= 3).then(|| &text[length..])
        }
        Piece::ZoneIso { colon, minutes, seconds } => match text.strip_prefix('Z') {
            Some(rest) => {
                found.offset_seconds = Some(0);
                Some(rest)
            }
            None => read_offset(found, text, colon, minutes, seconds),
        },
        Piece::ZoneOffset { colon, minutes, seconds } => read_offset(found, text, colon, minutes, seconds),
        Piece::FractionZero(..) => fraction(found, text),
        Piece::Fraction(..) if text.starts_with(['.', ',']) => fraction(found, text),
        Piece::Fraction(..) => Some(text),
    }
}

fn name<'t>(names: &[&str], text: &'t str, short: bool) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(i, full)| {
        let wanted = if short { &full[..3] } else { full };
        let head = text.get(..wanted.len())?;
        head.eq_ignore_ascii_case(wanted).then(|| (i, &text[wanted.len()..]))
    })
}

fn digits(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let count = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    if count < min {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

fn fraction<'t>(found: &mut Found, text: &'t str) -> Option<&'t str> {
    let rest = text.strip_prefix(['.', ','])?;
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 {
        return None;
    }
    let kept = &rest[..count.min(9)];
    let scale = 10i32.checked_pow(9 - kept.len() as u32)?;
    found.nanosecond = kept.parse::<i32>().ok()?.checked_mul(scale)?;
    Some(&rest[count..])
}

fn read_offset<'t>(
    found: &mut Found,
    text: &'t str,
    colon: bool,
    with_minutes: bool,
    with_seconds: bool,
) -> Option<&'t str> {
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _others => return None,
    };
    let (hours, mut rest) = digits(&text[1..], 2, 2)?;
    let mut seconds = i32::try_from(hours).ok()? * 3600;
    for (wanted, unit) in [(with_minutes, 60), (with_seconds, 1)] {
        if wanted {
            rest = if colon { rest.strip_prefix(':')? } else { rest };
            let (n, after) = digits(rest, 2, 2)?;
            seconds += i32::try_from(n).ok()? * unit;
            rest = after;
        }
    }
    found.offset_seconds = Some(sign * seconds);
    Some(rest)
}

/// Name of a month, from 1.
pub(super) fn month_name(n: i64) -> Option<&'static str> {
    MONTHS.get(usize::try_from(n.checked_sub(1)?).ok()?).copied()
}

/// Name of a day, Sunday being 0.
pub(super) fn day_name(n: i64) -> Option<&'static str> {
    DAYS.get(usize::try_from(n).ok()?).copied()
}
