//! One HTTP client's configuration.

use super::{Authentication, Header, ProxyConfig, TlsClientConfig};

/// How to talk to one kind of HTTP server.
///
/// Equality means that one client can serve both: a reload keeps connections of clients whose configuration is equal.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpClientConfig {
    /// How to log in, if at all.
    pub authentication: Option<Authentication>,
    /// TLS towards the server.
    pub tls: TlsClientConfig,
    /// Whether to follow 3xx answers.
    pub follow_redirects: bool,
    /// Whether to offer HTTP/2.
    pub enable_http2: bool,
    /// The proxy, if any.
    pub proxy: ProxyConfig,
    /// Headers added to each request, sorted by name.
    pub http_headers: Vec<Header>,
}

impl Default for HttpClientConfig {
    fn default() -> HttpClientConfig {
        HttpClientConfig {
            authentication: None,
            tls: TlsClientConfig::default(),
            follow_redirects: true,
            enable_http2: true,
            proxy: ProxyConfig::default(),
            http_headers: Vec::new(),
        }
    }
}
