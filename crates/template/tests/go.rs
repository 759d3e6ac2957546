//! Real Go beside ours, over the same templates and data. Where Go is not installed there is nothing to compare with.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use template::value::{ANY_MAP, ANYS};
use template::{Limits, NoHost, Template, Value};

/// Templates whose output or complaint must be Go's.
const TEMPLATES: &[&str] = &[
    "plain",
    "{{.s}} {{.i}} {{.f}} {{.b}} {{.l}} {{.m}} {{.none}} {{.nothing}} {{.m.nothing}}",
    "{{if .b}}a{{else}}b{{end}}{{if .zero}}a{{else if .empty}}b{{else}}c{{end}}",
    "{{range $i, $e := .l}}{{$i}}={{$e}};{{end}}{{range .none}}x{{else}}-{{end}}",
    "{{range .l}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}",
    "{{range $k, $v := .m}}{{$k}}:{{$v}} {{end}}",
    "{{with .m.y}}{{.z}}{{end}} {{with .empty}}x{{else}}y{{end}}",
    "{{define \"a\"}}<{{.}}>{{end}}{{template \"a\" .i}}{{block \"b\" .s}}[{{.}}]{{end}}",
    "{{$x := 1}}{{$x = 2}}{{$x}}{{if true}}{{$x := 3}}{{$x}}{{end}}{{$x}}",
    "a {{- 1 -}} b {{/* c */}} d {{- /* e */ -}} f",
    "{{printf \"%d %5d %-5d| %05d %x %X %o %b %c %q %U\" 42 42 42 42 255 255 8 5 65 65 128512}}",
    "{{printf \"%f %.2f %8.3f %e %g %G %.3g %6.2f%%\" 1.5 2.345 3.14159 123456.789 1e21 1e-7 1234.5 99.5}}",
    "{{printf \"%s %q %10s| %-10s| %.2s %x %v %T\" \"go\" \"a\\\"b\" \"go\" \"go\" \"gopher\" \"hi\" .l .m}}",
    "{{printf \"%t %v %d\" true .b .l}} {{printf \"%+d % d %+.1f\" 1 2 3.0}}",
    "{{printf \"%d\" \"x\"}} {{printf \"%s\" 1}} {{printf \"%d %s\" 1}} {{printf \"%d\" 1 2}} {{printf \"%z\" 3}} {{printf \"%\"}} {{printf \"%!\"}}",
    "{{printf \"%*d|%-*d|%.*f\" 5 1 4 2 2 1.23456}} {{printf \"%[2]d %[1]d\" 1 2}} {{printf \"%[3]d\" 1}}",
    "{{printf \"%v %v %v\" nil .nothing .empty}} {{printf \"%#v %#v %+v\" .s .i .m}}",
    "{{printf \"%6.3v|%6v|%-8q|%08.3f|%+x\" .f .i .s .f .i}}",
    "{{print 1 2 \"a\" 3 4.5 true}} {{println \"x\" 1 2}}",
    "{{and 1 0}} {{and 1 2 3}} {{or 0 \"\" 5}} {{not 0}} {{not .s}}",
    "{{eq 1 1 2}} {{eq \"a\" \"b\" \"a\"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 1.5}}",
    "{{len .s}} {{len .l}} {{len .m}} {{index .l 0}} {{index .m \"x\"}} {{index .m \"y\" \"z\"}} {{slice .s 1 3}} {{slice .l 1}}",
    "{{html \"<a&'\\\">\"}} {{js \"it's <x> = \\n\"}} {{urlquery \"a b&c=é\"}}",
    "{{0x1F}} {{0b11}} {{0o17}} {{1_000}} {{1e3}} {{'a'}} {{-3}} {{.5}} {{1.50}} {{1e-7}} {{123456789.0}}",
    "{{\"a\\tb\\u00e9\\x41\"}}{{`r\\n`}}",
    "{{.s.x}}",
    "\n\n  {{.i.y.z}}",
    "{{index .l 9}}",
    "{{index .i 1}}",
    "{{len 3}}",
    "{{len}}",
    "{{eq 1 \"a\"}}",
    "{{lt 1 \"a\"}}",
    "{{lt true false}}",
    "{{printf 3}}",
    "{{nil}}",
    "{{1 2}}",
    "{{.s 1}}",
    "{{range .b}}{{end}}",
    "{{template \"missing\"}}",
    "{{define \"a\"}}\n{{.x.y}}{{end}}{{template \"a\" 1}}",
    "{{slice .s 3 1}}",
    "{{(index .m \"y\").z}} {{(.m.y).z}} {{((.m)).x}}",
    "{{.s | printf \"%s-%s\" \"a\"}} {{\"x\" | len | printf \"%03d\"}}",
    "{{",
    "{{1",
    "\n{{1\n",
    "{{end}}",
    "{{if 1}}",
    "{{if}}{{end}}",
    "{{nope}}",
    "{{$x}}",
    "{{1 | 2}}",
    "{{()}}",
    "{{(1}}",
    "{{\"abc}}",
    "{{`abc}}",
    "{{'ab'}}",
    "{{1x}}",
    "{{99999999999999999999}}",
    "{{$x+1}}",
    "{{/* x }}",
    "{{/* x */ 1}}",
    "{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
    "{{if 1}}{{define \"a\"}}{{end}}{{end}}",
    "{{template 1}}",
    "{{range $a, $b, $c := .}}{{end}}",
    "{{\"a\".b}}",
    "{{:}}",
    "{{&}}",
    "{{break}}",
    "{{else}}",
    "{{.}}}",
    "{{. }} {{ .}}{{- 3}}",
];

fn data() -> Value {
    let map = |entries: Vec<(&str, Value)>| {
        let entries: BTreeMap<String, Value> = entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        Value::Map(&ANY_MAP, Arc::new(entries))
    };
    let list = |items: &[&str]| Value::List(&ANYS, Arc::new(items.iter().map(Value::string).collect()));
    map(vec![
        ("s", Value::string("hello")),
        ("i", Value::int(17)),
        ("f", Value::Float(2.5)),
        ("b", Value::Bool(true)),
        ("empty", Value::string("")),
        ("zero", Value::int(0)),
        ("l", list(&["a", "b", "c"])),
        ("none", list(&[])),
        ("m", map(vec![("x", Value::int(1)), ("y", map(vec![("z", Value::string("deep"))]))])),
    ])
}

fn ours(text: &str) -> (String, String) {
    let result = Template::parse("t", text, &[])
        .map_err(|e| e.to_string())
        .and_then(|t| t.execute(&data(), &NoHost, Limits::default()).map_err(|e| e.to_string()));
    match result {
        Ok(out) => (out, String::new()),
        Err(error) => (String::new(), error),
    }
}

#[test]
fn outputs_and_complaints_are_gos() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go/main.go");
    let dir = tempfile::tempdir().unwrap();
    let go = Command::new("go")
        .args(["run", &program.to_string_lossy()])
        .env("GOCACHE", dir.path())
        .env("GO111MODULE", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut go) = go else {
        eprintln!("Go is not installed: nothing to compare with");
        return;
    };
    let mut stdin = go.stdin.take().unwrap();
    for text in TEMPLATES {
        writeln!(stdin, "{}", serde_json::to_string(text).unwrap()).unwrap();
    }
    drop(stdin);
    let output = go.wait_with_output().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let mut differences = Vec::new();
    for (text, line) in TEMPLATES.iter().zip(answers.lines()) {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        let part = |name: &str| answer[name].as_str().unwrap().to_owned();
        let (theirs, ours) = ((part("out"), part("err")), ours(text));
        if ours != theirs {
            differences.push(format!("{text}\n    ours: {ours:?}\n    Go's: {theirs:?}"));
        }
    }
    assert_eq!(answers.lines().count(), TEMPLATES.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
