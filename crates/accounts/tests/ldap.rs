//! Logins against a real directory: Debian's slapd, started for each test on ports and in a folder of its own.

#![allow(clippy::unwrap_used)]

mod slapd;

use std::io::{Read, Write};
use std::net::TcpListener;

use accounts::login::Browser;
use accounts::outside::ldap::run::LoginFailure;
use accounts::{AccountError, Accounts, Options, Role};
use catalog::Catalog;
use catalog::database::Location;
use slapd::Slapd;

/// Maps groups of the entries that [`Slapd`] holds.
const MAPPINGS: &str = r#"
[[servers.group_mappings]]
group_dn = "cn=admins,ou=groups,dc=example,dc=org"
org_role = "Admin"
grafana_admin = true
[[servers.group_mappings]]
group_dn = "cn=dev,ou=groups,dc=example,dc=org"
org_role = "Editor"
"#;

fn refused(result: Result<accounts::users::Vouched, LoginFailure>) -> bool {
    matches!(result, Err(LoginFailure::Refused(_)))
}

fn unreachable_reason(result: Result<accounts::users::Vouched, LoginFailure>) -> String {
    match result {
        Err(LoginFailure::Unreachable(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// Guards: the empty password (`Directory::login`), the escaping of filters (`Server::person`), groups (`entry::user`).
#[tokio::test]
async fn only_the_right_password_of_one_person_logs_in() {
    let slapd = Slapd::start();
    let directory = slapd.directory("", MAPPINGS);
    let kim = directory.login("kim", "kim-secret").await.unwrap();
    assert_eq!(
        (kim.login.as_str(), kim.email.as_str(), kim.name.as_str(), kim.role, kim.is_admin),
        ("kim", "kim@example.org", "서연 김", Some(Role::Editor), None)
    );
    // Case does not matter in a directory, and the login is the directory's own.
    assert_eq!(directory.login(" KIM ", "kim-secret").await.unwrap().login, "kim");
    let boss = directory.login("lee", "lee-secret").await.unwrap();
    assert_eq!((boss.role, boss.is_admin), (Some(Role::Admin), Some(true)));
    for (login, password) in [
        ("kim", "wrong"),
        ("kim", "lee-secret"),
        // This slapd lets a name without a password in, as nobody.
        ("kim", ""),
        ("", "kim-secret"),
        ("", ""),
        ("nobody", "kim-secret"),
        // In no group that is mapped.
        ("park", "park-secret"),
        // Without escaping, each of these finds somebody whose password it gives.
        ("*", "kim-secret"),
        ("ki*", "kim-secret"),
        ("kim)(uid=*", "kim-secret"),
        ("kim)(objectClass=*", "kim-secret"),
        ("nobody)(|(uid=kim)", "kim-secret"),
        ("\\6bim", "kim-secret"),
        ("kim\0", "kim-secret"),
        ("한글", "kim-secret"),
        (&"k".repeat(5_000), "kim-secret"),
        ("kim", &"x".repeat(5_000)),
        // Two people have this address, and addresses are looked for, too.
        ("team@example.org", "kim-secret"),
    ] {
        let got = directory.login(login, password).await;
        assert!(refused(got.clone()), "{login:?} {password:?}: {got:?}");
    }
    // One has this one alone.
    assert_eq!(directory.login("kim@example.org", "kim-secret").await.unwrap().login, "kim");
}

#[tokio::test]
async fn people_bind_as_themselves_where_the_file_says_so() {
    let slapd = Slapd::start();
    let directory = slapd.directory("bind_dn = 'uid=%s,ou=people,dc=example,dc=org'\nbind_password = ''", "");
    assert_eq!(directory.login("kim", "kim-secret").await.unwrap().email, "kim@example.org");
    for (login, password) in [
        ("kim", "wrong"),
        ("kim", ""),
        ("park", "kim-secret"),
        // Without escaping, this is somebody else's name.
        ("kim,ou=people,dc=example,dc=org+cn=x", "kim-secret"),
        ("kim+cn=Kim", "kim-secret"),
    ] {
        let got = directory.login(login, password).await;
        assert!(refused(got.clone()), "{login:?}: {got:?}");
    }
}

#[tokio::test]
async fn groups_are_searched_for_where_people_do_not_name_them() {
    let slapd = Slapd::start();
    let search = "group_search_filter = '(&(objectClass=posixGroup)(memberUid=%s))'\n\
                  group_search_base_dns = ['ou=groups,dc=example,dc=org']\n\
                  group_search_filter_user_attribute = 'uid'";
    let mapping =
        |group: &str| format!("[[servers.group_mappings]]\ngroup_dn = '{group}'\norg_role = 'Editor'\n");
    let by_name = slapd.directory(search, &mapping("cn=posix,ou=groups,dc=example,dc=org"));
    assert_eq!(by_name.login("park", "park-secret").await.unwrap().role, Some(Role::Editor));
    assert!(refused(by_name.login("kim", "kim-secret").await));
    // By what `member_of` names, as with posix groups in Grafana's documentation.
    let text =
        slapd.text(search, &mapping("posix")).replace("member_of = \"memberOf\"", "member_of = \"cn\"");
    assert_eq!(slapd::read(&text).login("park", "park-secret").await.unwrap().role, Some(Role::Editor));
}

#[tokio::test]
async fn tls_is_verified() {
    let slapd = Slapd::start();
    let ca = slapd.file("ca.pem");
    let foreign = slapd.file("foreign.pem");
    let tls = |lines: &str| slapd.tls_directory(lines);
    for (lines, fine) in [
        (format!("use_ssl = true\nroot_ca_cert = '{ca}'"), true),
        (format!("use_ssl = true\nstart_tls = true\nroot_ca_cert = '{ca}'"), true),
        (format!("start_tls = true\nroot_ca_cert = '{ca}'"), true),
        ("use_ssl = true\nssl_skip_verify = true".to_owned(), true),
        (format!("use_ssl = true\nroot_ca_cert = '{foreign}'"), false),
        (format!("start_tls = true\nroot_ca_cert = '{foreign}'"), false),
        ("use_ssl = true".to_owned(), false),
        (format!("use_ssl = true\nroot_ca_cert = '{ca}.missing'"), false),
    ] {
        let got = tls(&lines).login("kim", "kim-secret").await;
        match fine {
            true => assert_eq!(got.unwrap().login, "kim", "{lines}"),
            false => assert!(matches!(got, Err(LoginFailure::Unreachable(_))), "{lines}: {got:?}"),
        }
    }
    // The certificate is for 127.0.0.1 only.
    let text = slapd
        .tls_text(&format!("use_ssl = true\nroot_ca_cert = '{ca}'"))
        .replace("host = \"127.0.0.1\"", "host = \"localhost\"");
    assert!(matches!(slapd::read(&text).login("kim", "kim-secret").await, Err(LoginFailure::Unreachable(_))));
}

#[tokio::test]
async fn servers_that_are_down_silent_or_no_directory_let_nobody_in() {
    let slapd = Slapd::start();
    let closed = { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let elsewhere = |port: u16| {
        slapd.text("timeout = 1", "").replace(&format!("port = {}", slapd.port), &format!("port = {port}"))
    };
    let down = slapd::read(&elsewhere(closed));
    assert!(unreachable_reason(down.login("kim", "kim-secret").await).contains("127.0.0.1"));
    // It answers once the next is asked, and who is refused there stays refused.
    let both = slapd::read(&format!("{}\n{}", elsewhere(closed), slapd.text("", "")));
    assert_eq!(both.login("kim", "kim-secret").await.unwrap().login, "kim");
    assert!(refused(both.login("kim", "wrong").await));
    assert_eq!(
        both.status().await.iter().map(|(_, _, failure)| failure.is_none()).collect::<Vec<_>>(),
        [false, true]
    );

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let waiting = slapd::read(&elsewhere(silent.local_addr().unwrap().port()));
    assert_eq!(unreachable_reason(waiting.login("kim", "kim-secret").await), "it takes more than 1 s");

    // Answers that are no LDAP, or LDAP that is no entry.
    for answer in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        &[0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00][..],
        &[0x30, 0x05, 0x02, 0x01, 0x01, 0x64, 0x00][..],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..],
    ] {
        let odd = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = odd.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in odd.incoming().take(1) {
                let mut stream = stream.unwrap();
                let mut buffer = [0u8; 512];
                while stream.read(&mut buffer).is_ok_and(|n| n > 0) {
                    if stream.write_all(answer).is_err() {
                        break;
                    }
                }
            }
        });
        let got = slapd::read(&elsewhere(port)).login("kim", "kim-secret").await;
        assert!(got.is_err(), "{answer:?}: {got:?}");
    }
}

async fn service(slapd: &Slapd) -> Accounts {
    let catalog = Catalog::open(&Location::Memory).await.unwrap();
    let accounts = Accounts::new(catalog, Options::default()).with_directory(slapd.directory("", MAPPINGS));
    accounts.ensure_first(Some("correct horse battery"), 0).await.unwrap();
    accounts
}

#[tokio::test]
async fn who_logs_in_gets_an_account_that_follows_the_directory() {
    let slapd = Slapd::start();
    let accounts = service(&slapd).await;
    let browser = Browser::default();
    let (kim, token) = accounts.login("Kim", "kim-secret", &browser, 1_000).await.unwrap();
    assert_eq!(
        (kim.login.as_str(), kim.role, kim.is_admin, kim.origin.as_str()),
        ("kim", Role::Editor, false, "ldap")
    );
    assert_eq!(accounts.session(&token, 2_000).await.unwrap().id, kim.id);
    // The next login is the same account; what was changed here follows the directory again.
    let mut tx = accounts.catalog().write().await.unwrap();
    let changed = tx.account(kim.id).await.unwrap().unwrap();
    tx.set_account(&catalog::accounts::Account { role: "Admin".into(), ..changed }).await.unwrap();
    tx.commit().await.unwrap();
    let again = accounts.basic("kim@example.org", "kim-secret", "", 3_000).await.unwrap();
    assert_eq!((again.id, again.role), (kim.id, Role::Editor));
    let (boss, _) = accounts.login("lee", "lee-secret", &browser, 4_000).await.unwrap();
    assert!(boss.is_admin && boss.role == Role::Admin);
    // Their password is the directory's to change.
    assert!(matches!(
        accounts.set_password(kim.id, "a new password", None, 5_000).await,
        Err(AccountError::Invalid(_))
    ));
}

/// Guards: `login::may_be_in_directory`, and failures that count before a directory is asked.
#[tokio::test]
async fn a_directory_says_nothing_about_who_has_a_password_here() {
    let slapd = Slapd::start();
    let accounts = service(&slapd).await;
    // The directory has an admin, too, with another password.
    let wrong = accounts.basic("admin", "ldap-admin", "", 0).await;
    assert!(matches!(wrong, Err(AccountError::WrongCredentials)), "{wrong:?}");
    assert_eq!(accounts.basic("admin", "correct horse battery", "", 0).await.unwrap().origin, "");
    // Locked is locked, with the right password as well.
    for _ in 0..5 {
        assert!(matches!(accounts.basic("kim", "wrong", "", 0).await, Err(AccountError::WrongCredentials)));
    }
    assert!(matches!(accounts.basic("kim", "kim-secret", "", 1).await, Err(AccountError::WrongCredentials)));
    assert!(accounts.basic("kim", "kim-secret", "", 6 * 60_000).await.is_ok());
    // Passwords of accounts from here are not even sent: a directory that is gone is not missed.
    drop(slapd);
    let wrong = accounts.basic("admin", "ldap-admin", "", 20 * 60_000).await;
    assert!(matches!(wrong, Err(AccountError::WrongCredentials)), "{wrong:?}");
}

#[tokio::test]
async fn who_is_disabled_or_may_not_sign_up_stays_out() {
    let slapd = Slapd::start();
    let accounts = service(&slapd).await;
    let kim = accounts.basic("kim", "kim-secret", "", 0).await.unwrap();
    let mut tx = accounts.catalog().write().await.unwrap();
    let account = tx.account(kim.id).await.unwrap().unwrap();
    tx.set_account(&catalog::accounts::Account { is_disabled: true, ..account }).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(accounts.basic("kim", "kim-secret", "", 1).await, Err(AccountError::WrongCredentials)));

    let mut directory = slapd.directory("", MAPPINGS);
    directory.sign_up = false;
    let closed = Accounts::new(Catalog::open(&Location::Memory).await.unwrap(), Options::default())
        .with_directory(directory);
    assert!(matches!(closed.basic("kim", "kim-secret", "", 0).await, Err(AccountError::WrongCredentials)));
    assert!(closed.catalog().read().await.unwrap().account_by_login("kim").await.unwrap().is_none());
}

#[tokio::test]
async fn a_directory_that_is_down_locks_nobody_who_has_a_password_here() {
    let slapd = Slapd::start();
    let accounts = service(&slapd).await;
    drop(slapd);
    assert!(matches!(accounts.basic("kim", "kim-secret", "", 0).await, Err(AccountError::Unreachable(_))));
    assert!(accounts.basic("admin", "correct horse battery", "", 0).await.is_ok());
}
