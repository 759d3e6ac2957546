//! Ways to log in to an HTTP server. At most one may be configured.

use std::path::Path;

use yaml::write::{Map, Out};
use yaml::{Fields, Kind, Link, Node, Read, Secret, Value};

use super::{ProxyConfig, SigV4, Source, TlsClientConfig};

/// A way to log in.
#[derive(Clone, Debug, PartialEq)]
pub enum Authentication {
    /// `basic_auth`
    Basic(BasicAuth),
    /// `authorization`, and the older `bearer_token` and `bearer_token_file`
    Authorization(Authorization),
    /// `oauth2`
    OAuth2(Box<OAuth2>),
    /// `sigv4`, which only some clients have
    SigV4(Box<SigV4>),
}

/// User name and password. What is left out is sent empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BasicAuth {
    /// The user.
    pub username: Option<Source<String>>,
    /// The password.
    pub password: Option<Source<Secret>>,
}

/// An `Authorization` header: a type and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorization {
    /// `Bearer` unless told otherwise; never `Basic`.
    pub kind: String,
    /// What follows the type.
    pub credentials: Option<Source<Secret>>,
}

/// OAuth 2: a token fetched from an endpoint and renewed when it expires.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuth2 {
    /// The client's id.
    pub client_id: String,
    /// How the client proves who it is.
    pub grant: Grant,
    /// Scopes asked for.
    pub scopes: Vec<String>,
    /// The token endpoint.
    pub token_url: Link,
    /// More form fields for the endpoint, sorted by name; `grant_type: password` here makes it a password grant, and then
    /// one of them is a password.
    pub endpoint_params: Vec<(String, Secret)>,
    /// TLS towards the token endpoint.
    pub tls: TlsClientConfig,
    /// Proxy towards the token endpoint.
    pub proxy: ProxyConfig,
}

/// An OAuth 2 grant.
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// `client_credentials`
    ClientCredentials {
        /// The client's secret.
        client_secret: Option<Source<Secret>>,
    },
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523)
    JwtBearer {
        /// The private key, PEM.
        key: Option<Source<Secret>>,
        /// The key's id (`kid`), or empty.
        key_id: String,
        /// `RS256`, `RS384` or `RS512`.
        signature_algorithm: String,
        /// The issuer; empty means the client id.
        issuer: String,
        /// The audience; empty means the token URL.
        audience: String,
        /// More claims, as a JSON object.
        claims: Vec<(String, serde_json::Value)>,
    },
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Form fields of token endpoints that hold secrets. Prometheus prints them; we do not.
const SECRET_PARAMS: [&str; 6] =
    ["password", "client_secret", "client_assertion", "assertion", "refresh_token", "code"];
const CLIENT_CREDENTIALS: &str = "client_credentials";
const BEARER: &str = "Bearer";

impl Authentication {
    /// Reads whichever way is configured; reports if it is more than one.
    pub(super) fn read_inline(f: &Fields<'_>) -> Option<Authentication> {
        let basic = f.optional("basic_auth").map(Authentication::Basic);
        let authorization = f.optional("authorization").map(Authentication::Authorization);
        let oauth2 = f.optional::<OAuth2>("oauth2").map(|o| Authentication::OAuth2(Box::new(o)));
        let token = Source::read(
            f,
            "bearer_token",
            "bearer_token_file",
            None,
            "at most one of bearer_token & bearer_token_file must be configured",
        );
        let bearer = token.map(|token| {
            Authentication::Authorization(Authorization { kind: BEARER.to_owned(), credentials: Some(token) })
        });
        let is_set = |name| f.is_set(name);
        let old = ["bearer_token", "bearer_token_file"].into_iter().find(|name| is_set(name));
        if let Some(old) = old {
            if is_set("basic_auth") || is_set("oauth2") {
                f.problem(
                    old,
                    "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured",
                );
            } else if is_set("authorization") {
                f.problem(old, "authorization is not compatible with bearer_token & bearer_token_file");
            }
        }
        let several = ["basic_auth", "oauth2", "authorization"].into_iter().filter(|name| is_set(name));
        if let Some(second) = several.into_iter().nth(1) {
            f.problem(second, "at most one of basic_auth, oauth2 & authorization must be configured");
        }
        basic.or(authorization).or(oauth2).or(bearer)
    }

    /// Returns the files that it needs, each with the field that names it.
    pub(super) fn files(&self) -> Vec<(&'static str, &Path)> {
        fn named<'a, T>(
            field: &'static str,
            source: Option<&'a Source<T>>,
        ) -> Option<(&'static str, &'a Path)> {
            source?.file().map(|path| (field, path))
        }
        match self {
            Authentication::Basic(basic) => {
                let user = named("username_file", basic.username.as_ref());
                user.into_iter().chain(named("password_file", basic.password.as_ref())).collect()
            }
            Authentication::Authorization(authorization) => {
                named("credentials_file", authorization.credentials.as_ref()).into_iter().collect()
            }
            Authentication::OAuth2(oauth2) => {
                let key = match &oauth2.grant {
                    Grant::ClientCredentials { client_secret } => {
                        named("client_secret_file", client_secret.as_ref())
                    }
                    Grant::JwtBearer { key, .. } => named("client_certificate_key_file", key.as_ref()),
                };
                key.into_iter().chain(oauth2.tls.files()).collect()
            }
            Authentication::SigV4(_) => Vec::new(),
        }
    }

    /// Returns key and value as Prometheus prints them.
    pub(super) fn to_yaml(&self) -> (&'static str, Map) {
        let mut map = Map::new();
        match self {
            Authentication::Basic(basic) => {
                Source::write(basic.username.as_ref(), &mut map, "username", "username_file");
                Source::write(basic.password.as_ref(), &mut map, "password", "password_file");
                ("basic_auth", map)
            }
            Authentication::Authorization(authorization) => {
                map.put("type", authorization.kind.as_str());
                let credentials = authorization.credentials.as_ref();
                Source::write(credentials, &mut map, "credentials", "credentials_file");
                ("authorization", map)
            }
            Authentication::OAuth2(oauth2) => ("oauth2", oauth2.to_yaml()),
            Authentication::SigV4(sigv4) => ("sigv4", sigv4.to_yaml()),
        }
    }
}

impl Read for BasicAuth {
    fn read(value: &Value<'_>) -> Option<BasicAuth> {
        value.fields(|f| {
            Some(BasicAuth {
                username: Source::read(
                    f,
                    "username",
                    "username_file",
                    Some("username_ref"),
                    "at most one of basic_auth username, username_file & username_ref must be configured",
                ),
                password: Source::read(
                    f,
                    "password",
                    "password_file",
                    Some("password_ref"),
                    "at most one of basic_auth password, password_file & password_ref must be configured",
                ),
            })
        })
    }
}

impl Read for Authorization {
    fn read(value: &Value<'_>) -> Option<Authorization> {
        value.fields(|f| {
            let kind = f.or_default::<String>("type").trim().to_owned();
            if kind.eq_ignore_ascii_case("basic") {
                f.problem(
                    "type",
                    "authorization type cannot be set to \"basic\", use \"basic_auth\" instead",
                );
            }
            let credentials = Source::read(
                f,
                "credentials",
                "credentials_file",
                Some("credentials_ref"),
                "at most one of authorization credentials & credentials_file must be configured",
            );
            let kind = if kind.is_empty() { BEARER.to_owned() } else { kind };
            Some(Authorization { kind, credentials })
        })
    }
}

impl Read for OAuth2 {
    fn read(value: &Value<'_>) -> Option<OAuth2> {
        value.fields(|f| {
            let grant = read_grant(f);
            let client_id: Option<String> = f.optional::<String>("client_id").filter(|id| !id.is_empty());
            if client_id.is_none() {
                f.problem("client_id", "oauth2 client_id must be configured");
            }
            let token_url: Option<Link> = f.optional("token_url");
            if f.get("token_url").is_none() {
                f.problem("token_url", "oauth2 token_url must be configured");
            }
            let (scopes, endpoint_params) = (f.or_default("scopes"), read_params(f));
            let (tls, proxy) = (f.or_default("tls_config"), ProxyConfig::read_inline(f));
            Some(OAuth2 {
                client_id: client_id?,
                grant,
                scopes,
                token_url: token_url?,
                endpoint_params,
                tls,
                proxy,
            })
        })
    }
}

fn read_params(f: &Fields<'_>) -> Vec<(String, Secret)> {
    let entries = f.get("endpoint_params").and_then(|v| v.entries()).unwrap_or_default();
    let mut params: Vec<(String, Secret)> =
        entries.iter().filter_map(|(name, v)| Some(((*name).to_owned(), Secret::read(v)?))).collect();
    params.sort_by(|a, b| a.0.cmp(&b.0));
    params
}

fn read_grant(f: &Fields<'_>) -> Grant {
    let client_secret = Source::read(
        f,
        "client_secret",
        "client_secret_file",
        Some("client_secret_ref"),
        "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured \
         using grant-type=client_credentials",
    );
    let key = Source::read(
        f,
        "client_certificate_key",
        "client_certificate_key_file",
        Some("client_certificate_key_ref"),
        "at most one of oauth2 client_certificate_key, client_certificate_key_file & \
         client_certificate_key_ref must be configured using grant-type=urn:ietf:params:oauth:grant-type:jwt-bearer",
    );
    let algorithms = ["RS256", "RS384", "RS512"].map(|name| (name, name));
    let jwt = Grant::JwtBearer {
        key,
        key_id: f.or_default("client_certificate_key_id"),
        signature_algorithm: f.one_of("signature_algorithm", &algorithms, algorithms[0].0).to_owned(),
        issuer: f.or_default("iss"),
        audience: f.or_default("audience"),
        claims: f.get("claims").and_then(|v| read_claims(&v)).unwrap_or_default(),
    };
    match f.or_default::<String>("grant_type").as_str() {
        JWT_BEARER => jwt,
        "" | CLIENT_CREDENTIALS => Grant::ClientCredentials { client_secret },
        other => {
            // Prometheus does the same without a word.
            let message = format!("grant type {other:?} is unknown, {CLIENT_CREDENTIALS} is used");
            if let Some(value) = f.get("grant_type") {
                value.warn(message);
            }
            Grant::ClientCredentials { client_secret }
        }
    }
}

fn read_claims(value: &Value<'_>) -> Option<Vec<(String, serde_json::Value)>> {
    let claims = value.entries()?;
    Some(claims.iter().map(|(name, v)| ((*name).to_owned(), json(v.node()))).collect())
}

fn json(node: &Node) -> serde_json::Value {
    use yaml::scalar::Resolved;
    match &node.kind {
        Kind::Sequence(items) => items.iter().map(json).collect(),
        Kind::Mapping(entries) => entries.iter().map(|e| (e.key.clone(), json(&e.value))).collect(),
        Kind::Scalar(s) => match s.resolve() {
            Resolved::Null => serde_json::Value::Null,
            Resolved::Bool(b) => b.into(),
            Resolved::Integer(n) => i64::try_from(n).map_or_else(|_| (n as f64).into(), Into::into),
            Resolved::Float(n) => n.into(),
            Resolved::Text => s.text.as_str().into(),
        },
    }
}

impl OAuth2 {
    fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("client_id", self.client_id.as_str());
        match &self.grant {
            Grant::ClientCredentials { client_secret } => {
                Source::write(client_secret.as_ref(), &mut map, "client_secret", "client_secret_file");
            }
            Grant::JwtBearer { key, key_id, signature_algorithm, issuer, audience, claims } => {
                map.put_if_set("client_certificate_key_id", key_id.as_str());
                Source::write(
                    key.as_ref(),
                    &mut map,
                    "client_certificate_key",
                    "client_certificate_key_file",
                );
                map.put("grant_type", JWT_BEARER).put("signature_algorithm", signature_algorithm.as_str());
                map.put_if_set("iss", issuer.as_str()).put_if_set("audience", audience.as_str());
                let mut printed = Map::new();
                for (name, value) in claims {
                    printed.put(name.as_str(), json_out(value));
                }
                map.put_if_set("claims", printed);
            }
        }
        map.put_if_set("scopes", self.scopes.iter().collect::<Vec<_>>()).put("token_url", &self.token_url);
        let mut params = Map::new();
        for (name, value) in &self.endpoint_params {
            let secret = SECRET_PARAMS.contains(&name.as_str());
            params.put(name.as_str(), if secret { Out::from(value) } else { Out::from(value.expose()) });
        }
        map.put_if_set("endpoint_params", params).put("tls_config", self.tls.to_yaml());
        map.extend(self.proxy.to_yaml());
        map
    }
}

fn json_out(value: &serde_json::Value) -> Out {
    match value {
        serde_json::Value::String(text) => Out::from(text),
        serde_json::Value::Array(items) => Out::List(items.iter().map(json_out).collect()),
        serde_json::Value::Object(fields) => {
            let mut map = Map::new();
            for (name, value) in fields {
                map.put(name.as_str(), json_out(value));
            }
            Out::Map(map)
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            Out::Bare(value.to_string())
        }
    }
}
