use super::*;

/// Values with Go's `'g'`, `'f'` and Prometheus's JSON form.
const FORMATS: &[(f64, &str, &str, &str)] = &[
    (0.0, "0", "0", "0"),
    (-0.0, "-0", "-0", "-0"),
    (1.0, "1", "1", "1"),
    (-1.5, "-1.5", "-1.5", "-1.5"),
    (100000.0, "100000", "100000", "100000"),
    (1e6, "1e+06", "1000000", "1000000"),
    (123456789.0, "1.23456789e+08", "123456789", "123456789"),
    (1e20, "1e+20", "100000000000000000000", "100000000000000000000"),
    (1e21, "1e+21", "1000000000000000000000", "1e+21"),
    (1.5e300, "1.5e+300", "", "1.5e+300"),
    (0.1, "0.1", "0.1", "0.1"),
    (0.0001, "0.0001", "0.0001", "0.0001"),
    (0.00001, "1e-05", "0.00001", "0.00001"),
    (0.000001, "1e-06", "0.000001", "0.000001"),
    (1e-7, "1e-07", "0.0000001", "1e-07"),
    (0.30000000000000004, "0.30000000000000004", "0.30000000000000004", "0.30000000000000004"),
    (1234567.25, "1.23456725e+06", "1234567.25", "1234567.25"),
    (9007199254740993.0, "9.007199254740992e+15", "9007199254740992", "9007199254740992"),
    (f64::MAX, "1.7976931348623157e+308", "", "1.7976931348623157e+308"),
    (5e-324, "5e-324", "", "5e-324"),
    (f64::INFINITY, "+Inf", "+Inf", "+Inf"),
    (f64::NEG_INFINITY, "-Inf", "-Inf", "-Inf"),
    (f64::NAN, "NaN", "NaN", "NaN"),
];

#[test]
fn formats_as_go() {
    for &(v, g, f, json) in FORMATS {
        assert_eq!(format_g(v), g, "'g' of {v:?}");
        assert_eq!(format_json(v), json, "JSON of {v:?}");
        if !f.is_empty() {
            assert_eq!(format_f(v), f, "'f' of {v:?}");
        }
    }
}

#[test]
fn reads_what_go_reads() {
    for (text, want) in [
        ("1", Some(1.0)),
        ("+1.5e3", Some(1500.0)),
        ("-.5", Some(-0.5)),
        ("5.", Some(5.0)),
        ("1_000.5", Some(1000.5)),
        ("1__0", None),
        ("_1", None),
        ("1_", None),
        ("0x1p-2", Some(0.25)),
        ("0x1.8p1", Some(3.0)),
        ("0x_1p4", Some(16.0)),
        ("0x10", None),
        ("0x.p1", None),
        ("-0x1p0", Some(-1.0)),
        ("1e400", Some(f64::INFINITY)),
        ("1e-400", Some(0.0)),
        ("Inf", Some(f64::INFINITY)),
        ("-infinity", Some(f64::NEG_INFINITY)),
        ("+iNf", Some(f64::INFINITY)),
        ("infin", None),
        ("+nan", None),
        ("", None),
        ("-", None),
        ("e5", None),
        ("1e", None),
        ("--1", None),
        (" 1", None),
        ("1 ", None),
    ] {
        assert_eq!(parse_float(text), want, "{text:?}");
    }
    assert!(parse_float("NaN").is_some_and(f64::is_nan));
    assert_eq!(parse_float_in_range("1e400"), None);
    assert_eq!(parse_float_in_range("Inf"), Some(f64::INFINITY));
}

#[test]
fn quotes_as_go() {
    for (text, want) in [
        ("plain", r#""plain""#),
        ("a\"b\\c", r#""a\"b\\c""#),
        ("\n\t\r\x07\x08\x0c\x0b\0\x1b\x7f", r#""\n\t\r\a\b\f\v\x00\x1b\x7f""#),
        ("한글 é", r#""한글 é""#),
        ("\u{200b}\u{a0}\u{feff}", r#""\u200b\u00a0\ufeff""#),
        ("e\u{301}", "\"e\u{301}\""),
        ("\u{10ffff}", r#""\U0010ffff""#),
    ] {
        assert_eq!(quote(text), want, "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn every_form_reads_back(bits: u64) {
        let v = f64::from_bits(bits);
        proptest::prop_assume!(v.is_finite());
        for text in [format_g(v), format_f(v), format_json(v)] {
            proptest::prop_assert_eq!(parse_float(&text).map(f64::to_bits), Some(bits), "{}", text);
        }
    }
}
