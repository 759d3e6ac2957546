//! Requests with their answers, in the order of Grafana's HTTP API documentation: every endpoint here has at least one, and the
//! errors that tools branch on (404, 409, 412, 422) have the statuses and words that they know.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use super::{ADMIN, World, holds};

/// A request, its status, and what its answer holds at least. `Value::Null` for an answer that does not matter.
type Pair = (&'static str, &'static str, Value, u16, Value);

fn message(text: &str) -> Value {
    json!({ "message": text })
}

fn people() -> Vec<Pair> {
    let ann = json!({"name": "Ann", "email": "ann@graf.com", "login": "ann", "password": "userpassword"});
    vec![
        ("GET", "/api/login/ping", Value::Null, 200, json!({"message": "Logged in"})),
        ("POST", "/api/admin/users", ann.clone(), 200, json!({"id": 2, "message": "User created"})),
        ("POST", "/api/admin/users", ann, 412, Value::Null),
        ("POST", "/api/admin/users", json!({"login": "bob", "password": "1"}), 400, Value::Null),
        (
            "PUT",
            "/api/admin/users/2/password",
            json!({"password": "userpassword2"}),
            200,
            message("User password updated"),
        ),
        (
            "PUT",
            "/api/admin/users/2/permissions",
            json!({"isGrafanaAdmin": true}),
            200,
            message("User permissions updated"),
        ),
        ("GET", "/api/admin/users/2/auth-tokens", Value::Null, 200, json!([])),
        ("POST", "/api/admin/users/2/logout", Value::Null, 200, message("User logged out")),
        ("POST", "/api/admin/users/2/disable", Value::Null, 200, message("User disabled")),
        ("POST", "/api/admin/users/2/enable", Value::Null, 200, message("User enabled")),
        ("GET", "/api/users", Value::Null, 200, Value::Null),
        ("GET", "/api/users/search?query=ann", Value::Null, 200, json!({"totalCount": 1, "page": 1})),
        (
            "GET",
            "/api/users/2",
            Value::Null,
            200,
            json!({"id": 2, "email": "ann@graf.com", "login": "ann", "orgId": 1}),
        ),
        ("GET", "/api/users/99", Value::Null, 404, message("user not found")),
        ("GET", "/api/users/lookup?loginOrEmail=ann", Value::Null, 200, json!({"id": 2})),
        ("GET", "/api/users/lookup?loginOrEmail=nobody", Value::Null, 404, message("user not found")),
        (
            "PUT",
            "/api/users/2",
            json!({"email": "ann@x.com", "login": "ann", "name": "Ann B"}),
            200,
            message("User updated"),
        ),
        ("GET", "/api/users/2/orgs", Value::Null, 200, json!([{"orgId": 1, "name": "Main Org."}])),
        ("GET", "/api/users/2/teams", Value::Null, 200, json!([])),
        ("GET", "/api/user", Value::Null, 200, json!({"login": "admin", "isGrafanaAdmin": true})),
        (
            "PUT",
            "/api/user",
            json!({"login": "admin", "name": "The Admin", "email": "admin@localhost"}),
            200,
            message("User updated"),
        ),
        (
            "PUT",
            "/api/user/password",
            json!({"oldPassword": "wrong", "newPassword": "newpassword"}),
            400,
            message("invalid old password"),
        ),
        ("GET", "/api/user/orgs", Value::Null, 200, json!([{"orgId": 1, "role": "Admin"}])),
        ("GET", "/api/user/teams", Value::Null, 200, json!([])),
        ("POST", "/api/user/using/1", Value::Null, 200, message("Active organization changed")),
        ("GET", "/api/user/auth-tokens", Value::Null, 200, Value::Null),
        (
            "POST",
            "/api/user/revoke-auth-token",
            json!({"authTokenId": 726}),
            404,
            message("User auth token not found"),
        ),
        ("GET", "/api/user/preferences", Value::Null, 200, json!({"theme": ""})),
        (
            "PUT",
            "/api/user/preferences",
            json!({"theme": "dark", "timezone": "utc"}),
            200,
            message("Preferences updated"),
        ),
        ("PATCH", "/api/user/preferences", json!({"theme": "light"}), 200, message("Preferences updated")),
        ("GET", "/api/user/preferences", Value::Null, 200, json!({"theme": "light", "timezone": "utc"})),
        ("GET", "/api/org", Value::Null, 200, json!({"id": 1, "name": "Main Org."})),
        ("GET", "/api/orgs", Value::Null, 200, json!([{"id": 1, "name": "Main Org."}])),
        ("GET", "/api/orgs/1", Value::Null, 200, json!({"id": 1})),
        ("GET", "/api/orgs/9", Value::Null, 404, Value::Null),
        ("GET", "/api/orgs/name/Main%20Org.", Value::Null, 200, json!({"id": 1})),
        ("GET", "/api/org/preferences", Value::Null, 200, Value::Null),
        (
            "PUT",
            "/api/org/preferences",
            json!({"theme": "", "timezone": "utc"}),
            200,
            message("Preferences updated"),
        ),
        ("PATCH", "/api/org/preferences", json!({"theme": "dark"}), 200, message("Preferences updated")),
        ("GET", "/api/org/users", Value::Null, 200, Value::Null),
        ("GET", "/api/orgs/1/users", Value::Null, 200, Value::Null),
        ("GET", "/api/org/users/lookup", Value::Null, 200, Value::Null),
        (
            "POST",
            "/api/org/users",
            json!({"role": "Admin", "loginOrEmail": "ann"}),
            200,
            message("User added to organization"),
        ),
        ("PATCH", "/api/org/users/2", json!({"role": "Viewer"}), 200, message("Organization user updated")),
    ]
}

fn groups() -> Vec<Pair> {
    vec![
        (
            "POST",
            "/api/teams",
            json!({"name": "MyTeam", "email": "email@test.com", "orgId": 1}),
            200,
            json!({"message": "Team created", "teamId": 1}),
        ),
        ("POST", "/api/teams", json!({"name": "MyTeam"}), 409, message("Team name taken")),
        (
            "GET",
            "/api/teams/search?query=myteam",
            Value::Null,
            200,
            json!({"totalCount": 1, "page": 1, "teams": [{"id": 1, "name": "MyTeam", "memberCount": 0}]}),
        ),
        ("GET", "/api/teams/1", Value::Null, 200, json!({"id": 1, "email": "email@test.com"})),
        ("GET", "/api/teams/99", Value::Null, 404, message("Team not found")),
        ("PUT", "/api/teams/1", json!({"name": "MyTeam2"}), 200, message("Team updated")),
        ("POST", "/api/teams/1/members", json!({"userId": 2}), 200, message("Member added to Team")),
        (
            "POST",
            "/api/teams/1/members",
            json!({"userId": 2}),
            400,
            message("User is already added to this team"),
        ),
        (
            "GET",
            "/api/teams/1/members",
            Value::Null,
            200,
            json!([{"teamId": 1, "userId": 2, "login": "ann"}]),
        ),
        ("PUT", "/api/teams/1/members/2", json!({"permission": 4}), 200, message("Team member updated")),
        ("PUT", "/api/teams/1/members", json!({"members": ["ann@x.com"], "admins": []}), 200, Value::Null),
        ("DELETE", "/api/teams/1/members/2", Value::Null, 200, message("Team Member removed")),
        ("DELETE", "/api/teams/1/members/2", Value::Null, 404, message("Team member not found.")),
        ("GET", "/api/teams/1/preferences", Value::Null, 200, Value::Null),
        ("PUT", "/api/teams/1/preferences", json!({"theme": "dark"}), 200, message("Preferences updated")),
        ("DELETE", "/api/teams/1", Value::Null, 200, message("Team deleted")),
        ("DELETE", "/api/teams/1", Value::Null, 404, message("Team not found")),
        (
            "POST",
            "/api/serviceaccounts",
            json!({"name": "grafana", "role": "Viewer"}),
            201,
            json!({"id": 3, "name": "grafana", "login": "sa-1-grafana", "role": "Viewer", "isDisabled": false}),
        ),
        ("GET", "/api/serviceaccounts/search?query=graf", Value::Null, 200, json!({"totalCount": 1})),
        ("GET", "/api/serviceaccounts/3", Value::Null, 200, json!({"id": 3, "tokens": 0})),
        ("GET", "/api/serviceaccounts/99", Value::Null, 404, Value::Null),
        (
            "PATCH",
            "/api/serviceaccounts/3",
            json!({"name": "test", "role": "Editor"}),
            200,
            json!({"message": "Service account updated"}),
        ),
        (
            "POST",
            "/api/serviceaccounts/3/tokens",
            json!({"name": "tok"}),
            200,
            json!({"id": 1, "name": "tok"}),
        ),
        ("POST", "/api/serviceaccounts/3/tokens", json!({"name": "tok"}), 409, Value::Null),
        (
            "GET",
            "/api/serviceaccounts/3/tokens",
            Value::Null,
            200,
            json!([{"id": 1, "name": "tok", "hasExpired": false}]),
        ),
        (
            "DELETE",
            "/api/serviceaccounts/3/tokens/1",
            Value::Null,
            200,
            message("Service account token deleted"),
        ),
        ("DELETE", "/api/serviceaccounts/3", Value::Null, 200, message("Service account deleted")),
    ]
}

fn dashboards() -> Vec<Pair> {
    let dashboard =
        |title: &str| json!({"uid": "d1", "title": title, "tags": ["templated"], "schemaVersion": 16});
    let save = |title: &str, more: Value| {
        let mut body = json!({"dashboard": dashboard(title), "folderUid": "f1", "message": "Made changes"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    vec![
        (
            "POST",
            "/api/folders",
            json!({"uid": "f1", "title": "Department ABC"}),
            200,
            json!({"uid": "f1", "title": "Department ABC", "version": 1, "canSave": true}),
        ),
        ("POST", "/api/folders", json!({"uid": "f1", "title": "Another"}), 409, Value::Null),
        ("POST", "/api/folders", json!({"title": ""}), 400, Value::Null),
        ("GET", "/api/folders", Value::Null, 200, json!([{"uid": "f1"}])),
        (
            "GET",
            "/api/folders/f1",
            Value::Null,
            200,
            json!({"uid": "f1", "url": "/dashboards/f/f1/department-abc"}),
        ),
        (
            "GET",
            "/api/folders/nope",
            Value::Null,
            404,
            json!({"message": "folder not found", "status": "not-found"}),
        ),
        ("GET", "/api/folders/id/1", Value::Null, 200, json!({"uid": "f1"})),
        (
            "PUT",
            "/api/folders/f1",
            json!({"title": "Department DEF", "version": 1}),
            200,
            json!({"title": "Department DEF", "version": 2}),
        ),
        (
            "PUT",
            "/api/folders/f1",
            json!({"title": "Late", "version": 1}),
            412,
            json!({"status": "version-mismatch", "message": "The folder has been changed by someone else"}),
        ),
        ("POST", "/api/folders/f1/move", json!({"parentUid": ""}), 200, json!({"uid": "f1"})),
        ("GET", "/api/folders/f1/permissions", Value::Null, 200, Value::Null),
        (
            "POST",
            "/api/folders/f1/permissions",
            json!({"items": [{"role": "Viewer", "permission": 1}, {"role": "Editor", "permission": 2}]}),
            200,
            message("Folder permissions updated"),
        ),
        (
            "POST",
            "/api/dashboards/db",
            save("Production Overview", json!({})),
            200,
            json!({"uid": "d1", "url": "/d/d1/production-overview", "status": "success", "version": 1, "slug": "production-overview"}),
        ),
        (
            "POST",
            "/api/dashboards/db",
            save("Production Overview", json!({})),
            412,
            json!({"status": "version-mismatch", "message": "The dashboard has been changed by someone else"}),
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"title": "Production Overview"}, "folderUid": "f1"}),
            412,
            json!({"status": "name-exists"}),
        ),
        ("POST", "/api/dashboards/db", json!({"dashboard": {"title": ""}}), 400, Value::Null),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"title": "x"}, "folderUid": "nope"}),
            404,
            Value::Null,
        ),
        (
            "POST",
            "/api/dashboards/db",
            save("Production", json!({"overwrite": true})),
            200,
            json!({"version": 2}),
        ),
        (
            "GET",
            "/api/dashboards/uid/d1",
            Value::Null,
            200,
            json!({"dashboard": {"uid": "d1", "title": "Production", "version": 2}, "meta": {"folderUid": "f1", "slug": "production", "canSave": true, "provisioned": false}}),
        ),
        ("GET", "/api/dashboards/uid/nope", Value::Null, 404, message("Dashboard not found")),
        ("GET", "/api/dashboards/home", Value::Null, 200, Value::Null),
        ("GET", "/api/dashboards/tags", Value::Null, 200, json!([{"term": "templated", "count": 1}])),
        (
            "GET",
            "/api/dashboards/uid/d1/versions",
            Value::Null,
            200,
            json!({"versions": [{"version": 2, "parentVersion": 1, "message": "Made changes"}, {"version": 1}]}),
        ),
        (
            "GET",
            "/api/dashboards/uid/d1/versions/1",
            Value::Null,
            200,
            json!({"version": 1, "data": {"title": "Production Overview"}}),
        ),
        ("GET", "/api/dashboards/uid/d1/versions/9", Value::Null, 404, Value::Null),
        ("GET", "/api/dashboards/id/1/versions", Value::Null, 200, Value::Null),
        (
            "POST",
            "/api/dashboards/uid/d1/restore",
            json!({"version": 1}),
            200,
            json!({"version": 3, "uid": "d1", "status": "success"}),
        ),
        ("GET", "/api/dashboards/uid/d1/permissions", Value::Null, 200, Value::Null),
        (
            "POST",
            "/api/dashboards/uid/d1/permissions",
            json!({"items": [{"role": "Viewer", "permission": 1}]}),
            200,
            message("Dashboard permissions updated"),
        ),
        (
            "POST",
            "/api/dashboards/import",
            json!({"dashboard": {"title": "Imported", "uid": "imp"}, "inputs": [], "overwrite": true}),
            200,
            json!({"uid": "imp", "imported": true}),
        ),
        (
            "GET",
            "/api/search?query=Production",
            Value::Null,
            200,
            json!([{"uid": "d1", "type": "dash-db", "uri": "db/production-overview", "folderUid": "f1"}]),
        ),
        (
            "GET",
            "/api/search/sorting",
            Value::Null,
            200,
            json!({"sortOptions": [{"name": "alpha-asc"}, {"name": "alpha-desc"}]}),
        ),
        ("GET", "/api/folders/f1/counts", Value::Null, 200, json!({"dashboard": 1})),
        ("POST", "/api/user/stars/dashboard/uid/d1", Value::Null, 200, message("Dashboard starred!")),
        ("GET", "/api/user/stars", Value::Null, 200, json!(["d1"])),
        ("DELETE", "/api/user/stars/dashboard/uid/d1", Value::Null, 200, message("Dashboard unstarred")),
        ("POST", "/api/user/stars/dashboard/1", Value::Null, 200, message("Dashboard starred!")),
        (
            "POST",
            "/api/annotations",
            json!({"dashboardUID": "d1", "panelId": 1, "time": 1_507_037_197_339i64, "timeEnd": 1_507_180_805_056i64, "tags": ["tag1"], "text": "Description"}),
            200,
            json!({"message": "Annotation added", "id": 1}),
        ),
        (
            "POST",
            "/api/annotations/graphite",
            json!({"what": "Event", "tags": "deploy prod", "when": 1_467_844_481, "data": "d"}),
            200,
            json!({"message": "Graphite annotation added", "id": 2}),
        ),
        (
            "GET",
            "/api/annotations?dashboardUID=d1",
            Value::Null,
            200,
            json!([{"id": 1, "dashboardUID": "d1", "panelId": 1, "tags": ["tag1"], "text": "Description"}]),
        ),
        ("GET", "/api/annotations/1", Value::Null, 200, json!({"id": 1})),
        ("GET", "/api/annotations/99", Value::Null, 404, Value::Null),
        (
            "PUT",
            "/api/annotations/1",
            json!({"time": 1_507_037_197_339i64, "text": "New", "tags": ["tag3"]}),
            200,
            message("Annotation updated"),
        ),
        ("PATCH", "/api/annotations/1", json!({"text": "Newer"}), 200, message("Annotation patched")),
        (
            "GET",
            "/api/annotations/tags?tag=de",
            Value::Null,
            200,
            json!({"result": {"tags": [{"tag": "deploy", "count": 1}]}}),
        ),
        ("DELETE", "/api/annotations/1", Value::Null, 200, message("Annotation deleted")),
        (
            "POST",
            "/api/annotations/mass-delete",
            json!({"dashboardUID": "d1", "panelId": 1}),
            200,
            message("Annotations deleted"),
        ),
        (
            "POST",
            "/api/playlists",
            json!({"name": "1", "interval": "5m", "items": [{"type": "dashboard_by_uid", "value": "d1"}]}),
            200,
            json!({"name": "1", "interval": "5m"}),
        ),
        ("GET", "/api/playlists", Value::Null, 200, Value::Null),
        ("GET", "/api/playlists/nope", Value::Null, 404, Value::Null),
        (
            "POST",
            "/api/snapshots",
            json!({"dashboard": {"title": "Snap", "editable": false}, "expires": 3600}),
            200,
            json!({"id": 1}),
        ),
        ("GET", "/api/dashboard/snapshots", Value::Null, 200, json!([{"name": "Snap", "external": false}])),
        ("GET", "/api/snapshots-delete/nope", Value::Null, 404, Value::Null),
        ("GET", "/api/snapshots/nope", Value::Null, 404, Value::Null),
        ("GET", "/api/access-control/user/permissions", Value::Null, 200, Value::Null),
        (
            "GET",
            "/api/access-control/dashboards/description",
            Value::Null,
            200,
            json!({"permissions": ["View", "Edit", "Admin"]}),
        ),
        ("GET", "/api/access-control/folders/f1", Value::Null, 200, Value::Null),
        (
            "POST",
            "/api/access-control/folders/f1",
            json!({"permissions": [{"builtInRole": "Viewer", "permission": "View"}]}),
            200,
            message("Permissions updated"),
        ),
        (
            "POST",
            "/api/access-control/folders/f1/users/2",
            json!({"permission": "Edit"}),
            200,
            message("Permission updated"),
        ),
        (
            "DELETE",
            "/api/dashboards/uid/d1",
            Value::Null,
            200,
            json!({"title": "Production Overview", "message": "Dashboard Production Overview deleted"}),
        ),
        ("DELETE", "/api/dashboards/uid/d1", Value::Null, 404, message("Dashboard not found")),
        ("DELETE", "/api/folders/f1", Value::Null, 200, json!({"message": "Folder Department DEF deleted"})),
    ]
}

fn sources() -> Vec<Pair> {
    let source = json!({"name": "test_datasource", "type": "prometheus", "url": "http://127.0.0.1:1", "access": "proxy", "uid": "p"});
    vec![
        (
            "POST",
            "/api/datasources",
            source.clone(),
            200,
            json!({"id": 1, "message": "Datasource added", "name": "test_datasource"}),
        ),
        ("POST", "/api/datasources", source, 409, message("data source with the same name already exists")),
        ("GET", "/api/datasources", Value::Null, 200, Value::Null),
        ("GET", "/api/datasources/1", Value::Null, 200, json!({"uid": "p"})),
        ("GET", "/api/datasources/uid/nope", Value::Null, 404, message("Data source not found")),
        ("GET", "/api/datasources/name/test_datasource", Value::Null, 200, json!({"uid": "p"})),
        ("GET", "/api/datasources/id/test_datasource", Value::Null, 200, json!({"id": 1})),
        (
            "PUT",
            "/api/datasources/1",
            json!({"name": "test2", "type": "prometheus", "url": "http://127.0.0.1:1"}),
            200,
            json!({"message": "Datasource updated", "datasource": {"version": 2}}),
        ),
        (
            "PUT",
            "/api/datasources/uid/p",
            json!({"name": "test2", "type": "prometheus", "version": 1}),
            409,
            Value::Null,
        ),
        ("GET", "/api/datasources/uid/p/health", Value::Null, 400, json!({"status": "ERROR"})),
        ("GET", "/api/datasources/uid/p/resources/api/v1/labels", Value::Null, 502, Value::Null),
        ("GET", "/api/datasources/proxy/uid/p/api/v1/labels", Value::Null, 502, Value::Null),
        ("GET", "/api/datasources/proxy/1/api/v1/labels", Value::Null, 502, Value::Null),
        ("POST", "/api/ds/query", json!({"queries": []}), 400, message("no queries found")),
        (
            "DELETE",
            "/api/datasources/name/test2",
            Value::Null,
            200,
            json!({"message": "Data source deleted", "id": 1}),
        ),
        ("DELETE", "/api/datasources/uid/p", Value::Null, 404, message("Data source not found")),
        ("GET", "/api/health", Value::Null, 200, json!({"database": "ok"})),
        ("GET", "/api/frontend/settings", Value::Null, 200, Value::Null),
        ("GET", "/api/admin/settings", Value::Null, 200, Value::Null),
        ("GET", "/api/admin/stats", Value::Null, 200, Value::Null),
        ("GET", "/api/plugins", Value::Null, 200, Value::Null),
        (
            "GET",
            "/api/plugins/prometheus/settings",
            Value::Null,
            200,
            json!({"id": "prometheus", "type": "datasource"}),
        ),
        ("GET", "/api/plugins/none/settings", Value::Null, 404, Value::Null),
        ("DELETE", "/api/admin/users/2", Value::Null, 200, message("User deleted")),
        ("DELETE", "/api/admin/users/2", Value::Null, 404, message("user not found")),
    ]
}

/// Whether a path is one of a route's.
fn is_of(route: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or("");
    let (mut want, mut got) = (route.split('/'), path.split('/'));
    loop {
        match (want.next(), got.next()) {
            (Some(part), Some(_)) if part.starts_with("{*") => return true,
            (Some(part), Some(given)) if part == given || part.starts_with('{') => {}
            (None, None) => return true,
            _differ => return false,
        }
    }
}

#[tokio::test]
async fn the_documentations_requests_get_its_answers() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (method, path, body, status, want) in
        [people(), groups(), dashboards(), sources()].into_iter().flatten()
    {
        let got = world.ask(ADMIN, method, path, body).await;
        let differs = if got.status != status {
            Some(format!("status {} is not {status}", got.status))
        } else if want.is_null() {
            None
        } else {
            holds(&got.body, &want).err()
        };
        if let Some(difference) = differs {
            wrong.push(format!(
                "{method} {path}: {difference}\n    {}",
                got.text.chars().take(300).collect::<String>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_endpoint_is_asked() {
    // Those that other tests of this folder ask: logins by other parties, changes of playlists and snapshots, alerting.
    let elsewhere = [
        "/login",
        "/logout",
        "/api/bongsu/",
        "/api/alertmanager/",
        "/api/prometheus/",
        "/api/admin/ldap/",
        "/render/",
        "/api/ruler/",
        "/api/v1/provisioning/",
    ];
    let asked: Vec<Pair> = [people(), groups(), dashboards(), sources()].into_iter().flatten().collect();
    let missing: BTreeSet<&str> = super::super::ALL
        .into_iter()
        .flatten()
        .map(|(route, _)| *route)
        .filter(|route| !elsewhere.iter().any(|prefix| route.starts_with(prefix)) && !route.ends_with('/'))
        .filter(|route| !asked.iter().any(|(_, path, ..)| is_of(route, path)))
        .collect();
    let known = BTreeSet::from(["/api/admin/provisioning/{kind}/reload", "/api/playlists/{uid}/items"]);
    assert_eq!(missing, known);
    assert!(asked.iter().all(|(method, ..)| Method::from_bytes(method.as_bytes()).is_ok()));
}
