//! Queries beside what Prometheus 3.14's parser makes of them: the expression printed again, or all its errors.
//!
//! `testdata/parse.txt` was made by running Prometheus's parser over the queries. `PARSE_TABLE` names another table, for
//! comparisons too large to keep.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use promql::{ParseOptions, parse};

/// One query of the table. Line breaks and backslashes are written `\n` and `\\`.
#[derive(Default)]
struct Case {
    query: String,
    text: Option<String>,
    pretty: Option<String>,
    errors: Vec<String>,
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(c)) | (c, None) => out.push(c),
            (_, Some(_)) => unreachable!("only a backslash takes a second character"),
        }
    }
    out
}

fn cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty() && !block.starts_with('#'));
    blocks
        .map(|block| {
            let mut case = Case::default();
            for line in block.lines().filter(|line| !line.is_empty()) {
                let (key, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
                let value = unescape(value);
                match key {
                    "query" => case.query = value,
                    "text" => case.text = Some(value),
                    "pretty" => case.pretty = Some(value),
                    "error" => case.errors.push(value),
                    other => panic!("unknown key {other:?} in {block}"),
                }
            }
            case
        })
        .collect()
}

/// Prometheus resumes after some syntax errors and may complain again; we do not. Users see the first error only, which
/// must be the same; where the query can be read to its end, so must all others.
fn is_same(found: &[String], want: &[String]) -> bool {
    let is_syntax = want.first().is_some_and(|error| error.contains(" unexpected "));
    found == want || (is_syntax && found.first() == want.first() && found.len() < want.len())
}

/// Returns what differs.
fn check(case: &Case) -> Option<String> {
    match (parse(&case.query, &ParseOptions::ALL), &case.text) {
        (Ok(expr), Some(text)) => {
            let found = expr.to_string();
            if found != *text {
                return Some(format!("printed as {found}\n         want {text}"));
            }
            let pretty = case.pretty.as_ref().unwrap_or(text);
            let found = expr.pretty();
            if found != *pretty {
                return Some(format!("laid out as\n{found}\nwant\n{pretty}"));
            }
            None
        }
        (Ok(expr), None) => Some(format!("parsed as {expr}, want errors {:?}", case.errors)),
        (Err(errors), None) => {
            let found: Vec<String> =
                errors.0.iter().map(|e| format!("{}-{} {}", e.span.start, e.span.end, e.message)).collect();
            (!is_same(&found, &case.errors)).then(|| format!("errors {found:#?}, want {:#?}", case.errors))
        }
        (Err(errors), Some(text)) => Some(format!("{errors}, want {text}")),
    }
}

#[test]
fn queries_are_read_as_prometheus_reads_them() {
    let path = match std::env::var_os("PARSE_TABLE") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/parse.txt"),
    };
    let cases = cases(&path);
    assert!(cases.len() > 300, "only {} cases in {}", cases.len(), path.display());
    let failures: Vec<String> =
        cases.iter().filter_map(|case| Some(format!("{}\n  {}", case.query, check(case)?))).collect();
    assert!(failures.is_empty(), "{} of {} queries:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
