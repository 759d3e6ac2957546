//! Time intervals that need no definition.
//!
//! `kr-holidays`: the public holidays of the Republic of Korea from 2024 to 2030, in Seoul's time: those of the Act on Public
//! Holidays (with Labour Day and Constitution Day from 2026 on), substitute holidays, election days and days that the government
//! declared. Lunar days are Korea's own, which in 2027 and 2028 differ from China's. Days that will be declared in future cannot
//! be known here: a definition of the same name in the configuration takes this one's place.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Location, NamedIntervals, Range, TimeInterval};

/// The name of the Korean public holidays.
pub const KOREA: &str = "kr-holidays";
const SEOUL: &str = "Asia/Seoul";

/// Year, month, days.
#[rustfmt::skip]
const KOREAN_DAYS: &[(i16, i16, &[i16])] = &[
    (2024, 1, &[1]),
    (2024, 2, &[9, 10, 11, 12]),
    (2024, 3, &[1]),
    (2024, 4, &[10]),
    (2024, 5, &[5, 6, 15]),
    (2024, 6, &[6]),
    (2024, 8, &[15]),
    (2024, 9, &[16, 17, 18]),
    (2024, 10, &[1, 3, 9]),
    (2024, 12, &[25]),
    (2025, 1, &[1, 27, 28, 29, 30]),
    (2025, 3, &[1, 3]),
    (2025, 5, &[5, 6]),
    (2025, 6, &[3, 6]),
    (2025, 8, &[15]),
    (2025, 10, &[3, 5, 6, 7, 8, 9]),
    (2025, 12, &[25]),
    (2026, 1, &[1]),
    (2026, 2, &[16, 17, 18]),
    (2026, 3, &[1, 2]),
    (2026, 5, &[1, 5, 24, 25]),
    (2026, 6, &[3, 6]),
    (2026, 7, &[17]),
    (2026, 8, &[15, 17]),
    (2026, 9, &[24, 25, 26]),
    (2026, 10, &[3, 5, 9]),
    (2026, 12, &[25]),
    (2027, 1, &[1]),
    (2027, 2, &[6, 7, 8, 9]),
    (2027, 3, &[1]),
    (2027, 5, &[1, 3, 5, 13]),
    (2027, 6, &[6]),
    (2027, 7, &[17, 19]),
    (2027, 8, &[15, 16]),
    (2027, 9, &[14, 15, 16]),
    (2027, 10, &[3, 4, 9, 11]),
    (2027, 12, &[25, 27]),
    (2028, 1, &[1, 26, 27, 28]),
    (2028, 3, &[1]),
    (2028, 4, &[12]),
    (2028, 5, &[1, 2, 5]),
    (2028, 6, &[6]),
    (2028, 7, &[17]),
    (2028, 8, &[15]),
    (2028, 10, &[2, 3, 4, 5, 9]),
    (2028, 12, &[25]),
    (2029, 1, &[1]),
    (2029, 2, &[12, 13, 14]),
    (2029, 3, &[1]),
    (2029, 5, &[1, 5, 7, 20, 21]),
    (2029, 6, &[6]),
    (2029, 7, &[17]),
    (2029, 8, &[15]),
    (2029, 9, &[21, 22, 23, 24]),
    (2029, 10, &[3, 9]),
    (2029, 12, &[25]),
    (2030, 1, &[1]),
    (2030, 2, &[2, 3, 4, 5]),
    (2030, 3, &[1, 27]),
    (2030, 5, &[1, 5, 6, 9]),
    (2030, 6, &[6, 12]),
    (2030, 7, &[17]),
    (2030, 8, &[15]),
    (2030, 9, &[11, 12, 13]),
    (2030, 10, &[3, 9]),
    (2030, 12, &[25]),
];

/// Returns the intervals by name. Without a time zone database there are none.
pub fn built_in() -> BTreeMap<String, NamedIntervals> {
    let Ok(zone) = TimeZone::get(SEOUL) else { return BTreeMap::new() };
    let location = Location { name: SEOUL.to_owned(), zone };
    let one = |n: i16| Range { begin: n, end: n };
    let intervals = KOREAN_DAYS.iter().map(|(year, month, days)| TimeInterval {
        times: None,
        weekdays: None,
        days_of_month: Some(days.iter().map(|day| one(*day)).collect()),
        months: Some(vec![one(*month)]),
        years: Some(vec![one(*year)]),
        location: Some(location.clone()),
    });
    let korea = NamedIntervals { name: KOREA.to_owned(), intervals: intervals.collect() };
    BTreeMap::from([(KOREA.to_owned(), korea)])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::{Date, Weekday, date};
    use jiff::{Span, ToSpan};

    use super::*;

    fn holidays() -> BTreeSet<Date> {
        let days = KOREAN_DAYS.iter().flat_map(|(y, m, days)| days.iter().map(move |d| (*y, *m, *d)));
        days.map(|(y, m, d)| date(y, i8::try_from(m).unwrap(), i8::try_from(d).unwrap())).collect()
    }

    fn is_holiday(moment: &str) -> bool {
        built_in()[KOREA].contains(moment.parse().unwrap())
    }

    #[test]
    fn days_are_seouls() {
        for (moment, expected) in [
            ("2026-02-16T14:59:59Z", true),
            ("2026-02-15T14:59:59Z", false),
            ("2026-02-15T15:00:00Z", true),
            ("2026-02-18T15:00:00Z", false),
            // A substitute holiday, and a declared one.
            ("2026-08-17T03:00:00Z", true),
            ("2025-01-27T03:00:00Z", true),
            // Korea's new year of 2027 is a day after China's.
            ("2027-02-09T03:00:00Z", true),
            // Constitution Day is a holiday again from 2026 on.
            ("2025-07-17T03:00:00Z", false),
            ("2026-07-17T03:00:00Z", true),
        ] {
            assert_eq!(is_holiday(moment), expected, "{moment}");
        }
    }

    /// The rules of the Act, written anew, make the same days of what is fixed in each year.
    #[test]
    fn the_table_follows_the_law() {
        // New year and harvest (the middle day), Buddha's birthday, by Korea's lunar calendar.
        let lunar = [
            (2024, (2, 10), (9, 17), (5, 15)),
            (2025, (1, 29), (10, 6), (5, 5)),
            (2026, (2, 17), (9, 25), (5, 24)),
            (2027, (2, 7), (9, 15), (5, 13)),
            (2028, (1, 27), (10, 3), (5, 2)),
            (2029, (2, 13), (9, 22), (5, 20)),
            (2030, (2, 3), (9, 12), (5, 9)),
        ];
        // Elections, and what the government declared.
        let others = [
            date(2024, 4, 10),
            date(2024, 10, 1),
            date(2025, 1, 27),
            date(2025, 6, 3),
            date(2026, 6, 3),
            date(2028, 4, 12),
            date(2030, 3, 27),
            date(2030, 6, 12),
        ];
        let mut all: BTreeSet<Date> = others.into();
        for (year, new_year, harvest, buddha) in lunar {
            let day = |(month, day): (i8, i8)| date(year, month, day);
            let around =
                |middle: Date| [-1, 0, 1].map(|d: i64| middle.checked_add(Span::new().days(d)).unwrap());
            let feasts = [around(day(new_year)), around(day(harvest))];
            // With a substitute if they fall on a Saturday, a Sunday or another holiday.
            let mut shifted = vec![
                day((3, 1)),
                day((5, 5)),
                day(buddha),
                day((8, 15)),
                day((10, 3)),
                day((10, 9)),
                day((12, 25)),
            ];
            if year >= 2026 {
                shifted.extend([day((5, 1)), day((7, 17))]);
            }
            let plain = [day((1, 1)), day((6, 6))];
            let of_year = || feasts.iter().flatten().chain(&shifted).chain(&plain).copied();
            all.extend(of_year());
            let next_working = |from: Date, all: &BTreeSet<Date>| {
                let mut day = from;
                while all.contains(&day) || matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                    day = day.checked_add(1.days()).unwrap();
                }
                day
            };
            let twice = |day: Date| of_year().filter(|other| *other == day).count() > 1;
            for feast in feasts {
                if feast.iter().any(|d| d.weekday() == Weekday::Sunday || twice(*d)) {
                    all.insert(next_working(feast[2], &all));
                }
            }
            let each_once: BTreeSet<Date> = shifted.iter().copied().collect();
            for day in each_once {
                let in_feast = feasts.iter().flatten().any(|d| *d == day);
                let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
                if !in_feast && (weekend || twice(day)) {
                    all.insert(next_working(day, &all));
                }
            }
        }
        assert_eq!(all, holidays());
    }
}
