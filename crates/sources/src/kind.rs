//! The interface of a kind of data source, and what it works with.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use transport::config::{Source as Given, TlsClientConfig};
use transport::{Deadline, Wire};
use yaml::Secret;

use crate::error::SourceError;
use crate::frame::Frame;
use crate::interval::{self, Step};

/// Something that is under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + Send + 'a>>;

/// A data source as somebody set it up, its secrets open.
#[derive(Clone, Default)]
pub struct Source {
    /// Its identifier.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// What it is: `prometheus`, `loki`, …
    pub kind: String,
    /// Where it is: a URL, or `host:port` of a database.
    pub url: String,
    /// The user that its protocol logs in with.
    pub user: String,
    /// The database to use there.
    pub database: String,
    /// Its options.
    pub options: Map<String, Value>,
    /// Its secrets by name.
    pub secrets: BTreeMap<String, String>,
}

impl Source {
    /// An option that is a text, or nothing.
    pub fn option(&self, name: &str) -> &str {
        self.options.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// Whether an option is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.options.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A secret, or nothing.
    pub fn secret(&self, name: &str) -> &str {
        self.secrets.get(name).map_or("", String::as_str)
    }

    /// The database: newer data sources have it among their options, some under a name of their own.
    pub fn database(&self) -> &str {
        let named = ["database", "dbName"].map(|name| self.option(name));
        named.into_iter().find(|text| !text.is_empty()).unwrap_or(&self.database)
    }
}

/// What a panel asks of a data source.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Its letter.
    pub ref_id: String,
    /// Its fields, as Grafana's kind of data source has them.
    pub fields: Map<String, Value>,
    /// The first millisecond.
    pub from_ms: i64,
    /// The last millisecond.
    pub to_ms: i64,
}

impl Query {
    /// A field that is a text, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// Reads the fields into a type.
    ///
    /// # Errors
    /// A field of another type.
    pub fn read<T: DeserializeOwned>(&self, what: &str) -> Result<T, SourceError> {
        serde_json::from_value(Value::Object(self.fields.clone()))
            .map_err(|e| SourceError::Query(format!("not a {what} query: {e}")))
    }

    /// The step that the panel has room for, not less than the query and the data source want.
    pub fn step(&self, source: &Source, least_default_ms: i64) -> Step {
        let number = |name: &str| self.fields.get(name).and_then(Value::as_f64);
        let wanted = [self.text("interval"), source.option("timeInterval")];
        let least = wanted.into_iter().find_map(interval::parse_ms).unwrap_or(least_default_ms);
        interval::step((self.from_ms, self.to_ms), number("intervalMs"), number("maxDataPoints"), least)
    }
}

/// A request below a data source's URL.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// The path below the data source's URL, without a slash at its beginning, and the query.
    pub path_and_query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Ask {
    /// A GET with parameters.
    pub fn get(path: &str, parameters: &[(&str, String)]) -> Ask {
        let query = encode(parameters);
        let path_and_query = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Ask { method: Method::GET, path_and_query, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A POST of a form.
    pub fn form(path: &str, parameters: &[(&str, String)]) -> Ask {
        Ask::post(path, "application/x-www-form-urlencoded", encode(parameters))
    }

    /// A POST of a body.
    pub fn post(path: &str, content_type: &'static str, body: String) -> Ask {
        let kind = HeaderValue::from_static(content_type);
        Ask {
            method: Method::POST,
            path_and_query: path.to_owned(),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
            body: body.into(),
        }
    }

    /// With a header, unless its value cannot be one.
    pub fn with(mut self, name: header::HeaderName, value: &str) -> Ask {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(name == header::AUTHORIZATION);
            self.headers.insert(name, value);
        }
        self
    }
}

fn encode(parameters: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// A text as one part of a path.
pub fn path_part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// What a data source answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body, whole.
    pub body: Bytes,
}

/// Longest text of a data source's error that is told.
const REASON_CHARS_MAX: usize = 500;

impl Reply {
    /// The body as JSON, if the status is a good one.
    ///
    /// # Errors
    /// What the data source said, or that it is not JSON.
    pub fn json(&self) -> Result<Value, SourceError> {
        self.good()?;
        serde_json::from_slice(&self.body).map_err(SourceError::answer)
    }

    /// Refuses a status that is no success.
    ///
    /// # Errors
    /// What the data source said.
    pub fn good(&self) -> Result<(), SourceError> {
        if self.status.is_success() { Ok(()) } else { Err(SourceError::Refused(self.reason())) }
    }

    /// What an answer with a bad status says.
    pub fn reason(&self) -> String {
        let document: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let at = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty());
        let places = ["/error/root_cause/0/reason", "/error/reason", "/error", "/message"];
        let said = places.into_iter().find_map(at).map_or_else(
            || String::from_utf8_lossy(&self.body).trim().chars().take(REASON_CHARS_MAX).collect(),
            |text| text.chars().take(REASON_CHARS_MAX).collect::<String>(),
        );
        let code = self.status.as_u16();
        if said.is_empty() { format!("the data source answers {code}") } else { format!("{code}: {said}") }
    }
}

/// How data sources are reached: the only place that opens connections.
pub trait Reach: Send + Sync {
    /// Asks a data source by HTTP, with its login, and reads the whole answer.
    fn http<'a>(&'a self, source: &'a Source, ask: Ask) -> Pending<'a, Reply>;

    /// Opens a connection to a data source that does not speak HTTP.
    fn dial<'a>(
        &'a self,
        source: &'a Source,
        host: &'a str,
        port: u16,
        deadline: Deadline,
    ) -> Pending<'a, Wire>;
}

/// A kind of data source.
pub trait Kind: Send + Sync {
    /// Its identifiers, as dashboards and provisioning files write them.
    fn ids(&self) -> &'static [&'static str];

    /// Answers a query.
    fn query<'a>(
        &'a self,
        source: &'a Source,
        query: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<Frame>>;

    /// Asks something simple and tells that it works.
    fn health<'a>(&'a self, source: &'a Source, now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String>;

    /// Answers what an editor asks below `resources/`; `None` if that path is not ours, but the data source's own.
    fn resource<'a>(
        &'a self,
        _source: &'a Source,
        _path: &'a str,
        _parameters: &'a [(String, String)],
        _reach: &'a dyn Reach,
    ) -> Pending<'a, Option<Value>> {
        Box::pin(async { Ok(None) })
    }
}

/// A parameter of a resource, or nothing.
pub fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> &'a str {
    parameters.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// TLS as the options and secrets of a data source say.
pub fn tls(options: &Map<String, Value>, secrets: &BTreeMap<String, String>) -> TlsClientConfig {
    let is_on = |name: &str| options.get(name).and_then(Value::as_bool).unwrap_or(false);
    let inline = |name: &str| secrets.get(name).filter(|text| !text.is_empty()).cloned();
    let own = is_on("tlsAuth");
    TlsClientConfig {
        ca: if is_on("tlsAuthWithCACert") { inline("tlsCACert").map(Given::Inline) } else { None },
        cert: if own { inline("tlsClientCert").map(Given::Inline) } else { None },
        key: if own { inline("tlsClientKey").map(|key| Given::Inline(Secret::new(key))) } else { None },
        server_name: options.get("serverName").and_then(Value::as_str).unwrap_or("").to_owned(),
        insecure_skip_verify: is_on("tlsSkipVerify"),
        min_version: None,
        max_version: None,
    }
}

/// Asks a data source of an unknown kind whether it answers at all.
///
/// # Errors
/// It does not, or with a bad status.
pub async fn answers(source: &Source, reach: &dyn Reach) -> Result<String, SourceError> {
    reach.http(source, Ask::get("", &[])).await?.good()?;
    Ok("Data source successfully connected.".to_owned())
}
