//! The language itself. The expected outputs are Go's; `tests/go.rs` asks Go where it is installed.

use proptest::prelude::*;

use crate::value::IntKind;
use crate::{Limits, NoHost, Template, Value, alertmanager, prometheus};

fn data() -> Value {
    let list = |items: Vec<Value>| Value::List(&crate::value::ANYS, std::sync::Arc::new(items));
    let map = |entries: Vec<(&str, Value)>| {
        let entries = entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        Value::Map(&crate::value::ANY_MAP, std::sync::Arc::new(entries))
    };
    map(vec![
        ("s", Value::string("hello")),
        ("i", Value::int(17)),
        ("f", Value::Float(2.5)),
        ("b", Value::Bool(true)),
        ("empty", Value::string("")),
        ("zero", Value::int(0)),
        ("l", list(vec![Value::string("a"), Value::string("b"), Value::string("c")])),
        ("none", list(Vec::new())),
        ("m", map(vec![("x", Value::int(1)), ("y", map(vec![("z", Value::string("deep"))]))])),
    ])
}

fn run(text: &str) -> Result<String, String> {
    let template = Template::parse("t", text, alertmanager::FUNCTIONS).map_err(|e| e.to_string())?;
    template.execute(&data(), &NoHost, Limits::default()).map_err(|e| e.to_string())
}

#[test]
fn actions() {
    for (text, want) in [
        ("", ""),
        ("a{{/* comment */}}b{{- /* trimmed */ -}} c", "abc"),
        ("a {{- 1 -}} b {{- `x` }} c", "a1bx c"),
        ("{{.s}} {{$.s}} {{$x := .i}}{{$x}}", "hello hello 17"),
        ("{{if .b}}y{{else}}n{{end}}{{if .zero}}y{{else}}n{{end}}", "yn"),
        ("{{if .zero}}a{{else if .empty}}b{{else if .i}}c{{else}}d{{end}}", "c"),
        (
            "{{with .m.y}}{{.z}}{{$.s}}{{else}}no{{end}}{{with .none}}x{{else with .s}}{{.}}{{end}}",
            "deephellohello",
        ),
        ("{{range .l}}{{.}},{{end}}{{range .none}}x{{else}}none{{end}}", "a,b,c,none"),
        ("{{range $i, $e := .l}}{{$i}}{{$e}}{{end}}{{range $k, $v := .m}}{{$k}}{{end}}", "0a1b2cxy"),
        ("{{range $i := 3}}{{$i}}{{end}}{{range 2}}{{.}}{{end}}", "01201"),
        (
            "{{range .l}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}{{range .l}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}",
            "aca",
        ),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{end}}{{$x}}", "2"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
        (
            "{{define \"a\"}}[{{.}}{{$}}]{{end}}{{template \"a\" .i}}{{template \"a\"}}",
            "[1717][<no value><no value>]",
        ),
        ("{{block \"b\" .i}}<{{.}}>{{end}}{{template \"b\" .f}}", "<17><2.5>"),
        ("{{(.m).x}} {{((.m).y).z}} {{.m.y.z}} {{$.m.y.z}}", "1 deep deep deep"),
        ("{{.nothing}}|{{.m.nothing}}|{{.m.nothing.more}}", "<no value>|<no value>|<no value>"),
        ("{{\"a\\tb\\u00e9\"}}{{`raw\\n`}}{{'a'}}", "a\tbéraw\\n97"),
        (
            "{{0x1F}} {{0b11}} {{0o17}} {{017}} {{1_000}} {{1e3}} {{1.50}} {{-3}} {{+4}} {{.5}}",
            "31 3 15 15 1000 1000 1.5 -3 4 0.5",
        ),
        ("{{true}} {{false}} {{print nil}}", "true false <nil>"),
        ("{{.i | printf \"%d-%s\" 3 | len}}", "13"),
        ("{{print 1 2 \"a\" 3}} {{println \"x\" 1}}", "1 2a3 x 1\n"),
        (
            "{{and 1 0 2}} {{and 1 2}} {{or 0 \"\" 3}} {{or 0 0}} {{not 1}} {{not .none}}",
            "0 2 3 0 false true",
        ),
        ("{{or .i (index .l 99)}} {{and .zero (index .l 99)}}", "17 0"),
        ("{{len .s}} {{len .l}} {{len .m}}", "5 3 2"),
        (
            "{{index .l 1}} {{index .m \"x\"}} {{index .m \"y\" \"z\"}} {{index .s 0}} {{index .m \"q\"}}",
            "b 1 deep 104 <no value>",
        ),
        ("{{slice .s 1 3}} {{slice .l 1}} {{slice .s}}", "el [b c] hello"),
        (
            "{{eq 1 1}} {{eq 1 2 3 1}} {{ne \"a\" \"b\"}} {{lt 1 2}} {{le 2 2}} {{gt 2.5 1.5}} {{ge \"b\" \"a\"}}",
            "true true true true true true true",
        ),
        (
            "{{html \"<a&'\\\">\"}} {{js \"it's <x>\"}} {{urlquery \"a b&c\"}}",
            "&lt;a&amp;&#39;&#34;&gt; it\\'s \\u003Cx\\u003E a+b%26c",
        ),
        ("{{.l}} {{.m}}", "[a b c] map[x:1 y:map[z:deep]]"),
        ("{{- 1}}{{2 -}}\n", "12"),
        ("{{1 |\nprint}}", "1"),
        ("{{(print 1 | print).x}}", ""),
    ] {
        if text.ends_with(").x}}") {
            assert!(run(text).unwrap_err().contains("can't evaluate field x in type string"));
            continue;
        }
        assert_eq!(run(text).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn mistakes_of_grammar() {
    for (text, want) in [
        ("{{", "template: t:1: unclosed action"),
        ("\n{{1\n", "template: t:3: unclosed action started at t:2"),
        ("{{1}", "template: t:1: unexpected \"}\" in operand"),
        ("{{end}}", "template: t:1: unexpected {{end}}"),
        ("{{else}}", "template: t:1: unexpected {{else}}"),
        ("{{if 1}}x", "template: t:1: unexpected EOF"),
        ("{{if}}x{{end}}", "template: t:1: missing value for if"),
        ("{{if 1}}{{else}}{{else}}{{end}}", "template: t:1: expected end; found {{else}}"),
        ("{{range 1}}{{else if 1}}{{end}}", "template: t:1: unexpected <if> in else"),
        ("{{x}}", "template: t:1: function \"x\" not defined"),
        ("{{$x}}", "template: t:1: undefined variable \"$x\""),
        ("{{if 1}}{{$x := 1}}{{end}}{{$x}}", "template: t:1: undefined variable \"$x\""),
        ("{{.}}{{break}}", "template: t:1: {{break}} outside {{range}}"),
        ("{{1 | 2}}", "template: t:1: non executable command in pipeline stage 2"),
        ("{{()}}", "template: t:1: missing value for parenthesized pipeline"),
        ("{{(1}}", "template: t:1: unclosed left paren"),
        ("{{1)}}", "template: t:1: unexpected right paren"),
        ("{{\"abc}}", "template: t:1: unterminated quoted string"),
        ("{{'ab'}}", "template: t:1: malformed character constant: 'ab'"),
        ("{{`abc}}", "template: t:1: unterminated raw quoted string"),
        ("{{1x}}", "template: t:1: bad number syntax: \"1x\""),
        ("{{99999999999999999999}}", "template: t:1: integer overflow: \"99999999999999999999\""),
        ("{{$x+1}}", "template: t:1: bad character U+002B '+'"),
        ("{{/* x }}", "template: t:1: unclosed comment"),
        ("{{/* x */ 1}}", "template: t:1: comment ends before closing delimiter"),
        ("{{define}}{{end}}", "template: t:1: unexpected \"}}\" in define clause"),
        ("{{define \"a\"}}x", "template: t:1: unexpected EOF"),
        (
            "{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
            "template: t:1: template: multiple definition of template \"a\"",
        ),
        ("{{if 1}}{{define \"a\"}}{{end}}{{end}}", "template: t:1: unexpected <define> in command"),
        ("{{template 1}}", "template: t:1: unexpected \"1\" in template clause"),
        ("{{$a, $b := 1}}", "template: t:1: too many declarations in command"),
        ("{{range $a, $b, $c := .}}{{end}}", "template: t:1: too many declarations in range"),
        ("{{1.a}}", "template: t:1: bad number syntax: \"1.a\""),
        ("{{\"a\".b}}", "template: t:1: unexpected . after term \"\\\"a\\\"\""),
        ("{{:}}", "template: t:1: expected :="),
        ("{{&}}", "template: t:1: unexpected \"&\" in command"),
    ] {
        assert_eq!(run(text).as_deref().unwrap_err(), want, "{text}");
    }
}

#[test]
fn mistakes_of_execution() {
    for (text, want) in [
        ("{{.s.x}}", "t:1:4: executing \"t\" at <.s.x>: can't evaluate field x in type interface {}"),
        ("\n {{.i.y}}", "t:2:5: executing \"t\" at <.i.y>: can't evaluate field y in type interface {}"),
        ("{{.s 1}}", "t:1:2: executing \"t\" at <.s>: s is not a method but has arguments"),
        ("{{1 2}}", "t:1:2: executing \"t\" at <1>: can't give argument to non-function 1"),
        ("{{nil}}", "t:1:2: executing \"t\" at <nil>: nil is not a command"),
        ("{{len}}", "t:1:2: executing \"t\" at <len>: wrong number of args for len: want 1 got 0"),
        ("{{len 3}}", "t:1:2: executing \"t\" at <len 3>: error calling len: len of type int"),
        ("{{printf 3}}", "t:1:9: executing \"t\" at <3>: expected string; found 3"),
        ("{{toUpper .i}}", "t:1:10: executing \"t\" at <.i>: wrong type for value; expected string; got int"),
        (
            "{{.i | toUpper}}",
            "t:1:7: executing \"t\" at <toUpper>: wrong type for value; expected string; got int",
        ),
        ("{{toUpper .nothing}}", "t:1:10: executing \"t\" at <.nothing>: invalid value; expected string"),
        (
            "{{eq 1 \"a\"}}",
            "t:1:2: executing \"t\" at <eq 1 \"a\">: error calling eq: incompatible types for comparison",
        ),
        (
            "{{lt true false}}",
            "t:1:2: executing \"t\" at <lt true false>: error calling lt: invalid type for comparison",
        ),
        (
            "{{index .l 5}}",
            "t:1:2: executing \"t\" at <index .l 5>: error calling index: index out of range: 5",
        ),
        ("{{range .b}}{{end}}", "t:1:8: executing \"t\" at <.b>: range can't iterate over true"),
        ("{{template \"q\"}}", "t:1:11: executing \"t\" at <{{template \"q\"}}>: template \"q\" not defined"),
        (
            "{{define \"a\"}}{{.x.y.z}}{{end}}{{template \"a\" 1}}",
            "t:1:18: executing \"a\" at <.x.y.z>: can't evaluate field x in type int",
        ),
        (
            "{{slice .s 3 1}}",
            "t:1:2: executing \"t\" at <slice .s 3 1>: error calling slice: invalid slice index: 3 > 1",
        ),
    ] {
        let found = run(text).unwrap_err();
        assert_eq!(found, format!("template: {want}"), "{text}");
    }
}

#[test]
fn sets_share_definitions() {
    let mut set = Template::empty(prometheus::FUNCTIONS);
    set.add("a.tmpl", "{{define \"x\"}}first{{end}}").unwrap();
    set.add("b.tmpl", "{{define \"x\"}}second{{end}}{{define \"y\"}}{{template \"x\"}}!{{end}}").unwrap();
    set.add("c.tmpl", "{{define \"x\"}} {{end}}").unwrap();
    assert!(set.add("d.tmpl", "{{define \"y\"}}broken").is_err());
    let limits = Limits::default();
    assert_eq!(set.execute_named("y", &Value::None, &NoHost, limits).as_deref(), Ok("second!"));
    assert_eq!(set.names().collect::<Vec<_>>(), ["a.tmpl", "b.tmpl", "c.tmpl", "x", "y"]);
    let missing = set.execute_named("z", &Value::None, &NoHost, limits).unwrap_err();
    assert_eq!(missing.to_string(), "template: no template \"z\" associated with template \"\"");
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["(".repeat(5000), "{{if 1}}".repeat(5000), "{{with 1}}{{range 1}}".repeat(3000)] {
        assert!(run(&format!("{{{{{text}")).is_err());
        assert!(run(&text).is_err() || !text.contains("{{"));
    }
    let chain = format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(2000));
    assert_eq!(run(&chain).as_deref(), Ok(""));
}

#[test]
fn months_and_weekdays_have_names() {
    let template = Template::parse("t", "{{.}} {{printf \"%d\" .}}", &[]).unwrap();
    let shown = |v| template.execute(&v, &NoHost, Limits::default()).unwrap();
    assert_eq!(shown(Value::Int(2, IntKind::Month)), "February 2");
    assert_eq!(shown(Value::Int(0, IntKind::Weekday)), "Sunday 0");
}

proptest! {
    /// Whatever the text, reading and executing it ends without a panic.
    #[test]
    fn no_text_panics(parts in proptest::collection::vec(prop_oneof![
        Just("{{"), Just("}}"), Just("{{- "), Just(" -}}"), Just("if "), Just("else "), Just("end"), Just("range "),
        Just("with "), Just("define \"a\""), Just("template \"a\""), Just("block \"a\" ."), Just("break"), Just("continue"),
        Just("."), Just(".l"), Just(".m.y"), Just("$"), Just("$x"), Just(" := "), Just(" = "), Just(", "), Just("|"),
        Just("("), Just(")"), Just("\"s%d%v\""), Just("`r`"), Just("'c'"), Just("1"), Just("-2.5e3"), Just("printf "),
        Just("index "), Just("slice "), Just("len "), Just("eq "), Just("and "), Just("nil"), Just("/* "), Just(" */"),
        Just(" "), Just("\n"), Just("é"), Just("<a href='"), Just("<script>"),
    ], 0..30)) {
        let text = parts.concat();
        let limits = Limits { steps_max: 10_000, bytes_max: 10_000 };
        if let Ok(template) = Template::parse("t", &text, alertmanager::FUNCTIONS) {
            let _ = template.execute(&data(), &NoHost, limits);
            let _ = template.execute_html(&data(), &NoHost, limits);
        }
    }

    /// Whatever the format, printing ends in a text within its bound.
    #[test]
    fn no_format_panics(format in "[%a-z0-9.*#+ \\[\\]-]{0,20}", n in any::<i64>(), f in any::<f64>(), s in ".{0,8}") {
        let args = [Value::int(n), Value::Float(f), Value::string(s), Value::strings(["a"]), Value::None];
        if let Ok(text) = crate::format::sprintf(&format, &args, 5000) {
            prop_assert!(text.len() <= 5000);
        }
    }
}
