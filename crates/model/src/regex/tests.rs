use super::*;

#[test]
fn matches_as_go() {
    for (pattern, yes, no) in [
        ("foo", &["foo"][..], &["foobar", "xfoo", ""][..]),
        ("foo|bar", &["foo", "bar"], &["foobar", ""]),
        ("fo?o(ba[rz])?", &["fo", "foobar", "foobaz", "foo"], &["foobab"]),
        (".*", &["", "x", "a\nb"], &[]),
        (".+", &["x", "\n"], &[""]),
        ("foo.*", &["foo", "foo\n", "foobar"], &["fo", "xfoo"]),
        (".*foo", &["foo", "xfoo"], &["foox"]),
        (".+foo", &["xfoo"], &["foo"]),
        (".*foo.*", &["foo", "xfoox"], &["fo"]),
        ("(?i)foo", &["FOO", "fOo"], &["bar"]),
        ("(?i:foo)bar", &["FOObar"], &["FOOBAR"]),
        ("(?i)\u{212a}", &["k", "K", "\u{212a}"], &["l"]),
        ("(?-s).", &["a"], &["\n"]),
        (r"\d+", &["123"], &["١٢٣", "x"]),
        (r"\w", &["a", "_"], &["é"]),
        (r"\s", &[" ", "\t", "\n", "\r", "\x0c"], &["\x0b", "\u{a0}"]),
        (r"\D\S\W", &["x- ", "éé "], &["1- "]),
        (r"\Qa.b*\E+", &["a.b*", "a.b**"], &["axb*"]),
        (r"\Qa|b", &["a|b"], &["a"]),
        ("a{2}", &["aa"], &["a", "aaa"]),
        ("a{2,}", &["aa", "aaaa"], &["a"]),
        ("a{,3}", &["a{,3}"], &["aa"]),
        ("a{x}", &["a{x}"], &["a"]),
        ("{", &["{"], &[""]),
        ("a{01}", &["a{01}"], &["a"]),
        ("[]a]", &["]", "a"], &["b"]),
        ("[^]a]", &["b", "\n"], &["]", "a"]),
        ("[a-]", &["a", "-"], &["b"]),
        ("[-a]", &["a", "-"], &["b"]),
        ("[[a]]", &["[]", "a]"], &["a"]),
        ("[a&&b]", &["a", "&", "b"], &["c"]),
        ("[[:alpha:]_]+", &["ab_"], &["a1"]),
        ("[[:^digit:]]", &["a"], &["1"]),
        (r"[\d\-x]+", &["1-x"], &["y"]),
        (r"\p{Greek}+", &["αβ"], &["a"]),
        (r"\pL\PL", &["a1", "한1"], &["aa"]),
        (r"\p{^L}", &["1"], &["a"]),
        (r"\x41\x{42}\103", &["ABC"], &["abc"]),
        (r"\<a\>", &["<a>"], &["a"]),
        (r"\.\-\/\@\ ", &[".-/@ "], &["a"]),
        (r"\bfoo\b", &["foo"], &["foox"]),
        ("^foo$", &["foo"], &["foo\n"]),
        ("(?m)^a$\n^b$", &["a\nb"], &["ab"]),
        ("()", &[""], &["x"]),
        ("", &[""], &["x"]),
        ("a||b", &["a", "", "b"], &["ab"]),
        ("(a+)+b", &["aaaab"], &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"]),
        ("(?:x|(?P<n>y))z", &["xz", "yz"], &["z"]),
        ("(?<n>y)", &["y"], &[]),
        ("(?U)a+", &["a", "aa"], &[]),
        ("한글.", &["한글!"], &["한글"]),
    ] {
        let regex = Regex::anchored(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
        for value in yes {
            assert!(regex.is_match(value), "{pattern:?} should match {value:?} ({:?})", regex.shape());
        }
        for value in no {
            assert!(!regex.is_match(value), "{pattern:?} should not match {value:?} ({:?})", regex.shape());
        }
    }
}

#[test]
fn refuses_with_gos_words() {
    for (pattern, want) in [
        ("a(", "missing closing ): `a(`"),
        ("a)", "unexpected ): `a)`"),
        ("[a", "missing closing ]: `[a`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        ("a{2}??", "invalid nested repetition operator: `{2}??`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("(*a)", "missing argument to repetition operator: `*`"),
        ("|*", "missing argument to repetition operator: `*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("(a{100}){100}", "invalid repeat count: `(a{100}){100}`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        (r"\8", r"invalid escape sequence: `\8`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        (r"\y", r"invalid escape sequence: `\y`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?P<n>a)(?P<n>b)", "duplicate capture group name: `n`"),
        ("(?i", "missing closing ): `(?i`"),
    ] {
        let error = Regex::anchored(pattern).expect_err(pattern);
        assert_eq!(error.to_string(), format!("error parsing regexp: {want}"), "{pattern}");
    }
    assert!(Regex::anchored(&"(".repeat(5000)).is_err());
    assert!(Regex::anchored(&format!("{}{}", "(".repeat(200), ")".repeat(200))).is_ok());
    assert_eq!(Regex::anchored(r"(\pL{1000})").map(|_| ()).unwrap_err().reason, "expression too large");
}

#[test]
fn knows_words_and_prefixes() {
    for (pattern, words, prefix) in [
        ("a|b|a", Some(&["a", "b"][..]), ""),
        ("foo(bar|baz)?", Some(&["foo", "foobar", "foobaz"]), ""),
        ("x[12]", Some(&["x1", "x2"]), ""),
        ("one", Some(&["one"]), "one"),
        ("foo.*", None, "foo"),
        ("foo[a-z]+", None, "foo"),
        (".*", None, ""),
        ("(?i)foo", Some(&["FOO", "FOo", "FoO", "Foo", "fOO", "fOo", "foO", "foo"]), ""),
    ] {
        let regex = Regex::anchored(pattern).unwrap();
        let want = words.map(|w| w.iter().map(|s| s.to_string()).collect::<Vec<_>>());
        assert_eq!(regex.words().map(<[String]>::to_vec), want, "{pattern}");
        assert_eq!(regex.prefix(), prefix, "{pattern}");
    }
}

#[test]
fn expands_templates_as_go() {
    for (pattern, value, template, want) in [
        ("(.*)", "foo", "$1", Some("foo")),
        ("(.*)-(.*)", "a-b", "$2-${1}x", Some("b-ax")),
        ("(.*)-(.*)", "a-b", "$1x", Some("")),
        ("(?P<host>.*):(\\d+)", "h:80", "${host}/$2/$host", Some("h/80/h")),
        ("(.*)", "foo", "$$1", Some("$1")),
        ("(.*)", "foo", "$", Some("$")),
        ("(.*)", "foo", "${1", Some("${1")),
        ("(.*)", "foo", "$-$1", Some("$-foo")),
        ("(.*)", "foo", "$0", Some("foo")),
        ("(.*)", "foo", "${01}$9", Some("")),
        ("(a)|(b)", "b", "[$1][$2]", Some("[][b]")),
        ("a", "b", "x", None),
        ("a", "a", "x", Some("x")),
    ] {
        let regex = Regex::anchored(pattern).unwrap();
        assert_eq!(regex.replace(value, template).as_deref(), want, "{pattern} {value} {template}");
    }
}

proptest::proptest! {
    /// The short cuts of shapes give the automaton's answer.
    #[test]
    fn shapes_agree_with_the_automaton(pattern in "[ab.*+?|()]{0,8}", value in "[ab]{0,4}") {
        if let Ok(regex) = Regex::anchored(&pattern) {
            proptest::prop_assert_eq!(regex.is_match(&value), regex.automaton().is_match(&value));
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "\\PC{0,40}", value in "\\PC{0,10}") {
        if let Ok(regex) = Regex::anchored(&pattern) {
            regex.replace(&value, "$1${x}");
        }
    }
}

#[test]
fn prefixes_bound_what_matches() {
    let table: [(&str, &[&str]); 17] = [
        ("foo", &["foo"]),
        ("foo.*", &["foo"]),
        ("foo.+bar", &["foo"]),
        ("foo_[a-c]+", &["foo_a", "foo_b", "foo_c"]),
        ("node_.*|go_.*", &["go_", "node_"]),
        ("(node|go)_.+_total", &["go_", "node_"]),
        ("(?:a|b)(c|d).*", &["ac", "ad", "bc", "bd"]),
        ("foo|foobar.*", &["foo"]),
        ("ab?c.*", &["abc", "ac"]),
        ("x+y", &["x"]),
        ("(ab)+", &["ab"]),
        (".*foo", &[]),
        ("foo.*|.*bar", &[]),
        ("", &[]),
        ("a*b", &[]),
        ("(?i)foo.*", &["FOO", "FOo", "FoO", "Foo", "fOO", "fOo", "foO", "foo"]),
        ("[0-9][0-9][0-9].*", &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    ];
    for (pattern, expected) in table {
        assert_eq!(Regex::anchored(pattern).unwrap().prefixes(), expected, "{pattern}");
    }
}
