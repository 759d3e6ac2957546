//! Ways to log in to an HTTP server. At most one may be configured.

use yaml::{Link, Secret};

use super::{ProxyConfig, Source, TlsClientConfig};

/// A way to log in.
#[derive(Clone, Debug, PartialEq)]
pub enum Authentication {
    /// `basic_auth`
    Basic(BasicAuth),
    /// `authorization`, and the older `bearer_token` and `bearer_token_file`
    Authorization(Authorization),
    /// `oauth2`
    OAuth2(Box<OAuth2>),
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
    /// More form fields for the endpoint, sorted by name; `grant_type: password` here makes it a password grant.
    pub endpoint_params: Vec<(String, String)>,
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
