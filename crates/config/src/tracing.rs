//! `tracing`: where our own traces go.

use std::time::Duration;

use transport::config::TlsClientConfig;
use yaml::write::Map;
use yaml::{Read, Value};

/// How traces are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the protocols' own names")]
pub enum TracingClient {
    Http,
    #[default]
    Grpc,
}

const CLIENTS: [(&str, TracingClient); 2] = [("http", TracingClient::Http), ("grpc", TracingClient::Grpc)];

/// `tracing`
#[derive(Clone, Debug, PartialEq)]
pub struct Tracing {
    /// The protocol.
    pub client_type: TracingClient,
    /// Host and port, or a URL.
    pub endpoint: String,
    /// Share of traces that are kept, 0 to 1.
    pub sampling_fraction: f64,
    /// Whether to talk without TLS.
    pub insecure: bool,
    /// TLS towards the endpoint.
    pub tls: TlsClientConfig,
    /// Headers, sorted by name.
    pub headers: Vec<(String, String)>,
    /// Whether requests are compressed with gzip.
    pub gzip: bool,
    /// How long a request may take; zero means the default of the protocol.
    pub timeout: Duration,
}

impl Read for Tracing {
    fn read(value: &Value<'_>) -> Option<Tracing> {
        value.fields(|f| {
            let endpoint: String = f.or_default("endpoint");
            if endpoint.is_empty() {
                f.problem("endpoint", "tracing endpoint must be set");
            }
            let compression = f.get("compression").filter(|v| !v.is_empty_text());
            Some(Tracing {
                client_type: f.one_of("client_type", &CLIENTS, TracingClient::Grpc),
                endpoint,
                sampling_fraction: f.or_default("sampling_fraction"),
                insecure: f.or_default("insecure"),
                tls: f.or_default("tls_config"),
                headers: remote::config::read_headers(
                    f,
                    "custom authorization header configuration is not yet supported",
                ),
                gzip: compression.and_then(|v| v.one_of(&[("gzip", true)])).unwrap_or(false),
                timeout: f.or_default("timeout"),
            })
        })
    }
}

impl Tracing {
    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        let client = match self.client_type {
            TracingClient::Http => "http",
            TracingClient::Grpc => "grpc",
        };
        map.put("client_type", client).put("endpoint", self.endpoint.as_str());
        map.put_if_set("sampling_fraction", self.sampling_fraction).put_if_set("insecure", self.insecure);
        if self.tls != TlsClientConfig::default() {
            map.put("tls_config", self.tls.to_yaml());
        }
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            headers.put(name.as_str(), value.as_str());
        }
        map.put_if_set("headers", headers).put_if_set("compression", if self.gzip { "gzip" } else { "" });
        if !self.timeout.is_zero() {
            map.put("timeout", self.timeout);
        }
        map
    }
}
