//! Which rules the tests of a file look at.
//!
//! An alert is looked at if a test names it, a recorded metric if a test queries it, or if a rule that is looked at reads it.

use std::collections::BTreeSet;

use promql::ParseOptions;
use promql::ast::Expr;

use super::evaluate::alerts_tested;
use super::{RuleFiles, TestFile};
use crate::dependencies::reads_metric;
use crate::file::{Kind, Rule};

/// Which rules the tests look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Rules of all files.
    pub rules: usize,
    /// Those that no test looks at: file, group, name.
    pub untested: Vec<[String; 3]>,
}

/// Finds out which rules the tests of a file look at.
pub fn coverage(file: &TestFile, rules: &RuleFiles, promql: &ParseOptions) -> Coverage {
    let alerts = alerts_tested(file);
    let tests = file.tests.iter().flat_map(|group| &group.promql_expr_tests);
    let mut read: Vec<Expr> = tests.filter_map(|test| promql::parse(&test.expr, promql).ok()).collect();
    let all: Vec<(String, &str, &Rule)> = rules
        .iter()
        .flat_map(|(path, rules)| {
            let groups = rules.groups.iter();
            groups.flat_map(move |g| {
                g.rules.iter().map(move |r| (path.display().to_string(), g.name.as_str(), r))
            })
        })
        .collect();
    let mut tested: BTreeSet<usize> = BTreeSet::new();
    loop {
        let is_looked_at = |rule: &Rule| match &rule.kind {
            Kind::Alert { name, .. } => alerts.contains(name.as_str()),
            Kind::Record { name } => read.iter().any(|expr| reads_metric(expr, name)),
        };
        let new: Vec<usize> = (0..all.len())
            .filter(|i| !tested.contains(i) && all.get(*i).is_some_and(|(_, _, rule)| is_looked_at(rule)))
            .collect();
        if new.is_empty() {
            break;
        }
        read.extend(new.iter().filter_map(|i| all.get(*i)).map(|(_, _, rule)| rule.expr.clone()));
        tested.extend(new);
    }
    let untested = all.iter().enumerate().filter(|(i, _)| !tested.contains(i));
    Coverage {
        rules: all.len(),
        untested: untested
            .map(|(_, (file, group, rule))| [file.clone(), (*group).to_owned(), rule.name().to_owned()])
            .collect(),
    }
}
