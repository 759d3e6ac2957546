//! The web configuration file (`--web.config.file`): TLS, passwords and headers of our own listener.

use std::collections::BTreeMap;
use std::time::Duration;

use yaml::Secret;

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
