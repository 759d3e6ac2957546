use std::path::Path;

use super::{NamedIntervals, TimeInterval};

fn read(text: &str) -> Result<TimeInterval, String> {
    let read = |value: &yaml::Value<'_>| yaml::Read::read(value);
    match yaml::read_document(text, "t.yml", Path::new("/"), read) {
        Ok((interval, _)) => Ok(interval),
        Err(problems) => Err(problems.to_string()),
    }
}

fn contains(text: &str, moment: &str) -> bool {
    read(text).unwrap().contains(moment.parse().unwrap())
}

#[test]
fn moments_in_and_out() {
    for (interval, inside, outside) in [
        ("{}", vec!["2026-01-01T00:00:00Z"], vec![]),
        (
            "{times: [{start_time: '09:00', end_time: '17:00'}], weekdays: ['monday:friday']}",
            vec!["2020-07-01T12:00:00Z", "2020-07-10T16:59:59Z", "2026-11-20T09:00:00Z"],
            vec!["2020-07-10T17:00:00Z", "2020-07-11T12:00:00Z", "2026-11-20T08:59:00Z"],
        ),
        (
            "{days_of_month: ['-10:-1'], months: [February], years: ['2020']}",
            vec!["2020-02-20T00:00:00Z", "2020-02-29T23:59:00Z"],
            vec!["2020-02-19T00:00:00Z", "2021-02-28T00:00:00Z", "2020-03-31T00:00:00Z"],
        ),
        // Days that a short month lacks: nothing is moved into the next month.
        (
            "{days_of_month: ['30:31', '1']}",
            vec!["2026-01-30T00:00:00Z", "2026-04-30T00:00:00Z", "2026-02-01T00:00:00Z"],
            vec!["2026-02-28T00:00:00Z", "2026-03-02T00:00:00Z"],
        ),
        ("{days_of_month: ['-31:-1']}", vec!["2026-02-01T00:00:00Z"], vec![]),
        (
            "{times: [{start_time: '00:00', end_time: '24:00'}], months: ['3:may']}",
            vec!["2026-03-01T00:00:00Z", "2026-05-31T23:59:59Z"],
            vec!["2026-06-01T00:00:00Z"],
        ),
        (
            "{times: [{start_time: '09:00', end_time: '18:00'}], location: Asia/Seoul}",
            vec!["2026-11-20T00:00:00Z", "2026-11-20T08:59:00Z"],
            vec!["2026-11-20T09:00:00Z", "2026-11-20T23:59:00Z"],
        ),
        // The clock of New York is moved on 2020-03-08.
        (
            "{times: [{start_time: '09:00', end_time: '10:00'}], location: America/New_York}",
            vec!["2020-03-07T14:00:00Z", "2020-03-09T13:00:00Z"],
            vec!["2020-03-09T14:00:00Z"],
        ),
        // A list that is there and empty never holds.
        ("{weekdays: []}", vec![], vec!["2026-01-01T00:00:00Z"]),
    ] {
        for moment in inside {
            assert!(contains(interval, moment), "{interval} {moment}");
        }
        for moment in outside {
            assert!(!contains(interval, moment), "{interval} {moment}");
        }
    }
}

#[test]
fn mistakes() {
    for (interval, expected) in [
        ("{times: [{start_time: '09:00'}]}", "both start and end times must be provided"),
        (
            "{times: [{start_time: '9:00', end_time: '10:00'}]}",
            "couldn't parse timestamp 9:00, invalid format",
        ),
        (
            "{times: [{start_time: '10:00', end_time: '24:01'}]}",
            "couldn't parse timestamp 24:01, invalid format",
        ),
        (
            "{times: [{start_time: '10:00', end_time: '10:00'}]}",
            "start time cannot be equal or greater than end time",
        ),
        ("{weekdays: ['friday:monday']}", "start day cannot be before end day"),
        ("{weekdays: ['mon']}", "mon is not a valid weekday"),
        (
            "{weekdays: ['monday:tuesday:friday']}",
            "couldn't parse range monday:tuesday:friday, invalid format",
        ),
        ("{days_of_month: ['0']}", "0 is not a valid day of the month: out of range"),
        ("{days_of_month: ['1:32']}", "32 is not a valid day of the month: out of range"),
        ("{days_of_month: ['-3:3']}", "end day must be negative if start day is negative"),
        ("{days_of_month: ['31:-28']}", "end day -28 is always before start day 31"),
        ("{months: ['may:march']}", "end month march is before start month may"),
        ("{months: ['brumaire']}", "brumaire is not a valid month"),
        ("{months: ['13']}", "13 is not a valid month"),
        ("{years: ['2021:2020']}", "end year 2020 is before start year 2021"),
        ("{years: ['x']}", "strconv.Atoi: parsing \"x\": invalid syntax"),
        ("{location: Asia/Soul}", "unknown time zone Asia/Soul"),
    ] {
        let found = read(interval).unwrap_err();
        assert!(found.contains(expected), "{interval}: {found}");
    }
}

#[test]
fn names_are_needed() {
    let text = "time_intervals: [{years: ['2026']}]";
    let read = |value: &yaml::Value<'_>| NamedIntervals::read_as(value, "time interval");
    let problems = yaml::read_document(text, "t.yml", Path::new("/"), read).unwrap_err();
    assert!(problems.to_string().contains("missing name in time interval"), "{problems}");
}
