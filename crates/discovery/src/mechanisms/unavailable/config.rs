//! Kinds of discovery that are recognised and checked, but whose work comes later.

use transport::config::{HttpClientConfig, TlsClientConfig};
use yaml::schema::{Type, read_fields};
use yaml::write::Map;
use yaml::{Fields, Value};

/// A checked configuration that finds no targets yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The mechanism's name, such as `consul`.
    pub kind: &'static str,
    /// The key in the configuration file, such as `consul_sd_configs`.
    pub key: &'static str,
    /// What was written, as it is printed: secrets masked.
    pub printed: Map,
}

/// What one kind's configuration looks like.
pub struct Kind {
    /// The mechanism's name.
    pub name: &'static str,
    /// The key in the configuration file.
    pub key: &'static str,
    /// Its own fields.
    pub fields: &'static [(&'static str, Type)],
    /// Whether it talks HTTP, and then how it is configured.
    pub client: Client,
    /// Rules across fields.
    pub check: fn(&Fields<'_>),
}

/// How a kind talks to its server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Not over HTTP.
    None,
    /// With the fields of an HTTP client.
    Http,
    /// With `tls_config` only.
    Tls,
}

impl Config {
    /// Reads and checks one configuration of a kind, and warns that it finds nothing.
    pub(crate) fn read(kind: &Kind, value: &Value<'_>) -> Option<Config> {
        value.fields(|f| {
            let mut printed = Map::new();
            match kind.client {
                Client::Http => {
                    let client = HttpClientConfig::read_inline(f, HttpClientConfig::default());
                    printed.extend(client.to_yaml());
                }
                Client::Tls => {
                    printed.put_if_some(
                        "tls_config",
                        f.optional::<TlsClientConfig>("tls_config").map(|t| t.to_yaml()),
                    );
                }
                Client::None => {}
            }
            printed.extend(read_fields(f, kind.fields));
            (kind.check)(f);
            f.value().warn(format!("discovery by {} is not available yet: it finds no targets", kind.name));
            Some(Config { kind: kind.name, key: kind.key, printed })
        })
    }
}
