//! The rules over a catalog in memory.

use std::collections::HashSet;

use catalog::dashboards::Dashboard;
use catalog::data_sources::DataSource;
use catalog::database::Location;
use catalog::folders::Folder;
use catalog::{Catalog, Tx};
use serde_json::{Value, json};

use crate::data_source::{self, Written};
use crate::document::{self, Document};
use crate::folders::{Change, NewFolder};
use crate::import::{Input, fill_in};
use crate::save::{Save, Source};
use crate::search::{Hit, Kind, Query, Sort};
use crate::secrets::{Secrets, Vault};
use crate::{folders, save, search, uid};

async fn tx() -> Tx {
    Catalog::open(&Location::Memory).await.unwrap().write().await.unwrap()
}

fn doc(value: Value) -> Document {
    match value {
        Value::Object(document) => document,
        other => panic!("not an object: {other}"),
    }
}

async fn put(tx: &mut Tx, document: Value, overwrite: bool) -> Result<Dashboard, String> {
    let save = Save { document: doc(document), overwrite, now_ms: 5, by: 1, ..Save::default() };
    save::save(tx, save).await.map_err(|e| e.to_string())
}

#[tokio::test]
async fn a_document_comes_back_as_it_was_given() {
    let mut tx = tx().await;
    let given = json!({
        "title": " CPU ", "schemaVersion": 39, "tags": ["a", "b", "a"], "someday": {"deep": [1, 2.5, null, "ㄱ"]},
        "panels": [{"type": "a-panel-nobody-knows", "options": {"x": 1.0e-7}}],
    });
    let saved = put(&mut tx, given.clone(), false).await.unwrap();
    assert_eq!(
        (saved.version, saved.title.as_str(), saved.tags.len(), saved.schema_version),
        (1, "CPU", 2, 39)
    );
    let mut stored = save::document(&mut tx, &saved).await.unwrap();
    for (name, want) in [("id", json!(saved.id)), ("uid", json!(saved.uid)), ("version", json!(1))] {
        assert_eq!(stored.remove(name), Some(want), "{name}");
    }
    assert_eq!(Value::Object(stored), given);
}

#[tokio::test]
async fn what_a_save_replaces_and_what_it_may_not() {
    let mut tx = tx().await;
    let first = put(&mut tx, json!({"uid": "a", "title": "A"}), false).await.unwrap();
    put(&mut tx, json!({"uid": "b", "title": "B"}), false).await.unwrap();
    let cases = [
        (json!({"title": "A"}), false, Err("A dashboard with the same name in the folder already exists")),
        (json!({"uid": "a", "title": "A"}), false, Err("The dashboard has been changed by someone else")),
        (json!({"id": 999, "title": "C"}), false, Err("Dashboard not found")),
        (
            json!({"id": first.id, "uid": "b", "title": "C"}),
            true,
            Err("A dashboard with the same uid already exists"),
        ),
        (json!({"uid": "a", "title": "  "}), true, Err("Dashboard title cannot be empty")),
        (json!({"uid": "a b", "title": "C"}), true, Err("uid contains illegal characters")),
        (json!({"uid": "x".repeat(41), "title": "C"}), true, Err("uid too long, max 40 characters")),
        (json!({"uid": "a", "title": "A2", "version": 1}), false, Ok(("a", 2))),
        (json!({"uid": "a", "title": "A3", "version": 1}), true, Ok(("a", 3))),
        (json!({"title": "A3"}), true, Ok(("a", 4))),
        (json!({"id": first.id, "uid": "renamed", "title": "A", "version": 4}), false, Ok(("renamed", 5))),
        // The same title under another identifier is somebody's own business.
        (json!({"uid": "c", "title": "B"}), false, Ok(("c", 1))),
    ];
    for (document, overwrite, want) in cases {
        let got = put(&mut tx, document.clone(), overwrite).await;
        let got = got.as_ref().map(|d| (d.uid.as_str(), d.version)).map_err(String::as_str);
        assert_eq!(got, want, "{document} {overwrite}");
    }
    let no_folder =
        Save { document: doc(json!({"title": "D"})), folder_uid: "none".into(), ..Save::default() };
    assert_eq!(save::save(&mut tx, no_folder).await.unwrap_err().to_string(), "folder not found");
}

#[tokio::test]
async fn a_provided_dashboard_is_changed_by_its_file_only() {
    let mut tx = tx().await;
    for (uid, allowed) in [("p", false), ("q", true)] {
        let (path, digest) = (format!("{uid}.json"), "1".to_owned());
        let source = Source { provider: "files".into(), path, digest, is_editable: allowed };
        // The number is that of another server.
        let document = doc(json!({"id": 77, "uid": uid, "title": uid}));
        let save = Save { document, overwrite: true, source: Some(source.clone()), ..Save::default() };
        let first = save::save(&mut tx, save.clone()).await.unwrap();
        let by_hand = put(&mut tx, json!({"uid": uid, "title": "changed"}), true).await;
        assert_eq!(by_hand.is_ok(), allowed, "{uid}");
        let again = save::save(&mut tx, save).await.unwrap();
        assert!(again.version > first.version);
        assert_eq!(again.source_path, source.path);
    }
}

#[tokio::test]
async fn folders_nest_move_and_go() {
    let mut tx = tx().await;
    let new = |uid: &str, parent: &str| NewFolder {
        uid: uid.to_owned(),
        parent_uid: parent.to_owned(),
        title: uid.to_uppercase(),
        ..NewFolder::default()
    };
    for (uid, parent) in [("a", ""), ("b", "a"), ("c", "b"), ("z", "")] {
        folders::create(&mut tx, new(uid, parent)).await.unwrap();
    }
    let refused = [
        (new("a", ""), "A folder with the same uid already exists"),
        (new("x", "none"), "folder not found"),
        (new("general", ""), "uid \"general\" is reserved"),
        (NewFolder { title: " ".into(), ..new("x", "") }, "folder title cannot be empty"),
    ];
    for (folder, want) in refused {
        assert_eq!(folders::create(&mut tx, folder).await.unwrap_err().to_string(), want);
    }
    let path = folders::path(&mut tx, "c").await.unwrap();
    assert_eq!(path.iter().map(|f| f.uid.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);

    let moved = |parent: &str| Change { parent_uid: Some(parent.to_owned()), ..Change::default() };
    for parent in ["a", "c"] {
        assert!(folders::update(&mut tx, "a", moved(parent)).await.is_err(), "a into {parent}");
    }
    folders::update(&mut tx, "b", moved("z")).await.unwrap();
    let title = Change { title: Some("New".into()), seen: Some(2), ..Change::default() };
    assert_eq!(folders::update(&mut tx, "b", title.clone()).await.unwrap().version, 3);
    let error = folders::update(&mut tx, "b", title).await.unwrap_err().to_string();
    assert_eq!(error, "The folder has been changed by someone else");

    let save =
        Save { document: doc(json!({"uid": "d", "title": "D"})), folder_uid: "c".into(), ..Save::default() };
    save::save(&mut tx, save).await.unwrap();
    let content = folders::content(&mut tx, "z").await.unwrap();
    assert_eq!(
        (content.folders, content.dashboards),
        (vec!["z".into(), "b".into(), "c".into()], vec!["d".into()])
    );
    folders::remove(&mut tx, "z").await.unwrap();
    assert_eq!(tx.folders().await.unwrap().len(), 1);
    assert_eq!(tx.dashboard("d").await.unwrap(), None);
}

#[tokio::test]
async fn folders_nest_only_so_deep() {
    let mut tx = tx().await;
    let mut parent = String::new();
    for level in 0..folders::DEPTH_MAX {
        let new = NewFolder { parent_uid: parent, title: level.to_string(), ..NewFolder::default() };
        parent = folders::create(&mut tx, new).await.unwrap().uid;
    }
    let deeper = NewFolder { parent_uid: parent.clone(), title: "x".into(), ..NewFolder::default() };
    let error = folders::create(&mut tx, deeper).await.unwrap_err().to_string();
    assert!(error.starts_with("Maximum nested folder depth reached"), "{error}");
    let side =
        folders::create(&mut tx, NewFolder { title: "side".into(), ..NewFolder::default() }).await.unwrap();
    let into = Change { parent_uid: Some(parent), ..Change::default() };
    assert!(folders::update(&mut tx, &side.uid, into).await.is_err());
}

#[test]
fn search_finds_by_words_tags_folders_and_stars() {
    let d = |id: i64, uid: &str, title: &str, folder: &str, tags: &[&str]| Dashboard {
        id,
        uid: uid.into(),
        title: title.into(),
        folder_uid: folder.into(),
        tags: tags.iter().map(|t| (*t).to_owned()).collect(),
        ..Dashboard::default()
    };
    let dashboards = [
        d(1, "cpu", "Node CPU", "", &["node", "cpu"]),
        d(2, "disk", "node disk", "f", &["node"]),
        d(3, "lb", "로드밸런서 상태", "f", &[]),
    ];
    let folders = [Folder { id: 9, uid: "f".into(), title: "Nodes".into(), ..Folder::default() }];
    let all = Query::default();
    let cases: [(Query, &[&str]); 11] = [
        (all.clone(), &["Nodes", "Node CPU", "node disk", "로드밸런서 상태"]),
        (
            Query { sort: Sort::TitleReversed, ..all.clone() },
            &["Nodes", "로드밸런서 상태", "node disk", "Node CPU"],
        ),
        (Query { text: "NODE".into(), ..all.clone() }, &["Nodes", "Node CPU", "node disk"]),
        (Query { text: "disk node".into(), ..all.clone() }, &["node disk"]),
        (Query { text: "밸런".into(), ..all.clone() }, &["로드밸런서 상태"]),
        (Query { text: "%' OR 1=1 --".into(), ..all.clone() }, &[]),
        (Query { tags: vec!["node".into(), "cpu".into()], ..all.clone() }, &["Node CPU"]),
        (Query { kind: Some(Kind::Folder), ..all.clone() }, &["Nodes"]),
        (Query { folder_uids: vec!["f".into()], ..all.clone() }, &["node disk", "로드밸런서 상태"]),
        (Query { dashboard_uids: vec!["cpu".into()], ids: vec![1], ..all.clone() }, &["Node CPU"]),
        (Query { starred: Some(HashSet::from(["lb".into()])), ..all }, &["로드밸런서 상태"]),
    ];
    for (query, want) in cases {
        let found = search::find(&query, &folders, &dashboards);
        assert_eq!(found.iter().map(Hit::title).collect::<Vec<_>>(), want, "{query:?}");
    }
    assert_eq!(search::tags(&dashboards), [("cpu".to_owned(), 1), ("node".to_owned(), 2)]);
}

#[test]
fn inputs_are_filled_in() {
    let document = json!({
        "__inputs": [
            {"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus"},
            {"name": "VAR_X", "type": "constant", "value": "7"},
        ],
        "__requires": [], "title": "T",
        "panels": [{"datasource": "${DS_PROM}", "targets": [{"expr": "up * ${VAR_X}", "datasource": {"uid": "${DS_PROM}"}}]}],
    });
    let given = [Input { name: "DS_PROM".into(), value: "my-uid".into() }];
    let filled = fill_in(doc(document.clone()), &given, |_| None).unwrap();
    let want = json!({
        "title": "T",
        "panels": [{"datasource": "my-uid", "targets": [{"expr": "up * 7", "datasource": {"uid": "my-uid"}}]}],
    });
    assert_eq!(Value::Object(filled), want);
    let by_kind = |kind: &str| (kind == "prometheus").then(|| "bongsu".to_owned());
    let filled = fill_in(doc(document.clone()), &[], by_kind).unwrap();
    assert_eq!(filled["panels"][0]["datasource"], "bongsu");
    let error = fill_in(doc(document), &[], |_| None).unwrap_err().to_string();
    assert_eq!(error, "Dashboard input variable: DS_PROM missing from import command");
}

#[test]
fn identifiers_are_random_and_safe() {
    let made: HashSet<String> = (0..100).map(|_| uid::generate().unwrap()).collect();
    assert_eq!(made.len(), 100);
    assert!(made.iter().all(|uid| uid::check(uid).is_ok()));
    for bad in ["a/b", "../x", "a b", "ㄱ", "a%2f"] {
        assert!(uid::check(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_data_source_never_shows_its_secrets() {
    let vault = Vault::new("key").unwrap();
    let written = Written {
        name: "Prom".into(),
        kind: "prometheus".into(),
        url: "https://p.example".into(),
        secure_json_data: Secrets::from([("basicAuthPassword".into(), "hunter2".into())]),
        ..Written::default()
    };
    let first = written.record(None, &vault, 1).unwrap();
    let opened = vault.open(&first.uid, &first.secrets).unwrap();
    let shown = data_source::shown(&first, &opened).to_string();
    assert!(!shown.contains("hunter2") && !first.secrets.contains("hunter2"), "{shown}");
    assert!(shown.contains(r#""secureJsonFields":{"basicAuthPassword":true}"#), "{shown}");
    // What is left out stays; what is set to nothing goes.
    let change = |secrets: Secrets| Written {
        name: "Prom".into(),
        kind: "prometheus".into(),
        secure_json_data: secrets,
        ..Written::default()
    };
    let second = change(Secrets::new()).record(Some(&first), &vault, 2).unwrap();
    assert_eq!((second.version, vault.open(&second.uid, &second.secrets).unwrap()), (2, opened));
    let gone = Secrets::from([("basicAuthPassword".into(), String::new())]);
    let third = change(gone).record(Some(&second), &vault, 3).unwrap();
    assert_eq!(third.secrets, "");
}

#[test]
fn data_sources_with_bad_fields_are_refused() {
    let vault = Vault::new("key").unwrap();
    let good = Written { name: "N".into(), kind: "prometheus".into(), ..Written::default() };
    let cases = [
        (Written { name: " ".into(), ..good.clone() }, "data source name must have 1 to 190 characters"),
        (Written { kind: "".into(), ..good.clone() }, "data source type is required"),
        (Written { uid: "a/b".into(), ..good.clone() }, "uid contains illegal characters"),
        (
            Written { url: "http://u:p@h".into(), ..good.clone() },
            "invalid data source URL: put user and password into basicAuthUser and secureJsonData.basicAuthPassword",
        ),
        (Written { url: "http://".into(), ..good.clone() }, "invalid data source URL: empty host"),
    ];
    for (written, want) in cases {
        assert_eq!(written.record(None, &vault, 0).unwrap_err().to_string(), want);
    }
    let unreadable = DataSource { json_data: "[1]".into(), ..DataSource::default() };
    assert!(data_source::options(&unreadable).is_empty());
}

#[test]
fn titles_become_summaries() {
    assert!(document::summary(&doc(json!({"title": 5}))).is_err());
    let summary = document::summary(&doc(json!({"title": "T", "tags": ["x", 5, ""]}))).unwrap();
    assert_eq!(summary.tags, ["x"]);
}

mod any_input {
    use proptest::prelude::*;

    use crate::provisioning::expand::{Lookup, expand};
    use crate::time_range;

    struct Nothing;

    impl Lookup for Nothing {
        fn variable(&self, _: &str) -> String {
            "$v".to_owned()
        }
        fn file(&self, _: &str) -> Result<String, String> {
            Err("none".to_owned())
        }
    }

    proptest! {
        #[test]
        fn texts_of_any_kind_end_somewhere(text in "\\PC{0,40}", odd in "now[-+/0-9smhdwMQyf]{0,20}") {
            let now: jiff::Zoned = "2026-11-18T00:00:00+09:00[Asia/Seoul]".parse().unwrap();
            for text in [&text, &odd] {
                // Whether it is a time does not matter here; that it ends does.
                time_range::parse(text, &now, true).ok();
                let filled = expand(text, &Nothing);
                prop_assert!(text.contains('$') || filled.as_ref() == Ok(text));
            }
        }

        #[test]
        fn text_without_a_dollar_is_left_alone(text in "[^$]{0,40}") {
            prop_assert_eq!(expand(&text, &Nothing), Ok(text));
        }
    }
}
