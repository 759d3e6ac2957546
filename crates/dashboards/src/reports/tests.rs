use serde_json::json;

use super::*;

fn at(text: &str) -> i64 {
    text.parse::<jiff::Zoned>().unwrap().timestamp().as_millisecond()
}

#[test]
fn schedules_are_due_on_the_clock_of_their_zone() {
    let cases = [
        ("0 9 * * 1", "2026-11-20T10:00+09:00[Asia/Seoul]", "2026-11-23T09:00+09:00[Asia/Seoul]"),
        ("0 9 * * mon-fri", "2026-11-20T09:00+09:00[Asia/Seoul]", "2026-11-23T09:00+09:00[Asia/Seoul]"),
        ("*/15 * * * *", "2026-11-20T10:07+00:00[UTC]", "2026-11-20T10:15+00:00[UTC]"),
        ("30 8,20 * * *", "2026-11-20T08:30+00:00[UTC]", "2026-11-20T20:30+00:00[UTC]"),
        ("0 0 29 feb *", "2026-03-01T00:00+00:00[UTC]", "2028-02-29T00:00+00:00[UTC]"),
        ("0 0 13 * 5", "2026-11-14T00:00+00:00[UTC]", "2026-11-20T00:00+00:00[UTC]"),
        ("@monthly", "2026-11-20T00:00+00:00[UTC]", "2026-12-01T00:00+00:00[UTC]"),
        ("0 0 * * 7", "2026-11-20T00:00+00:00[UTC]", "2026-11-22T00:00+00:00[UTC]"),
        ("30 2 * * *", "2026-03-28T12:00+01:00[Europe/Berlin]", "2026-03-29T03:30+02:00[Europe/Berlin]"),
        ("5/20 * * * *", "2026-11-20T10:06+00:00[UTC]", "2026-11-20T10:25+00:00[UTC]"),
    ];
    for (schedule, after, want) in cases {
        let zone = after.parse::<jiff::Zoned>().unwrap().time_zone().clone();
        assert_eq!(Schedule::parse(schedule).unwrap().next(at(after), &zone), Some(at(want)), "{schedule}");
    }
    let never = Schedule::parse("0 0 31 2 *").unwrap();
    assert_eq!(never.next(0, &TimeZone::UTC), None);
    for bad in [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "x * * * *",
    ] {
        assert!(Schedule::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn files_say_what_is_sent_to_whom() {
    let file: ReportFile = serde_json::from_value(json!({
        "smtp": {"smtp_smarthost": "mail:25"},
        "reports": [
            {"name": "주간 보고", "dashboard": "d", "schedule": "@weekly", "timeZone": "Asia/Seoul", "recipients": ["a@b"],
             "variables": {"job": ["a", "b"], "n": 5}, "language": "ko"},
            {"name": "주간 보고", "dashboard": "d", "schedule": "@weekly", "recipients": ["a@b"]},
            {"name": "a/b", "dashboard": "d", "schedule": "@weekly", "recipients": ["a@b"]},
            {"name": "x", "schedule": "@weekly", "recipients": ["a@b"]},
            {"name": "x", "dashboard": "d", "schedule": "often", "recipients": ["a@b"]},
            {"name": "x", "dashboard": "d", "schedule": "@weekly"},
            {"name": "x", "dashboard": "d", "schedule": "@weekly", "recipients": ["a@b"], "formats": ["gif"]},
            {"name": "x", "dashboard": "d", "schedule": "@weekly", "recipients": ["a@b"], "timeZone": "Mars/Base"},
        ],
    }))
    .unwrap();
    let (reports, problems) = resolve(file);
    assert_eq!((reports.len(), problems.len()), (1, 7), "{problems:?}");
    let report = &reports[0];
    assert_eq!(report.variables["job"], ["a", "b"]);
    assert_eq!(
        (report.variables["n"][0].as_str(), report.formats[0].as_str(), report.korean),
        ("5", "pdf", true)
    );
}
