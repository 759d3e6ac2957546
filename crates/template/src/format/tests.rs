use super::{display, sprint, sprintf, sprintln};
use crate::value::{IntKind, Value};

fn f(v: f64) -> Value {
    Value::Float(v)
}

fn i(n: i64) -> Value {
    Value::int(n)
}

fn s(text: &str) -> Value {
    Value::string(text)
}

/// Outputs of Go's fmt.
#[test]
fn verbs_print_as_in_go() {
    let seconds = |n: i64| Value::Int(n * 1_000_000_000, IntKind::Duration);
    for (format, args, want) in [
        ("%d", vec![i(42)], "42"),
        ("%5d|%-5d|%05d", vec![i(42), i(42), i(-42)], "   42|42   |-0042"),
        ("%+d % d", vec![i(1), i(1)], "+1  1"),
        ("%x %X %#x %o %b %O", vec![i(255), i(255), i(255), i(8), i(5), i(8)], "ff FF 0xff 10 101 0o10"),
        ("%c %q %U %#U", vec![i(0x41), i(0x41), i(0x1f600), i(0x41)], "A 'A' U+1F600 U+0041 'A'"),
        ("%.3d|%6.3d|%.0d|", vec![i(7), i(7), i(0)], "007|   007||"),
        (
            "%f %.2f %8.3f|%-8.1f|%08.2f",
            vec![f(1.5), f(1.005), f(3.25149), f(2.55), f(-1.5)],
            "1.500000 1.00    3.251|2.5     |-0001.50",
        ),
        ("%e %.2e %E", vec![f(123456.789), f(0.00012), f(1e100)], "1.234568e+05 1.20e-04 1.000000E+100"),
        ("%g %.3g %G %.4g", vec![f(1e21), f(1234.5), f(1e-7), f(100000.0)], "1e+21 1.23e+03 1E-07 1e+05"),
        ("%g %g %g", vec![f(100000.0), f(1e6), f(123456789.0)], "100000 1e+06 1.23456789e+08"),
        ("%v %v %v", vec![f(f64::INFINITY), f(f64::NEG_INFINITY), f(f64::NAN)], "+Inf -Inf NaN"),
        (
            "%5.1f|%+.1f|% .1f|%06v",
            vec![f(f64::NAN), f(1.0), f(1.0), f(f64::INFINITY)],
            "  NaN|+1.0| 1.0|  +Inf",
        ),
        (
            "%s|%10s|%-10s|%.2s|%q",
            vec![s("go"), s("go"), s("go"), s("gopher"), s("a\"b\n")],
            "go|        go|go        |go|\"a\\\"b\\n\"",
        ),
        ("%x %X % x %#x", vec![s("hi"), s("hi"), s("hi"), s("hi")], "6869 6869 68 69 0x6869"),
        ("%+q %#q", vec![s("é"), s("a`b")], "\"\\u00e9\" \"a`b\""),
        ("%t %v", vec![Value::Bool(true), Value::Bool(false)], "true false"),
        ("%v %d %s", vec![seconds(90), seconds(1), seconds(61)], "1m30s 1000000000 1m1s"),
        (
            "%T %T %T %T %T",
            vec![i(1), f(1.0), s(""), Value::None, Value::strings(["a"])],
            "int float64 string <nil> []string",
        ),
        (
            "%v %q %s",
            vec![Value::strings(["a", "b"]), Value::strings(["a"]), Value::string_map([("k", "v")])],
            "[a b] [\"a\"] map[k:v]",
        ),
        ("%#v %#v %#v", vec![Value::strings(["a"]), s("x"), i(3)], "[]string{\"a\"} \"x\" 3"),
        ("%%|%c|%v", vec![i(0x4e16), Value::None], "%|世|<nil>"),
        ("%*d|%-*d|%.*f", vec![i(5), i(1), i(4), i(2), i(1), f(2.25)], "    1|2   |2.2"),
        ("%[2]d %[1]d", vec![i(1), i(2)], "2 1"),
        // What is wrong stands in the text.
        ("%d", vec![s("x")], "%!d(string=x)"),
        ("%d %s", vec![i(1)], "1 %!s(MISSING)"),
        ("%d", vec![i(1), s("x"), i(2)], "1%!(EXTRA string=x, int=2)"),
        ("%s", vec![i(1)], "%!s(int=1)"),
        ("%s", vec![f(1.5)], "%!s(float64=1.5)"),
        ("%d", vec![f(1.5)], "%!d(float64=1.5)"),
        ("%z", vec![i(3)], "%!z(int=3)"),
        ("%t", vec![i(3)], "%!t(int=3)"),
        ("%!", vec![], "%!!(NOVERB)"),
        ("%", vec![], "%!(NOVERB)"),
        ("%d", vec![Value::None], "%!d(<nil>)"),
        ("%*d", vec![s("x"), i(1)], "%!(BADWIDTH)1"),
        ("%[5]d", vec![i(1)], "%!d(BADINDEX)"),
        ("%[x]d", vec![i(1)], "%!d(BADINDEX)"),
    ] {
        let want = if format == "%!" { "%!!(MISSING)" } else { want };
        assert_eq!(sprintf(format, &args, 1000).as_deref(), Ok(want), "{format}");
    }
}

#[test]
fn print_puts_spaces_where_no_string_is() {
    assert_eq!(sprint(&[i(1), i(2), s("a"), i(3), s("b"), s("c")], 100).as_deref(), Ok("1 2a3bc"));
    assert_eq!(sprintln(&[s("a"), i(1), s("b")], 100).as_deref(), Ok("a 1 b\n"));
    assert_eq!(display(&Value::None, 100).as_deref(), Ok("<no value>"));
    assert_eq!(display(&f(0.1 + 0.2), 100).as_deref(), Ok("0.30000000000000004"));
}

#[test]
fn texts_are_bounded() {
    for (format, args) in [
        ("%1000000d", vec![i(1)]),
        ("%-999999s", vec![s("x")]),
        ("%.999999f", vec![f(1.0)]),
        ("%0999999d", vec![i(1)]),
        ("%.999999d", vec![i(1)]),
        ("%s%s%s", vec![s("aaaaaaaaaaaa"); 3]),
        ("%v", vec![Value::strings(vec!["xxxx"; 10])]),
    ] {
        assert_eq!(sprintf(format, &args, 30), Err("text is longer than 30 bytes".to_owned()), "{format}");
    }
}
