//! Numbers as people read them: Grafana's units by their identifiers.
//!
//! Behaviour is that of `@grafana/data` 13, which the web UI uses; `testdata/units.json` holds its answers.

use std::borrow::Cow;

use super::duration;
use super::time_text::{self, Clock};
use super::unit_table::TABLE;

/// A formatted number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formatted {
    /// What stands before, such as a currency.
    pub prefix: String,
    /// The number.
    pub text: String,
    /// What stands after, with its space.
    pub suffix: String,
}

impl Formatted {
    /// Only a text.
    pub fn plain(text: impl Into<String>) -> Formatted {
        Formatted { text: text.into(), ..Formatted::default() }
    }

    /// A text with something after it.
    pub fn with(text: impl Into<String>, suffix: impl Into<String>) -> Formatted {
        Formatted { text: text.into(), suffix: suffix.into(), prefix: String::new() }
    }

    /// Everything in a row.
    pub fn whole(&self) -> String {
        format!("{}{}{}", self.prefix, self.text, self.suffix)
    }
}

/// How a unit writes numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The number, then a word after a space; no word for none.
    Fixed(Cow<'static, str>),
    /// A word, then the number.
    Prefix(String),
    /// Powers of 1000 with the prefixes of the International System; the number counts in the power `offset`.
    Si(Cow<'static, str>, i32),
    /// Powers of 1024 with binary prefixes.
    Binary(Cow<'static, str>, i32),
    /// Powers of 1000 with words for them.
    Scaled(&'static [&'static str]),
    /// K, M, B, T, then a word.
    Count(Cow<'static, str>),
    /// A currency's sign, before or after.
    Currency(Cow<'static, str>, bool),
    /// Of a hundred.
    Percent,
    /// Of one.
    PercentUnit,
    /// Hexadecimal, with `0x` or without.
    Hex(bool),
    /// With an exponent.
    Scientific,
    /// With commas between thousands.
    Locale,
    /// A text as it is.
    Text,
    /// Two words.
    Bool(Cow<'static, str>, Cow<'static, str>),
    /// A duration that changes its unit with its size; the base unit.
    Duration(duration::Base),
    /// A duration in words: `2 hours, 1 minute`; counted in milliseconds or seconds.
    Words(duration::Base),
    /// `hh:mm:ss`, with days before.
    Hms(bool),
    /// `02h:03m:04s:005ms`; counted in milliseconds or seconds.
    Watch(duration::Base),
    /// An instant by a pattern, with another for today.
    Date(Cow<'static, str>, Option<&'static str>),
    /// How long ago.
    FromNow,
}

/// The words of `short`.
pub const SHORT: &[&str] = &["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"];
const COUNTS: &[&str] = &["", "K", "M", "B", "T"];
const SI: [&str; 14] = ["f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const SI_ZERO: i32 = 5;
const BINARY: [&str; 9] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
/// The pattern of instants without one of their own.
pub const SYSTEM_DATE: &str = "YYYY-MM-DD HH:mm:ss";

impl Unit {
    /// The unit of an identifier; an unknown one stands behind the number, as people who type `req/s` expect.
    pub fn of(id: &str) -> Unit {
        // One letter has two code points in Unicode; documents have either.
        let id = id.replace('\u{3bc}', "µ");
        if let Some((_, unit)) = TABLE.iter().find(|(known, _)| *known == id) {
            return unit.clone();
        }
        let own = |text: &str| Cow::Owned(text.to_owned());
        match id.split_once(':') {
            Some(("prefix", text)) => Unit::Prefix(text.to_owned()),
            Some(("suffix", text)) => Unit::Fixed(own(text)),
            Some(("time", pattern)) => Unit::Date(own(pattern.trim()), None),
            Some(("si", text)) => {
                let first = text.chars().next().unwrap_or(' ');
                let place = SI.iter().position(|p| p.starts_with(first)).map(|p| p as i32 - SI_ZERO);
                match place.filter(|offset| *offset != 0) {
                    Some(offset) => Unit::Si(own(&text[first.len_utf8()..]), offset),
                    None => Unit::Si(own(text), 0),
                }
            }
            Some(("count", text)) => Unit::Count(own(text)),
            Some(("currency", text)) => match text.strip_prefix("financial:") {
                Some(text) => match text.strip_suffix(":suffix") {
                    Some(sign) => Unit::Currency(own(sign), true),
                    None => Unit::Currency(own(text.split(':').next().unwrap_or("")), false),
                },
                None => Unit::Currency(own(text), false),
            },
            Some(("bool", text)) => {
                let (yes, no) = text.split_once('/').unwrap_or((text, "-"));
                Unit::Bool(own(yes), own(no))
            }
            Some(_) | None => Unit::Fixed(own(&id)),
        }
    }

    /// Whether it writes instants.
    pub fn is_date(&self) -> bool {
        matches!(self, Unit::Date(..) | Unit::FromNow)
    }

    /// Writes a number with as many decimals as asked, else as its size suggests.
    pub fn format(&self, value: f64, decimals: Option<i32>, clock: &Clock) -> Formatted {
        match self {
            Unit::Fixed(word) if word.is_empty() => Formatted::plain(fixed(value, decimals)),
            Unit::Fixed(word) => Formatted::with(fixed(value, decimals), format!(" {word}")),
            Unit::Prefix(word) => {
                Formatted { prefix: word.clone(), text: fixed(value, decimals), suffix: String::new() }
            }
            Unit::Si(unit, offset) => {
                scaled(value, decimals, 1000.0, SI.len() as i32, SI_ZERO + offset, |i| {
                    format!(" {}{unit}", SI[i])
                })
            }
            Unit::Binary(unit, offset) => {
                scaled(value, decimals, 1024.0, BINARY.len() as i32, *offset, |i| {
                    format!(" {}{unit}", BINARY[i])
                })
            }
            Unit::Scaled(words) => {
                scaled(value, decimals, 1000.0, words.len() as i32, 0, |i| words[i].to_owned())
            }
            Unit::Count(word) => {
                scaled(value, decimals, 1000.0, COUNTS.len() as i32, 0, |i| format!("{} {word}", COUNTS[i]))
            }
            Unit::Currency(sign, after) => currency(value, decimals, sign, *after),
            Unit::Percent => Formatted::with(fixed(value, decimals), "%"),
            Unit::PercentUnit => Formatted::with(fixed(100.0 * value, decimals), "%"),
            Unit::Hex(marked) => hex(value, decimals, *marked),
            Unit::Scientific => Formatted::plain(scientific(value, decimals)),
            Unit::Locale => Formatted::plain(grouped(value, decimals)),
            Unit::Text => Formatted::plain(plain_number(value)),
            Unit::Bool(yes, no) => {
                Formatted::plain(if value == 0.0 || value.is_nan() { no.as_ref() } else { yes.as_ref() })
            }
            Unit::Duration(base) => duration::scaled(value, decimals, *base),
            Unit::Words(base) => duration::words(value, decimals, *base),
            Unit::Hms(days) => duration::hms(value, *days),
            Unit::Watch(base) => Formatted::plain(duration::watch(value, decimals, *base)),
            Unit::Date(pattern, today) => {
                let pattern = match today {
                    Some(today) if clock.is_today(value) => today,
                    Some(_) | None => pattern.as_ref(),
                };
                Formatted::plain(time_text::format(value, pattern, &clock.zone))
            }
            Unit::FromNow => Formatted::plain(time_text::from_now(value, clock.now_ms)),
        }
    }
}

/// The shortest text of a number, as JSON has it.
pub fn plain_number(value: f64) -> String {
    if !value.is_finite() {
        return infinite(value);
    }
    // Browsers write exponents without zeros before them.
    model::number::format_json(value).replace("e-0", "e-").replace("e+0", "e+")
}

/// A number with at most so many significant digits.
pub fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return plain_number(value);
    }
    let power = 10f64.powi(digits - 1 - value.abs().log10().floor() as i32);
    plain_number(if power.is_finite() && power > 0.0 { (value * power).round() / power } else { value })
}

fn infinite(value: f64) -> String {
    match value {
        v if v == f64::INFINITY => "∞".to_owned(),
        v if v == f64::NEG_INFINITY => "-∞".to_owned(),
        _ => "NaN".to_owned(),
    }
}

/// Halves go up, as in the browser.
fn round_half_up(value: f64) -> f64 {
    let down = value.floor();
    if value - down >= 0.5 { down + 1.0 } else { down }
}

/// A number with exactly so many decimals; without a wish, as many as its size suggests.
pub fn fixed(value: f64, decimals: Option<i32>) -> String {
    if !value.is_finite() {
        return infinite(value);
    }
    let decimals = decimals.unwrap_or_else(|| decimals_for(value)).clamp(0, 15);
    let factor = 10f64.powi(decimals);
    let rounded = round_half_up(value * factor) / factor;
    let mut text = plain_number(if rounded.is_finite() { rounded } else { value });
    if text.contains('e') {
        return text;
    }
    let precision = text.find('.').map_or(0, |dot| text.len() - dot - 1);
    let wanted = decimals as usize;
    if precision < wanted {
        if precision == 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', wanted - precision));
    }
    // A number that rounds to nothing has no sign.
    if text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

fn decimals_for(value: f64) -> i32 {
    let size = value.abs();
    if size == 0.0 || value % 1.0 == 0.0 {
        return 0;
    }
    let mut decimals = 1 - (size.ln() / std::f64::consts::LN_10).floor() as i32;
    if size / 10f64.powi(-decimals) > 2.25 {
        decimals += 1;
    }
    decimals.max(0)
}

fn scaled(
    value: f64,
    decimals: Option<i32>,
    factor: f64,
    words: i32,
    offset: i32,
    word: impl Fn(usize) -> String,
) -> Formatted {
    let index = if value == 0.0 || !value.is_finite() {
        0
    } else {
        (value.abs().log10() / factor.log10()).floor() as i32
    };
    let shown = index.clamp(-offset, words - offset - 1);
    let suffix = word((offset + index).clamp(0, words - 1) as usize);
    if !value.is_finite() {
        return Formatted::with(infinite(value), if suffix.trim().is_empty() { "" } else { suffix.as_str() });
    }
    Formatted::with(fixed(value / factor.powi(shown), decimals), suffix)
}

fn currency(value: f64, decimals: Option<i32>, sign: &str, after: bool) -> Formatted {
    let mut out = scaled(value.abs(), decimals, 1000.0, COUNTS.len() as i32, 0, |i| COUNTS[i].to_owned());
    if after {
        out.suffix.push_str(sign);
    } else {
        out.prefix = sign.to_owned();
    }
    if value < 0.0 {
        out.prefix = format!("-{}", out.prefix);
    }
    out
}

fn hex(value: f64, decimals: Option<i32>, marked: bool) -> Formatted {
    let rounded: f64 = fixed(value, decimals).parse().unwrap_or(value);
    let mut text = format!("{:X}", rounded.abs().trunc() as u64);
    let mut rest = rounded.abs().fract();
    if rest > 0.0 {
        text.push('.');
        // Sixteen digits behind the zeros are more than a double has.
        for _ in 0..32 {
            rest *= 16.0;
            text.push(char::from_digit(rest.trunc() as u32, 16).unwrap_or('0').to_ascii_uppercase());
            rest = rest.fract();
            if rest == 0.0 {
                break;
            }
        }
    }
    let minus = if rounded < 0.0 { "-" } else { "" };
    Formatted::plain(format!("{minus}{}{text}", if marked { "0x" } else { "" }))
}

fn scientific(value: f64, decimals: Option<i32>) -> String {
    if !value.is_finite() {
        return infinite(value);
    }
    let text = match decimals {
        Some(decimals) => format!("{value:.*e}", decimals.clamp(0, 15) as usize),
        None => format!("{value:e}"),
    };
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        Some(_) | None => text,
    }
}

/// A number with commas between thousands and at most three decimals.
fn grouped(value: f64, decimals: Option<i32>) -> String {
    if !value.is_finite() {
        return infinite(value);
    }
    // Halves go away from zero here, unlike elsewhere.
    let text = fixed(value.abs(), Some(decimals.unwrap_or(3)));
    let (minus, digits) = (if value < 0.0 { "-" } else { "" }, text.as_str());
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = String::from(minus);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    let part = part.trim_end_matches('0');
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}
