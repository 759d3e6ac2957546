//! Functions of dates, in UTC and the proleptic Gregorian calendar.

/// From the first of January of the year -292277022399 to 1970; Go counts time from there.
const FIRST_YEAR_SECONDS: u64 = 9_223_372_028_715_321_600;

/// A moment taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    year: i64,
    /// 1..=12
    month: i64,
    /// 1..=31
    day: i64,
    /// Days since 1970-01-01.
    days: i64,
    /// Seconds since midnight.
    second: i64,
}

/// Days from 1970-01-01 to a date (Howard Hinnant's algorithm: years begin in March).
fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl Date {
    /// Takes seconds since the epoch apart.
    pub(crate) fn from_seconds(seconds: i64) -> Date {
        // Counted from Go's first year, without a sign: the first few hours of 64-bit seconds wrap round to the last days,
        // and they are what NaN and infinities stand for.
        let since_first_year = (seconds as u64).wrapping_add(FIRST_YEAR_SECONDS);
        let days = (since_first_year / 86_400) as i64 - (FIRST_YEAR_SECONDS / 86_400) as i64;
        let second = (since_first_year % 86_400) as i64;
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z - era * 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let m = (5 * day_of_year + 2) / 153;
        let month = if m < 10 { m + 3 } else { m - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date { year, month, day: day_of_year - (153 * m + 2) / 5 + 1, days, second }
    }

    /// The moment a sample value stands for; what fits in no 64-bit integer is the least one, as on amd64.
    pub(crate) fn from_value(v: f64) -> Date {
        Date::from_seconds(seconds_of(v))
    }
}

/// The whole seconds of a sample value; what fits in no 64-bit integer is the least one.
pub(crate) fn seconds_of(v: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&v) { v as i64 } else { i64::MIN }
}

/// 28 to 31.
pub(crate) fn days_in_month(d: &Date) -> f64 {
    let next = if d.month == 12 { days_from(d.year + 1, 1, 1) } else { days_from(d.year, d.month + 1, 1) };
    (next - days_from(d.year, d.month, 1)) as f64
}

/// From 1.
pub(crate) fn day_of_month(d: &Date) -> f64 {
    d.day as f64
}

/// Sunday is 0.
pub(crate) fn day_of_week(d: &Date) -> f64 {
    (d.days + 4).rem_euclid(7) as f64
}

/// From 1.
pub(crate) fn day_of_year(d: &Date) -> f64 {
    (d.days - days_from(d.year, 1, 1) + 1) as f64
}

/// 0 to 23.
pub(crate) fn hour(d: &Date) -> f64 {
    (d.second / 3_600) as f64
}

/// 0 to 59.
pub(crate) fn minute(d: &Date) -> f64 {
    (d.second / 60 % 60) as f64
}

/// January is 1.
pub(crate) fn month(d: &Date) -> f64 {
    d.month as f64
}

/// The year.
pub(crate) fn year(d: &Date) -> f64 {
    d.year as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_dates_apart() {
        // seconds, year, month, day, weekday, day of year, days in month, hour, minute
        let cases = [
            (0, [1970.0, 1.0, 1.0, 4.0, 1.0, 31.0, 0.0, 0.0]),
            (951_868_799, [2000.0, 2.0, 29.0, 2.0, 60.0, 29.0, 23.0, 59.0]),
            (-1, [1969.0, 12.0, 31.0, 3.0, 365.0, 31.0, 23.0, 59.0]),
            (4_107_542_399, [2100.0, 2.0, 28.0, 0.0, 59.0, 28.0, 23.0, 59.0]),
            (1_483_228_800, [2017.0, 1.0, 1.0, 0.0, 1.0, 31.0, 0.0, 0.0]),
        ];
        for (seconds, expected) in cases {
            let d = Date::from_seconds(seconds);
            let got = [
                year(&d),
                month(&d),
                day_of_month(&d),
                day_of_week(&d),
                day_of_year(&d),
                days_in_month(&d),
                hour(&d),
                minute(&d),
            ];
            assert_eq!(got, expected, "{seconds}");
        }
    }

    #[test]
    fn no_number_is_a_date_too() {
        let d = Date::from_value(f64::NAN);
        assert_eq!([month(&d), hour(&d), minute(&d)], [12.0, 15.0, 30.0]);
    }

    #[test]
    fn no_value_panics() {
        for v in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 9.3e18] {
            let d = Date::from_value(v);
            let _: f64 = year(&d) + days_in_month(&d) + day_of_year(&d) + day_of_week(&d);
        }
    }
}
