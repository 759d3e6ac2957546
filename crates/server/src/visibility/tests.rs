//! What a team sees, and what it cannot see however it asks.

use std::sync::Arc;

use model::{Labels, Matcher};
use promql::{Engine, EngineOptions, ParseOptions, QueryOptions, parse};
use proptest::prelude::*;
use serde_json::json;
use storage::memory::MemoryStorage;
use storage::{Appendable, Cancel, LabelQuery, Queryable, SelectRequest, TimeRange};

use super::data::Narrowed;
use super::{Visible, answers, statistics};

fn visible(selectors: &[&str]) -> Visible {
    Visible::read(selectors).unwrap().unwrap()
}

const RANGE: TimeRange = TimeRange { min_ms: 0, max_ms: 600_000 };
const TEAMS: [&str; 4] = ["", "pay", "shop", "other"];
const PLACES: [&str; 3] = ["", "dev", "prod"];

/// A storage with these series: metric, team and place by number; values are whole, so that sums do not depend on their order.
fn stored(series: &[(usize, usize, usize)], keep: impl Fn(&Labels) -> bool) -> Arc<MemoryStorage> {
    let storage = Arc::new(MemoryStorage::default());
    let mut batch = storage.appender();
    for (i, (metric, team, place)) in series.iter().enumerate() {
        let index = i.to_string();
        let pairs = [
            ("__name__", ["up", "errors_total"][*metric]),
            ("i", &index),
            ("team", TEAMS[*team]),
            ("env", PLACES[*place]),
        ];
        let labels = Labels::from_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        if keep(&labels) {
            let reference = batch.resolve(&labels).unwrap();
            for t in 0..=10 {
                batch.sample(reference, t * 60_000, (i as i64 + t) as f64).unwrap();
            }
        }
    }
    batch.commit().unwrap();
    storage
}

/// Everything that can be asked of a storage, answered.
fn answered(data: Arc<dyn Queryable>) -> Vec<String> {
    const QUERIES: [&str; 9] = [
        "up",
        "{__name__=~\".+\"}",
        "sum by (team) (up)",
        "count(up)",
        "rate(errors_total[5m])",
        "up{team!=\"pay\"} or on (i) errors_total",
        "max_over_time((sum(up) or errors_total)[5m:1m])",
        "absent(up{team=\"other\"})",
        "topk(scalar(count(up)), up) unless up{env=\"dev\"}",
    ];
    let engine = Engine::new(EngineOptions::default());
    let range = |query: &&str| {
        let expr = parse(query, &ParseOptions::default()).unwrap();
        let got = engine.range(data.clone(), &expr, 0, 600_000, 120_000, &QueryOptions::default());
        format!("{query}: {:?}", got.map(|result| result.value))
    };
    let mut all: Vec<String> = QUERIES.iter().map(range).collect();
    let view = data.view(RANGE).unwrap();
    let sets = [vec![Matcher::equal("__name__", "up")], vec![Matcher::equal("env", "dev")]];
    for matcher_sets in [&[], &sets[..1], &sets[..]] {
        let query = LabelQuery::new(matcher_sets, RANGE);
        all.push(format!("{:?}", view.label_names(&query).unwrap()));
        all.push(format!("{:?}", view.label_values("i", &query).unwrap()));
    }
    let matchers = [Matcher::equal("__name__", "up")];
    let set = view.select(&SelectRequest { sorted: true, ..SelectRequest::new(&matchers, RANGE) }).unwrap();
    all.push(format!("{:?}", (0..set.len()).map(|i| set.labels(i)).collect::<Vec<_>>()));
    all
}

proptest! {
    /// Guard: `data::Narrowed`.
    #[test]
    fn what_is_not_seen_is_as_if_it_were_not_stored(
        series in proptest::collection::vec((0..2usize, 0..4usize, 0..3usize), 0..30),
        selectors in proptest::collection::vec(
            proptest::sample::select(vec![
                "{team=\"pay\"}", "{team=\"shop\"}", "{team=~\"pay|other\"}", "{env=\"dev\"}",
                "{team=\"pay\",env!=\"dev\"}", "up{env=~\"dev|prod\"}", "{team!=\"other\",env=\"prod\"}", "{nothing=\"x\"}",
            ]),
            1..4,
        ),
    ) {
        let visible = visible(&selectors);
        let narrowed = Narrowed::new(stored(&series, |_| true), Arc::new(visible.clone()));
        let only = stored(&series, |labels| visible.sees_labels(labels));
        prop_assert_eq!(answered(Arc::new(narrowed)), answered(only));
    }
}

#[test]
fn a_limit_cuts_the_union_and_says_so() {
    let series = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 3, 2)];
    let both = visible(&["{team=\"pay\"}", "{env=\"dev\"}"]);
    let data = Narrowed::new(stored(&series, |_| true), Arc::new(both));
    for (limit, want, cut) in [(0, 3, false), (3, 3, false), (2, 2, true), (1, 1, true)] {
        let matchers = [Matcher::equal("__name__", "up")];
        let request = SelectRequest { limit, ..SelectRequest::new(&matchers, RANGE) };
        let set = data.view(RANGE).unwrap().select(&request).unwrap();
        assert_eq!((set.len(), !set.warnings().is_empty()), (want, cut), "{limit}");
    }
    assert!(data.changes().is_none(), "nothing is kept for the next who asks");
}

#[test]
fn statistics_count_what_is_seen() {
    let series = [(0, 1, 1), (1, 1, 2), (0, 2, 1), (0, 3, 2)];
    let data =
        Narrowed::new(stored(&series, |_| true), Arc::new(visible(&["{team=\"pay\"}", "{env=\"dev\"}"])));
    let mut all = crate::parts::DatabaseStats::default();
    (all.head_stats.min_time, all.head_stats.max_time, all.head_stats.num_series) = (0, 600_000, 4);
    all.bongsu.memory.held_bytes = 5;
    let seen = statistics::of_seen(&data, &all, 2, &Cancel::default()).unwrap();
    let pairs =
        |counts: &[crate::parts::Count]| counts.iter().map(|c| (c.name.clone(), c.value)).collect::<Vec<_>>();
    assert_eq!((seen.head_stats.num_series, seen.bongsu.memory.held_bytes), (3, 0));
    assert_eq!(
        pairs(&seen.series_count_by_metric_name),
        [("up".to_owned(), 2), ("errors_total".to_owned(), 1)]
    );
    assert_eq!(
        pairs(&seen.label_value_count_by_label_name),
        [("i".to_owned(), 3), ("__name__".to_owned(), 2)]
    );
    assert_eq!(
        pairs(&seen.series_count_by_label_value_pair),
        [("__name__=up".to_owned(), 2), ("env=dev".to_owned(), 2)]
    );
}

#[test]
fn selectors_that_cannot_be_read_show_nothing() {
    assert!(Visible::read(&["{a="]).is_err());
    assert!(Visible::read(&["{a=\"b\"}", "{a="]).is_err());
    assert!(Visible::read(&[]).unwrap().is_none());
    assert_eq!(visible(&["{a=\"b\"}", "{a=\"b\"}"]).lists().len(), 1);
}

#[test]
fn answers_hold_what_is_seen() {
    let pay = visible(&[r#"{team="pay"}"#, r#"{env="dev"}"#]);
    let mut answer = json!({"data": {"alerts": [{"labels": {"team": "pay"}}, {"labels": {"team": "x"}}, {"labels": {"env": "dev"}}, {"labels": {}}]}});
    answers::alerts(&pay, &mut answer);
    assert_eq!(answer["data"]["alerts"], json!([{"labels": {"team": "pay"}}, {"labels": {"env": "dev"}}]));

    let mut answer = json!([{"labels": {"team": "pay"}}, {"labels": {"team": "x"}}]);
    answers::routed_alerts(&pay, &mut answer);
    assert_eq!(answer, json!([{"labels": {"team": "pay"}}]));

    let mut answer = json!([
        {"receiver": "a", "alerts": [{"labels": {"env": "dev"}}, {"labels": {}}]},
        {"receiver": "b", "alerts": [{"labels": {"team": "x"}}]},
    ]);
    answers::alert_groups(&pay, &mut answer);
    assert_eq!(answer, json!([{"receiver": "a", "alerts": [{"labels": {"env": "dev"}}]}]));

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
    let pay = visible(&[r#"{team=~"pay|shop"}"#, r#"{env="dev"}"#]);
    let cases = [
        (json!([{"name": "team", "value": "pay", "isRegex": false, "isEqual": true}]), true),
        (json!([{"name": "env", "value": "dev"}]), true),
        (json!([{"name": "team", "value": "shop"}, {"name": "a", "value": ".*", "isRegex": true}]), true),
        (json!([{"name": "team", "value": "other"}]), false),
        (json!([{"name": "team", "value": "other"}, {"name": "env", "value": "prod"}]), false),
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
