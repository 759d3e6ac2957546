//! What a team sees, and what it cannot see however it asks.

use promql::ParseOptions;
use serde_json::json;

use super::{VisibilityError, Visible, answers, requests};

fn visible(selectors: &[&str]) -> Visible {
    Visible::read(selectors).unwrap().unwrap()
}

fn ask(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned()), ("time".to_owned(), "5".to_owned())]
}

#[test]
fn every_selector_of_a_query_is_narrowed() {
    let pay = visible(&["{team=\"pay\"}"]);
    let cases = [
        ("up", r#"up{team="pay"}"#),
        (r#"up{team="other"}"#, r#"up{team="other",team="pay"}"#),
        (r#"{__name__=~".+"}"#, r#"{__name__=~".+",team="pay"}"#),
        ("sum by (job) (rate(x[5m]))", r#"sum by (job) (rate(x{team="pay"}[5m]))"#),
        ("a + on (x) group_left () b", r#"a{team="pay"} + on (x) group_left () b{team="pay"}"#),
        ("max_over_time((a or b)[1h:1m])", r#"max_over_time((a{team="pay"} or b{team="pay"})[1h:1m])"#),
        ("topk(scalar(k), a)", r#"topk(scalar(k{team="pay"}), a{team="pay"})"#),
        ("-a @ end() offset 5m", r#"-a{team="pay"} @ end() offset 5m"#),
        ("1 + 2", "1 + 2"),
        (
            r#"label_replace(a, "team", "pay", "", "")"#,
            r#"label_replace(a{team="pay"}, "team", "pay", "", "")"#,
        ),
        ("absent(nothing)", r#"absent(nothing{team="pay"})"#),
    ];
    for (query, want) in cases {
        let narrowed = requests::query(&pay, ask("query", query), &ParseOptions::default()).unwrap();
        assert_eq!(narrowed, ask("query", want), "{query}");
    }
    let error = requests::query(&pay, ask("query", "up{"), &ParseOptions::default());
    assert!(matches!(error, Err(VisibilityError::Query(_))), "{error:?}");
}

#[test]
fn teams_are_united_where_they_can_be() {
    let cases: [(&[&str], Option<&str>); 6] = [
        (&[r#"{team="pay"}"#, r#"{team="a.b"}"#], Some(r#"up{team=~"pay|a\\.b"}"#)),
        (&[r#"{team="pay"}"#, r#"{team=~"x|y"}"#], Some(r#"up{team=~"pay|(?:x|y)"}"#)),
        (&[r#"{team="pay",env="prod"}"#], Some(r#"up{env="prod",team="pay"}"#)),
        (&[r#"{team="pay"}"#, r#"{env="dev"}"#], None),
        (&[r#"{team="pay"}"#, r#"{team!="x"}"#], None),
        (&[r#"{team="pay",env="prod"}"#, r#"{team="x"}"#], None),
    ];
    for (selectors, want) in cases {
        let narrowed = requests::query(&visible(selectors), ask("query", "up"), &ParseOptions::default());
        let got = narrowed.as_ref().map(|p| p[0].1.as_str()).ok();
        assert_eq!(got, want, "{selectors:?}");
    }
    assert!(Visible::read(&["{a="]).is_err());
    assert!(Visible::read(&[]).unwrap().is_none());
}

#[test]
fn lists_of_series_take_any_union() {
    let both = visible(&[r#"{team="pay"}"#, r#"{env="dev",x!="1"}"#]);
    let narrow = |parameters| {
        let narrowed = requests::selectors(&both, parameters).unwrap();
        narrowed.into_iter().filter(|(n, _)| n == "match[]").map(|(_, v)| v).collect::<Vec<_>>()
    };
    assert_eq!(
        narrow(ask("match[]", "up")),
        [r#"{__name__="up",team="pay"}"#, r#"{__name__="up",env="dev",x!="1"}"#]
    );
    assert_eq!(narrow(vec![]), [r#"{team="pay"}"#, r#"{env="dev",x!="1"}"#]);
    assert!(requests::selectors(&both, ask("match[]", "{")).is_err());
    let filters = requests::filters(&visible(&[r#"{"내 팀"="a\"b"}"#]), vec![]).unwrap();
    assert_eq!(filters, [("filter".to_owned(), r#""내 팀"="a\"b""#.to_owned())]);
}

#[test]
fn answers_hold_what_is_seen() {
    let pay = visible(&[r#"{team="pay"}"#]);
    let mut answer =
        json!({"data": {"alerts": [{"labels": {"team": "pay"}}, {"labels": {"team": "x"}}, {"labels": {}}]}});
    answers::alerts(&pay, &mut answer);
    assert_eq!(answer["data"]["alerts"].as_array().unwrap().len(), 1);

    let mut answer = json!({"data": {"groups": [
        {"rules": [{"name": "a", "labels": {"team": "pay"}}, {"name": "b", "labels": {}},
                   {"name": "c", "labels": {}, "alerts": [{"labels": {"team": "pay"}}, {"labels": {"team": "x"}}]}]},
        {"rules": [{"name": "d", "labels": {"team": "x"}, "alerts": [{"labels": {"team": "x"}}]}]},
    ]}});
    answers::rules(&pay, &mut answer);
    let groups = answer["data"]["groups"].as_array().unwrap();
    let names: Vec<&str> =
        groups[0]["rules"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!((groups.len(), names), (1, vec!["a", "c"]));
    assert_eq!(groups[0]["rules"][1]["alerts"].as_array().unwrap().len(), 1);

    let mut answer = json!({"data": {"activeTargets": [{"labels": {"team": "pay"}}, {"labels": {"job": "x"}}], "droppedTargets": [{}]}});
    answers::targets(&pay, &mut answer);
    assert_eq!(answer["data"], json!({"activeTargets": [{"labels": {"team": "pay"}}], "droppedTargets": []}));
}

#[test]
fn a_silence_must_name_the_team() {
    let pay = visible(&[r#"{team=~"pay|shop"}"#]);
    let cases = [
        (json!([{"name": "team", "value": "pay", "isRegex": false, "isEqual": true}]), true),
        (json!([{"name": "team", "value": "shop"}, {"name": "a", "value": ".*", "isRegex": true}]), true),
        (json!([{"name": "team", "value": "other"}]), false),
        (json!([{"name": "team", "value": "pay|other", "isRegex": true}]), false),
        (json!([{"name": "team", "value": "pay", "isEqual": false}]), false),
        (json!([{"name": "alertname", "value": "x"}]), false),
        (json!([]), false),
        (json!("x"), false),
    ];
    for (matchers, want) in cases {
        assert_eq!(answers::may_silence(&pay, &json!({"matchers": matchers})), want, "{matchers}");
    }
    let mut list = json!([{"matchers": [{"name": "team", "value": "pay"}]}, {"matchers": [{"name": "a", "value": "b"}]}]);
    answers::silences(&pay, &mut list);
    assert_eq!(list.as_array().unwrap().len(), 1);
}
