//! Files and variables as teams have them, and what becomes of them.

use std::path::Path;

use ::dashboards::provisioning::expand::Lookup;
use accounts::Role;
use accounts::outside::Outside;
use accounts::outside::config::Kind;

use super::{FromGrafana, Written, parse};

/// An environment for tests.
struct World;

impl Lookup for World {
    fn variable(&self, name: &str) -> String {
        format!("value of {name}")
    }
    fn file(&self, path: &str) -> Result<String, String> {
        if path == "/none" { Err("cannot read /none".to_owned()) } else { Ok(format!("content of {path}")) }
    }
}

fn read(file: &str, variables: &[(&str, &str)]) -> Result<FromGrafana, String> {
    let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    let written = Written::new(file, variables, &World).map_err(|e| format!("{e:#}"))?;
    FromGrafana::read(&written, Path::new("/etc/grafana")).map_err(|e| format!("{e:#}"))
}

#[test]
fn the_text_is_read_as_grafana_reads_it() {
    let text = "; comment\n# another\napp_mode = production\n[Server]\nhttp_port=3000 ; note\nroot_url = https://x/a#b\n\n\
                [auth.generic_oauth]\nname = \"Company SSO\"\nclient_secret = `pa;ss #1`\nrole_attribute_path = \"\"\"contains(groups[*], 'a')\n\
                && 'Admin'\"\"\"\nempty =\n[server]\nhttp_port = 4000\n";
    let found = parse::read(text).unwrap();
    let get = |section: &str, key: &str| found.get(&(section.to_owned(), key.to_owned())).map(String::as_str);
    for (section, key, want) in [
        ("", "app_mode", Some("production")),
        ("server", "http_port", Some("4000")),
        ("server", "root_url", Some("https://x/a#b")),
        ("auth.generic_oauth", "name", Some("Company SSO")),
        ("auth.generic_oauth", "client_secret", Some("pa;ss #1")),
        ("auth.generic_oauth", "role_attribute_path", Some("contains(groups[*], 'a')\n&& 'Admin'")),
        ("auth.generic_oauth", "empty", Some("")),
        ("server", "nothing", None),
    ] {
        assert_eq!(get(section, key), want, "[{section}] {key}");
    }
    for (bad, want) in [("[open", "line 1"), ("\nsecret word", "line 2"), ("a = \"\"\"x\ny", "line 1")] {
        let error = parse::read(bad).unwrap_err().to_string();
        assert!(error.contains(want) && !error.contains("secret word"), "{bad}: {error}");
    }
}

#[test]
fn what_has_an_equal_is_taken_and_the_rest_is_named() {
    let file = "[server]\nroot_url = https://grafana.example/g/\nserve_from_sub_path = true\nhttp_port = 3000\n\
                [security]\nadmin_password = $__file{/run/pw}\nbrute_force_login_protection_max_attempts = 3\ncookie_secure = true\n\
                [auth]\nlogin_maximum_inactive_lifetime_duration = 2d\ndisable_login_form = true\n\
                [auth.anonymous]\nenabled = true\norg_role = Editor\n[users]\nauto_assign_org_role = None\n\
                [dashboards]\nmin_refresh_interval = 10s\n[dataproxy]\ntimeout = 5\n[smtp]\nenabled = true\npassword = s3cret\n";
    let variables = [
        ("GF_SERVER_ROOT_URL", "https://other.example/x"),
        ("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning"),
        ("GF_PATHS_DATA", "/var/lib/grafana"),
        ("GF_DATABASE_TYPE", "postgres"),
        ("GF_SECURITY_SECRET_KEY__FILE", "/run/key"),
        ("GF_USERS_AUTO_ASSIGN_ORG_ROLE", ""),
        ("PATH", "/bin"),
    ];
    let got = read(file, &variables).unwrap();
    assert_eq!(got.external_url.as_deref(), Some("https://other.example/x"));
    assert_eq!(got.route_prefix, None, "the path is ours to serve");
    assert_eq!(got.first_password.as_deref(), Some("content of /run/pw"));
    assert_eq!((got.failures_max, got.secure_cookies, got.password_form), (Some(3), true, false));
    assert_eq!(got.session_idle.unwrap().as_secs(), 2 * 24 * 3_600);
    // A variable that is empty is as good as none, as in Grafana.
    assert_eq!((got.anonymous, got.newcomer), (Some(Role::Editor), None));
    assert_eq!((got.refresh_min.as_deref(), got.source_timeout.unwrap().as_secs()), (Some("10s"), 5));
    assert_eq!(got.provisioning.as_deref(), Some(Path::new("/etc/grafana/provisioning")));
    let left = [
        "[server] http_port",
        "[smtp] enabled",
        "[smtp] password",
        "GF_DATABASE_TYPE",
        "GF_SECURITY_SECRET_KEY__FILE",
    ];
    assert_eq!(got.left, left);
    assert!(got.taken.contains(&"GF_SERVER_ROOT_URL".to_owned()) && got.taken.len() == 14, "{:?}", got.taken);
    let plain = read("[server]\nroot_url = https://x/g\n", &[]).unwrap();
    assert_eq!(plain.route_prefix.as_deref(), Some("/"), "a proxy takes the path away");
    let usual = read("[server]\nroot_url = %(protocol)s://%(domain)s:%(http_port)s/\n", &[]).unwrap();
    assert_eq!(usual.external_url, None);
    assert_eq!(read("", &[]).unwrap(), FromGrafana { password_form: true, ..FromGrafana::default() });
}

#[test]
fn values_that_cannot_be_used_are_told() {
    for (file, variables, want) in [
        (
            "[auth.anonymous]\nenabled = maybe",
            &[][..],
            "[auth.anonymous] enabled: \"maybe\" is neither true nor false",
        ),
        ("[users]\nauto_assign_org_role = Boss", &[], "\"Boss\" is no role"),
        ("[dataproxy]\ntimeout = soon", &[], "[dataproxy] timeout: \"soon\" is no whole number"),
        ("[security]\nbrute_force_login_protection_max_attempts = 0", &[], "at least 1"),
        ("[security]\nadmin_password = $__file{/none}", &[], "[security] admin_password: cannot read /none"),
        (
            "",
            &[("GF_SECURITY_ADMIN_PASSWORD", "a"), ("GF_SECURITY_ADMIN_PASSWORD__FILE", "/b")],
            "are both set",
        ),
        ("[auth.proxy]\nenabled = true", &[], "whitelist is missing"),
        ("[auth.jwt]\nenabled = true\njwk_set_file = k", &[], "must say for whom tokens are"),
        ("[auth.azuread]\nenabled = true\nclient_id = c", &[], "with the tenant in them"),
    ] {
        let error = read(file, variables).unwrap_err();
        assert!(error.contains(want), "{file}: {error}");
    }
}

fn outside(file: &str) -> Outside {
    let text = read(file, &[]).unwrap().auth.unwrap();
    Outside::read(&text, "grafana.ini", Path::new("/"))
        .map(|(o, _)| o)
        .unwrap_or_else(|p| panic!("{text}\n{p}"))
}

#[test]
fn providers_become_ours() {
    let all = outside(
        "[auth.generic_oauth]\nenabled = true\nname = Company\nclient_id = c\nclient_secret = s\nscopes = openid email\n\
         auth_url = https://sso/a\ntoken_url = https://sso/t\napi_url = https://sso/u\nuse_pkce = true\nallowed_groups = ops dev\n\
         role_attribute_path = contains(groups[*], 'ops') && 'Admin' || 'Viewer'\nrole_attribute_strict = true\n\
         org_mapping = [\"ops:1:Admin\", \"*:1:Viewer\"]\nuse_refresh_token = true\n\
         [auth.github]\nenabled = true\nclient_id = g\nclient_secret = s\nallowed_organizations = [\"acme\"]\nteam_ids = 150,300\n\
         [auth.google]\nenabled = true\nclient_id = o\nclient_secret = s\nhosted_domain = acme.example\nallow_sign_up = false\n\
         [auth.azuread]\nenabled = true\nclient_id = a\nauth_url = https://login.microsoftonline.com/T/oauth2/v2.0/authorize\n\
         token_url = https://login.microsoftonline.com/T/oauth2/v2.0/token\n\
         [auth.okta]\nenabled = true\nclient_id = k\nauth_url = https://acme.okta.com/oauth2/v1/authorize\ntoken_url = https://acme.okta.com/oauth2/v1/token\napi_url = https://acme.okta.com/oauth2/v1/userinfo\n\
         [auth.gitlab]\nenabled = true\nclient_id = l\napi_url = https://git.acme.example/api/v4\n",
    );
    let named = |name: &str| all.oauth.iter().find(|p| p.name == name).unwrap();
    let generic = named("generic_oauth");
    assert_eq!(
        (generic.kind, generic.title.as_str(), generic.short_callback, generic.refresh),
        (Kind::Generic, "Company", true, true)
    );
    assert_eq!(generic.scopes, ["openid", "email", "offline_access"]);
    assert_eq!(generic.claims.allowed_groups, ["ops", "dev"]);
    assert_eq!(
        generic.claims.organization_roles,
        [("ops".to_owned(), Role::Admin), ("*".to_owned(), Role::Viewer)]
    );
    assert!(generic.claims.role_path.is_some() && generic.claims.role_required);
    let github = named("github");
    assert_eq!(
        (github.claims.allowed_organizations.as_slice(), github.claims.team_ids.as_slice()),
        (&["acme".to_owned()][..], &["150".to_owned(), "300".to_owned()][..])
    );
    assert_eq!((named("google").hosted_domain.as_str(), named("google").sign_up), ("acme.example", false));
    assert_eq!(named("azuread").kind, Kind::Azure);
    assert_eq!(named("okta").api_url, "https://acme.okta.com/oauth2/v1/userinfo");
    assert_eq!(named("gitlab").api_url, "https://git.acme.example/oauth/userinfo");
}

#[test]
fn proxies_and_tokens_become_ours() {
    let all = outside(
        "[auth.proxy]\nenabled = true\nheader_name = X-User\nwhitelist = 10.0.0.1, 192.168.0.0/16\nheaders = Email:X-Mail Role:X-Role\n\
         [auth.jwt]\nenabled = true\nheader_name = X-JWT\nusername_claim = sub\nemail_claim = mail\njwk_set_url = https://idp/keys\ncache_ttl = 10m\n\
         expect_claims = {\"aud\": \"bongsu\", \"iss\": \"https://idp\", \"env\": \"prod\"}\n",
    );
    let proxy = all.proxy.unwrap();
    assert_eq!(
        (proxy.header.as_str(), proxy.email_header.as_str(), proxy.role_header.as_str(), proxy.from.len()),
        ("X-User", "X-Mail", "X-Role", 2)
    );
    let jwt = all.jwt.unwrap();
    assert_eq!(
        (jwt.audience.as_str(), jwt.issuer.as_str(), jwt.jwks_url.as_str()),
        ("bongsu", "https://idp", "https://idp/keys")
    );
    assert_eq!((jwt.jwks_ttl.as_secs(), jwt.sign_up, jwt.claims.expected.len()), (600, false, 1));
}
