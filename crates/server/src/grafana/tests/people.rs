//! Logins, users, the organisation: pairs after Grafana's documentation.

use accounts::Role;
use serde_json::{Value, json};

use super::{ADMIN, As, PASSWORD, World, replay};

#[tokio::test]
async fn a_browser_logs_in_and_out() {
    let world = World::new().await;
    let wrong = world.post(As::Nobody, "/login", json!({"user": "admin", "password": "wrong"})).await;
    assert_eq!((wrong.status, &wrong.body["message"]), (401, &json!("Invalid username or password")));
    assert_eq!(wrong.body["messageId"], "password-auth.failed");
    let got = world.post(As::Nobody, "/login", json!({"user": "admin", "password": PASSWORD})).await;
    assert_eq!((got.status, &got.body["message"]), (200, &json!("Logged in")));
    let cookie = got.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("grafana_session=") && cookie.contains("; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let session = world.login("admin").await;
    let me = world.get(session.clone(), "/api/user").await;
    super::holds(
        &me.body,
        &json!({"id": 1, "login": "admin", "isGrafanaAdmin": true, "orgId": 1, "orgRole": "Admin"}),
    )
    .unwrap();
    assert_eq!(world.get(session.clone(), "/api/login/ping").await.status, 200);
    let out = world.get(session.clone(), "/logout").await;
    assert_eq!((out.status, out.headers["location"].to_str().unwrap()), (303, "/login"));
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(world.get(session, "/api/user").await.status, 401);
}

#[tokio::test]
async fn users_are_made_changed_and_removed() {
    let world = World::new().await;
    let pairs = [
        (
            "POST",
            "/api/admin/users",
            json!({"name": "User", "email": "user@graf.com", "login": "user", "password": "userpassword", "OrgId": 1}),
            200,
            json!({"id": 2, "message": "User created"}),
        ),
        (
            "POST",
            "/api/admin/users",
            json!({"email": "user@graf.com", "login": "user", "password": "userpassword"}),
            412,
            json!({"message": "User with email 'user@graf.com' or username 'user' already exists"}),
        ),
        ("POST", "/api/admin/users", json!({"login": "x", "password": "short"}), 400, json!({})),
        (
            "GET",
            "/api/users/2",
            Value::Null,
            200,
            json!({"id": 2, "email": "user@graf.com", "login": "user", "isGrafanaAdmin": false, "isDisabled": false}),
        ),
        ("GET", "/api/users/lookup?loginOrEmail=User%40Graf.com", Value::Null, 200, json!({"id": 2})),
        (
            "GET",
            "/api/users/lookup?loginOrEmail=none",
            Value::Null,
            404,
            json!({"message": "user not found"}),
        ),
        ("GET", "/api/users?perpage=1&page=2", Value::Null, 200, json!([{"login": "user"}])),
        (
            "GET",
            "/api/users/search?query=graf",
            Value::Null,
            200,
            json!({"totalCount": 1, "users": [{"login": "user"}], "page": 1, "perPage": 1000}),
        ),
        (
            "PUT",
            "/api/users/2",
            json!({"email": "user2@graf.com", "name": "User2", "login": "user2"}),
            200,
            json!({"message": "User updated"}),
        ),
        ("PUT", "/api/users/2", json!({"login": "admin"}), 409, json!({})),
        ("GET", "/api/users/2/orgs", Value::Null, 200, json!([{"orgId": 1, "role": "Viewer"}])),
        (
            "PUT",
            "/api/admin/users/2/password",
            json!({"password": "userpassword2"}),
            200,
            json!({"message": "User password updated"}),
        ),
        (
            "PUT",
            "/api/admin/users/2/permissions",
            json!({"isGrafanaAdmin": true}),
            200,
            json!({"message": "User permissions updated"}),
        ),
        ("PUT", "/api/admin/users/2/permissions", json!({"isGrafanaAdmin": false}), 200, json!({})),
        (
            "PUT",
            "/api/admin/users/1/permissions",
            json!({"isGrafanaAdmin": false}),
            400,
            json!({"message": "Cannot remove last server admin"}),
        ),
        (
            "GET",
            "/api/org/users",
            Value::Null,
            200,
            json!([{"userId": 1, "role": "Admin"}, {"userId": 2, "role": "Viewer"}]),
        ),
        (
            "PATCH",
            "/api/org/users/2",
            json!({"role": "Editor"}),
            200,
            json!({"message": "Organization user updated"}),
        ),
        ("PATCH", "/api/org/users/2", json!({"role": "King"}), 400, json!({})),
        ("PATCH", "/api/org/users/1", json!({"role": "Viewer"}), 400, json!({})),
        (
            "POST",
            "/api/org/users",
            json!({"loginOrEmail": "user2", "role": "Viewer"}),
            200,
            json!({"message": "User added to organization", "userId": 2}),
        ),
        ("POST", "/api/admin/users/2/disable", json!({}), 200, json!({"message": "User disabled"})),
        ("POST", "/api/admin/users/2/enable", json!({}), 200, json!({"message": "User enabled"})),
        ("POST", "/api/admin/users/2/logout", json!({}), 200, json!({"message": "User logged out"})),
        ("GET", "/api/admin/users/2/auth-tokens", Value::Null, 200, json!([])),
        (
            "DELETE",
            "/api/admin/users/1",
            Value::Null,
            400,
            json!({"message": "Cannot remove last server admin"}),
        ),
        ("DELETE", "/api/admin/users/2", Value::Null, 200, json!({"message": "User deleted"})),
        ("GET", "/api/users/2", Value::Null, 404, json!({"message": "user not found"})),
        ("GET", "/api/org", Value::Null, 200, json!({"id": 1, "name": "Main Org."})),
        ("GET", "/api/orgs/name/Main%20Org.", Value::Null, 200, json!({"id": 1})),
        ("GET", "/api/orgs/2", Value::Null, 404, json!({"message": "Organization not found"})),
    ];
    replay(&world, ADMIN, &pairs).await;
}

#[tokio::test]
async fn everybody_has_preferences_and_sessions() {
    let world = World::new().await;
    world.user("ann", Role::Viewer).await;
    let ann = world.login("ann").await;
    world.dashboard("home", "Home of Ann", "").await;
    let pairs = [
        (
            "GET",
            "/api/user/preferences",
            Value::Null,
            200,
            json!({"theme": "", "homeDashboardUID": "", "timezone": ""}),
        ),
        (
            "PUT",
            "/api/user/preferences",
            json!({"theme": "dark", "timezone": "Asia/Seoul", "odd": 1}),
            200,
            json!({"message": "Preferences updated"}),
        ),
        ("PATCH", "/api/user/preferences", json!({"homeDashboardUID": "home"}), 200, json!({})),
        (
            "GET",
            "/api/user/preferences",
            Value::Null,
            200,
            json!({"theme": "dark", "timezone": "Asia/Seoul", "homeDashboardUID": "home", "odd": null}),
        ),
        ("GET", "/api/dashboards/home", Value::Null, 200, json!({"redirectUri": "/d/home/home-of-ann"})),
        ("GET", "/api/org/preferences", Value::Null, 200, json!({"theme": ""})),
        ("PUT", "/api/org/preferences", json!({"theme": "light"}), 403, json!({})),
        ("GET", "/api/user/orgs", Value::Null, 200, json!([{"orgId": 1, "role": "Viewer"}])),
        ("GET", "/api/user/teams", Value::Null, 200, json!([])),
        (
            "PUT",
            "/api/user",
            json!({"name": "Ann", "email": "ann@new.example"}),
            200,
            json!({"message": "User updated"}),
        ),
        (
            "PUT",
            "/api/user/password",
            json!({"oldPassword": "wrong", "newPassword": "another horse"}),
            400,
            json!({"message": "invalid old password"}),
        ),
        ("GET", "/api/user/auth-tokens", Value::Null, 200, json!([{"id": 1, "isActive": true}])),
        ("POST", "/api/user/revoke-auth-token", json!({"authTokenId": 1}), 400, json!({})),
        ("POST", "/api/user/revoke-auth-token", json!({"authTokenId": 77}), 404, json!({})),
        (
            "POST",
            "/api/user/stars/dashboard/uid/home",
            Value::Null,
            200,
            json!({"message": "Dashboard starred!"}),
        ),
        ("GET", "/api/user/stars", Value::Null, 200, json!(["home"])),
        (
            "DELETE",
            "/api/user/stars/dashboard/uid/home",
            Value::Null,
            200,
            json!({"message": "Dashboard unstarred"}),
        ),
        (
            "PUT",
            "/api/user/password",
            json!({"oldPassword": PASSWORD, "newPassword": "another horse"}),
            200,
            json!({"message": "User password changed"}),
        ),
        ("GET", "/api/user", Value::Null, 200, json!({"name": "Ann", "email": "ann@new.example"})),
    ];
    replay(&world, ann, &pairs).await;
}

#[tokio::test]
async fn nobody_in_particular_may_look_if_that_is_switched_on() {
    let world = World::with(Some(Role::Viewer)).await;
    world.dashboard("d", "D", "").await;
    let pairs = [
        (
            "GET",
            "/api/dashboards/uid/d",
            Value::Null,
            200,
            json!({"meta": {"canSave": false, "canStar": false}}),
        ),
        ("GET", "/api/user", Value::Null, 200, json!({"isAnonymous": true})),
        ("GET", "/api/user/preferences", Value::Null, 401, json!({})),
        (
            "GET",
            "/api/datasources",
            Value::Null,
            200,
            json!([{"uid": "bongsu", "url": ""}, {"uid": "bongsu-alertmanager"}]),
        ),
        ("GET", "/api/org/users", Value::Null, 403, json!({})),
    ];
    replay(&world, As::Nobody, &pairs).await;
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_told_as_json() {
    let world = World::new().await;
    for path in [
        "/api/users/x",
        "/api/annotations/y",
        "/api/dashboards/uid/d/versions/z",
        "/api/orgs/99999999999999999999",
    ] {
        let got = world.get(ADMIN, path).await;
        assert_eq!(got.status, 400, "{path}: {got:?}");
        assert!(got.body["message"].as_str().is_some_and(|m| m.contains("Cannot parse")), "{path}: {got:?}");
    }
}
