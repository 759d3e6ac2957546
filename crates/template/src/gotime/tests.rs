use super::{Time, format_duration};

#[test]
fn layouts_print_as_in_go() {
    let time = Time::from_ms(1_353_755_652_007); // 2012-11-24 11:14:12.007
    let seoul = time.in_zone("Asia/Seoul").unwrap();
    for (layout, utc, korean) in [
        ("2006-01-02 15:04:05", "2012-11-24 11:14:12", "2012-11-24 20:14:12"),
        ("Mon Jan 2 15:04:05 2006", "Sat Nov 24 11:14:12 2012", "Sat Nov 24 20:14:12 2012"),
        ("Monday, January _2, 06", "Saturday, November 24, 12", "Saturday, November 24, 12"),
        ("3:04PM 03 pm", "11:14AM 11 am", "8:14PM 08 pm"),
        ("2006-01-02T15:04:05Z07:00", "2012-11-24T11:14:12Z", "2012-11-24T20:14:12+09:00"),
        ("-0700 MST -07", "+0000 UTC +00", "+0900 KST +09"),
        ("05.000 05.999999999 05.9", "12.007 12.007 12", "12.007 12.007 12"),
        ("1/2 002 __2", "11/24 329 329", "11/24 329 329"),
        ("no pieces here", "no pieces here", "no pieces here"),
        ("일시: 2006년 1월 2일", "일시: 2012년 11월 24일", "일시: 2012년 11월 24일"),
    ] {
        assert_eq!((time.format(layout).as_str(), seoul.format(layout).as_str()), (utc, korean), "{layout}");
    }
    assert_eq!(time.to_string(), "2012-11-24 11:14:12.007 +0000 UTC");
    assert_eq!(Time::zero().to_string(), "0001-01-01 00:00:00 +0000 UTC");
    assert_eq!(time.in_zone("Nowhere/City").unwrap_err(), "unknown time zone Nowhere/City");
}

#[test]
fn layouts_read_as_in_go() {
    for (layout, text, want) in [
        ("2006-01-02", "2012-11-24", Ok("2012-11-24 00:00:00 +0000 UTC")),
        ("2006-01-02 15:04:05", "2012-11-24 11:14:12.5", Ok("2012-11-24 11:14:12.5 +0000 UTC")),
        ("2006-01-02T15:04:05Z07:00", "2012-11-24T20:14:12+09:00", Ok("2012-11-24 20:14:12 +0900 +09")),
        ("Jan _2 3:04PM", "Nov  4 8:15PM", Ok("0000-11-04 20:15:00 +0000 UTC")),
        (
            "2006-01-02",
            "yesterday",
            Err("parsing time \"yesterday\" as \"2006-01-02\": cannot parse \"yesterday\" as \"2006\""),
        ),
        ("2006", "2012x", Err("parsing time \"2012x\" as \"2006\": extra text: \"x\"")),
        ("2006-01-02", "2012-02-30", Err("parsing time \"2012-02-30\": day out of range")),
    ] {
        let found = Time::parse(layout, text).map(|t| t.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), want, "{text}");
    }
}

#[test]
fn durations_print_as_in_go() {
    for (ns, want) in [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (3_300_000_000, "3.3s"),
        (245_000_000_000, "4m5s"),
        (18_367_001_000_000, "5h6m7.001s"),
        (-1_800_000_000_000, "-30m0s"),
        (i64::MAX, "2562047h47m16.854775807s"),
        (i64::MIN, "-2562047h47m16.854775808s"),
    ] {
        assert_eq!(format_duration(ns), want);
    }
}
