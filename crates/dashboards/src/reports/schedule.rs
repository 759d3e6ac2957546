//! When something is due: five fields as cron has them, on the clock of a zone.
//!
//! Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday); lists, ranges, steps and English names. As in cron, if
//! both days are restricted either may hold. A time that a change of clocks leaves out falls after the gap; one that occurs twice is
//! due once.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How far ahead the next time is looked for: 29 February may be eight years away.
const DAYS_MAX: usize = 8 * 366 + 2;

/// A schedule: for each field the values that it allows, as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days of the month and of the week are both restricted.
    either_day: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Words for common schedules.
const WORDS: [(&str, &str); 6] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
];

impl Schedule {
    /// Reads five fields.
    ///
    /// # Errors
    /// Which field is wrong, and why.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let text = text.trim();
        let known = WORDS.iter().find(|(word, _)| *word == text).map_or(text, |(_, fields)| *fields);
        let fields: Vec<&str> = known.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!(
                "schedule {text:?} has {} fields, not minute, hour, day, month, weekday",
                fields.len()
            ));
        };
        let wrong = |name: &str| {
            let name = name.to_owned();
            move |reason: String| format!("schedule {text:?}: {name} {reason}")
        };
        let weekdays = field(weekday, 0, 7, &DAYS, 0).map_err(wrong("weekday"))?;
        Ok(Schedule {
            minutes: field(minute, 0, 59, &[], 0).map_err(wrong("minute"))?,
            hours: field(hour, 0, 23, &[], 0).map_err(wrong("hour"))?,
            days: field(day, 1, 31, &[], 0).map_err(wrong("day"))?,
            months: field(month, 1, 12, &MONTHS, 1).map_err(wrong("month"))?,
            // Sunday has two numbers.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    fn fits(&self, date: Date) -> bool {
        let has = |bits: u64, value: i8| bits >> value.unsigned_abs() & 1 == 1;
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        let day_fits = if self.either_day { day || weekday } else { day && weekday };
        has(self.months, date.month()) && day_fits
    }

    /// The first time after an instant, both in Unix milliseconds; nothing if there is none within eight years.
    pub fn next(&self, after_ms: i64, zone: &TimeZone) -> Option<i64> {
        let after = Timestamp::from_millisecond(after_ms).ok()?;
        let mut date = after.to_zoned(zone.clone()).date();
        for _ in 0..DAYS_MAX {
            if self.fits(date) {
                for hour in (0..24i8).filter(|hour| self.hours >> hour & 1 == 1) {
                    for minute in (0..60i8).filter(|minute| self.minutes >> minute & 1 == 1) {
                        let at = date.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?.timestamp();
                        if at > after {
                            return Some(at.as_millisecond());
                        }
                    }
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }
}

fn field(text: &str, least: u8, most: u8, names: &[&str], first: u8) -> Result<u64, String> {
    let value = |word: &str| -> Result<u8, String> {
        let named = names.iter().position(|name| word.to_ascii_lowercase() == *name);
        let number = named.map(|at| at as u8 + first).or_else(|| word.parse().ok());
        let number = number.ok_or_else(|| format!("{word:?} is no number"))?;
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(format!("{number} is not between {least} and {most}"))
        }
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step: usize = step
                    .parse()
                    .ok()
                    .filter(|step| *step > 0)
                    .ok_or_else(|| format!("step {step:?} is none"))?;
                (range, step)
            }
            None => (part, 1),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (least, most),
            (_, Some((from, to))) => (value(from)?, value(to)?),
            // `5/15` goes on from 5.
            (one, None) if part.contains('/') => (value(one)?, most),
            (one, None) => (value(one)?, value(one)?),
        };
        if from > to {
            return Err(format!("range {range:?} goes backwards"));
        }
        for value in (from..=to).step_by(step) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}
