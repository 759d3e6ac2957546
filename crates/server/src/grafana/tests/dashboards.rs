//! Dashboards, folders, search, annotations: pairs after Grafana's documentation.

use accounts::Role;
use serde_json::{Value, json};

use super::{ADMIN, World, replay};

#[tokio::test]
async fn a_dashboard_lives() {
    let world = World::new().await;
    let document = json!({
        "id": null, "uid": "cIBgcSjkk", "title": "Production Overview", "tags": ["templated"], "timezone": "browser",
        "schemaVersion": 16, "refresh": "25s", "unknown": {"kept": [1, 2.5]},
    });
    let pairs = [
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": document, "message": "Made changes to xyz", "overwrite": false}),
            200,
            json!({"uid": "cIBgcSjkk", "url": "/d/cIBgcSjkk/production-overview", "status": "success", "version": 1,
                   "slug": "production-overview"}),
        ),
        (
            "GET",
            "/api/dashboards/uid/cIBgcSjkk",
            Value::Null,
            200,
            json!({
                "dashboard": {"uid": "cIBgcSjkk", "title": "Production Overview", "version": 1, "schemaVersion": 16,
                              "unknown": {"kept": [1, 2.5]}},
                "meta": {"type": "db", "canSave": true, "canEdit": true, "canAdmin": true, "canStar": true,
                         "slug": "production-overview", "url": "/d/cIBgcSjkk/production-overview", "version": 1,
                         "created": "2026-11-21T12:00:00Z", "createdBy": "admin", "folderUid": "", "provisioned": false,
                         "isFolder": false},
            }),
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"uid": "cIBgcSjkk", "title": "Production Overview"}}),
            412,
            json!({"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}),
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"title": "Production Overview"}}),
            412,
            json!({"message": "A dashboard with the same name in the folder already exists", "status": "name-exists"}),
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"uid": "cIBgcSjkk", "title": "Changed"}, "overwrite": true, "message": "second"}),
            200,
            json!({"version": 2}),
        ),
        (
            "GET",
            "/api/dashboards/uid/cIBgcSjkk/versions",
            Value::Null,
            200,
            json!({"versions": [
                {"version": 2, "parentVersion": 1, "message": "second", "createdBy": "admin", "restoredFrom": 0},
                {"version": 1, "parentVersion": 0, "message": "Made changes to xyz"},
            ]}),
        ),
        (
            "GET",
            "/api/dashboards/uid/cIBgcSjkk/versions/1",
            Value::Null,
            200,
            json!({"version": 1, "data": {"title": "Production Overview"}}),
        ),
        (
            "POST",
            "/api/dashboards/uid/cIBgcSjkk/restore",
            json!({"version": 1}),
            200,
            json!({"version": 3, "slug": "production-overview", "status": "success"}),
        ),
        (
            "GET",
            "/api/dashboards/uid/cIBgcSjkk/versions/3",
            Value::Null,
            200,
            json!({"restoredFrom": 1, "message": "Restored from version 1"}),
        ),
        ("GET", "/api/dashboards/tags", Value::Null, 200, json!([{"term": "templated", "count": 1}])),
        (
            "DELETE",
            "/api/dashboards/uid/cIBgcSjkk",
            Value::Null,
            200,
            json!({"title": "Production Overview", "message": "Dashboard Production Overview deleted"}),
        ),
        (
            "GET",
            "/api/dashboards/uid/cIBgcSjkk",
            Value::Null,
            404,
            json!({"message": "Dashboard not found", "status": "not-found"}),
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"title": ""}}),
            400,
            json!({"message": "Dashboard title cannot be empty"}),
        ),
        ("POST", "/api/dashboards/db", json!({}), 400, json!({"message": "dashboard is required"})),
        ("POST", "/api/dashboards/db", json!([1]), 400, json!({"message": "bad request data"})),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"title": "x"}, "folderUid": "none"}),
            404,
            json!({}),
        ),
    ];
    replay(&world, ADMIN, &pairs).await;
}

#[tokio::test]
async fn an_exported_dashboard_is_imported() {
    let world = World::new().await;
    let document = json!({
        "id": 9, "title": "Exported", "__requires": [],
        "__inputs": [{"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus"}],
        "panels": [{"id": 1, "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}}],
    });
    let inputs = json!([{"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus", "value": "my-prom"}]);
    let got = world
        .post(
            ADMIN,
            "/api/dashboards/import",
            json!({"dashboard": document, "inputs": inputs, "overwrite": true}),
        )
        .await;
    assert_eq!((got.status, &got.body["imported"]), (200, &json!(true)), "{got:?}");
    let uid = got.body["uid"].as_str().unwrap().to_owned();
    let stored = world.get(ADMIN, &format!("/api/dashboards/uid/{uid}")).await.body;
    assert_eq!(stored["dashboard"]["panels"][0]["datasource"]["uid"], "my-prom");
    assert_eq!(stored["dashboard"].get("__inputs"), None);
    // With no value given, this server itself is the Prometheus.
    let got =
        world.post(ADMIN, "/api/dashboards/import", json!({"dashboard": document, "overwrite": true})).await;
    let stored =
        world.get(ADMIN, &format!("/api/dashboards/uid/{}", got.body["uid"].as_str().unwrap())).await.body;
    assert_eq!(stored["dashboard"]["panels"][0]["datasource"]["uid"], "bongsu");
}

#[tokio::test]
async fn folders_are_made_changed_moved_and_removed() {
    let world = World::new().await;
    let pairs = [
        (
            "POST",
            "/api/folders",
            json!({"uid": "nErXDvCkzz", "title": "Department ABC"}),
            200,
            json!({"uid": "nErXDvCkzz", "title": "Department ABC", "url": "/dashboards/f/nErXDvCkzz/department-abc",
                   "hasAcl": false, "canSave": true, "canEdit": true, "canAdmin": true, "createdBy": "admin",
                   "updatedBy": "admin", "version": 1}),
        ),
        (
            "POST",
            "/api/folders",
            json!({"uid": "k3S1cklGk", "title": "Project X", "parentUid": "nErXDvCkzz"}),
            200,
            json!({"parentUid": "nErXDvCkzz", "parents": [{"uid": "nErXDvCkzz", "title": "Department ABC"}]}),
        ),
        (
            "POST",
            "/api/folders",
            json!({"uid": "k3S1cklGk", "title": "Again"}),
            409,
            json!({"message": "A folder with the same uid already exists"}),
        ),
        (
            "POST",
            "/api/folders",
            json!({"title": ""}),
            400,
            json!({"message": "folder title cannot be empty"}),
        ),
        (
            "GET",
            "/api/folders?limit=10",
            Value::Null,
            200,
            json!([{"uid": "nErXDvCkzz", "title": "Department ABC"}]),
        ),
        (
            "GET",
            "/api/folders?parentUid=nErXDvCkzz",
            Value::Null,
            200,
            json!([{"uid": "k3S1cklGk", "parentUid": "nErXDvCkzz"}]),
        ),
        ("GET", "/api/folders/nErXDvCkzz/counts", Value::Null, 200, json!({"folder": 1, "dashboard": 0})),
        (
            "PUT",
            "/api/folders/nErXDvCkzz",
            json!({"title": "DEF", "version": 1}),
            200,
            json!({"title": "DEF", "version": 2}),
        ),
        (
            "PUT",
            "/api/folders/nErXDvCkzz",
            json!({"title": "X", "version": 1}),
            412,
            json!({"message": "The folder has been changed by someone else", "status": "version-mismatch"}),
        ),
        (
            "PUT",
            "/api/folders/nErXDvCkzz",
            json!({"title": "GHI", "overwrite": true}),
            200,
            json!({"version": 3}),
        ),
        ("POST", "/api/folders/nErXDvCkzz/move", json!({"parentUid": "k3S1cklGk"}), 400, json!({})),
        ("POST", "/api/folders/k3S1cklGk/move", json!({"parentUid": ""}), 200, json!({"title": "Project X"})),
        ("DELETE", "/api/folders/nErXDvCkzz", Value::Null, 200, json!({"message": "Folder GHI deleted"})),
        (
            "GET",
            "/api/folders/nErXDvCkzz",
            Value::Null,
            404,
            json!({"message": "folder not found", "status": "not-found"}),
        ),
        ("GET", "/api/folders/general", Value::Null, 200, json!({"title": "Dashboards"})),
    ];
    replay(&world, ADMIN, &pairs).await;
}

#[tokio::test]
async fn search_finds_folders_dashboards_and_stars() {
    let world = World::new().await;
    world.folder("f", "").await;
    world.dashboard("a", "Alpha 하나", "").await;
    world.dashboard("b", "Beta", "f").await;
    world.post(ADMIN, "/api/user/stars/dashboard/uid/b", Value::Null).await;
    let cases = [
        ("/api/search", vec!["F", "Alpha 하나", "Beta"]),
        ("/api/search?query=%ED%95%98%EB%82%98", vec!["Alpha 하나"]),
        ("/api/search?type=dash-folder", vec!["F"]),
        ("/api/search?type=dash-db&limit=1&page=2", vec!["Beta"]),
        ("/api/search?folderUIDs=f", vec!["Beta"]),
        ("/api/search?folderIds=0&type=dash-db", vec!["Alpha 하나"]),
        ("/api/search?starred=true", vec!["Beta"]),
        ("/api/search?dashboardUIDs=a&dashboardUIDs=b&sort=alpha-desc", vec!["Beta", "Alpha 하나"]),
        ("/api/search?tag=none", vec![]),
        ("/api/search?query=%25%27%20OR%201%3D1%20--", vec![]),
    ];
    for (path, want) in cases {
        let got = world.get(ADMIN, path).await;
        let titles: Vec<&str> =
            got.body.as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap()).collect();
        assert_eq!(titles, want, "{path}");
    }
    let beta = world.get(ADMIN, "/api/search?query=beta").await.body;
    super::holds(
        &beta,
        &json!([{"uid": "b", "type": "dash-db", "uri": "db/beta", "url": "/d/b/beta", "isStarred": true, "folderUid": "f",
                 "folderTitle": "F", "folderUrl": "/dashboards/f/f/f"}]),
    )
    .unwrap();
    assert_eq!(world.get(ADMIN, "/api/search?sort=size").await.status, 400);
}

#[tokio::test]
async fn a_thousand_dashboards_are_searched_at_once() {
    let world = World::new().await;
    let mut tx = world.grafana.accounts.catalog().write().await.unwrap();
    for i in 0..1_000 {
        let document = json!({"uid": format!("d{i}"), "title": format!("Service {i} 상태"), "tags": ["t"]});
        let Value::Object(document) = document else { unreachable!("an object") };
        dashboards::save::save(&mut tx, dashboards::save::Save { document, ..Default::default() })
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let got = world.get(ADMIN, "/api/search?query=99&limit=5000").await;
    assert_eq!(got.body.as_array().unwrap().len(), 19);
    assert_eq!(world.get(ADMIN, "/api/search?limit=5000").await.body.as_array().unwrap().len(), 1_000);
}

#[tokio::test]
async fn annotations_live() {
    let world = World::new().await;
    world.dashboard("d", "D", "").await;
    let pairs = [
        (
            "POST",
            "/api/annotations",
            json!({"dashboardUID": "d", "panelId": 1, "time": 1507037197339_i64, "timeEnd": 1507180805056_i64,
                   "tags": ["tag1", "tag2"], "text": "Annotation Description"}),
            200,
            json!({"message": "Annotation added", "id": 1}),
        ),
        (
            "POST",
            "/api/annotations",
            json!({"text": "everywhere", "tags": ["deploy"], "time": 1507037197339_i64}),
            200,
            json!({"id": 2}),
        ),
        ("POST", "/api/annotations", json!({"time": 1}), 400, json!({})),
        (
            "GET",
            "/api/annotations?from=1506676478816&to=1507281278816&tags=tag1&tags=tag2&limit=100",
            Value::Null,
            200,
            json!([{"id": 1, "dashboardUID": "d", "panelId": 1, "login": "admin", "time": 1507037197339_i64,
                    "timeEnd": 1507180805056_i64, "tags": ["tag1", "tag2"], "text": "Annotation Description"}]),
        ),
        (
            "GET",
            "/api/annotations?tags=tag1&tags=deploy&matchAny=true",
            Value::Null,
            200,
            json!([{"id": 2}, {"id": 1}]),
        ),
        ("GET", "/api/annotations?dashboardUID=none", Value::Null, 200, json!([])),
        (
            "PATCH",
            "/api/annotations/1",
            json!({"text": "New"}),
            200,
            json!({"message": "Annotation patched"}),
        ),
        (
            "GET",
            "/api/annotations/1",
            Value::Null,
            200,
            json!({"text": "New", "tags": ["tag1", "tag2"], "timeEnd": 1507180805056_i64}),
        ),
        (
            "PUT",
            "/api/annotations/1",
            json!({"text": "Whole", "time": 5, "timeEnd": 3}),
            200,
            json!({"message": "Annotation updated"}),
        ),
        (
            "GET",
            "/api/annotations/1",
            Value::Null,
            200,
            json!({"text": "Whole", "tags": [], "time": 3, "timeEnd": 5}),
        ),
        (
            "POST",
            "/api/annotations/graphite",
            json!({"what": "Event - deploy", "tags": "deploy production", "when": 1467844481, "data": "master"}),
            200,
            json!({"message": "Graphite annotation added", "id": 3}),
        ),
        (
            "GET",
            "/api/annotations/3",
            Value::Null,
            200,
            json!({"time": 1467844481000_i64, "text": "Event - deploy\nmaster", "tags": ["deploy", "production"]}),
        ),
        (
            "GET",
            "/api/annotations/tags?tag=prod",
            Value::Null,
            200,
            json!({"result": {"tags": [{"tag": "production", "count": 1}]}}),
        ),
        ("DELETE", "/api/annotations/2", Value::Null, 200, json!({"message": "Annotation deleted"})),
        (
            "POST",
            "/api/annotations/mass-delete",
            json!({"dashboardUID": "d", "panelId": 1}),
            200,
            json!({"message": "Annotations deleted"}),
        ),
        ("GET", "/api/annotations/1", Value::Null, 404, json!({"message": "Annotation not found"})),
    ];
    replay(&world, ADMIN, &pairs).await;
}

#[tokio::test]
async fn permissions_say_who_may_do_what() {
    let world = World::new().await;
    let (ann, _bob) = (world.user("ann", Role::Viewer).await, world.user("bob", Role::Editor).await);
    let (ann_asks, bob_asks) = (super::As::Basic("ann"), super::As::Basic("bob"));
    world.folder("f", "").await;
    world.dashboard("d", "D", "f").await;
    let listed = world.get(ADMIN, "/api/folders/f/permissions").await.body;
    super::holds(
        &listed,
        &json!([{"role": "Editor", "permission": 2, "permissionName": "Edit"}, {"role": "Viewer", "permission": 1}]),
    )
    .unwrap();
    let save =
        |version: i64| json!({"dashboard": {"uid": "d", "title": "D", "version": version}, "folderUid": "f"});
    assert_eq!(world.post(ann_asks.clone(), "/api/dashboards/db", save(1)).await.status, 403);
    assert_eq!(world.post(bob_asks.clone(), "/api/dashboards/db", save(1)).await.status, 200);
    let items = json!({"items": [{"userId": ann, "permission": 2}]});
    assert_eq!(world.post(bob_asks.clone(), "/api/folders/f/permissions", items.clone()).await.status, 403);
    assert_eq!(world.post(ADMIN, "/api/folders/f/permissions", items).await.status, 200);
    assert_eq!(world.post(ann_asks.clone(), "/api/dashboards/db", save(2)).await.status, 200);
    assert_eq!(world.get(bob_asks.clone(), "/api/dashboards/uid/d").await.status, 404, "not even there");
    for bad in [
        json!({"permission": 3, "role": "Viewer"}),
        json!({"permission": 1}),
        json!({"permission": 1, "role": "Viewer", "userId": ann}),
        json!({"permission": 1, "role": "Admin"}),
        json!({"permission": 1, "userId": 999}),
    ] {
        let got = world.post(ADMIN, "/api/dashboards/uid/d/permissions", json!({"items": [bad]})).await;
        assert_eq!(got.status, 400, "{bad}");
    }
    // What was refused changed nothing.
    assert_eq!(world.get(ann_asks, "/api/dashboards/uid/d").await.status, 200);
    // An editor who makes a folder says who may use it.
    world.post(bob_asks.clone(), "/api/folders", json!({"uid": "bobs", "title": "Bob's"})).await;
    assert_eq!(world.get(bob_asks, "/api/folders/bobs/permissions").await.status, 200);
}

#[tokio::test]
async fn permissions_have_a_newer_path_too() {
    let world = World::new().await;
    let ann = world.user("ann", Role::Viewer).await;
    world.folder("f", "").await;
    world.dashboard("d", "D", "f").await;
    let pairs = [
        (
            "GET",
            "/api/access-control/folders/description",
            Value::Null,
            200,
            json!({"permissions": ["View", "Edit", "Admin"]}),
        ),
        (
            "GET",
            "/api/access-control/folders/f",
            Value::Null,
            200,
            json!([{"builtInRole": "Editor", "permission": "Edit"}, {"builtInRole": "Viewer", "permission": "View"}]),
        ),
        (
            "POST",
            "/api/access-control/folders/f",
            json!({"permissions": [{"userId": ann, "permission": "Edit"}, {"builtInRole": "Viewer", "permission": ""}]}),
            200,
            json!({"message": "Permissions updated"}),
        ),
        (
            "GET",
            "/api/access-control/folders/f",
            Value::Null,
            200,
            json!([{"builtInRole": "Editor", "permission": "Edit"}, {"userId": ann, "userLogin": "ann", "permission": "Edit"}]),
        ),
        (
            "POST",
            "/api/access-control/folders/f/users/2",
            json!({"permission": "View"}),
            200,
            json!({"message": "Permission updated"}),
        ),
        (
            "POST",
            "/api/access-control/folders/f/builtInRoles/Editor",
            json!({"permission": ""}),
            200,
            json!({"message": "Permission removed"}),
        ),
        (
            "GET",
            "/api/access-control/dashboards/d",
            Value::Null,
            200,
            json!([{"userId": ann, "permission": "View", "isInherited": true}]),
        ),
        ("POST", "/api/access-control/dashboards/d/teams/9", json!({"permission": "View"}), 400, json!({})),
        ("POST", "/api/access-control/folders/f/users/2", json!({"permission": "Own"}), 400, json!({})),
        ("GET", "/api/access-control/datasources/x", Value::Null, 404, json!({})),
        (
            "GET",
            "/api/access-control/user/permissions",
            Value::Null,
            200,
            json!({"datasources:write": ["*"]}),
        ),
    ];
    replay(&world, ADMIN, &pairs).await;
    let as_viewer = world
        .post(super::As::Basic("ann"), "/api/access-control/folders/f", json!({"permissions": []}))
        .await;
    assert_eq!(as_viewer.status, 403);
}
