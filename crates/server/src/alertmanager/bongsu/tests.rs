use serde_json::{Value, json};

use super::super::tests::{ask, get, parts, parts_with};
use alerting::silences::guard::Guard;

async fn fire(parts: &super::Parts, alerts: Value) {
    let (status, body) = ask(parts, "POST", "/api/v2/alerts", alerts).await;
    assert_eq!(status, 200, "{body}");
}

fn silence(annotations: Value, matchers: Value) -> Value {
    json!({
        "startsAt": "2024-01-01T00:00:00Z", "endsAt": "2998-01-01T00:00:00Z", "createdBy": "me", "comment": "why",
        "matchers": matchers, "annotations": annotations,
    })
}

#[tokio::test]
async fn an_acknowledgement_is_made_shown_and_ended() {
    let parts = parts();
    fire(&parts, json!([{"labels": {"a": "x", "job": "j"}}, {"labels": {"a": "y", "job": "j"}}])).await;
    let alerts = get(&parts, "/api/v2/alerts?filter=a%3Dx").await;
    assert!(alerts[0].get("acknowledged").is_none(), "documents are the original's until somebody cares");
    let ack = json!({"fingerprint": alerts[0]["fingerprint"], "owner": "김", "note": "보는 중"});
    let (status, made) = ask(&parts, "POST", "/api/v2/bongsu/acks", ack).await;
    let id = made["ackID"].as_str().unwrap().to_owned();
    assert_eq!(status, 200);
    let alerts = get(&parts, "/api/v2/alerts").await;
    let owners: Vec<&Value> =
        alerts.as_array().unwrap().iter().map(|a| &a["acknowledged"]["owner"]).collect();
    assert_eq!(owners.iter().filter(|owner| **owner == "김").count(), 1, "{alerts}");
    assert!(alerts.as_array().unwrap().iter().all(|a| a["status"]["state"] == "active"));
    let acks = get(&parts, "/api/v2/bongsu/acks").await;
    assert_eq!((&acks[0]["id"], &acks[0]["note"]), (&json!(id), &json!("보는 중")));
    assert_eq!(acks[0]["matcherSets"][0].as_array().unwrap().len(), 2);
    assert_eq!(get(&parts, "/api/v2/silences").await, json!([]), "it silences nothing");
    let path = format!("/api/v2/bongsu/ack/{id}");
    assert_eq!(ask(&parts, "DELETE", &path, Value::Null).await.0, 200);
    assert_eq!(get(&parts, "/api/v2/bongsu/acks").await, json!([]));
    assert_eq!(ask(&parts, "DELETE", "/api/v2/bongsu/ack/none", Value::Null).await.0, 404);
    let group = json!({"groupKey": "{}:{job=\"j\"}", "owner": "lee"});
    assert_eq!(ask(&parts, "POST", "/api/v2/bongsu/acks", group).await.0, 200);
    let acks = get(&parts, "/api/v2/bongsu/acks").await;
    assert_eq!(acks[0]["matcherSets"].as_array().unwrap().len(), 2, "one set for each alert of the group");
}

#[tokio::test]
async fn acknowledgements_that_make_no_sense_are_refused() {
    let parts = parts();
    fire(&parts, json!([{"labels": {"a": "x"}}])).await;
    for (body, status, text) in [
        (json!({"owner": "kim"}), 400, "exactly one of"),
        (json!({"fingerprint": "0000000000000001", "groupKey": "g", "owner": "kim"}), 400, "exactly one of"),
        (json!({"fingerprint": "1", "owner": "kim"}), 400, "no 16 hexadecimal digits"),
        (json!({"fingerprint": "0000000000000001", "owner": "kim"}), 404, "no firing alert"),
        (json!({"groupKey": "none", "owner": "kim"}), 404, "no firing alert"),
        (json!({"matchers": [{"name": "a", "value": "x"}], "owner": " "}), 400, "needs an owner"),
        (json!({"matchers": [{"name": "a", "value": "(", "isRegex": true}], "owner": "k"}), 400, "("),
        (
            json!({"matchers": [{"name": "a", "value": "x"}], "owner": "k", "until": "2001-01-01T00:00:00Z"}),
            400,
            "past",
        ),
        (json!({"matchers": [{"name": "a", "value": "x"}], "owner": "k", "until": "soon"}), 422, "date-time"),
        (json!({"matchers": [{"name": "a", "value": "x"}], "owner": "k", "who": "k"}), 422, "unknown field"),
        (json!([]), 422, "acknowledgement in body"),
    ] {
        let (got, answer) = ask(&parts, "POST", "/api/v2/bongsu/acks", body.clone()).await;
        assert_eq!(got, status, "{body}: {answer}");
        assert!(answer.to_string().contains(text), "{body}: {answer}");
    }
}

#[tokio::test]
async fn silences_show_what_they_ask_for() {
    let parts = parts();
    let matchers = json!([{"name": "a", "value": "x"}]);
    let during = json!({"bongsu_during": "daily 00:00-24:00 Asia/Seoul", "bongsu_until_resolved": "true"});
    let (status, made) = ask(&parts, "POST", "/api/v2/silences", silence(during, matchers.clone())).await;
    assert_eq!(status, 200, "{made}");
    let shown = &get(&parts, "/api/v2/silences").await[0];
    assert_eq!(
        (&shown["bongsu"]["silencesNow"], &shown["bongsu"]["untilResolved"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(shown["bongsu"]["windows"].as_array().unwrap().len(), 1, "it never pauses: {shown}");
    let by_id = get(&parts, &format!("/api/v2/silence/{}", made["silenceID"].as_str().unwrap())).await;
    assert_eq!(by_id["bongsu"], shown["bongsu"]);
    let wrong = silence(json!({"bongsu_during": "now and then"}), matchers.clone());
    for path in ["/api/v2/silences", "/api/v2/bongsu/silences/preview"] {
        let (status, answer) = ask(&parts, "POST", path, wrong.clone()).await;
        assert_eq!(status, 400, "{path}: {answer}");
        assert!(answer.as_str().unwrap().contains("annotation bongsu_during"), "{answer}");
    }
    let (_, plain) = ask(&parts, "POST", "/api/v2/silences", silence(json!({}), matchers)).await;
    let plain = get(&parts, &format!("/api/v2/silence/{}", plain["silenceID"].as_str().unwrap())).await;
    assert!(plain.get("bongsu").is_none(), "documents are the original's where nothing else is asked for");
}

#[tokio::test]
async fn too_broad_silences_need_force() {
    let guard = Guard { alerts_max: Some(2), percent_max: None };
    let parts = parts_with(None, Some(guard));
    fire(&parts, json!([{"labels": {"a": "1", "b": "x"}}, {"labels": {"a": "2", "b": "x"}}, {"labels": {"a": "3", "b": "x"}}])).await;
    let broad = || silence(json!({}), json!([{"name": "b", "value": "x"}]));
    let preview = ask(&parts, "POST", "/api/v2/bongsu/silences/preview", broad()).await.1;
    assert_eq!(
        (&preview["matching"], &preview["total"], &preview["tooBroad"]),
        (&json!(3), &json!(3), &json!(true))
    );
    assert_eq!(preview["alerts"].as_array().unwrap().len(), 3);
    let (status, answer) = ask(&parts, "POST", "/api/v2/silences", broad()).await;
    assert_eq!(status, 409);
    assert!(answer.as_str().unwrap().contains("it matches 3 of 3 alerts, more than 2"), "{answer}");
    assert_eq!(get(&parts, "/api/v2/silences").await, json!([]));
    assert_eq!(ask(&parts, "POST", "/api/v2/silences?force=true", broad()).await.0, 200);
    let narrow = silence(json!({}), json!([{"name": "a", "value": "1"}]));
    assert_eq!(ask(&parts, "POST", "/api/v2/silences", narrow).await.0, 200);
    let all = silence(json!({}), json!([{"name": "nobody", "value": "x", "isEqual": false}]));
    assert_eq!(ask(&parts, "POST", "/api/v2/silences", all).await.0, 409);
}

#[tokio::test]
async fn the_ledger_tells_what_was_decided() {
    let dir = tempfile::tempdir().unwrap();
    let parts = parts_with(Some(dir.path()), None);
    fire(
        &parts,
        json!([{"labels": {"alertname": "Down", "job": "j"}}, {"labels": {"alertname": "Up", "job": "j"}}]),
    )
    .await;
    let found = get(&parts, "/api/v2/bongsu/ledger?filter=alertname%3DDown").await;
    let kinds: Vec<&str> =
        found["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["received", "grouped"], "{found}");
    let grouped = &found["entries"][1];
    assert_eq!((&grouped["receiver"], &grouped["groupKey"]), (&json!("ops"), &json!("{}:{job=\"j\"}")));
    assert_eq!(grouped["alerts"][0]["labels"], json!({"alertname": "Down", "job": "j"}));
    let korean = get(&parts, "/api/v2/bongsu/ledger?filter=alertname%3DDown&lang=ko&limit=1").await;
    assert!(korean["entries"][0]["text"].as_str().unwrap().contains("대기합니다"), "{korean}");
    assert_eq!(korean["truncated"], true);
    let why = get(&parts, "/api/v2/bongsu/why?filter=alertname%3DDown").await;
    assert_eq!(why["alerts"][0]["verdict"], "waiting", "{why}");
    assert!(why["alerts"][0]["next"].is_string(), "{why}");
    assert!(why["text"].as_str().unwrap().contains("The group of ops is looked at next at"), "{why}");
    let past = get(&parts, "/api/v2/bongsu/why?filter=alertname%3DDown&at=2001-01-01T00:00:00Z").await;
    assert_eq!(past["alerts"], json!([]), "nothing was known then");
    for (query, status, text) in [
        ("why", 400, "which alert?"),
        ("why?filter=a%3Db&lang=xx", 400, "neither en nor ko"),
        ("why?filter=a%3Db&tz=Mars", 400, "no time zone"),
        ("why?fingerprint=xyz", 400, "no 16 hexadecimal digits"),
        ("ledger?limit=0", 400, "no number from 1"),
        ("ledger?start=yesterday", 400, "start"),
        ("ledger?receiver=(", 400, "receiver param"),
        ("ledger?filter=nonsense", 400, "bad matcher format"),
    ] {
        let (got, answer) = ask(&parts, "GET", &format!("/api/v2/bongsu/{query}"), Value::Null).await;
        assert_eq!(got, status, "{query}: {answer}");
        assert!(answer.as_str().unwrap_or_default().contains(text), "{query}: {answer}");
    }
    let none = super::super::tests::parts();
    assert_eq!(
        ask(&none, "GET", "/api/v2/bongsu/ledger", Value::Null).await.0,
        404,
        "without a data directory"
    );
}
