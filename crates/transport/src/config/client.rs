//! One HTTP client's configuration.

use std::path::Path;

use yaml::write::Map;
use yaml::{Fields, Read, Value};

use super::{Authentication, Header, HeaderValue, ProxyConfig, TlsClientConfig};

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

impl HttpClientConfig {
    /// Reads the fields of an HTTP client that stand among others in a mapping.
    pub fn read_inline(f: &Fields<'_>, defaults: HttpClientConfig) -> HttpClientConfig {
        HttpClientConfig {
            authentication: Authentication::read_inline(f),
            tls: f.or("tls_config", defaults.tls),
            follow_redirects: f.or("follow_redirects", defaults.follow_redirects),
            enable_http2: f.or("enable_http2", defaults.enable_http2),
            proxy: ProxyConfig::read_inline(f),
            http_headers: f.get("http_headers").and_then(|v| Header::read_all(&v)).unwrap_or_default(),
        }
    }

    /// Returns the files that are read when the client is used, each with the field that names it.
    pub fn files(&self) -> Vec<(&'static str, &Path)> {
        let mut files = self.authentication.as_ref().map(Authentication::files).unwrap_or_default();
        files.extend(self.tls.files());
        for value in self.http_headers.iter().flat_map(|header| &header.values) {
            if let HeaderValue::File(path) = value {
                files.push(("http_headers files", path));
            }
        }
        files
    }

    /// Returns the fields in the order in which Prometheus prints them, secrets masked.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        if let Some(authentication) = &self.authentication {
            let (key, value) = authentication.to_yaml();
            map.put(key, value);
        }
        if self.tls != TlsClientConfig::default() {
            map.put("tls_config", self.tls.to_yaml());
        }
        map.put("follow_redirects", self.follow_redirects).put("enable_http2", self.enable_http2);
        map.extend(self.proxy.to_yaml()).put_if_set("http_headers", Header::to_yaml(&self.http_headers));
        map
    }
}

/// A mapping of nothing but HTTP client fields, as in a file of its own.
impl Read for HttpClientConfig {
    fn read(value: &Value<'_>) -> Option<HttpClientConfig> {
        value.fields(|f| Some(HttpClientConfig::read_inline(f, HttpClientConfig::default())))
    }
}
