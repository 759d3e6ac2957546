//! Which rules of a group read what others write: those that do not may be evaluated beside each other.
//!
//! Source: Prometheus 3.14 `rules/group.go` (`buildDependencyMap`) and `rules/manager.go` (`SplitGroupIntoBatches`).

use model::labels::METRIC_NAME;
use model::{Matcher, labels};
use promql::ast::{Expr, ExprKind, VectorSelector};

use crate::alerting::{ALERT_NAME, ALERTS, ALERTS_FOR_STATE};
use crate::rule::{Rule, RuleKind};

/// Splits rules into batches, by index. Rules of one batch do not read each other; batches follow each other. `None` if some
/// expression does not tell which metric it reads: then the order written is the only safe one.
pub(crate) fn batches(rules: &[Rule]) -> Option<Vec<Vec<usize>>> {
    let mut depends = vec![false; rules.len()];
    let mut is_read = vec![false; rules.len()];
    for (i, rule) in rules.iter().enumerate() {
        let mut selectors = Vec::new();
        collect(&rule.expr, &mut selectors);
        for selector in selectors {
            // With one rule nothing can depend on anything.
            let Some(name) = name_matcher(selector) else {
                if rules.len() > 1 {
                    return None;
                }
                continue;
            };
            for (j, other) in rules.iter().enumerate().take(i) {
                if reads(selector, &name, other) {
                    depends[i] = true;
                    is_read[j] = true;
                }
            }
        }
    }
    let all = |wanted: fn(bool, bool) -> bool| -> Vec<usize> {
        (0..rules.len()).filter(|i| wanted(depends[*i], is_read[*i])).collect()
    };
    let first = all(|depends, _| !depends);
    let chain = all(|depends, is_read| depends && is_read);
    let last = all(|depends, is_read| depends && !is_read);
    let chain = chain.into_iter().map(|i| vec![i]);
    Some([first].into_iter().chain(chain).chain([last]).filter(|batch| !batch.is_empty()).collect())
}

/// Whether an expression may read a metric.
pub(crate) fn reads_metric(expr: &Expr, metric: &str) -> bool {
    let mut selectors = Vec::new();
    collect(expr, &mut selectors);
    selectors.into_iter().any(|selector| name_matcher(selector).is_none_or(|m| m.matches(metric)))
}

fn name_matcher(selector: &VectorSelector) -> Option<Matcher> {
    if let Some(name) = &selector.name {
        return Some(Matcher::equal(METRIC_NAME, name.clone()));
    }
    selector.matchers.iter().find(|m| &*m.name == labels::METRIC_NAME).cloned()
}

fn reads(selector: &VectorSelector, name: &Matcher, other: &Rule) -> bool {
    if name.matches(&other.name) {
        return true;
    }
    let reads_alerts = name.matches(ALERTS) || name.matches(ALERTS_FOR_STATE);
    match other.kind {
        RuleKind::Alerting(_) if reads_alerts => {
            let alert = selector.matchers.iter().find(|m| &*m.name == ALERT_NAME);
            alert.is_none_or(|m| m.matches(&other.name))
        }
        RuleKind::Alerting(_) | RuleKind::Recording => false,
    }
}

fn collect<'e>(expr: &'e Expr, out: &mut Vec<&'e VectorSelector>) {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => {}
        ExprKind::Vector(selector) => out.push(selector),
        ExprKind::Matrix(matrix) => out.push(&matrix.selector),
        ExprKind::Subquery(subquery) => collect(&subquery.expr, out),
        ExprKind::Call(call) => call.args.iter().for_each(|arg| collect(arg, out)),
        ExprKind::Aggregate(aggregate) => {
            collect(&aggregate.expr, out);
            aggregate.param.iter().for_each(|param| collect(param, out));
        }
        ExprKind::Binary(binary) => {
            collect(&binary.left, out);
            collect(&binary.right, out);
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => collect(expr, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Options, RuleFile};

    fn batches_of(rules: &[&str]) -> Option<Vec<Vec<usize>>> {
        let text: String = rules
            .iter()
            .map(|rule| {
                let (head, expr) = rule.split_once(" = ").unwrap();
                format!("  - {}\n    expr: '{expr}'\n", head.replace(' ', ": "))
            })
            .collect();
        let file =
            RuleFile::parse(&format!("groups:\n- name: g\n  rules:\n{text}"), &Options::default()).unwrap();
        let group = &file.groups[0];
        let rules: Vec<Rule> = group.rules.iter().map(|r| Rule::new(group, r, true)).collect();
        batches(&rules)
    }

    #[test]
    fn rules_wait_for_those_they_read() {
        for (rules, want) in [
            (vec!["record a = up", "record b = up"], Some(vec![vec![0, 1]])),
            (vec!["record a = up", "record b = a", "record c = up"], Some(vec![vec![0, 2], vec![1]])),
            (vec!["record a = up", "record b = a", "record c = b"], Some(vec![vec![0], vec![1], vec![2]])),
            (vec!["record b = a", "record a = up"], Some(vec![vec![0, 1]])),
            (vec!["record a = up", "alert A = rate(a[5m]) > 1"], Some(vec![vec![0], vec![1]])),
            (vec!["alert A = up", "record b = ALERTS"], Some(vec![vec![0], vec![1]])),
            (vec!["alert A = up", "record b = ALERTS{alertname=\"B\"}"], Some(vec![vec![0, 1]])),
            (vec!["record a = up", "record b = {__name__=~\"a|x\"}"], Some(vec![vec![0], vec![1]])),
            (vec!["record a = up", "record b = {job=\"x\"}"], None),
            (vec!["record b = {job=\"x\"}"], Some(vec![vec![0]])),
            (vec!["record a = 1", "record b = max_over_time((a)[5m:])"], Some(vec![vec![0], vec![1]])),
        ] {
            assert_eq!(batches_of(&rules), want, "{rules:?}");
        }
    }
}
