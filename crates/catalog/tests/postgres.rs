//! The catalog on a real PostgreSQL: a cluster of its own in a folder of its own, on a socket.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use catalog::accounts::Account;
use catalog::annotations::{Annotation, Filter};
use catalog::audit::{Entry, Wanted};
use catalog::dashboards::{Dashboard, Version};
use catalog::data_sources::DataSource;
use catalog::database::Location;
use catalog::folders::Folder;
use catalog::permissions::Permission;
use catalog::playlists::Playlist;
use catalog::sessions::Session;
use catalog::snapshots::Snapshot;
use catalog::teams::{Member, Team};
use catalog::tokens::Token;
use catalog::{Catalog, CatalogError};

/// A running cluster; ends with the value.
struct Cluster {
    dir: tempfile::TempDir,
    programs: PathBuf,
}

impl Cluster {
    fn start() -> Cluster {
        let versions = std::fs::read_dir("/usr/lib/postgresql");
        let versions =
            versions.unwrap_or_else(|e| panic!("PostgreSQL is not installed ({e}); run `make test-setup`"));
        let newest = versions.map(|v| v.unwrap().path()).max().unwrap();
        let cluster = Cluster { dir: tempfile::tempdir().unwrap(), programs: newest.join("bin") };
        // PostgreSQL refuses to run as root.
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(cluster.dir.path()));
        }
        let data = cluster.data();
        run(cluster
            .program("initdb")
            .args(["-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data));
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off",
            cluster.dir.path().display()
        );
        let log = cluster.dir.path().join("log");
        run(cluster
            .program("pg_ctl")
            .args(["start", "-w", "-s", "-o", &options, "-l"])
            .arg(log)
            .arg("-D")
            .arg(&data));
        cluster
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    }

    fn location(&self) -> Location {
        let socket = self.dir.path().to_str().unwrap().replace('/', "%2F");
        Location::parse(&format!("postgres://tester@{socket}/postgres")).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        run(self.program("pg_ctl").args(["stop", "-s", "-m", "immediate", "-D"]).arg(self.data()));
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(Path::new("/proc/self")).unwrap().uid() == 0
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn postgresql_keeps_what_sqlite_keeps() {
    let cluster = Cluster::start();
    let catalog = Catalog::open(&cluster.location()).await.unwrap();
    assert_eq!(catalog.kind(), "postgres");

    let mut tx = catalog.write().await.unwrap();
    let ann = Account {
        uid: "u".into(),
        login: "ann".into(),
        email: "ann@x".into(),
        preferences: "{}".into(),
        ..Account::default()
    };
    let id = tx.add_account(&ann).await.unwrap();
    let ann = Account { id, role: "Editor".into(), is_disabled: true, ..ann };
    assert!(tx.set_account(&ann).await.unwrap());
    assert_eq!(tx.account_by_login("ann@x").await.unwrap(), Some(ann.clone()));
    assert_eq!(tx.accounts(false).await.unwrap(), [ann]);

    let session =
        Session { hash: "h".into(), account_id: id, seen_ms: 5, expires_ms: i64::MAX, ..Session::default() };
    let session_id = tx.add_session(&session).await.unwrap();
    assert_eq!(tx.session("h").await.unwrap(), Some(Session { id: session_id, ..session }));
    tx.session_seen(session_id, 9).await.unwrap();
    tx.end_sessions(id, None).await.unwrap();
    assert_eq!(tx.sweep_sessions(10, 1).await.unwrap(), 0);
    tx.add_login_failure("ann", "c", 5, 0).await.unwrap();
    assert_eq!(tx.login_failures("ann", "c", 0).await.unwrap(), (1, 1));
    tx.forget_login_failures("ann").await.unwrap();

    let token =
        Token { hash: "t".into(), account_id: id, name: "n".into(), expires_ms: None, ..Token::default() };
    let token_id = tx.add_token(&token).await.unwrap();
    tx.token_used(token_id, 7).await.unwrap();
    assert_eq!(tx.token("t").await.unwrap(), Some(Token { id: token_id, used_ms: Some(7), ..token }));
    assert_eq!(tx.token_counts().await.unwrap(), [(id, 1)]);

    let team = Team {
        uid: "t".into(),
        name: "팀".into(),
        selector: "{a=\"b\"}".into(),
        preferences: "{}".into(),
        ..Team::default()
    };
    let team_id = tx.add_team(&team).await.unwrap();
    for is_admin in [false, true] {
        tx.set_member(Member { team_id, account_id: id, is_admin }).await.unwrap();
    }
    assert_eq!(
        tx.members(Some(team_id)).await.unwrap(),
        [Member { team_id, account_id: id, is_admin: true }]
    );
    assert_eq!(tx.teams_of(id).await.unwrap(), [Team { id: team_id, ..team }]);

    let folder = Folder { uid: "f".into(), title: "폴더".into(), version: 1, ..Folder::default() };
    tx.add_folder(&folder).await.unwrap();
    tx.set_folder(&Folder { version: 2, ..folder.clone() }, 1).await.unwrap();
    let grant = Permission {
        kind: "folder".into(),
        uid: "f".into(),
        team_id: Some(team_id),
        level: 2,
        ..Permission::default()
    };
    tx.add_permission(&grant).await.unwrap();
    assert_eq!(tx.permissions("folder", "f").await.unwrap(), [grant]);

    let mut dashboard =
        Dashboard { uid: "d".into(), tags: vec!["ㄱ".into()], version: 1, ..Dashboard::default() };
    dashboard.id = tx.add_dashboard(&dashboard).await.unwrap();
    dashboard.version = 2;
    tx.set_dashboard(&dashboard, 1).await.unwrap();
    assert_eq!(tx.dashboards().await.unwrap(), [dashboard.clone()]);
    for version in 1..=3 {
        let version =
            Version { dashboard_id: dashboard.id, version, document: "{}".into(), ..Version::default() };
        tx.add_version(&version, 2).await.unwrap();
    }
    assert_eq!(tx.versions(dashboard.id, 0, 10).await.unwrap().len(), 2);
    for _ in 0..2 {
        tx.add_star(id, "d").await.unwrap();
    }
    assert_eq!(tx.stars(id).await.unwrap(), ["d"]);

    let source = DataSource {
        uid: "s".into(),
        name: "S".into(),
        is_default: true,
        version: 1,
        ..DataSource::default()
    };
    let source_id = tx.add_data_source(&source).await.unwrap();
    tx.set_data_source(&DataSource { id: source_id, version: 2, ..source }, 1).await.unwrap();
    assert_eq!(tx.data_source_by_name("S").await.unwrap().unwrap().version, 2);

    let note = Annotation {
        dashboard_uid: "d".into(),
        time_ms: 5,
        end_ms: 9,
        tags: vec!["x".into()],
        ..Annotation::default()
    };
    tx.add_annotation(&note).await.unwrap();
    for (range_ms, dashboard_uid, want) in
        [(Some((9, 20)), None, 1), (None, Some("d".to_owned()), 1), (None, Some("e".to_owned()), 0)]
    {
        let filter = Filter { range_ms, dashboard_uid, limit: 10 };
        assert_eq!(tx.annotations(&filter).await.unwrap().len(), want, "{filter:?}");
    }
    for value in ["1", "2"] {
        tx.set_setting("a", value).await.unwrap();
        let playlist =
            Playlist { uid: "p".into(), name: value.into(), items: "[]".into(), ..Playlist::default() };
        tx.put_playlist(&playlist).await.unwrap();
    }
    assert_eq!(tx.setting("a").await.unwrap().as_deref(), Some("2"));
    assert_eq!(tx.playlists().await.unwrap().len(), 1);
    tx.add_snapshot(&Snapshot { share_key: "k".into(), delete_hash: "h".into(), ..Snapshot::default() })
        .await
        .unwrap();
    assert!(tx.remove_snapshot("k", "").await.unwrap());
    tx.add_audit(&Entry { actor: "nul \0 byte".into(), ..Entry::default() }).await.unwrap();
    assert_eq!(
        tx.audit(&Wanted { limit: 5, actor: "NUL".into(), ..Wanted::default() }).await.unwrap()[0].actor,
        "nul \u{fffd} byte"
    );
    tx.remove_account(id).await.unwrap();
    assert_eq!(tx.token("t").await.unwrap(), None);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn two_replicas_begin_together_and_only_one_of_two_writers_wins() {
    let cluster = Cluster::start();
    let location = cluster.location();
    let (one, two) = tokio::join!(Catalog::open(&location), Catalog::open(&location));
    let (one, two) = (one.unwrap(), two.unwrap());
    let mut tx = one.write().await.unwrap();
    let mut dashboard = Dashboard { uid: "d".into(), version: 1, ..Dashboard::default() };
    dashboard.id = tx.add_dashboard(&dashboard).await.unwrap();
    tx.commit().await.unwrap();
    dashboard.version = 2;
    let (mut first, mut second) = (one.write().await.unwrap(), two.write().await.unwrap());
    first.set_dashboard(&dashboard, 1).await.unwrap();
    let other = dashboard.clone();
    let waiting = tokio::spawn(async move { second.set_dashboard(&other, 1).await });
    first.commit().await.unwrap();
    let lost = waiting.await.unwrap();
    assert!(matches!(lost, Err(CatalogError::Changed { found: 2, .. })), "{lost:?}");
    let mut tx = two.write().await.unwrap();
    let twice = tx.add_dashboard(&dashboard).await;
    assert!(matches!(twice, Err(CatalogError::Exists(_))), "{twice:?}");
}
