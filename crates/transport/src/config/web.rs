//! The web configuration file (`--web.config.file`): TLS, passwords and headers of our own listener.

use std::collections::BTreeMap;
use std::time::Duration;

use yaml::{Fields, Read, Secret, Value};

use super::{Source, TlsVersion};

/// A checked web configuration file.
#[derive(Clone, Debug, PartialEq)]
pub struct WebConfig {
    /// `tls_server_config`; `None` serves plain HTTP.
    pub tls: Option<ServerTls>,
    /// `http_server_config.http2`: whether TLS connections may use HTTP/2.
    pub http2: bool,
    /// `http_server_config.headers`: what every answer carries unless the service sets it itself. Valid as HTTP headers.
    pub headers: Vec<(String, String)>,
    /// `basic_auth_users`: users and the bcrypt hashes of their passwords. Empty: everybody may in.
    pub users: BTreeMap<String, Secret>,
    /// `rate_limit`; `None` without an interval.
    pub rate_limit: Option<RateLimit>,
}

impl Default for WebConfig {
    fn default() -> WebConfig {
        WebConfig { tls: None, http2: true, headers: Vec::new(), users: BTreeMap::new(), rate_limit: None }
    }
}

/// `tls_server_config`.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerTls {
    /// Certificate chain, PEM.
    pub cert: Source<String>,
    /// Private key, PEM.
    pub key: Source<Secret>,
    /// Certificates of the authorities that may have signed client certificates, PEM.
    pub client_ca: Option<Source<String>>,
    /// Whether clients need a certificate.
    pub client_auth: ClientAuth,
    /// If not empty: a client certificate must have one of these alternative names.
    pub client_allowed_sans: Vec<String>,
    /// The oldest version to speak; TLS 1.2 if left out.
    pub min_version: Option<TlsVersion>,
    /// The newest version to speak.
    pub max_version: Option<TlsVersion>,
    /// Go's names of TLS 1.2 cipher suites; empty means the default.
    pub cipher_suites: Vec<String>,
    /// `CurveP256`, `CurveP384`, `CurveP521`, `X25519`; empty means the default.
    pub curve_preferences: Vec<String>,
}

/// `client_auth_type`: how clients must identify themselves by certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// Not at all.
    #[default]
    None,
    /// They may, and any certificate does.
    Request,
    /// They must, and any certificate does.
    RequireAny,
    /// They may; if they do it must be signed by `client_ca`.
    VerifyIfGiven,
    /// They must, and it must be signed by `client_ca`.
    RequireAndVerify,
}

impl ClientAuth {
    /// All words of the configuration file; the empty word means the first too.
    pub const ALL: [(&'static str, ClientAuth); 6] = [
        ("NoClientCert", ClientAuth::None),
        ("RequestClientCert", ClientAuth::Request),
        ("RequireAnyClientCert", ClientAuth::RequireAny),
        ("RequireClientCert", ClientAuth::RequireAny),
        ("VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven),
        ("RequireAndVerifyClientCert", ClientAuth::RequireAndVerify),
    ];
}

/// `rate_limit`: at most `burst` requests at once, and one more per interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests that may come at once.
    pub burst: u32,
    /// How long until one more may come; not zero.
    pub interval: Duration,
}

/// Headers that may be set, with the values allowed if these are fixed.
const HEADERS: [(&str, &[(&str, ())]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &[("nosniff", ())]),
    ("X-Frame-Options", &[("deny", ()), ("sameorigin", ())]),
    ("X-XSS-Protection", &[]),
];

/// Go's names of the cipher suites that `crypto/tls` offers, TLS 1.3's included, which cannot be chosen but may be named.
const CIPHER_SUITES: [&str; 18] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
];

const CURVES: [&str; 4] = ["CurveP256", "CurveP384", "CurveP521", "X25519"];

impl WebConfig {
    /// Reads a web configuration file's text; `directory` is what paths in it are relative to. An empty text is the default.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn parse(text: &str, file: &str, directory: &std::path::Path) -> Result<WebConfig, yaml::Problems> {
        yaml::read_document(text, file, directory, WebConfig::read).map(|(config, _)| config)
    }
}

impl Read for WebConfig {
    fn read(value: &Value<'_>) -> Option<WebConfig> {
        value.fields(|f| {
            let (http2, headers) =
                f.get("http_server_config").and_then(|v| read_http(&v)).unwrap_or((true, Vec::new()));
            Some(WebConfig {
                tls: f.get("tls_server_config").and_then(|v| read_tls(&v)).flatten(),
                http2,
                headers,
                users: f.get("basic_auth_users").and_then(|v| read_users(&v)).unwrap_or_default(),
                rate_limit: f.get("rate_limit").and_then(|v| read_rate_limit(&v)).flatten(),
            })
        })
    }
}

fn read_http(value: &Value<'_>) -> Option<(bool, Vec<(String, String)>)> {
    value.fields(|f| {
        let http2 = f.or("http2", true);
        let mut headers = Vec::new();
        for (name, entry) in f.get("headers").and_then(|v| v.entries()).unwrap_or_default() {
            let Some((_, allowed)) = HEADERS.iter().find(|(known, _)| *known == name) else {
                let known = HEADERS.map(|(known, _)| known).join(", ");
                entry.problem_with_hint(
                    format!("HTTP header {name:?} can not be configured"),
                    format!("possible are {known}"),
                );
                continue;
            };
            let Some(text) = entry.text() else { continue };
            let fits = allowed.is_empty() || entry.one_of(allowed).is_some();
            if fits && http::HeaderValue::from_str(text).is_err() {
                entry.problem(format!("the value of {name} has characters that a header cannot hold"));
            } else if fits && !text.is_empty() {
                headers.push((name.to_owned(), text.to_owned()));
            }
        }
        Some((http2, headers))
    })
}

/// Reads `tls_server_config`. The inner `None` is a section that does not switch TLS on.
pub(crate) fn read_tls(value: &Value<'_>) -> Option<Option<ServerTls>> {
    value.fields(|f| {
        let cert = Source::read(
            f,
            "cert",
            "cert_file",
            None,
            "at most one of cert and cert_file must be configured",
        );
        let key =
            Source::read(f, "key", "key_file", None, "at most one of key and key_file must be configured");
        let client_ca = Source::read(
            f,
            "client_ca",
            "client_ca_file",
            None,
            "at most one of client_ca and client_ca_file must be configured",
        );
        let auth_word = f.get("client_auth_type").filter(|v| !v.is_empty_text());
        let client_auth = auth_word.as_ref().and_then(|v| v.one_of(&ClientAuth::ALL)).unwrap_or_default();
        let (min_version, max_version) = (f.optional("min_version"), f.optional("max_version"));
        let cipher_suites = words(f, "cipher_suites", &CIPHER_SUITES);
        let curve_preferences = words(f, "curve_preferences", &CURVES);
        f.optional::<bool>("prefer_server_cipher_suites"); // Go ignores it, and so do we
        let client_allowed_sans = f.or_default("client_allowed_sans");
        let written = |name| f.is_set(name);
        let enabled = auth_word.is_some()
            || ["cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file"]
                .into_iter()
                .any(written);
        if !enabled {
            return Some(None);
        }
        if cert.is_none() && !written("cert") && !written("cert_file") {
            f.value().problem("missing one of cert or cert_file");
        }
        if key.is_none() && !written("key") && !written("key_file") {
            f.value().problem("missing one of key or key_file");
        }
        if client_ca.is_some() && client_auth == ClientAuth::None {
            f.value().problem("client CA's have been configured without a Client Auth Policy");
        }
        Some(Some(ServerTls {
            cert: cert?,
            key: key?,
            client_ca,
            client_auth,
            client_allowed_sans,
            min_version,
            max_version,
            cipher_suites,
            curve_preferences,
        }))
    })
}

/// Reads a list of known words.
fn words(f: &Fields<'_>, name: &'static str, known: &[&'static str]) -> Vec<String> {
    let known: Vec<(&'static str, &'static str)> = known.iter().map(|word| (*word, *word)).collect();
    let items = f.get(name).and_then(|v| v.items()).unwrap_or_default();
    items.iter().filter_map(|item| item.one_of(&known)).map(str::to_owned).collect()
}

fn read_users(value: &Value<'_>) -> Option<BTreeMap<String, Secret>> {
    let mut users = BTreeMap::new();
    for (name, entry) in value.entries()? {
        let Some(hash) = Secret::read(&entry) else { continue };
        if !is_bcrypt(hash.expose()) {
            entry.problem_with_hint("not a bcrypt hash", "make one with: htpasswd -nBC 10 \"\"");
        }
        users.insert(name.to_owned(), hash);
    }
    Some(users)
}

/// Tells whether a text looks like `$2b$10$` and 53 characters.
fn is_bcrypt(hash: &str) -> bool {
    let mut parts = hash.split('$');
    let (empty, version, cost, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
    let cost_ok = cost.is_some_and(|c| c.len() == 2 && c.parse().is_ok_and(|c: u8| (4..=31).contains(&c)));
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/');
    empty == Some("")
        && matches!(version, Some("2" | "2a" | "2b" | "2x" | "2y"))
        && cost_ok
        && rest.is_some_and(|r| r.len() == 53 && r.bytes().all(alphabet))
        && parts.next().is_none()
}

fn read_rate_limit(value: &Value<'_>) -> Option<Option<RateLimit>> {
    value.fields(|f| {
        let interval: Duration = f.or_default("interval");
        let burst: u64 = f.or_default("burst");
        let burst = u32::try_from(burst).unwrap_or(u32::MAX);
        Some((!interval.is_zero()).then_some(RateLimit { burst, interval }))
    })
}
