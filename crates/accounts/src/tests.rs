//! The service over a catalog in memory, and the rules of access as a table.

use catalog::Catalog;
use catalog::accounts::Account;
use catalog::database::Location;
use catalog::folders::Folder;
use catalog::permissions::Permission;
use catalog::teams::{Member, Team};

use crate::identity::TeamPlace;
use crate::login::Browser;
use crate::users::{NewUser, Vouched};
use crate::*;

const MINUTE: i64 = 60_000;
const NOW: i64 = 1_000 * MINUTE;

async fn accounts() -> Accounts {
    Accounts::new(Catalog::open(&Location::Memory).await.unwrap(), Options::default())
}

fn user(login: &str) -> NewUser {
    NewUser {
        login: login.to_owned(),
        email: format!("{login}@Example.com"),
        password: "long enough".to_owned(),
        role: Role::Viewer,
        ..NewUser::default()
    }
}

fn browser(client: &str) -> Browser<'_> {
    Browser { client, user_agent: "test", former_token: None }
}

#[tokio::test]
async fn the_first_account_gets_a_random_password_once() {
    let accounts = accounts().await;
    let password = accounts.ensure_first(None, NOW).await.unwrap().unwrap();
    assert_eq!(password.len(), 20);
    assert_eq!(accounts.ensure_first(None, NOW).await.unwrap(), None);
    let (identity, _) = accounts.login("admin", &password, &browser("c"), NOW).await.unwrap();
    assert_eq!((identity.role, identity.is_admin), (Role::Admin, true));
}

#[tokio::test]
async fn the_first_account_gets_the_given_password() {
    let accounts = accounts().await;
    assert_eq!(accounts.ensure_first(Some("x"), NOW).await.unwrap(), None);
    assert!(accounts.basic("admin", "x", "c", NOW).await.is_ok());
    assert!(accounts.ensure_first(Some(""), NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_begins_is_used_and_ends() {
    let accounts = accounts().await;
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    let (identity, token) =
        accounts.login(" Ann@example.com ", "long enough", &browser("c"), NOW).await.unwrap();
    assert_eq!((identity.login.as_str(), identity.role), ("ann", Role::Viewer));
    assert_eq!(accounts.session(&token, NOW).await.unwrap(), identity);
    // Only the hash is kept.
    let kept = accounts.catalog().read().await.unwrap().sessions(identity.id).await.unwrap();
    assert_eq!(kept[0].hash, secret::hash(&token));
    accounts.logout(&token).await.unwrap();
    assert!(matches!(accounts.session(&token, NOW).await, Err(AccountError::WrongToken)));
}

#[tokio::test]
async fn sessions_end_by_idleness_and_age() {
    let accounts = accounts().await;
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    let (_, token) = accounts.login("ann", "long enough", &browser("c"), NOW).await.unwrap();
    let (idle, life) = (accounts.options().session_idle_ms, accounts.options().session_life_ms);
    assert!(accounts.session(&token, NOW + idle + 1).await.is_err());
    let mut at = NOW;
    while at + idle < NOW + life {
        at += idle;
        assert!(accounts.session(&token, at).await.is_ok(), "used in time");
    }
    assert!(accounts.session(&token, NOW + life).await.is_err(), "too old, though used");
}

#[tokio::test]
async fn a_login_never_takes_over_the_token_that_a_browser_brought() {
    let accounts = accounts().await;
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    accounts.add_user(&user("eve"), NOW).await.unwrap();
    let (_, planted) = accounts.login("eve", "long enough", &browser("c"), NOW).await.unwrap();
    let victim = Browser { former_token: Some(&planted), ..browser("c") };
    let (identity, token) = accounts.login("ann", "long enough", &victim, NOW).await.unwrap();
    assert_ne!(token, planted);
    assert_eq!(identity.login, "ann");
    assert!(accounts.session(&planted, NOW).await.is_err(), "the planted session is over");
}

#[tokio::test]
async fn five_failures_lock_a_login_for_five_minutes_under_both_its_names() {
    let accounts = accounts().await;
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    for name in ["ann", "ann@example.com", "ANN", "ann", "ann"] {
        let error = accounts.basic(name, "wrong", "c", NOW).await.unwrap_err();
        assert_eq!(error.to_string(), "invalid username or password");
    }
    let locked = accounts.basic("ann", "long enough", "other", NOW + 4 * MINUTE).await.unwrap_err();
    assert_eq!(locked.to_string(), "invalid username or password");
    let later = NOW + 10 * MINUTE;
    assert!(accounts.basic("ann", "long enough", "c", later).await.is_ok());
}

#[tokio::test]
async fn an_address_with_many_failures_is_refused() {
    let options = Options { client_failures_max: 3, ..Options::default() };
    let accounts = Accounts::new(Catalog::open(&Location::Memory).await.unwrap(), options);
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    for name in ["a", "b", "c"] {
        accounts.basic(name, "wrong", "1.2.3.4", NOW).await.unwrap_err();
    }
    let error = accounts.basic("ann", "long enough", "1.2.3.4", NOW).await.unwrap_err();
    assert!(matches!(error, AccountError::TooManyFailures { minutes: 5 }), "{error}");
    assert!(accounts.basic("ann", "long enough", "1.2.3.5", NOW).await.is_ok());
}

#[tokio::test]
async fn who_may_not_log_in_cannot() {
    let accounts = accounts().await;
    let ann = accounts.add_user(&user("ann"), NOW).await.unwrap();
    let (_, token) = accounts.login("ann", "long enough", &browser("c"), NOW).await.unwrap();
    let mut tx = accounts.catalog().write().await.unwrap();
    tx.set_account(&Account { is_disabled: true, ..ann }).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        accounts.session(&token, NOW).await.is_err(),
        "a disabled account's session is worth nothing at once"
    );
    assert!(accounts.basic("ann", "long enough", "c", NOW).await.is_err());
    accounts.add_service_account("ci", Role::Editor, false, NOW).await.unwrap();
    assert!(accounts.basic("sa-1-ci", "", "c", NOW).await.is_err());
    let bob = Vouched { origin: "ldap".into(), login: "bob".into(), ..Vouched::default() };
    accounts.vouched(&bob, NOW).await.unwrap();
    assert!(accounts.basic("bob", "", "c", NOW).await.is_err(), "no password, no login");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let accounts = accounts().await;
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    let (here, mine) = accounts.login("ann", "long enough", &browser("c"), NOW).await.unwrap();
    let (_, other) = accounts.login("ann", "long enough", &browser("c"), NOW).await.unwrap();
    let wrong = accounts.change_own_password(&here, "wrong", "even longer", "c", NOW).await;
    assert!(matches!(wrong, Err(AccountError::WrongCredentials)));
    let short = accounts.change_own_password(&here, "long enough", "short", "c", NOW).await;
    assert!(matches!(short, Err(AccountError::Invalid(_))));
    accounts.change_own_password(&here, "long enough", "even longer", "c", NOW).await.unwrap();
    assert!(accounts.session(&mine, NOW).await.is_ok());
    assert!(accounts.session(&other, NOW).await.is_err());
    assert!(accounts.basic("ann", "even longer", "c", NOW).await.is_ok());
    assert!(accounts.basic("ann", "long enough", "c", NOW).await.is_err());
}

#[tokio::test]
async fn logins_and_addresses_are_taken_once() {
    let accounts = accounts().await;
    accounts.add_user(&user("ann"), NOW).await.unwrap();
    let cases = [
        (NewUser { login: "ANN".into(), email: "x@y".into(), ..user("z") }, "user already exists"),
        (
            NewUser { login: "new".into(), email: "Ann@example.com".into(), ..user("z") },
            "user already exists",
        ),
        (NewUser { login: "".into(), email: "".into(), ..user("z") }, "login or email is required"),
        (
            NewUser { password: "short".into(), ..user("z") },
            "password is too short: at least 8 characters are needed",
        ),
    ];
    for (new, want) in cases {
        assert_eq!(accounts.add_user(&new, NOW).await.unwrap_err().to_string(), want);
    }
    let bob = accounts.add_user(&user("bob"), NOW).await.unwrap();
    assert!(accounts.set_names(bob.id, "ann", "b@b", "Bob", NOW).await.is_err());
    accounts.set_names(bob.id, "robert", "", "Robert", NOW).await.unwrap();
    assert!(accounts.basic("robert", "long enough", "c", NOW).await.is_ok());
}

#[tokio::test]
async fn service_tokens_work_until_they_end() {
    let accounts = accounts().await;
    let ci = accounts.add_service_account("CI runner", Role::Editor, false, NOW).await.unwrap();
    assert_eq!(ci.login, "sa-1-ci-runner");
    assert!(accounts.add_service_account("CI runner", Role::Viewer, false, NOW).await.is_err());
    let (record, text) = accounts.add_token(ci.id, "t", 60, NOW).await.unwrap();
    assert!(secret::is_service_token(&text) && text.len() == "glsa_".len() + 32 + 1 + 8, "{text}");
    let identity = accounts.token(&text, NOW).await.unwrap();
    assert_eq!((identity.role, identity.via), (Role::Editor, Via::Token(record.id)));
    assert!(accounts.token(&text, NOW + MINUTE).await.is_err());
    let twice = accounts.add_token(ci.id, "t", 0, NOW).await.unwrap_err();
    assert_eq!(twice.to_string(), "service account token already exists");
    let ann = accounts.add_user(&user("ann"), NOW).await.unwrap();
    assert!(accounts.add_token(ann.id, "t", 0, NOW).await.is_err(), "people have no tokens");
}

#[tokio::test]
async fn who_is_vouched_for_becomes_nobody_else() {
    let accounts = accounts().await;
    accounts.ensure_first(Some("x"), NOW).await.unwrap();
    let admin = Vouched { origin: "ldap".into(), login: "Admin".into(), ..Vouched::default() };
    let error = accounts.vouched(&admin, NOW).await.unwrap_err();
    assert_eq!(error.to_string(), "a user of another origin with this login already exists");
    let bob = Vouched { origin: "ldap".into(), login: "bob".into(), ..Vouched::default() };
    let (first, identity) = accounts.vouched(&bob, NOW).await.unwrap();
    assert_eq!((identity.role, identity.via), (Role::Viewer, Via::Outside));
    let promoted = Vouched { role: Some(Role::Editor), name: "Bob".into(), ..bob };
    let (second, identity) = accounts.vouched(&promoted, NOW).await.unwrap();
    assert_eq!((second.id, identity.role, identity.name.as_str()), (first.id, Role::Editor, "Bob"));
}

#[tokio::test]
async fn an_identity_knows_its_teams_and_what_they_see() {
    let accounts = accounts().await;
    let ann = accounts.add_user(&user("ann"), NOW).await.unwrap();
    let mut tx = accounts.catalog().write().await.unwrap();
    for (name, selector) in [("all", ""), ("pay", "{team=\"pay\"}")] {
        let team = Team { uid: name.into(), name: name.into(), selector: selector.into(), ..Team::default() };
        let id = tx.add_team(&team).await.unwrap();
        tx.set_member(Member { team_id: id, account_id: ann.id, is_admin: false }).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut identity = accounts.basic("ann", "long enough", "c", NOW).await.unwrap();
    assert_eq!(identity.selectors(), ["{team=\"pay\"}"]);
    identity.role = Role::Admin;
    assert_eq!(identity.selectors(), Vec::<&str>::new());
}

fn who(id: i64, role: Role, teams: &[i64]) -> Identity {
    let teams = teams.iter().map(|id| TeamPlace { id: *id, selector: String::new() }).collect();
    Identity { id, teams, via: Via::Basic, ..Identity::anonymous(role) }
}

fn grant(kind: &str, uid: &str, to: (&str, Option<i64>, Option<i64>), level: i64) -> Permission {
    let (role, team_id, account_id) = to;
    Permission { kind: kind.into(), uid: uid.into(), role: role.into(), team_id, account_id, level }
}

#[test]
fn access_is_inherited_and_only_ever_granted() {
    let folder =
        |uid: &str, parent: &str| Folder { uid: uid.into(), parent_uid: parent.into(), ..Folder::default() };
    let folders = [
        folder("open", ""),
        folder("closed", ""),
        folder("inner", "closed"),
        folder("a", "b"),
        folder("b", "a"),
    ];
    let nobody = ("", None, None);
    let access = Access::new(
        &folders,
        vec![
            grant("folder", "closed", nobody, 0),
            grant("folder", "closed", ("", Some(7), None), 1),
            grant("folder", "inner", ("", None, Some(3)), 2),
            grant("dashboard", "secret", nobody, 0),
            grant("dashboard", "shared", ("Viewer", None, None), 2),
        ],
    );
    let (viewer, editor, admin) =
        (who(1, Role::Viewer, &[]), who(2, Role::Editor, &[]), who(9, Role::Admin, &[]));
    let (granted, member, none) =
        (who(3, Role::Viewer, &[]), who(4, Role::Viewer, &[7]), who(5, Role::None, &[]));
    let anonymous = Identity::anonymous(Role::Viewer);
    let in_folder = |uid, folder| Node::Dashboard { uid, folder };
    let cases = [
        (&viewer, in_folder("d", ""), Level::View),
        (&editor, in_folder("d", ""), Level::Edit),
        (&none, in_folder("d", ""), Level::None),
        (&anonymous, in_folder("d", "open"), Level::View),
        (&viewer, Node::Folder("closed"), Level::None),
        (&editor, Node::Folder("closed"), Level::None),
        (&admin, Node::Folder("closed"), Level::Admin),
        (&member, Node::Folder("closed"), Level::View),
        (&member, in_folder("d", "inner"), Level::View),
        (&granted, in_folder("d", "inner"), Level::Edit),
        (&granted, Node::Folder("closed"), Level::None),
        (&editor, in_folder("secret", ""), Level::None),
        (&viewer, in_folder("secret", "open"), Level::View),
        (&viewer, in_folder("shared", "closed"), Level::Edit),
        (&none, in_folder("shared", "closed"), Level::None),
        // A circle in the catalog ends.
        (&viewer, Node::Folder("a"), Level::View),
    ];
    for (who, node, want) in cases {
        assert_eq!(access.level(who, node), want, "{} {node:?}", who.id);
    }
    let may: Vec<bool> =
        [&viewer, &editor, &granted].map(|w| access.may_create_in(w, "inner")).into_iter().collect();
    assert_eq!(may, [false, false, true]);
    assert!(access.may_create_in(&editor, "") && !access.may_create_in(&viewer, ""));
}

/// Guard: `password::NOBODYS_HASH` in place of the hash that is not there, and one message for all.
#[tokio::test]
async fn a_login_that_fails_costs_the_same_whatever_is_wrong_with_it() {
    let accounts = accounts().await;
    accounts.ensure_first(Some("the right one"), 0).await.unwrap();
    let ann = accounts.add_user(&user("ann"), 0).await.unwrap();
    let disabled = accounts.add_user(&user("ben"), 0).await.unwrap();
    let mut tx = accounts.catalog().write().await.unwrap();
    tx.set_account(&Account { is_disabled: true, ..disabled }).await.unwrap();
    tx.commit().await.unwrap();
    accounts
        .vouched(&Vouched { origin: "oauth_x".into(), login: "kim".into(), ..Vouched::default() }, 0)
        .await
        .unwrap();
    accounts.add_service_account("robot", Role::Admin, false, 0).await.unwrap();
    for _ in 0..5 {
        accounts.basic(&ann.login, "wrong", "", 0).await.unwrap_err();
    }
    let cases = [
        ("ann", "locked"),
        ("nobody", "unknown"),
        ("ben", "disabled"),
        ("kim", "of another party"),
        ("sa-1-robot", "no person"),
        ("admin", "wrong"),
    ];
    for (login, why) in cases {
        let before = accounts.passwords.computed();
        let error = accounts.basic(login, "wrong password", "", 0).await.unwrap_err();
        assert_eq!(error.to_string(), "invalid username or password", "{why}");
        assert_eq!(accounts.passwords.computed() - before, 1, "{why}");
    }
}
