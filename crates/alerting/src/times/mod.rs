//! Time intervals: business hours, nights, holidays, for routes that are muted or active then.
//!
//! An interval is a list of conditions on the wall clock of a time zone; a condition that is not given always holds. Texts are
//! Alertmanager's: `monday:friday`, `-3:-1` (days before the end of a month), `march:may`, `2026:2028`, `09:00`.

pub mod holidays;
mod parse;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A range of numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First.
    pub begin: i16,
    /// Last.
    pub end: i16,
}

impl Range {
    fn contains(self, number: i16) -> bool {
        (self.begin..=self.end).contains(&number)
    }

    /// Tells whether a day is in a range of days of a month; negative ones count from its end.
    fn contains_day(self, day: i16, days_in_month: i16) -> bool {
        let from_start = |d: i16| if d < 0 { days_in_month + d + 1 } else { d };
        let (begin, end) = (from_start(self.begin), from_start(self.end));
        begin <= days_in_month
            && (begin.clamp(-days_in_month, days_in_month)..=end.clamp(-days_in_month, days_in_month))
                .contains(&day)
    }
}

/// Conditions that must all hold. A list holds if one of its entries does; an empty list was not given.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeInterval {
    /// Minutes of the day; the end is not included.
    pub times: Option<Vec<std::ops::Range<u16>>>,
    /// Days of the week, Sunday is 0.
    pub weekdays: Option<Vec<Range>>,
    /// Days of the month from 1, or from -1 backwards.
    pub days_of_month: Option<Vec<Range>>,
    /// Months from 1.
    pub months: Option<Vec<Range>>,
    /// Years.
    pub years: Option<Vec<Range>>,
    /// Whose wall clock counts; UTC if not given.
    pub location: Option<Location>,
}

/// A time zone with the name it was asked for by.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// As written: an IANA name, `UTC` or `Local`.
    pub name: String,
    /// The rules.
    pub zone: TimeZone,
}

impl TimeInterval {
    /// Tells whether a moment lies in the interval.
    pub fn contains(&self, moment: Timestamp) -> bool {
        let zone = self.location.as_ref().map_or(TimeZone::UTC, |l| l.zone.clone());
        self.contains_clock(zone.to_datetime(moment))
    }

    fn contains_clock(&self, clock: DateTime) -> bool {
        let minute = u16::from(clock.hour().unsigned_abs()) * 60 + u16::from(clock.minute().unsigned_abs());
        let weekday = i16::from(clock.weekday().to_sunday_zero_offset());
        let (day, days) = (i16::from(clock.day()), i16::from(clock.days_in_month()));
        let month = i16::from(clock.month());
        any(self.times.as_deref(), |r| r.contains(&minute))
            && any(self.days_of_month.as_deref(), |r| r.contains_day(day, days))
            && any(self.months.as_deref(), |r| r.contains(month))
            && any(self.weekdays.as_deref(), |r| r.contains(weekday))
            && any(self.years.as_deref(), |r| r.contains(clock.year()))
    }
}

fn any<T>(list: Option<&[T]>, holds: impl Fn(&T) -> bool) -> bool {
    list.is_none_or(|list| list.iter().any(holds))
}

/// Intervals under one name; a moment is in it if it is in one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedIntervals {
    /// What routes call it.
    pub name: String,
    /// The intervals.
    pub intervals: Vec<TimeInterval>,
}

impl NamedIntervals {
    /// Tells whether a moment lies in one of the intervals.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.intervals.iter().any(|interval| interval.contains(moment))
    }
}
