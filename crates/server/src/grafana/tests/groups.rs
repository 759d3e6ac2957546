//! Teams, service accounts, playlists, snapshots: pairs after Grafana's documentation.

use accounts::Role;
use serde_json::{Value, json};

use super::{ADMIN, As, World, replay};

#[tokio::test]
async fn teams_are_made_filled_and_removed() {
    let world = World::new().await;
    let (ann, bob) = (world.user("ann", Role::Viewer).await, world.user("bob", Role::Viewer).await);
    let pairs = [
        (
            "POST",
            "/api/teams",
            json!({"name": "MyTestTeam", "email": "email@test.com", "orgId": 1}),
            200,
            json!({"message": "Team created", "teamId": 1}),
        ),
        ("POST", "/api/teams", json!({"name": "MyTestTeam"}), 409, json!({"message": "Team name taken"})),
        ("POST", "/api/teams", json!({"name": ""}), 400, json!({})),
        ("POST", "/api/teams", json!({"name": "Bad", "selector": "{team="}), 400, json!({})),
        (
            "GET",
            "/api/teams/search?perpage=10&page=1&query=mytest",
            Value::Null,
            200,
            json!({"totalCount": 1, "page": 1, "perPage": 10,
            "teams": [{"id": 1, "name": "MyTestTeam", "email": "email@test.com", "memberCount": 0}]}),
        ),
        ("GET", "/api/teams/1", Value::Null, 200, json!({"id": 1, "name": "MyTestTeam"})),
        (
            "PUT",
            "/api/teams/1",
            json!({"name": "Renamed", "selector": "{team=\"pay\"}"}),
            200,
            json!({"message": "Team updated"}),
        ),
        ("GET", "/api/teams/1", Value::Null, 200, json!({"name": "Renamed", "selector": "{team=\"pay\"}"})),
        (
            "POST",
            "/api/teams/1/members",
            json!({"userId": ann}),
            200,
            json!({"message": "Member added to Team"}),
        ),
        (
            "POST",
            "/api/teams/1/members",
            json!({"userId": ann}),
            400,
            json!({"message": "User is already added to this team"}),
        ),
        ("POST", "/api/teams/1/members", json!({"userId": 99}), 404, json!({"message": "user not found"})),
        (
            "PUT",
            format!("/api/teams/1/members/{ann}").leak() as &str,
            json!({"permission": 4}),
            200,
            json!({"message": "Team member updated"}),
        ),
        (
            "GET",
            "/api/teams/1/members",
            Value::Null,
            200,
            json!([{"userId": ann, "login": "ann", "permission": 4, "teamId": 1}]),
        ),
        (
            "PUT",
            "/api/teams/1/members",
            json!({"members": ["bob@example.com"], "admins": []}),
            200,
            json!({}),
        ),
        ("GET", "/api/teams/1/members", Value::Null, 200, json!([{"userId": bob, "permission": 0}])),
        ("GET", "/api/users/3/teams", Value::Null, 200, json!([{"id": 1}])),
        (
            "PUT",
            "/api/teams/1/preferences",
            json!({"theme": "dark"}),
            200,
            json!({"message": "Preferences updated"}),
        ),
        ("GET", "/api/teams/1/preferences", Value::Null, 200, json!({"theme": "dark"})),
        (
            "DELETE",
            format!("/api/teams/1/members/{bob}").leak() as &str,
            Value::Null,
            200,
            json!({"message": "Team Member removed"}),
        ),
        ("DELETE", "/api/teams/1/members/99", Value::Null, 404, json!({"message": "Team member not found."})),
        ("DELETE", "/api/teams/1", Value::Null, 200, json!({"message": "Team deleted"})),
        ("GET", "/api/teams/1", Value::Null, 404, json!({"message": "Team not found"})),
    ];
    replay(&world, ADMIN, &pairs).await;
}

#[tokio::test]
async fn who_runs_a_team_fills_it_but_does_not_say_what_it_sees() {
    let world = World::new().await;
    let ann = world.user("ann", Role::Viewer).await;
    world.user("bob", Role::Viewer).await;
    world.post(ADMIN, "/api/teams", json!({"name": "pay", "selector": "{team=\"pay\"}"})).await;
    world.post(ADMIN, "/api/teams/1/members", json!({"userId": ann, "permission": 4})).await;
    let cases = [
        ("ann", "POST", "/api/teams/1/members", json!({"userId": 3}), 200),
        ("ann", "PUT", "/api/teams/1", json!({"name": "pay2"}), 200),
        ("ann", "PUT", "/api/teams/1", json!({"name": "pay2", "selector": ""}), 403),
        ("ann", "DELETE", "/api/teams/1", Value::Null, 403),
        ("ann", "POST", "/api/teams", json!({"name": "mine"}), 403),
        ("bob", "PUT", "/api/teams/1", json!({"name": "bobs"}), 403),
        ("bob", "POST", "/api/teams/1/members", json!({"userId": 1}), 403),
        ("bob", "GET", "/api/teams/1/preferences", Value::Null, 403),
    ];
    for (login, method, path, body, want) in cases {
        let got = world.ask(As::Basic(login), method, path, body).await;
        assert_eq!(got.status, want, "{login} {method} {path}: {got:?}");
    }
    world.user("eve", Role::Editor).await;
    for path in ["/api/teams/1", "/api/teams/1/members"] {
        assert_eq!(world.get(As::Basic("eve"), path).await.status, 404, "{path}");
    }
    assert_eq!(world.get(As::Basic("eve"), "/api/teams/search").await.body["totalCount"], 0);
}

#[tokio::test]
async fn service_accounts_and_their_tokens() {
    let world = World::new().await;
    let pairs = [
        (
            "POST",
            "/api/serviceaccounts",
            json!({"name": "grafana", "role": "Viewer", "isDisabled": false}),
            201,
            json!({"id": 2, "name": "grafana", "login": "sa-1-grafana", "orgId": 1, "isDisabled": false, "role": "Viewer", "tokens": 0}),
        ),
        (
            "POST",
            "/api/serviceaccounts",
            json!({"name": "grafana"}),
            400,
            json!({"message": "service account already exists"}),
        ),
        (
            "GET",
            "/api/serviceaccounts/search?perpage=10&page=1&query=graf",
            Value::Null,
            200,
            json!({"totalCount": 1, "serviceAccounts": [{"id": 2}], "perPage": 10}),
        ),
        (
            "PATCH",
            "/api/serviceaccounts/2",
            json!({"name": "test", "role": "Editor"}),
            200,
            json!({"id": 2, "message": "Service account updated", "name": "test", "serviceaccount": {"role": "Editor"}}),
        ),
        ("POST", "/api/serviceaccounts/2/tokens", json!({"name": "t", "secondsToLive": -1}), 400, json!({})),
        ("GET", "/api/serviceaccounts/2/tokens", Value::Null, 200, json!([])),
        ("GET", "/api/serviceaccounts/1", Value::Null, 404, json!({"message": "service account not found"})),
        ("GET", "/api/users/2", Value::Null, 404, json!({})),
    ];
    replay(&world, ADMIN, &pairs).await;
    let got = world
        .post(ADMIN, "/api/serviceaccounts/2/tokens", json!({"name": "grafana", "secondsToLive": 60}))
        .await;
    let key = got.body["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("glsa_"), "{key}");
    let token = As::Token(key.clone());
    assert_eq!(world.post(token.clone(), "/api/folders", json!({"title": "By CI"})).await.status, 200);
    assert_eq!(world.get(token.clone(), "/api/org/users").await.status, 403);
    assert_eq!(world.get(token.clone(), "/api/user").await.body["isServiceAccount"], true);
    let listed = world.get(ADMIN, "/api/serviceaccounts/2/tokens").await;
    assert!(!listed.text.contains(&key) && !listed.text.contains("hash"), "{listed:?}");
    super::holds(
        &listed.body,
        &json!([{"name": "grafana", "hasExpired": false, "secondsUntilExpiration": 60}]),
    )
    .unwrap();
    assert_eq!(
        world.post(ADMIN, "/api/serviceaccounts/2/tokens", json!({"name": "grafana"})).await.status,
        409
    );
    assert_eq!(world.ask(ADMIN, "DELETE", "/api/serviceaccounts/2/tokens/1", Value::Null).await.status, 200);
    let gone = world.get(token, "/api/user").await;
    assert_eq!((gone.status, &gone.body["message"]), (401, &json!("Invalid API key")));
    assert_eq!(world.ask(ADMIN, "DELETE", "/api/serviceaccounts/2", Value::Null).await.status, 200);
}

#[tokio::test]
async fn playlists_and_snapshots_live() {
    let world = World::new().await;
    world.user("ann", Role::Viewer).await;
    let items = json!([{"type": "dashboard_by_uid", "value": "3", "title": "x"}]);
    let made = world
        .post(ADMIN, "/api/playlists", json!({"name": "my playlist", "interval": "5m", "items": items}))
        .await;
    let uid = made.body["uid"].as_str().unwrap().to_owned();
    assert_eq!(world.get(ADMIN, &format!("/api/playlists/{uid}")).await.body["items"], items);
    assert_eq!(world.get(ADMIN, &format!("/api/playlists/{uid}/items")).await.body, items);
    assert_eq!(world.get(ADMIN, "/api/playlists?query=MY").await.body[0]["interval"], "5m");
    let change = json!({"name": "renamed", "items": []});
    assert_eq!(
        world.ask(ADMIN, "PUT", &format!("/api/playlists/{uid}"), change.clone()).await.body["name"],
        "renamed"
    );
    assert_eq!(
        world.ask(As::Basic("ann"), "PUT", &format!("/api/playlists/{uid}"), change).await.status,
        403
    );
    assert_eq!(world.ask(ADMIN, "DELETE", &format!("/api/playlists/{uid}"), Value::Null).await.status, 200);
    assert_eq!(world.get(ADMIN, &format!("/api/playlists/{uid}")).await.status, 404);

    let body = json!({"dashboard": {"title": "Home", "rows": []}, "expires": 3600});
    let made = world.post(As::Basic("ann"), "/api/snapshots", body).await;
    assert_eq!(made.status, 200, "{made:?}");
    let (key, delete) = (made.body["key"].as_str().unwrap(), made.body["deleteKey"].as_str().unwrap());
    let shown = world.get(As::Basic("ann"), &format!("/api/snapshots/{key}")).await;
    super::holds(&shown.body, &json!({"dashboard": {"title": "Home"}, "meta": {"isSnapshot": true, "expires": "2026-11-21T13:00:00Z"}})).unwrap();
    assert_eq!(world.get(ADMIN, "/api/dashboard/snapshots").await.body[0]["name"], "Home");
    assert_eq!(world.get(ADMIN, &format!("/api/snapshots-delete/{key}")).await.status, 404, "the wrong key");
    assert_eq!(world.get(ADMIN, &format!("/api/snapshots-delete/{delete}")).await.status, 200);
    assert_eq!(world.get(ADMIN, &format!("/api/snapshots/{key}")).await.status, 404);
}
