//! Time zones by their IANA names.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// Finds a zone: in the system's database, or the one that is built in where the system has none.
    pub(crate) fn find(name: &str) -> Option<Zone> {
        TimeZone::get(name).ok().map(Zone)
    }

    /// What a clock on the wall shows at a moment, as seconds since its own 1970. Moments outside of the years -9999 to 9999 have no offset.
    pub(crate) fn wall_seconds(&self, seconds: i64) -> i64 {
        match Timestamp::from_second(seconds) {
            Ok(t) => seconds.saturating_add(i64::from(self.0.to_offset(t).seconds())),
            Err(_) => seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_put_forward_and_back() {
        let berlin = Zone::find("Europe/Berlin").unwrap();
        for (utc, hours) in [(1_711_846_799, 1), (1_711_846_800, 2), (1_729_990_799, 2), (1_729_990_800, 1)] {
            assert_eq!(berlin.wall_seconds(utc) - utc, hours * 3600, "{utc}");
        }
        let kathmandu = Zone::find("Asia/Kathmandu").unwrap();
        assert_eq!(kathmandu.wall_seconds(1_700_000_000) - 1_700_000_000, 5 * 3600 + 45 * 60);
        assert_eq!(Zone::find("utc").unwrap().wall_seconds(7), 7);
    }

    #[test]
    fn what_is_no_zone_or_no_year_does_no_harm() {
        assert!(
            Zone::find("").is_none()
                && Zone::find("Mars/Olympus").is_none()
                && Zone::find("../etc").is_none()
        );
        let zone = Zone::find("Asia/Seoul").unwrap();
        assert_eq!(zone.wall_seconds(i64::MIN), i64::MIN);
        assert_eq!(zone.wall_seconds(i64::MAX), i64::MAX);
    }
}
