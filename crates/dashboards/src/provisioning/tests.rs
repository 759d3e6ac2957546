//! Provisioning files as teams have them.

use std::collections::HashMap;

use catalog::database::Location;
use catalog::{Catalog, Tx};

use super::apply::apply;
use super::expand::{Lookup, expand};
use super::read::{self, Provider, ProviderFile, SourceFile};
use super::scan::{self, Content, content};
use super::sources;
use crate::secrets::Vault;

struct Env(HashMap<&'static str, &'static str>);

impl Lookup for Env {
    fn variable(&self, name: &str) -> String {
        self.0.get(name).map_or_else(String::new, |v| (*v).to_owned())
    }
    fn file(&self, path: &str) -> Result<String, String> {
        if path == "/run/secret" { Ok("from file".to_owned()) } else { Err(format!("cannot read {path}")) }
    }
}

fn env() -> Env {
    Env(HashMap::from([("HOST", "prom"), ("PORT", "9090"), ("ON", "true"), ("ODD", "$HOST")]))
}

async fn tx() -> Tx {
    Catalog::open(&Location::Memory).await.unwrap().write().await.unwrap()
}

#[test]
fn variables_are_filled_in_once() {
    let cases = [
        ("http://$HOST:${PORT}/", Ok("http://prom:9090/")),
        ("$__env{HOST}", Ok("prom")),
        ("$__file{/run/secret}", Ok("from file")),
        ("$$HOST", Ok("$HOST")),
        ("pa$$word", Ok("pa$word")),
        ("cost 5$", Ok("cost 5$")),
        ("$5", Ok("$5")),
        ("$NOTHING!", Ok("!")),
        ("${ODD}", Ok("$HOST")),
        ("이름 $HOST", Ok("이름 prom")),
        ("${HOST", Err("${ is not closed")),
        ("$__file{/etc/x}", Err("cannot read /etc/x")),
    ];
    for (text, want) in cases {
        let want = want.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(expand(text, &env()), want, "{text}");
    }
}

const SOURCES: &str = r#"
apiVersion: 1
deleteDatasources:
  - {name: Old, orgId: 1}
datasources:
  - name: Prometheus
    type: prometheus
    access: proxy
    orgId: 1
    uid: prom
    url: http://$HOST:$PORT
    isDefault: $ON
    basicAuth: true
    basicAuthUser: me
    jsonData: {httpMethod: POST, timeInterval: 30s}
    secureJsonData:
      basicAuthPassword: $__file{/run/secret}
    editable: false
    someday: unknown
  - name: Bad
    type: prometheus
    url: http://u:p@h
"#;

#[tokio::test]
async fn data_sources_are_made_once_changed_and_removed() {
    let vault = Vault::new("key").unwrap();
    let mut tx = tx().await;
    let old: SourceFile = read::file("a.yaml", "datasources: [{name: Old, type: loki}]", &env()).unwrap();
    sources::apply(&mut tx, old, &vault, 1).await.unwrap();
    let file: SourceFile = read::file("b.yaml", SOURCES, &env()).unwrap();
    let outcome = sources::apply(&mut tx, file.clone(), &vault, 2).await.unwrap();
    assert_eq!((outcome.saved, outcome.removed, outcome.problems.len()), (1, 1, 1));
    assert!(
        outcome.problems[0].contains("\"Bad\"") && !outcome.problems[0].contains("u:p"),
        "{:?}",
        outcome.problems
    );
    let source = tx.data_source("prom").await.unwrap().unwrap();
    assert_eq!((source.url.as_str(), source.is_default, source.read_only), ("http://prom:9090", true, true));
    assert_eq!(vault.open("prom", &source.secrets).unwrap()["basicAuthPassword"], "from file");
    // The same file again changes nothing.
    let again = sources::apply(&mut tx, file, &vault, 3).await.unwrap();
    assert_eq!((again.saved, again.removed), (0, 0));
    assert_eq!(tx.data_source("prom").await.unwrap().unwrap().version, 1);
    let pruned: SourceFile = read::file("c.yaml", "{prune: true, datasources: []}", &env()).unwrap();
    assert_eq!(sources::apply(&mut tx, pruned, &vault, 4).await.unwrap().removed, 1);
}

#[test]
fn mistakes_in_files_are_told_with_their_place() {
    let cases = [
        ("datasources: [", "x.yaml:2:1: yaml:"),
        ("datasources: 5", "x.yaml: invalid type"),
        ("datasources: [{name: ${A}]", "x.yaml:"),
        ("datasources:\n- name: $__file{/none}\n", "x.yaml:2:9: cannot read /none"),
    ];
    for (text, want) in cases {
        let error = read::file::<SourceFile>("x.yaml", text, &env()).unwrap_err();
        assert!(error.starts_with(want), "{text}: {error}");
    }
    assert!(read::file::<SourceFile>("x.yaml", "", &env()).is_ok());
}

fn provider(text: &str) -> Provider {
    let text = format!("apiVersion: 1\nproviders: [{text}]\n");
    read::file::<ProviderFile>("p.yaml", &text, &env()).unwrap().providers.remove(0)
}

fn file(name: &str, text: &str) -> Content {
    content(name.to_owned(), format!("/d/{name}"), text.to_owned())
}

#[tokio::test]
async fn dashboards_follow_their_files() {
    let mut tx = tx().await;
    let p = provider(
        "{name: default, orgId: 1, folder: Team, folderUid: team, type: file, updateIntervalSeconds: 30, options: {path: /d}}",
    );
    let a = file("a.json", r#"{"uid": "a", "title": "A", "id": 55}"#);
    let b = file("b.json", r#"{"title": "B"}"#);
    let bad = file("bad.json", "{");
    let twice = file("c.json", r#"{"uid": "a", "title": "C"}"#);
    let outcome = apply(&mut tx, &p, &[a.clone(), b.clone(), bad, twice], &[], 1).await.unwrap();
    assert_eq!((outcome.saved, outcome.unchanged, outcome.problems.len()), (2, 0, 2), "{outcome:?}");
    assert_eq!(tx.folder("team").await.unwrap().unwrap().title, "Team");
    assert_eq!(tx.dashboard("a").await.unwrap().unwrap().folder_uid, "team");

    let outcome = apply(&mut tx, &p, &[a.clone(), b.clone()], &[], 2).await.unwrap();
    assert_eq!((outcome.saved, outcome.unchanged, outcome.removed), (0, 2, 0));

    // A file without an identifier keeps the one that its dashboard got.
    let before = tx.dashboards_of("default").await.unwrap().into_iter().find(|d| d.title == "B").unwrap();
    let changed = file("b.json", r#"{"title": "B2"}"#);
    apply(&mut tx, &p, &[a.clone(), changed.clone()], &[], 3).await.unwrap();
    let after = tx.dashboard(&before.uid).await.unwrap().unwrap();
    assert_eq!((after.title.as_str(), after.version), ("B2", 2));

    // A renamed file is the same dashboard; one that cannot be read stays; one that is gone goes.
    let renamed = file("new.json", &a.text);
    let outcome = apply(&mut tx, &p, &[renamed], &["b.json".to_owned()], 4).await.unwrap();
    assert_eq!((outcome.saved, outcome.removed), (1, 0), "{outcome:?}");
    let outcome = apply(&mut tx, &p, &[], &[], 5).await.unwrap();
    assert_eq!((outcome.removed, tx.dashboards().await.unwrap().len()), (2, 0));
}

#[tokio::test]
async fn a_provider_leaves_what_is_not_its_own() {
    let mut tx = tx().await;
    let p = provider("{name: one, type: file, disableDeletion: true, options: {path: /d}}");
    let q = provider("{name: two, type: file, options: {path: /e}}");
    let a = file("a.json", r#"{"uid": "a", "title": "A"}"#);
    apply(&mut tx, &p, std::slice::from_ref(&a), &[], 1).await.unwrap();
    let outcome = apply(&mut tx, &q, std::slice::from_ref(&a), &[], 2).await.unwrap();
    assert_eq!(outcome.problems, ["/d/a.json: uid \"a\" is that of a.json of provider \"one\""]);
    apply(&mut tx, &q, &[], &[], 3).await.unwrap();
    assert!(tx.dashboard("a").await.unwrap().is_some());
    // Deletion is off: the dashboard stays and is people's from now on.
    apply(&mut tx, &p, &[], &[], 4).await.unwrap();
    assert_eq!(tx.dashboard("a").await.unwrap().unwrap().provider, "");
}

#[tokio::test]
async fn folders_come_from_the_structure_of_files() {
    let mut tx = tx().await;
    let p = provider(
        "{name: tree, type: file, allowUiUpdates: true, options: {path: /d, foldersFromFilesStructure: true}}",
    );
    let files = [
        file("top.json", r#"{"uid": "t", "title": "T"}"#),
        file("db/pg.json", r#"{"uid": "p", "title": "P"}"#),
        file("db/inner/x.json", r#"{"uid": "x", "title": "X"}"#),
    ];
    apply(&mut tx, &p, &files, &[], 1).await.unwrap();
    let folders = tx.folders().await.unwrap();
    let db = folders.iter().find(|f| f.title == "db").unwrap();
    let inner = folders.iter().find(|f| f.title == "inner").unwrap();
    assert_eq!((folders.len(), inner.parent_uid.as_str()), (2, db.uid.as_str()));
    let places: Vec<String> = tx
        .dashboards_of("tree")
        .await
        .unwrap()
        .into_iter()
        .map(|d| format!("{} {}", d.uid, d.folder_uid))
        .collect();
    assert_eq!(places, [format!("p {}", db.uid), "t ".to_owned(), format!("x {}", inner.uid)]);
    assert_eq!(apply(&mut tx, &p, &files, &[], 2).await.unwrap().unchanged, 3);
}

#[test]
fn files_are_found_as_kubernetes_mounts_them() {
    let dir = tempfile::tempdir().unwrap();
    let versions = dir.path().join("..2026_11_21");
    std::fs::create_dir_all(versions.join("deep")).unwrap();
    std::fs::write(versions.join("a.json"), "{}").unwrap();
    std::os::unix::fs::symlink(&versions, dir.path().join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/a.json", dir.path().join("a.json")).unwrap();
    std::os::unix::fs::symlink("nowhere.json", dir.path().join("broken.json")).unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    std::fs::write(dir.path().join("sub/b.json"), "{}").unwrap();
    std::fs::write(dir.path().join("sub/readme.md"), "x").unwrap();
    // A link to the folder itself ends at the bound of depth.
    std::os::unix::fs::symlink(dir.path(), dir.path().join("sub/loop")).unwrap();
    let found = scan::scan(dir.path()).unwrap();
    let names: Vec<&str> = found.iter().map(|f| f.name.as_str()).filter(|n| !n.contains("loop")).collect();
    assert_eq!(names, ["a.json", "sub/b.json"]);
    assert_eq!(scan::read(&found[0]).unwrap().text, "{}");
    assert!(scan::scan(&dir.path().join("none")).is_err());
}
