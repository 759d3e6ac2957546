//! Real queries, printed and read again: those of the test scripts, of rules and of dashboards.

#![allow(clippy::unwrap_used, reason = "a test")]

mod shared;

use std::sync::Arc;

use model::Labels;
use promql::ast::{Expr, ValueType};
use promql::promqltest::queries;
use promql::{Engine, EngineOptions, ParseOptions, QueryOptions, parse};
use storage::memory::MemoryStorage;
use storage::{Appendable, Queryable};

/// Evaluates at one time and, where that is possible, over a range, on data that few queries know: none may fail for it.
fn run(name: &str, query: &str, expr: &Expr) {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    let series = batch.resolve(&Labels::from_pairs([("__name__", "up"), ("job", "a")])).unwrap();
    (0..20).for_each(|i| batch.sample(series, i * 15_000, 1.0).unwrap());
    batch.commit().unwrap();
    let data: Arc<dyn Queryable> = Arc::new(storage);
    let engine = Engine::new(EngineOptions::default());
    let options = QueryOptions { text: Arc::from(query), ..QueryOptions::default() };
    let instant = engine.instant(data.clone(), expr, 240_000, &options);
    assert!(instant.is_ok(), "{name}: {query}: {instant:?}");
    if matches!(expr.value_type(), ValueType::Scalar | ValueType::Vector) {
        let range = engine.range(data, expr, 120_000, 300_000, 60_000, &options);
        assert!(range.is_ok(), "{name}: {query}: {range:?}");
    }
}

/// Prints, reads back, and prints again, on one line and laid out.
fn check(name: &str, query: &str) -> Expr {
    let options = ParseOptions::ALL;
    let expr = parse(query, &options).unwrap_or_else(|e| panic!("{name}: {query}: {e}"));
    for text in [expr.to_string(), expr.pretty()] {
        let again = parse(&text, &options).unwrap_or_else(|e| panic!("{name}: {query}: {text}: {e}"));
        assert_eq!(again.to_string(), expr.to_string(), "{name}: {query}");
    }
    expr
}

#[test]
fn of_test_scripts() {
    for (name, text) in shared::files("promqltest", "test") {
        let queries = queries(&text, &ParseOptions::ALL);
        assert!(!queries.is_empty(), "{name}");
        for query in queries {
            check(&name, &query);
        }
    }
}

/// The `expr:` fields of a rule file, on one line or as a block.
fn rule_expressions(yaml: &str) -> Vec<String> {
    let lines: Vec<&str> = yaml.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let Some(value) = line.trim_start().strip_prefix("expr:") else { continue };
        let value = value.trim();
        if !value.starts_with('|') && !value.starts_with('>') {
            out.push(value.trim_matches('\'').replace("''", "'"));
            continue;
        }
        let body = lines[i + 1..].iter().take_while(|l| l.trim().is_empty() || indent(l) > indent(line));
        out.push(body.copied().collect::<Vec<_>>().join("\n"));
    }
    out
}

#[test]
fn of_rules() {
    let mut count = 0;
    for (name, text) in shared::files("rules/kube-prometheus", "yaml") {
        for query in rule_expressions(&text) {
            run(&name, &query, &check(&name, &query));
            count += 1;
        }
    }
    assert!(count == 0 || count > 100, "only {count} rules found");
}

/// The `"expr"` fields of a dashboard, with the variables that stand outside of strings replaced.
fn dashboard_expressions(json: &str) -> Vec<String> {
    let starts = json.match_indices("\"expr\": \"").map(|(i, key)| i + key.len());
    starts
        .map(|start| {
            let mut out = String::new();
            let mut chars = json[start..].chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => break,
                    '\\' => match chars.next() {
                        Some('n') => out.push('\n'),
                        Some('t') => out.push('\t'),
                        Some(c) => out.push(c),
                        None => break,
                    },
                    c => out.push(c),
                }
            }
            replace_variables(&out)
        })
        .collect()
}

fn replace_variables(query: &str) -> String {
    let mut out = String::new();
    let mut rest = query;
    while let Some(i) = rest.find(['[', ':']) {
        let (before, after) = rest.split_at(i + 1);
        out.push_str(before);
        rest = after;
        if rest.starts_with('$') {
            out.push_str("5m");
            let name = |c: char| c.is_ascii_alphanumeric() || "$_{}".contains(c);
            rest = rest.trim_start_matches(name);
        }
    }
    out + rest
}

#[test]
fn of_dashboards() {
    let mut count = 0;
    for folder in ["dashboards", "dashboards/kube-prometheus"] {
        for (name, text) in shared::files(folder, "json") {
            for query in dashboard_expressions(&text) {
                // A variable in the place of a number or a whole query cannot be read by anybody.
                if parse(&query, &ParseOptions::ALL).is_err() && query.contains('$') {
                    eprintln!("{name}: left out: {query}");
                    continue;
                }
                run(&name, &query, &check(&name, &query));
                count += 1;
            }
        }
    }
    assert!(count == 0 || count > 100, "only {count} queries found");
}
