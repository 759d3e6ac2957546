//! TLS on both sides.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use yaml::Secret;

use super::*;
use crate::config::{ClientAuth, ServerTls, Source, TlsClientConfig, TlsVersion, WebConfig};

/// A certificate authority with one key for everything it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// Returns certificate and key.
    fn sign(&self, name: &str) -> (String, Secret) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        (cert.pem(), Secret::new(key.serialize_pem()))
    }
}

fn server_tls(cert: String, key: Secret) -> ServerTls {
    ServerTls {
        cert: Source::Inline(cert),
        key: Source::Inline(key),
        client_ca: None,
        client_auth: ClientAuth::None,
        client_allowed_sans: Vec::new(),
        min_version: None,
        max_version: None,
        cipher_suites: Vec::new(),
        curve_preferences: Vec::new(),
    }
}

/// Returns a web configuration for a server of this name, and the authority that signed it.
pub(super) fn server_web(name: &str, change: impl Fn(&mut ServerTls)) -> (Web, String) {
    let authority = Authority::new();
    let (cert, key) = authority.sign(name);
    let mut tls = server_tls(cert, key);
    change(&mut tls);
    let config = WebConfig { tls: Some(tls), ..WebConfig::default() };
    (Web::load(Arc::new(move || Ok(config.clone()))).unwrap(), authority.pem)
}

fn with_tls(tls: TlsClientConfig) -> Client {
    client(HttpClientConfig { tls, ..HttpClientConfig::default() })
}

fn inline(text: &str) -> Option<Source<String>> {
    Some(Source::Inline(text.to_owned()))
}

async fn versions() -> (Server, String) {
    let (web, ca) = server_web("named.example", |_| ());
    (Server::start(web, async |r: Request<RequestBody>| text(format!("{:?}", r.version()))).await, ca)
}

#[tokio::test]
async fn verifies_unless_told_not_to() {
    let (server, ca) = versions().await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let error = get(&with_tls(TlsClientConfig::default()), &url).await.unwrap_err().to_string();
    assert!(error.ends_with("x509: certificate signed by unknown authority"), "{error}");
    let error = get(&with_tls(TlsClientConfig { ca: inline(&ca), ..TlsClientConfig::default() }), &url).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("x509: certificate is valid for") && error.contains("not 127.0.0.1"), "{error}");
    let named = TlsClientConfig {
        ca: inline(&ca),
        server_name: "named.example".to_owned(),
        ..TlsClientConfig::default()
    };
    assert_eq!(get(&with_tls(named.clone()), &url).await.unwrap().1, "HTTP/2.0");
    let unverified = TlsClientConfig { insecure_skip_verify: true, ..TlsClientConfig::default() };
    assert_eq!(get(&with_tls(unverified), &url).await.unwrap().1, "HTTP/2.0");
    let old = client(HttpClientConfig { tls: named, enable_http2: false, ..HttpClientConfig::default() });
    assert_eq!(get(&old, &url).await.unwrap().1, "HTTP/1.1");
}

#[tokio::test]
async fn speaks_plain_http_to_nobody_who_wants_tls() {
    let server = Server::start(Web::plain(), async |_| text("plain")).await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let error = get(&with_tls(TlsClientConfig::default()), &url).await.unwrap_err().to_string();
    assert!(error.ends_with("http: server gave HTTP response to HTTPS client"), "{error}");
}

#[tokio::test]
async fn versions_that_do_not_meet_fail() {
    let (web, ca) = server_web("127.0.0.1", |tls| tls.max_version = Some(TlsVersion::Tls12));
    let server = Server::start(web, async |_| text("ok")).await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let at_least =
        |min_version| TlsClientConfig { ca: inline(&ca), min_version, ..TlsClientConfig::default() };
    assert_eq!(get(&with_tls(at_least(Some(TlsVersion::Tls10))), &url).await.unwrap().1, "ok");
    assert!(get(&with_tls(at_least(Some(TlsVersion::Tls13))), &url).await.is_err());
    let impossible = TlsClientConfig { max_version: Some(TlsVersion::Tls11), ..TlsClientConfig::default() };
    let config = HttpClientConfig { tls: impossible, ..HttpClientConfig::default() };
    assert!(Client::new(&config, "x").err().unwrap().to_string().contains("no TLS version left"));
}

#[tokio::test]
async fn client_certificates() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (good, stranger, other) =
        (ours.sign("good.example"), theirs.sign("good.example"), ours.sign("b.example"));
    for (client_auth, sans, presented, admitted) in [
        (ClientAuth::RequireAndVerify, "", Some(&good), true),
        (ClientAuth::RequireAndVerify, "", Some(&stranger), false),
        (ClientAuth::RequireAndVerify, "", None, false),
        (ClientAuth::VerifyIfGiven, "", None, true),
        (ClientAuth::VerifyIfGiven, "", Some(&stranger), false),
        (ClientAuth::RequireAny, "", Some(&stranger), true),
        (ClientAuth::RequireAny, "", None, false),
        (ClientAuth::Request, "", None, true),
        (ClientAuth::RequireAndVerify, "good.example", Some(&good), true),
        (ClientAuth::RequireAndVerify, "good.example", Some(&other), false),
    ] {
        let (web, ca) = server_web("127.0.0.1", |tls| {
            tls.client_auth = client_auth;
            tls.client_ca = inline(&ours.pem);
            tls.client_allowed_sans = if sans.is_empty() { Vec::new() } else { vec![sans.to_owned()] };
        });
        let server = Server::start(web, async |_| text("ok")).await;
        let config = TlsClientConfig {
            ca: inline(&ca),
            cert: presented.and_then(|(cert, _)| inline(cert)),
            key: presented.map(|(_, key)| Source::Inline(key.clone())),
            ..TlsClientConfig::default()
        };
        let got = get(&with_tls(config), &format!("https://127.0.0.1:{}/", server.port)).await;
        assert_eq!(got.is_ok(), admitted, "{client_auth:?} {sans} {}: {got:?}", presented.is_some());
    }
}

#[test]
fn suites_and_curves_by_gos_names() {
    let authority = Authority::new();
    let load = |suites: &[&str], curves: &[&str]| {
        let (cert, key) = authority.sign("x");
        let mut tls = server_tls(cert, key);
        tls.cipher_suites = suites.iter().map(|s| (*s).to_owned()).collect();
        tls.curve_preferences = curves.iter().map(|s| (*s).to_owned()).collect();
        let config = WebConfig { tls: Some(tls), ..WebConfig::default() };
        Web::load(Arc::new(move || Ok(config.clone()))).map(|web| web.is_tls()).map_err(|e| e.to_string())
    };
    assert_eq!(load(&["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"], &["CurveP384", "X25519"]), Ok(true));
    assert!(load(&["TLS_RSA_WITH_AES_128_CBC_SHA"], &[]).unwrap_err().contains("cipher_suites"));
    assert!(load(&[], &["CurveP999"]).unwrap_err().contains("curve_preferences"));
}
