use super::*;
use crate::matchers::{Syntax, parse};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
}

fn alert(text: &str, ends: i64) -> Alert {
    Alert {
        labels: labels(text),
        annotations: Default::default(),
        starts_at: at(-100),
        ends_at: at(ends),
        updated_at: at(-100),
        timeout: false,
        generator_url: "".into(),
    }
}

fn rule(source: &str, target: &str, equal: &[&str]) -> RuleConfig {
    let read = |text| parse(text, Syntax::Utf8).unwrap().value;
    RuleConfig {
        name: String::new(),
        source: read(source),
        target: read(target),
        equal: equal.iter().map(|e| (*e).to_owned()).collect(),
    }
}

fn inhibits(rules: &[RuleConfig], sources: &[Alert], target: &str) -> bool {
    let mut inhibitor = Inhibitor::new(rules.iter().cloned());
    sources.iter().for_each(|source| inhibitor.handle_alert(source));
    inhibitor.inhibition(&labels(target), at(0)).is_some()
}

#[test]
fn sources_inhibit_targets_with_equal_labels() {
    let rules = [rule("s=1", "t=1", &["e"]), rule("s=2", "t=2", &["e", "f"])];
    for (sources, target, expected) in [
        (vec![], "t=1,e=1", false),
        (vec![alert("s=1,e=1", 60)], "t=1,e=1", true),
        (vec![alert("s=1,e=1", 60)], "t=1,e=2", false),
        (vec![alert("s=1,e=1", 60)], "e=1", false),
        (vec![alert("s=1,e=1", -1)], "t=1,e=1", false),
        (vec![alert("s=1,e=1", 0)], "t=1,e=1", false),
        (vec![alert("s=1", 60)], "t=1", true),
        (vec![alert("s=1,e=1,x=1", -1), alert("s=1,e=1,x=2", 60)], "t=1,e=1", true),
        (vec![alert("s=1,e=1,x=2", 60), alert("s=1,e=1,x=1", -1)], "t=1,e=1", true),
        (vec![alert("s=2,e=1,f=1", 60)], "t=2,e=1,f=1", true),
        (vec![alert("s=2,e=1,f=1", 60)], "t=2,e=1", false),
        // A source resolved by a newer report of the same alert.
        (vec![alert("s=1,e=1", 60), alert("s=1,e=1", -1)], "t=1,e=1", false),
    ] {
        assert_eq!(inhibits(&rules, &sources, target), expected, "{sources:?} -> {target}");
    }
}

#[test]
fn alerts_on_both_sides_do_not_inhibit_each_other() {
    let rules = [rule("s=1", "t=1", &["e"])];
    for (source, target, expected) in [
        ("s=1,t=1,e=1", "s=1,t=1,e=1", false),
        ("s=1,t=1,e=1,x=1", "s=1,t=1,e=1,x=2", false),
        ("s=1,t=1,e=1", "t=1,e=1", true),
        ("s=1,e=1", "s=1,t=1,e=1", true),
    ] {
        assert_eq!(inhibits(&rules, &[alert(source, 60)], target), expected, "{source} -> {target}");
    }
}

#[test]
fn the_inhibiting_alert_is_named_and_forgotten() {
    let mut inhibitor = Inhibitor::new([RuleConfig { name: "node".to_owned(), ..rule("s=1", "t=1", &[]) }]);
    let source = alert("s=1", 10);
    inhibitor.handle_alert(&source);
    let target = labels("t=1");
    let inhibition = inhibitor.inhibition(&target, at(9)).unwrap();
    assert_eq!((inhibition.by, inhibition.rule.name.as_str()), (source.fingerprint(), "node"));
    inhibitor.forget_resolved(at(9));
    assert!(inhibitor.inhibition(&target, at(9)).is_some());
    inhibitor.forget_resolved(at(10));
    assert!(inhibitor.inhibition(&target, at(9)).is_none());
}
