//! Reading and printing, from text to text.

use std::path::Path;

use yaml::{Read, read_document};

use super::*;

fn client(text: &str) -> Result<HttpClientConfig, String> {
    let read = read_document(text, "c.yml", Path::new("/etc/x"), HttpClientConfig::read);
    read.map(|(config, _)| config).map_err(|problems| problems.to_string())
}

fn web(text: &str) -> Result<WebConfig, String> {
    WebConfig::parse(text, "w.yml", Path::new("/etc/x")).map_err(|problems| problems.to_string())
}

#[test]
fn client_defaults() {
    assert_eq!(client("").unwrap(), HttpClientConfig::default());
    assert_eq!(
        yaml::write::to_string(&client("").unwrap().to_yaml()),
        "follow_redirects: true\nenable_http2: true\n"
    );
}

#[test]
fn a_client_with_everything_prints_itself_without_secrets() {
    let text = "\
oauth2:
  client_id: me
  client_secret: hush1
  scopes: [a, b]
  token_url: https://sso.example/token
  endpoint_params: {audience: x, a: y, password: hush6}
  tls_config: {ca_file: ca.pem}
  proxy_url: http://proxy:3128
tls_config:
  ca: |
    PEM
  cert_file: certs/a.pem
  key: hush2
  server_name: other
  insecure_skip_verify: true
  min_version: TLS12
  max_version: TLS13
follow_redirects: no
enable_http2: false
proxy_url: http://user:hush3@proxy:3128
no_proxy: 10.0.0.0/8,localhost
proxy_connect_header:
  Proxy-Token: [hush4]
http_headers:
  X-B: {values: [v1, v2], secrets: [hush5], files: [h.txt]}
  X-A: {values: [v]}
";
    let expected = "\
oauth2:
  client_id: me
  client_secret: <secret>
  scopes:
  - a
  - b
  token_url: https://sso.example/token
  endpoint_params:
    a: \"y\"
    audience: x
    password: <secret>
  tls_config:
    ca_file: /etc/x/ca.pem
    insecure_skip_verify: false
  proxy_url: http://proxy:3128
tls_config:
  ca: |
    PEM
  cert_file: /etc/x/certs/a.pem
  key: <secret>
  server_name: other
  insecure_skip_verify: true
  min_version: TLS12
  max_version: TLS13
follow_redirects: false
enable_http2: false
proxy_url: http://user:xxxxx@proxy:3128
no_proxy: 10.0.0.0/8,localhost
proxy_connect_header:
  Proxy-Token:
  - <secret>
http_headers:
  X-A:
    values:
    - v
  X-B:
    values:
    - v1
    - v2
    secrets:
    - <secret>
    files:
    - /etc/x/h.txt
";
    let config = client(text).unwrap();
    assert_eq!(yaml::write::to_string(&config.to_yaml()), expected);
    assert!(!format!("{config:?}").contains("hush"), "{config:?}");
}

#[test]
fn ways_to_log_in() {
    let basic = client("basic_auth: {username: u, password_file: p}").unwrap().authentication;
    let expected = BasicAuth {
        username: Some(Source::Inline("u".to_owned())),
        password: Some(Source::File("/etc/x/p".into())),
    };
    assert_eq!(basic, Some(Authentication::Basic(expected)));

    let bearer = |credentials| {
        Some(Authentication::Authorization(Authorization { kind: "Bearer".to_owned(), credentials }))
    };
    let token = Some(Source::Inline(yaml::Secret::new("t")));
    for text in
        ["authorization: {credentials: t}", "bearer_token: t", "authorization: {type: ' ', credentials: t}"]
    {
        assert_eq!(client(text).unwrap().authentication, bearer(token.clone()), "{text}");
    }
    let file = Some(Source::File("/run/token".into()));
    assert_eq!(client("bearer_token_file: /run/token").unwrap().authentication, bearer(file));
    assert_eq!(client("basic_auth:\nbearer_token: ''\n").unwrap().authentication, None);

    let jwt = "oauth2: {client_id: i, token_url: 'http://h/t', grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', \
               client_certificate_key_file: k.pem, claims: {n: 5, s: x, l: [true]}}";
    let Some(Authentication::OAuth2(oauth2)) = client(jwt).unwrap().authentication else {
        panic!("no oauth2")
    };
    let Grant::JwtBearer { key, signature_algorithm, claims, .. } = oauth2.grant else { panic!("no jwt") };
    assert_eq!((key, signature_algorithm.as_str()), (Some(Source::File("/etc/x/k.pem".into())), "RS256"));
    assert_eq!(claims[2].1, serde_json::json!([true]));
}

#[test]
fn client_mistakes() {
    for (text, expected) in [
        (
            "bearer_token: a\nbearer_token_file: b\n",
            "c.yml:2:20: bearer_token_file: at most one of bearer_token & bearer_token_file must be configured",
        ),
        (
            "basic_auth: {username: u}\nbearer_token: a\n",
            "c.yml:2:15: bearer_token: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured",
        ),
        (
            "authorization: {credentials: c}\nbearer_token: a\n",
            "c.yml:2:15: bearer_token: authorization is not compatible with bearer_token & bearer_token_file",
        ),
        (
            "authorization: {type: Basic}\n",
            "c.yml:1:23: authorization.type: authorization type cannot be set to \"basic\", use \"basic_auth\" instead",
        ),
        (
            "authorization: {credentials: a, credentials_file: b}\n",
            "c.yml:1:51: authorization.credentials_file: at most one of authorization credentials & credentials_file must be configured",
        ),
        (
            "basic_auth: {password: a, password_file: b}\n",
            "c.yml:1:42: basic_auth.password_file: at most one of basic_auth password, password_file & password_ref must be configured",
        ),
        (
            "basic_auth: {username: u}\nauthorization: {credentials: c}\n",
            "c.yml:2:16: authorization: at most one of basic_auth, oauth2 & authorization must be configured",
        ),
        ("oauth2: {token_url: 'http://h'}\n", "c.yml:1:9: oauth2: oauth2 client_id must be configured"),
        ("oauth2: {client_id: a}\n", "c.yml:1:9: oauth2: oauth2 token_url must be configured"),
        (
            "basic_auth: {password_ref: a}\n",
            "c.yml:1:28: basic_auth.password_ref: there is no secret manager to take this from",
        ),
        (
            "tls_config: {cert_file: a}\n",
            "c.yml:1:13: tls_config: exactly one of key or key_file must be configured when a client certificate is configured",
        ),
        (
            "tls_config: {key: a}\n",
            "c.yml:1:13: tls_config: exactly one of cert or cert_file must be configured when a client key is configured",
        ),
        (
            "tls_config: {ca: a, ca_file: b}\n",
            "c.yml:1:30: tls_config.ca_file: at most one of ca, ca_file & ca_ref must be configured",
        ),
        (
            "tls_config: {min_version: TLS1.2}\n",
            "c.yml:1:27: tls_config.min_version: \"TLS1.2\" is not one of TLS10, TLS11, TLS12, TLS13 (did you mean \"TLS12\"?)",
        ),
        (
            "tls_config: {insecure_skip_verify: nope}\n",
            "c.yml:1:36: tls_config.insecure_skip_verify: expected true or false, got a string \"nope\"",
        ),
        (
            "no_proxy: a\n",
            "c.yml:1:11: no_proxy: if no_proxy is configured, proxy_url must also be configured",
        ),
        (
            "proxy_from_environment: true\nno_proxy: a\n",
            "c.yml:2:11: no_proxy: if proxy_from_environment is configured, no_proxy must not be configured",
        ),
        (
            "proxy_from_environment: true\nproxy_url: http://p\n",
            "c.yml:1:25: proxy_from_environment: if proxy_from_environment is configured, proxy_url must not be configured",
        ),
        (
            "proxy_connect_header: {a: [b]}\n",
            "c.yml:1:23: proxy_connect_header: if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
        ),
        (
            "http_headers: {Authorization: {values: [a]}}\n",
            "c.yml:1:31: http_headers.Authorization: setting header \"Authorization\" is not allowed",
        ),
        (
            "http_headers: {'a b': {values: [a]}}\n",
            "c.yml:1:23: http_headers.a b: \"a b\" is not a valid HTTP header name",
        ),
        (
            "tls_confg: {}\n",
            "c.yml:1:1: tls_confg: unknown field \"tls_confg\" (did you mean \"tls_config\"?)",
        ),
    ] {
        assert_eq!(client(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn web_defaults() {
    let default = web("").unwrap();
    assert_eq!(default, WebConfig::default());
    assert!(default.http2 && default.tls.is_none() && default.users.is_empty());
    assert_eq!(web("tls_server_config:\nhttp_server_config:\nbasic_auth_users:\n").unwrap(), default);
    assert_eq!(web("tls_server_config: {min_version: TLS13}\n").unwrap(), default);
}

#[test]
fn a_web_file_with_everything() {
    let text = "\
tls_server_config:
  cert_file: a.pem
  key_file: /k.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [a.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: true
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: false
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: ''
basic_auth_users:
  alice: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG
rate_limit: {interval: 1s, burst: 20}
";
    let config = web(text).unwrap();
    let tls = config.tls.unwrap();
    assert_eq!(tls.cert, Source::File("/etc/x/a.pem".into()));
    assert_eq!(tls.key, Source::File("/k.pem".into()));
    assert_eq!(tls.client_auth, ClientAuth::RequireAndVerify);
    assert_eq!(tls.client_ca, Some(Source::File("/etc/x/ca.pem".into())));
    assert_eq!(tls.curve_preferences, ["X25519", "CurveP256"]);
    assert_eq!(config.headers, [("X-Frame-Options".to_owned(), "deny".to_owned())]);
    assert!(!config.http2 && config.users.contains_key("alice"));
    let limit = RateLimit { burst: 20, interval: std::time::Duration::from_secs(1) };
    assert_eq!(config.rate_limit, Some(limit));
}

#[test]
fn web_mistakes() {
    for (text, expected) in [
        ("tls_config: {}\n", "w.yml:1:1: tls_config: unknown field \"tls_config\""),
        (
            "tls_server_config: {cert_file: a}\n",
            "w.yml:1:20: tls_server_config: missing one of key or key_file",
        ),
        (
            "tls_server_config: {key_file: a}\n",
            "w.yml:1:20: tls_server_config: missing one of cert or cert_file",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n",
            "w.yml:1:20: tls_server_config: client CA's have been configured without a Client Auth Policy",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, client_auth_type: Require}\n",
            "w.yml:1:66: tls_server_config.client_auth_type: \"Require\" is not one of NoClientCert",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, cipher_suites: [X]}\n",
            "w.yml:1:64: tls_server_config.cipher_suites[0]: \"X\" is not one of TLS_AES_128_GCM_SHA256",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, curve_preferences: [P256]}\n",
            "w.yml:1:68: tls_server_config.curve_preferences[0]: \"P256\" is not one of CurveP256",
        ),
        (
            "http_server_config: {headers: {X-Other: a}}\n",
            "w.yml:1:41: http_server_config.headers.X-Other: HTTP header \"X-Other\" can not be configured",
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: allow}}\n",
            "w.yml:1:49: http_server_config.headers.X-Frame-Options: \"allow\" is not one of deny, sameorigin",
        ),
        (
            "http_server_config: {headers: {Content-Security-Policy: \"a\\nb\"}}\n",
            "characters that a header cannot hold",
        ),
        ("basic_auth_users: {alice: hunter2}\n", "w.yml:1:27: basic_auth_users.alice: not a bcrypt hash"),
        (
            "rate_limit: {interval: 1}\n",
            "w.yml:1:24: rate_limit.interval: not a valid duration string: \"1\"",
        ),
    ] {
        let told = web(text).unwrap_err();
        assert!(told.contains(expected) && !told.contains("hunter2"), "{text}: {told}");
    }
}
