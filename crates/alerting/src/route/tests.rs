use super::*;
use crate::matchers::{Syntax, parse};

fn route(receiver: &str, matchers: &str) -> RouteConfig {
    RouteConfig {
        receiver: (!receiver.is_empty()).then(|| receiver.to_owned()),
        matchers: parse(matchers, Syntax::Utf8).unwrap().value,
        ..RouteConfig::default()
    }
}

fn by(names: &[&str]) -> Option<GroupBy> {
    Some(GroupBy::Labels(names.iter().map(|n| (*n).to_owned()).collect()))
}

/// The tree of Alertmanager's own test of matching.
fn tree() -> Tree {
    let testing = RouteConfig { group_by: Some(GroupBy::All), ..route("notify-testing", "env=testing") };
    let production = RouteConfig {
        group_wait: Some(SignedDuration::from_mins(1)),
        continues: false,
        ..route("notify-productionA", "env=production")
    };
    let staging = RouteConfig {
        group_by: Some(GroupBy::Labels(BTreeSet::new())),
        continues: true,
        ..route("notify-productionB", "env=~produ.*|stag.*")
    };
    let a = RouteConfig {
        routes: vec![testing, RouteConfig { continues: true, ..production }, staging],
        ..route("notify-A", r#"owner=~"team-(A|B)""#)
    };
    let last = RouteConfig { group_by: by(&["role"]), ..route("", "group_by=role") };
    let after_last = RouteConfig { continues: true, ..route("notify-D", "group_by=role,env=testing") };
    let e = RouteConfig {
        routes: vec![after_last, route("", "env=testing,wait=long")],
        group_wait: Some(SignedDuration::from_mins(2)),
        ..last
    };
    Tree::new(&RouteConfig {
        group_by: by(&["foo", "bar"]),
        group_wait: Some(SignedDuration::from_secs(30)),
        labels: [("team".to_owned(), "all".to_owned())].into(),
        routes: vec![a, route("notify-BC", r#"owner=~"team-(B|C)""#), e],
        ..route("notify-def", "")
    })
}

#[test]
fn alerts_find_their_routes() {
    let tree = tree();
    for (labels, expected) in [
        (vec![("owner", "team-A")], vec!["notify-A"]),
        (vec![("owner", "team-A"), ("env", "unset")], vec!["notify-A"]),
        (vec![("owner", "team-C")], vec!["notify-BC"]),
        (vec![("owner", "team-A"), ("env", "testing")], vec!["notify-testing"]),
        (vec![("owner", "team-A"), ("env", "production")], vec!["notify-productionA", "notify-productionB"]),
        (vec![("group_by", "role")], vec!["notify-def"]),
        (vec![("env", "testing"), ("group_by", "role")], vec!["notify-D"]),
        (vec![("env", "testing"), ("group_by", "role"), ("wait", "long")], vec!["notify-D", "notify-def"]),
        (vec![], vec!["notify-def"]),
    ] {
        let found = tree.matching(&Labels::from_pairs(labels.clone()));
        let receivers: Vec<&str> = found.iter().map(|&n| tree.nodes()[n].options.receiver.as_str()).collect();
        assert_eq!(receivers, expected, "{labels:?}");
    }
}

#[test]
fn options_are_inherited() {
    let tree = tree();
    let found = |labels: &[(&str, &str)]| {
        tree.nodes()[tree.matching(&Labels::from_pairs(labels.iter().copied()))[0]].clone()
    };
    let production = found(&[("owner", "team-A"), ("env", "production")]).options;
    assert_eq!(Some(production.group_by), by(&["foo", "bar"]));
    assert_eq!(production.group_wait, SignedDuration::from_mins(1));
    assert_eq!(production.group_interval, SignedDuration::from_mins(5));
    assert_eq!(production.labels["team"], "all");
    assert_eq!(found(&[("owner", "team-A"), ("env", "testing")]).options.group_by, GroupBy::All);
    let long = found(&[("group_by", "role"), ("env", "x")]);
    assert_eq!(
        (Some(long.options.group_by), long.options.group_wait),
        (by(&["role"]), SignedDuration::from_mins(2))
    );
}

#[test]
fn keys_and_ids() {
    let tree = tree();
    let labels = Labels::from_pairs([("owner", "team-A"), ("env", "testing"), ("q", "a\"b")]);
    let route = &tree.nodes()[tree.matching(&labels)[0]];
    assert_eq!(route.key, r#"{}/{owner=~"team-(A|B)"}/{env="testing"}"#);
    assert_eq!(route.id, r#"{}/{owner=~"team-(A|B)"}/0/{env="testing"}/0"#);
    let group = route.options.group_by.group_labels(&labels);
    assert_eq!(
        group_key(route, &group),
        r#"{}/{owner=~"team-(A|B)"}/{env="testing"}:{env="testing", owner="team-A", q="a\"b"}"#
    );
    let root = &tree.nodes()[0];
    assert_eq!(group_key(root, &root.options.group_by.group_labels(&labels)), "{}:{}");
    let ids: BTreeSet<&str> = tree.nodes().iter().map(|n| n.id.as_str()).collect();
    assert_eq!(ids.len(), tree.nodes().len(), "no two routes share an id");
}
