//! The file, and what entries are worth. A real directory is asked in `tests/ldap.rs`.

use std::collections::HashMap;
use std::path::Path;

use transport::config::Source;

use super::config::{Directory, Encryption, Server};
use super::entry::{Entry, filled, user};
use crate::role::Role;

fn expand(text: &str) -> Result<String, String> {
    Ok(text.replace("${PASSWORD}", "from outside"))
}

fn read(text: &str) -> Result<(Directory, Vec<String>), String> {
    Directory::read(text, "ldap.toml", Path::new("/etc/bongsu"), &expand).map_err(|e| e.to_string())
}

/// Grafana's documented example, shortened, as teams have it.
const FILE: &str = r#"
[[servers]]
host = "ldap-a ldap-b"
port = 389
use_ssl = true
start_tls = true
min_tls_version = "TLS1.2"
root_ca_cert = "ca.pem"
bind_dn = "cn=admin,dc=example,dc=org"
bind_password = '${PASSWORD}'
timeout = 5
search_filter = "(uid=%s)"
search_base_dns = ["dc=example,dc=org"]
[servers.attributes]
username = "uid"
email = "mail"
[[servers.group_mappings]]
group_dn = "CN=Admins,ou=groups,dc=example,dc=org"
org_role = "Admin"
grafana_admin = true
[[servers.group_mappings]]
group_dn = "cn=editors,ou=groups,dc=example,dc=org"
org_role = "Editor"
[[servers.group_mappings]]
group_dn = "*"
org_role = "Viewer"
"#;

#[test]
fn the_file_of_a_team_is_read() {
    let (directory, notes) = read(FILE).unwrap();
    let server = &directory.servers()[0];
    assert_eq!(notes, [""; 0]);
    assert_eq!(
        (server.hosts.as_slice(), server.port),
        (&["ldap-a".to_owned(), "ldap-b".to_owned()][..], 389)
    );
    assert_eq!((server.encryption, server.timeout.as_secs()), (Encryption::StartTls, 5));
    assert_eq!(server.bind_password.expose(), "from outside");
    assert_eq!(server.tls.ca, Some(Source::File("/etc/bongsu/ca.pem".into())));
    assert_eq!(
        (server.attributes.username.as_str(), server.attributes.member_of.as_str()),
        ("uid", "memberOf")
    );
    assert_eq!(server.mappings.len(), 3);
    assert!(!format!("{directory:?}").contains("from outside"));
}

#[test]
fn mistakes_are_told_without_the_password() {
    let server = |lines: &str| {
        format!("[[servers]]\nhost = 'a'\nsearch_filter = '(cn=%s)'\nsearch_base_dns = ['b']\n{lines}\n")
    };
    let cases = [
        (String::new(), "ldap.toml: 0 [[servers]]"),
        ("[[servers]]\nbind_password = 's3cret\n".to_owned(), "ldap.toml:2:"),
        (server("hots = 'b'"), "ldap.toml:5:1: unknown field `hots`"),
        (server("port = 99999"), "ldap.toml:5:8"),
        (server("timeout = 1000"), "servers[0]: timeout 1000 is more than 120 seconds"),
        (server("min_tls_version = 'SSL3'"), "min_tls_version \"SSL3\""),
        (server("client_cert = 'c.pem'"), "come together"),
        (server("root_ca_cert_value = ['%']"), "root_ca_cert_value is no PEM"),
        (
            server("[[servers.group_mappings]]\ngroup_dn = 'g'\norg_role = 'Boss'"),
            "org_role \"Boss\" of \"g\"",
        ),
        (server("[[servers.group_mappings]]\ngroup_dn = 'g'"), "neither org_role nor grafana_admin"),
        (server("").replace("%s", "x"), "does not say where the login goes"),
        (server("").replace("['b']", "[]"), "search_base_dns is missing"),
        (server("").replace("'a'", "' '"), "host is missing"),
    ];
    for (text, want) in cases {
        let error = read(&text).unwrap_err();
        assert!(error.contains(want) && !error.contains("s3cret"), "{text}: {error}");
    }
}

#[test]
fn what_is_unsafe_or_unused_is_told() {
    let server = |lines: &str| {
        format!("[[servers]]\nhost = 'a'\nsearch_filter = '(cn=%s)'\nsearch_base_dns = ['b']\n{lines}\n")
    };
    for (lines, want) in [
        ("", "in the clear"),
        ("use_ssl = true\ntls_ciphers = ['X']", "tls_ciphers is not used"),
        (
            "use_ssl = true\n[[servers.group_mappings]]\ngroup_dn = 'g'\norg_role = 'Admin'\norg_id = 2",
            "organisation 2",
        ),
    ] {
        let (directory, notes) = read(&server(lines)).unwrap();
        assert!(notes.len() == 1 && notes[0].contains(want), "{lines}: {notes:?}");
        assert!(directory.servers()[0].mappings.is_empty());
    }
    assert_eq!(read(&server("use_ssl = true")).unwrap().0.servers()[0].port, 636);
    assert_eq!(read(&server("").replace("'a'", "'127.0.0.1'")).unwrap().1.len(), 0);
}

fn entry(dn: &str, attributes: &[(&str, &[&str])]) -> Entry {
    let values = |all: &[&str]| all.iter().map(|v| (*v).to_owned()).collect();
    let attributes: HashMap<_, _> = attributes.iter().map(|(n, v)| ((*n).to_owned(), values(v))).collect();
    Entry { dn: dn.to_owned(), attributes }
}

fn server(mappings: &str) -> Server {
    let text = format!(
        "[[servers]]\nhost = 'localhost'\nsearch_filter = '(uid=%s)'\nsearch_base_dns = ['b']\n\
         attributes = {{ username = 'uid', email = 'mail', member_of = 'cn' }}\n{mappings}"
    );
    read(&text).unwrap().0.servers()[0].clone()
}

#[test]
fn groups_are_worth_what_the_first_mapping_says() {
    let mapping =
        |group: &str, rest: &str| format!("[[servers.group_mappings]]\ngroup_dn = '{group}'\n{rest}\n");
    let all = [
        mapping("cn=ops,dc=x", "grafana_admin = true"),
        mapping("cn=dev,dc=x", "org_role = 'Editor'"),
        mapping("cn=boss,dc=x", "org_role = 'Admin'\ngrafana_admin = true"),
        mapping("word", "org_role = 'Viewer'\ngrafana_admin = false"),
    ]
    .concat();
    let server = server(&all);
    let person = entry(
        "uid=kim,dc=x",
        &[("uid", &["Kim"]), ("mail", &["Kim@x"]), ("givenname", &["서연"]), ("sn", &["김"])],
    );
    /// Names of groups, and the role and whether they run the server.
    type Case<'c> = (&'c [&'c str], Option<(Option<Role>, Option<bool>)>);
    let cases: [Case<'_>; 7] = [
        (&[], None),
        (&["cn=other,dc=x"], None),
        (&["CN=Dev,dc=x"], Some((Some(Role::Editor), None))),
        (&["cn=boss,dc=x", "cn=dev,dc=x"], Some((Some(Role::Editor), None))),
        (&["cn=boss,dc=x"], Some((Some(Role::Admin), Some(true)))),
        (&["cn=ops,dc=x"], Some((None, Some(true)))),
        (&["cn=ops,dc=x", "cn=dev,dc=x"], Some((Some(Role::Editor), Some(true)))),
    ];
    for (names, want) in cases {
        let groups: Vec<Entry> = names.iter().map(|dn| entry(dn, &[])).collect();
        let got = user(&server, &person, &groups);
        assert_eq!(got.as_ref().map(|u| (u.role, u.is_admin)), want, "{names:?}");
    }
    let named = user(&server, &person, &[entry("cn=z", &[("cn", &["Word"])])]).unwrap();
    assert_eq!(
        (named.login.as_str(), named.name.as_str(), named.role, named.is_admin),
        ("Kim", "서연 김", Some(Role::Viewer), Some(false))
    );
    let nameless = entry("uid=x", &[]);
    assert!(user(&server, &nameless, &[entry("cn=dev,dc=x", &[])]).is_none());
}

#[test]
fn who_maps_nothing_lets_everybody_in() {
    let person = entry("uid=kim", &[("uid", &["kim"])]);
    let got = user(&server(""), &person, &[]).unwrap();
    assert_eq!((got.role, got.is_admin, got.origin.as_str()), (None, None, "ldap"));
    let everybody = server("[[servers.group_mappings]]\ngroup_dn = '*'\norg_role = 'Viewer'");
    assert_eq!(user(&everybody, &person, &[]).unwrap().role, Some(Role::Viewer));
    assert_eq!(person.values("DN"), ["uid=kim".to_owned()]);
    assert_eq!(filled("(|(uid=%s)(mail=%s))", "a"), "(|(uid=a)(mail=a))");
}
