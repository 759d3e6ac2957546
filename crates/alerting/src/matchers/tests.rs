use model::{Labels, MatchOp};

use super::{Matcher, Syntax, parse, parse_one};

fn shown(text: &str, syntax: Syntax) -> String {
    match parse(text, syntax) {
        Ok(parsed) => parsed.value.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn lists_in_the_utf8_syntax() {
    for (text, expected) in [
        ("", "{}"),
        ("{}", "{}"),
        ("{foo=bar,}", r#"{foo="bar"}"#),
        ("foo!=bar", r#"{foo!="bar"}"#),
        ("{ foo =~ [a-z]+ , bar!~\"x\" }", r#"{foo=~"[a-z]+",bar!~"x"}"#),
        ("{foo=🙂bar}", r#"{foo="🙂bar"}"#),
        (r#"{"foo"="\xf0\x9f\x99\x82"}"#, r#"{foo="🙂"}"#),
        (r#"{"foo"="\U0001f642\t\101"}"#, "{foo=\"🙂\tA\"}"),
        (r#"{"foo bar"="\"a\"\\\n"}"#, r#"{"foo bar"="\"a\"\\\n"}"#),
        (r#"{foo="\"a\"\\\n"}"#, r#"{foo="\"a\"\\\n"}"#),
        ("foo=bar,bar!=baz", r#"{foo="bar",bar!="baz"}"#),
    ] {
        assert_eq!(shown(text, Syntax::Utf8), expected, "{text}");
    }
}

#[test]
fn mistakes_in_the_utf8_syntax() {
    for (text, expected) in [
        (",", "0:1: unexpected ,: expected label name"),
        ("{,}", "1:2: unexpected ,: expected label name"),
        ("{", "0:1: end of input: expected close brace"),
        ("}", "0:1: }: expected opening brace"),
        ("foo=bar}", "0:8: }: expected opening brace"),
        ("{foo=bar", "0:8: end of input: expected close brace"),
        ("{foo=:\"bar\"}", "6:11: unexpected \"bar\": expected a comma or close brace"),
        (r#"{foo="bar\w"}"#, r#"5:12: "bar\w": invalid input"#),
        (r"{foo=bar\n}", r"8:9: \: invalid input: expected a comma or close brace"),
        (r#"{"foo"="\xf0\x9f"}"#, r#"7:17: "\xf0\x9f": invalid input"#),
        ("foo", "end of input: expected an operator such as '=', '!=', '=~' or '!~'"),
        ("foo=", "end of input: expected label value"),
        ("foo!bar", "3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"),
        ("foo=\"bar", "4:8: \"bar: missing end \": expected label value"),
        ("foo=a,,", "6:7: unexpected ,: expected a matcher or close brace after comma"),
        ("{foo=a} x", "8:9: x: expected end of input"),
    ] {
        assert_eq!(shown(text, Syntax::Utf8), expected, "{text}");
    }
}

#[test]
fn the_classic_syntax_forgives_more() {
    for (text, expected) in [
        (r#"{foo="bar", dings != "bums", }"#, r#"{foo="bar",dings!="bums"}"#),
        ("foo=,bar= x y ", r#"{foo="",bar="x y"}"#),
        (r#"foo="a,b",bar=c"#, r#"{foo="a,b",bar="c"}"#),
        (r"foo=\d\n\", r#"{foo="\\d\n\\"}"#),
        ("foo:bar=1", r#"{foo:bar="1"}"#),
        ("foo=a=~b", r#"{foo="a=~b"}"#),
        ("foo", "bad matcher format: foo"),
        ("1a=b", "bad matcher format: 1a=b"),
        ("foo=a\"b", "matcher value contains unescaped double quote: a\"b"),
        ("foo=\"ab", "matcher value contains unescaped double quote: \"ab"),
    ] {
        assert_eq!(shown(text, Syntax::Classic), expected, "{text}");
    }
}

#[test]
fn the_classic_meaning_holds_where_the_two_differ() {
    let classic_only = parse(r#"{foo=~"\d+"}"#, Syntax::Fallback).unwrap();
    assert_eq!(classic_only.value.to_string(), r#"{foo=~"\\d+"}"#);
    assert!(classic_only.warning.unwrap().contains("classic"));

    let different = parse(r#"foo="\\n""#, Syntax::Fallback).unwrap();
    assert_eq!(different.warning, None, "both read a backslash and an n");
    let different = parse(r#"foo="\101""#, Syntax::Fallback).unwrap();
    assert_eq!(different.value.0[0].value(), r"\101");
    assert!(different.warning.is_some());

    let new_only = parse("foo.bar=🙂", Syntax::Fallback).unwrap();
    assert_eq!(new_only.value.to_string(), r#"{foo.bar="🙂"}"#);
    assert_eq!(new_only.warning, None);
    assert_eq!(parse("1=2=3", Syntax::Fallback).unwrap_err().to_string(), "bad matcher format: 1=2=3");
}

#[test]
fn a_single_matcher_has_no_braces() {
    for (text, expected) in
        [("{foo=bar}", "unexpected open or close brace: {foo=bar}"), ("", "bad matcher format: ")]
    {
        assert_eq!(parse_one(text, Syntax::Fallback).unwrap_err().to_string(), expected);
    }
    assert_eq!(parse_one("a=b,c=d", Syntax::Utf8).unwrap_err().to_string(), "expected 1 matcher, found 2");
    assert_eq!(parse_one("", Syntax::Utf8).unwrap_err().to_string(), "no matchers");
    assert_eq!(parse_one("a=~b|c", Syntax::Fallback).unwrap().value.to_string(), r#"a=~"b|c""#);
}

#[test]
fn matching() {
    let labels = Labels::from_pairs([("a", "one\ntwo"), ("b", "x")]);
    for (op, name, value, expected) in [
        (MatchOp::Equal, "b", "x", true),
        (MatchOp::Equal, "c", "", true),
        (MatchOp::NotEqual, "c", "x", true),
        (MatchOp::Regex, "b", "x|y", true),
        (MatchOp::Regex, "b", "x|yz?", true),
        (MatchOp::Regex, "b", "", false),
        (MatchOp::NotRegex, "b", "[^x]", true),
        // Unlike in PromQL, a dot does not match a line break.
        (MatchOp::Regex, "a", "one.two", false),
        (MatchOp::Regex, "a", "(?s)one.two", true),
    ] {
        let matcher = Matcher::new(op, name, value).unwrap();
        assert_eq!(matcher.matches(labels.get(name)), expected, "{matcher}");
    }
    assert!(Matcher::new(MatchOp::Regex, "a", "(").unwrap_err().to_string().contains("("));
}

#[test]
fn regex_bombs_are_refused_or_quick() {
    for bomb in ["(x{1000}){1000}", "((x{100}){100}){100}", "(a|b|c){0,1000000}"] {
        let error = Matcher::new(MatchOp::Regex, "a", bomb).expect_err(bomb).to_string();
        assert!(error.len() < 1000, "{error}");
        let text = format!("a=~\"{bomb}\"");
        assert!(parse(&text, Syntax::Fallback).is_err(), "{bomb}");
    }
    let deep = format!("{}x{}", "(".repeat(2000), ")".repeat(2000));
    assert!(Matcher::new(MatchOp::Regex, "a", &deep).is_err(), "nesting is bounded");
    // Exponential for matchers that backtrack.
    let long = format!("{}!", "a".repeat(100_000));
    for slow in ["(a+)+", "(a|aa)+", "(.*)*(.*)*(.*)*x", "(a?){50}a{50}"] {
        let matcher = Matcher::new(MatchOp::Regex, "a", slow).unwrap();
        assert!(!matcher.matches(&long), "{slow}");
    }
}
