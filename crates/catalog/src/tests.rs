//! The suite over SQLite in memory; `tests/postgres.rs` runs what differs on a real server.

use crate::accounts::Account;
use crate::annotations::{Annotation, Filter};
use crate::audit::{Entry, Wanted};
use crate::dashboards::{Dashboard, Version};
use crate::data_sources::DataSource;
use crate::database::Location;
use crate::folders::Folder;
use crate::permissions::Permission;
use crate::playlists::Playlist;
use crate::sessions::Session;
use crate::snapshots::Snapshot;
use crate::teams::{Member, Team};
use crate::tokens::Token;
use crate::{Catalog, CatalogError};

async fn catalog() -> Catalog {
    Catalog::open(&Location::Memory).await.unwrap()
}

fn account(login: &str) -> Account {
    Account {
        uid: format!("u-{login}"),
        login: login.to_owned(),
        email: format!("{login}@example.com"),
        role: "Viewer".to_owned(),
        preferences: "{}".to_owned(),
        ..Account::default()
    }
}

#[tokio::test]
async fn the_mark_of_an_editable_file_moves_out_of_its_digest() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    for (i, digest) in ["editable:abc", "abc", ""].into_iter().enumerate() {
        let old = Dashboard { uid: i.to_string(), source_digest: digest.into(), ..Dashboard::default() };
        tx.add_dashboard(&old).await.unwrap();
    }
    // As the first step left it.
    tx.run("ALTER TABLE dashboard DROP COLUMN is_editable", &[]).await.unwrap();
    tx.script(include_str!("migrations/0002-editable.sql")).await.unwrap();
    let found = tx.dashboards().await.unwrap();
    let told: Vec<_> = found.iter().map(|d| (d.source_digest.as_str(), d.is_editable)).collect();
    assert_eq!(told, [("abc", true), ("abc", false), ("", false)]);
}

#[test]
fn locations_are_read() {
    let cases = [
        ("data/catalog.db", Location::File("data/catalog.db".into())),
        ("sqlite:data/c.db", Location::File("data/c.db".into())),
        ("sqlite:///var/c.db", Location::File("/var/c.db".into())),
        ("sqlite::memory:", Location::Memory),
        ("postgres://a:b@h/d", Location::Postgres("postgres://a:b@h/d".to_owned())),
        ("postgresql://h/d", Location::Postgres("postgresql://h/d".to_owned())),
    ];
    for (text, want) in cases {
        assert_eq!(Location::parse(text).unwrap(), want, "{text}");
    }
    let error = Location::parse("mysql://root:secret@h/d").unwrap_err().to_string();
    assert_eq!(error, "cannot use \"mysql://***@h/d\" as a catalog: mysql is neither postgres nor sqlite");
}

#[tokio::test]
async fn a_transaction_is_whole_or_nothing() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    tx.add_account(&account("ann")).await.unwrap();
    drop(tx);
    assert_eq!(catalog.read().await.unwrap().accounts(false).await.unwrap(), []);
    let mut tx = catalog.write().await.unwrap();
    tx.add_account(&account("ann")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(catalog.read().await.unwrap().accounts(false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn accounts_are_found_by_login_and_address_and_are_unique() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let ann = tx.add_account(&account("ann")).await.unwrap();
    // Somebody whose login is Ann's address must not be taken for her.
    let odd = Account { email: String::new(), ..account("ann@example.com") };
    let odd = tx.add_account(&odd).await.unwrap();
    for (name, want) in [("ann", Some(ann)), ("ann@example.com", Some(odd)), ("bob", None), ("", None)] {
        assert_eq!(tx.account_by_login(name).await.unwrap().map(|a| a.id), want, "{name}");
    }
    let again =
        tx.add_account(&Account { uid: "other".into(), email: String::new(), ..account("ann") }).await;
    assert!(matches!(again, Err(CatalogError::Exists(_))), "{again:?}");
    let mut stored = tx.account(ann).await.unwrap().unwrap();
    stored.role = "Admin".to_owned();
    stored.is_disabled = true;
    assert!(tx.set_account(&stored).await.unwrap());
    assert_eq!(tx.account(ann).await.unwrap().unwrap(), stored);
    assert!(!tx.set_account(&Account { id: 999, ..account("nobody") }).await.unwrap());
}

#[tokio::test]
async fn what_belongs_to_an_account_goes_with_it() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let id = tx.add_account(&account("ann")).await.unwrap();
    let session = Session { hash: "h".into(), account_id: id, expires_ms: 100, ..Session::default() };
    tx.add_session(&session).await.unwrap();
    tx.add_token(&Token { hash: "t".into(), account_id: id, name: "ci".into(), ..Token::default() })
        .await
        .unwrap();
    let team = tx.add_team(&Team { uid: "t".into(), name: "ops".into(), ..Team::default() }).await.unwrap();
    tx.set_member(Member { team_id: team, account_id: id, is_admin: false }).await.unwrap();
    tx.add_star(id, "d").await.unwrap();
    let grant = Permission {
        kind: "folder".into(),
        uid: "f".into(),
        account_id: Some(id),
        level: 2,
        ..Permission::default()
    };
    tx.add_permission(&grant).await.unwrap();
    assert_eq!(tx.all_permissions().await.unwrap(), [grant]);
    assert!(tx.remove_account(id).await.unwrap());
    assert_eq!(tx.session("h").await.unwrap(), None);
    assert_eq!(tx.token("t").await.unwrap(), None);
    assert_eq!(tx.members(Some(team)).await.unwrap(), []);
    assert_eq!(tx.stars(id).await.unwrap(), Vec::<String>::new());
    assert_eq!(tx.all_permissions().await.unwrap(), []);
    assert!(!tx.remove_account(id).await.unwrap());
}

#[tokio::test]
async fn sessions_end() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let id = tx.add_account(&account("ann")).await.unwrap();
    let session = |hash: &str, seen_ms, expires_ms| Session {
        hash: hash.to_owned(),
        account_id: id,
        seen_ms,
        expires_ms,
        ..Session::default()
    };
    for s in [session("used", 50, 200), session("idle", 10, 200), session("over", 50, 60)] {
        tx.add_session(&s).await.unwrap();
    }
    assert_eq!(tx.sweep_sessions(60, 20).await.unwrap(), 2);
    let left = tx.sessions(id).await.unwrap();
    assert_eq!(left.iter().map(|s| s.hash.as_str()).collect::<Vec<_>>(), ["used"]);
    let other = tx.add_session(&session("other", 50, 200)).await.unwrap();
    tx.end_sessions(id, Some(other)).await.unwrap();
    assert_eq!(tx.sessions(id).await.unwrap().len(), 1);
    assert!(tx.end_session(other).await.unwrap());
    assert!(!tx.end_session(other).await.unwrap());
}

#[tokio::test]
async fn failed_logins_are_counted_and_forgotten() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    for (login, client, at) in [("ann", "a", 10), ("ann", "b", 20), ("bob", "b", 30)] {
        tx.add_login_failure(login, client, at, 0).await.unwrap();
    }
    assert_eq!(tx.login_failures("ann", "b", 0).await.unwrap(), (2, 2));
    assert_eq!(tx.login_failures("ann", "b", 15).await.unwrap(), (1, 2));
    tx.add_login_failure("bob", "b", 40, 25).await.unwrap();
    assert_eq!(tx.login_failures("ann", "b", 0).await.unwrap(), (0, 2));
    tx.forget_login_failures("bob").await.unwrap();
    assert_eq!(tx.login_failures("bob", "b", 0).await.unwrap(), (0, 0));
}

#[tokio::test]
async fn only_who_has_seen_the_newest_version_may_write() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let mut d = Dashboard { uid: "d".into(), title: "D".into(), version: 1, ..Dashboard::default() };
    d.id = tx.add_dashboard(&d).await.unwrap();
    d.version = 2;
    tx.set_dashboard(&d, 1).await.unwrap();
    d.version = 3;
    let error = tx.set_dashboard(&d, 1).await.unwrap_err().to_string();
    assert_eq!(error, "dashboard \"d\" is at version 2, not 1");

    let mut f = Folder { uid: "f".into(), title: "F".into(), version: 1, ..Folder::default() };
    f.id = tx.add_folder(&f).await.unwrap();
    f.version = 2;
    tx.set_folder(&f, 1).await.unwrap();
    assert!(tx.set_folder(&f, 1).await.is_err());

    let mut s = DataSource { uid: "s".into(), name: "S".into(), version: 1, ..DataSource::default() };
    s.id = tx.add_data_source(&s).await.unwrap();
    s.version = 2;
    tx.set_data_source(&s, 1).await.unwrap();
    assert!(tx.set_data_source(&s, 1).await.is_err());
    assert_eq!(tx.data_source("s").await.unwrap().unwrap(), s);
}

#[tokio::test]
async fn a_dashboard_keeps_its_newest_versions() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let dashboard =
        Dashboard { uid: "d".into(), tags: vec!["a".into(), "ㄱ".into()], ..Dashboard::default() };
    let id = tx.add_dashboard(&dashboard).await.unwrap();
    for version in 1..=5 {
        let document = format!("{{\"v\":{version}}}");
        tx.add_version(&Version { dashboard_id: id, version, document, ..Version::default() }, 3)
            .await
            .unwrap();
    }
    let listed = tx.versions(id, 0, 10).await.unwrap();
    assert_eq!(listed.iter().map(|v| v.version).collect::<Vec<_>>(), [5, 4, 3]);
    assert_eq!(tx.versions(id, 1, 1).await.unwrap()[0].version, 4);
    assert_eq!(tx.version(id, 5).await.unwrap().unwrap().document, "{\"v\":5}");
    assert_eq!(tx.version(id, 2).await.unwrap(), None);
    assert_eq!(tx.dashboard("d").await.unwrap().unwrap().tags, ["a", "ㄱ"]);
    assert!(tx.remove_dashboard("d").await.unwrap());
    assert_eq!(tx.version(id, 5).await.unwrap(), None);
}

#[tokio::test]
async fn there_is_one_default_data_source() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    for name in ["a", "b"] {
        let source =
            DataSource { uid: name.into(), name: name.into(), is_default: true, ..DataSource::default() };
        tx.add_data_source(&source).await.unwrap();
    }
    let defaults: Vec<_> = tx.data_sources().await.unwrap().into_iter().filter(|s| s.is_default).collect();
    assert_eq!(defaults.iter().map(|s| s.uid.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(tx.data_source_by_name("a").await.unwrap().unwrap().uid, "a");
}

#[tokio::test]
async fn annotations_are_found_by_overlap() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let add = |dashboard: &str, time_ms, end_ms| Annotation {
        dashboard_uid: dashboard.to_owned(),
        time_ms,
        end_ms,
        tags: vec!["deploy".into()],
        ..Annotation::default()
    };
    for a in [add("d", 10, 10), add("d", 20, 40), add("e", 30, 30)] {
        tx.add_annotation(&a).await.unwrap();
    }
    /// Time range, dashboard, the annotations' times.
    type Case<'c> = (Option<(i64, i64)>, Option<&'c str>, &'c [i64]);
    let cases: [Case<'_>; 5] = [
        (None, None, &[30, 20, 10]),
        (Some((0, 15)), None, &[10]),
        (Some((35, 50)), None, &[20]),
        (Some((0, 50)), Some("d"), &[20, 10]),
        (Some((41, 50)), None, &[]),
    ];
    for (range_ms, dashboard, want) in cases {
        let filter = Filter { range_ms, dashboard_uid: dashboard.map(str::to_owned), limit: 10 };
        let found = tx.annotations(&filter).await.unwrap();
        assert_eq!(found.iter().map(|a| a.time_ms).collect::<Vec<_>>(), want, "{range_ms:?} {dashboard:?}");
    }
}

#[tokio::test]
async fn odds_and_ends_are_kept() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    assert_eq!(tx.setting("a").await.unwrap(), None);
    for value in ["1", "2"] {
        tx.set_setting("a", value).await.unwrap();
        assert_eq!(tx.setting("a").await.unwrap().as_deref(), Some(value));
    }
    let playlist = Playlist { uid: "p".into(), name: "P".into(), items: "[]".into(), ..Playlist::default() };
    let first = tx.put_playlist(&playlist).await.unwrap();
    assert_eq!(tx.put_playlist(&Playlist { name: "Q".into(), ..playlist }).await.unwrap(), first);
    assert_eq!(tx.playlists().await.unwrap()[0].name, "Q");
    assert!(tx.remove_playlist("p").await.unwrap());

    let snapshot = |key: &str, created_ms, expires_ms| Snapshot {
        share_key: key.to_owned(),
        delete_hash: format!("{key}!"),
        created_ms,
        expires_ms,
        ..Snapshot::default()
    };
    tx.add_snapshot(&snapshot("old", 1, Some(5))).await.unwrap();
    tx.add_snapshot(&snapshot("new", 6, None)).await.unwrap();
    assert_eq!(tx.snapshot("old").await.unwrap(), None);
    assert!(tx.remove_snapshot("-", "new!").await.unwrap());

    for i in 1..=3 {
        tx.add_audit(&Entry { time_ms: i, actor: "ann".into(), ..Entry::default() }).await.unwrap();
    }
    let all = Wanted { limit: 2, ..Wanted::default() };
    let newest = tx.audit(&all).await.unwrap();
    assert_eq!(newest.iter().map(|e| e.time_ms).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(tx.audit(&Wanted { before: newest[1].id, ..all }).await.unwrap()[0].time_ms, 1);
    assert_eq!(tx.sweep_audit(3).await.unwrap(), 2);
}

/// Guard: `audit::anywhere`, and values as parameters.
#[tokio::test]
async fn the_audit_log_is_searched_for_what_was_typed() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    for (i, (actor, target)) in
        [("ann", "/api/folders/a_b"), ("Ben", "/api/folders/axb"), ("100%", "/login")].iter().enumerate()
    {
        let entry = Entry {
            time_ms: i as i64 + 1,
            actor: (*actor).into(),
            action: "POST".into(),
            target: (*target).into(),
            outcome: if i == 2 { "401" } else { "200" }.into(),
            ..Entry::default()
        };
        tx.add_audit(&entry).await.unwrap();
    }
    let all = Wanted { limit: 10, ..Wanted::default() };
    let cases = [
        (all.clone(), vec![3, 2, 1]),
        (Wanted { actor: "BEN".into(), ..all.clone() }, vec![2]),
        (Wanted { actor: "n".into(), ..all.clone() }, vec![2, 1]),
        (Wanted { target: "a_b".into(), ..all.clone() }, vec![1]),
        (Wanted { actor: "%".into(), ..all.clone() }, vec![3]),
        (Wanted { actor: "' OR '1'='1".into(), ..all.clone() }, vec![]),
        (Wanted { actor: "\\".into(), ..all.clone() }, vec![]),
        (Wanted { action: "post".into(), outcome: "401".into(), ..all.clone() }, vec![3]),
        (Wanted { from_ms: 2, ..all.clone() }, vec![3, 2]),
        (Wanted { to_ms: 2, ..all.clone() }, vec![2, 1]),
        (Wanted { limit: 1, ..all.clone() }, vec![3]),
    ];
    for (wanted, want) in cases {
        let got: Vec<i64> = tx.audit(&wanted).await.unwrap().iter().map(|e| e.time_ms).collect();
        assert_eq!(got, want, "{wanted:?}");
    }
}

#[tokio::test]
async fn text_that_looks_like_sql_is_text() {
    let catalog = catalog().await;
    let mut tx = catalog.write().await.unwrap();
    let nasty = "x'); DROP TABLE folder; --\0\u{202e}%_";
    tx.add_folder(&Folder { uid: nasty.into(), title: nasty.into(), ..Folder::default() }).await.unwrap();
    let stored = tx.folder("x'); DROP TABLE folder; --\u{fffd}\u{202e}%_").await.unwrap().unwrap();
    assert_eq!(stored.title, stored.uid);
    assert_eq!(tx.folder("%").await.unwrap(), None);
}

#[tokio::test]
async fn a_file_is_opened_again_and_a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::File(dir.path().join("catalog.db"));
    let catalog = Catalog::open(&location).await.unwrap();
    let mut tx = catalog.write().await.unwrap();
    tx.set_setting("a", "1").await.unwrap();
    tx.commit().await.unwrap();
    catalog.close().await;
    let catalog = Catalog::open(&location).await.unwrap();
    assert_eq!(catalog.read().await.unwrap().setting("a").await.unwrap().as_deref(), Some("1"));
    let mut tx = catalog.write().await.unwrap();
    tx.run("INSERT INTO schema_step (version) VALUES (999)", &[]).await.unwrap();
    tx.commit().await.unwrap();
    catalog.close().await;
    let error = Catalog::open(&location).await.unwrap_err();
    assert!(matches!(error, CatalogError::TooNew { found: 999, .. }), "{error}");
}
