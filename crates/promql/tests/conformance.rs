//! The test scripts of Prometheus, run whole: `../shared/promqltest` beside the checkout (`CONFORMANCE_DIR` names another place).
//!
//! How many queries of each script are answered as expected stands in `testdata/promqltest.txt`. A count may only grow;
//! `UPDATE_EXPECT=1` writes the table anew.

#![allow(clippy::unwrap_used, reason = "a test")]

mod shared;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use promql::promqltest::{FileReport, Options, run};

fn table(reports: &BTreeMap<String, FileReport>) -> String {
    let mut out = String::from("# script passed of faults\n");
    for (name, report) in reports {
        writeln!(out, "{name} {} {} {}", report.passed(), report.evals.len(), report.faults.len()).unwrap();
    }
    out
}

fn parse_table(text: &str) -> BTreeMap<&str, (usize, usize)> {
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        (fields[0], (fields[1].parse().unwrap(), fields[3].parse().unwrap()))
    })
    .collect()
}

#[test]
fn scripts_do_not_get_worse() {
    let options = Options::default();
    let only = std::env::var("PROMQLTEST_FILE").unwrap_or_default();
    let scripts = shared::files("promqltest", "test").into_iter().filter(|(name, _)| name.contains(&only));
    let reports: BTreeMap<String, FileReport> =
        scripts.map(|(name, text)| (name, run(&text, &options))).collect();
    if reports.is_empty() {
        return;
    }
    for (name, report) in &reports {
        for fault in &report.faults {
            println!("{name}:{}: {}", fault.line, fault.message);
        }
        for eval in &report.evals {
            if let Some(failure) = &eval.failure {
                println!("{name}:{}: {}: {failure}", eval.line, eval.query);
            }
        }
    }
    let found = table(&reports);
    println!("{found}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/promqltest.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let expected = parse_table(&text);
    for (name, (passed, faults)) in parse_table(&found) {
        let (passed_before, faults_before) = expected[name];
        assert!(passed >= passed_before, "{name}: {passed} queries pass, {passed_before} did before");
        assert!(faults <= faults_before, "{name}: {faults} faults, {faults_before} before");
    }
}
