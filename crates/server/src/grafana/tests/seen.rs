//! Teams with selectors before the whole server: what somebody in several teams is shown is what any of them sees.

use std::sync::Arc;

use accounts::Role;
use model::{Exemplar, Labels};
use serde_json::{Value, json};
use storage::Appendable;
use storage::memory::MemoryStorage;

use super::super::guard::Guard;
use super::{ADMIN, As, World};
use crate::options::for_tests;

/// A server with series of three teams, one of them with exemplars, behind logins.
async fn world() -> World {
    let storage = Arc::new(MemoryStorage::default());
    let mut batch = storage.appender();
    for (name, team, env) in [
        ("up", "pay", "prod"),
        ("up", "shop", "dev"),
        ("up", "other", "prod"),
        ("secret_total", "other", "prod"),
    ] {
        let labels = Labels::from_pairs([("__name__", name), ("team", team), ("env", env), ("job", team)]);
        let series = batch.resolve(&labels).unwrap();
        for i in 0..=10 {
            batch.sample(series, i * 60_000, 1.0).unwrap();
        }
        let labels = Labels::from_pairs([("trace", team)]);
        batch.exemplar(series, &Exemplar { labels, value: 1.0, timestamp_ms: Some(600_000) }).unwrap();
    }
    batch.commit().unwrap();
    let mut options = for_tests();
    options.features.insert("search-api".to_owned());
    let (server, _) = crate::tests::server_over(options, storage.clone(), storage);
    let world = World::bare().await;
    let guard = Guard { grafana: world.grafana.clone(), prefix: String::new(), own_metrics: Vec::new() };
    let others = super::super::guarded(server.router, guard);
    world.grafana.own.set(others.clone()).unwrap();
    World { router: others.merge(world.router), grafana: world.grafana }
}

/// Guard: `visibility::data::Data` in each handler, and `guard::narrowed`.
#[tokio::test]
async fn two_teams_see_the_union_and_nothing_else() {
    let world = world().await;
    let ann = world.user("ann", Role::Viewer).await;
    for (id, selector) in [(1, "{team=\"pay\"}"), (2, "{env=\"dev\",team!=\"other\"}")] {
        let team = json!({"name": format!("t{id}"), "selector": selector});
        assert_eq!(world.post(ADMIN, "/api/teams", team).await.status, 200);
        let path = format!("/api/teams/{id}/members");
        assert_eq!(world.post(ADMIN, &path, json!({"userId": ann})).await.status, 200);
    }
    let range = "start=0&end=600&step=60";
    let all = "%7B__name__%3D~%22.%2B%22%7D";
    let panel = json!({"queries": [{"refId": "A", "expr": "{__name__=~\".+\"}", "instant": true}], "from": "0", "to": "600000"});
    let cases = [
        ("GET", format!("/api/v1/query?query={all}&time=600"), Value::Null),
        ("GET", format!("/api/v1/query_range?query=sum+by+(team)+(up)&{range}"), Value::Null),
        ("GET", format!("/api/v1/query_exemplars?query={all}&start=0&end=600"), Value::Null),
        ("GET", format!("/api/v1/series?match[]={all}&start=0&end=600"), Value::Null),
        ("GET", "/api/v1/label/team/values".to_owned(), Value::Null),
        ("GET", format!("/api/v1/label/team/values?match[]={all}"), Value::Null),
        ("GET", "/api/v1/label/job/values?match[]=up&match[]=secret_total".to_owned(), Value::Null),
        ("GET", "/api/v1/search/label_values?label=team".to_owned(), Value::Null),
        ("GET", format!("/federate?match[]={all}"), Value::Null),
        ("GET", format!("/api/datasources/proxy/uid/bongsu/api/v1/query?query={all}&time=600"), Value::Null),
        (
            "GET",
            format!("/api/datasources/uid/bongsu/resources/api/v1/series?match[]={all}&start=0&end=600"),
            Value::Null,
        ),
        ("POST", "/api/ds/query".to_owned(), panel),
    ];
    for (method, path, body) in cases {
        // Who sees everything comes first, so that what is kept between requests would be found.
        let whole = world.ask(ADMIN, method, &path, body.clone()).await;
        assert!(whole.status == 200 && whole.text.contains("other"), "{path}: {whole:?}");
        let part = world.ask(As::Basic("ann"), method, &path, body).await;
        assert_eq!(part.status, 200, "{path}: {part:?}");
        let holds = |word: &str| part.text.contains(word);
        assert!(holds("pay") && holds("shop"), "{path}: {}", part.text);
        assert!(!holds("other") && !holds("secret"), "{path}: {}", part.text);
    }
    // The database of this test counts nothing itself: what is counted is what is seen.
    let counted = world.get(As::Basic("ann"), "/api/v1/status/tsdb").await;
    assert_eq!(counted.body["data"]["headStats"]["numSeries"], 2, "{counted:?}");
    assert!(counted.text.contains("team=pay") && !counted.text.contains("other"), "{counted:?}");
    // Names and types of metrics are told of what is seen.
    let names = world.get(As::Basic("ann"), "/api/v1/label/__name__/values").await;
    assert_eq!(names.body["data"], json!(["up"]));
    let metadata = world.get(As::Basic("ann"), "/api/v1/metadata").await;
    assert_eq!(metadata.body["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["up"]);
    let targets = world.get(As::Basic("ann"), "/api/v1/targets/metadata").await;
    assert_eq!(targets.body["data"], json!([]), "no target carries a team's label");
}
