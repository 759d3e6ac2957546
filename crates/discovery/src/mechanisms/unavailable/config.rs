//! Kinds of discovery that are recognised and checked, but whose work comes later.

use std::path::PathBuf;
use std::time::Duration;

use transport::config::{HttpClientConfig, TlsClientConfig};
use yaml::write::{Map, Out};
use yaml::{Fields, Read, Secret, Value};

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

/// What a field holds.
#[derive(Clone, Copy)]
pub enum Type {
    /// Text
    Text,
    /// Text that must be there and not empty
    Required,
    /// One of a few words; the flag says whether it must be there
    Word(&'static [(&'static str, ())], bool),
    /// Text that is never shown
    Secret,
    /// A file
    Path,
    /// A duration
    Duration,
    /// A whole number
    Integer,
    /// A boolean
    Bool,
    /// A list of texts
    List,
    /// A list of texts with at least one
    RequiredList,
    /// A mapping of texts
    Map,
    /// A list of `name` and `values`
    Filters,
    /// A section of fields
    Section(&'static [(&'static str, Type)]),
    /// A list of sections
    Sections(&'static [(&'static str, Type)]),
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
            read_fields(f, kind.fields, &mut printed);
            (kind.check)(f);
            f.value()
                .warn(format!("discovery by {} is not available yet: no targets are found here", kind.name));
            Some(Config { kind: kind.name, key: kind.key, printed })
        })
    }
}

fn read_fields(f: &Fields<'_>, fields: &'static [(&'static str, Type)], printed: &mut Map) {
    for (name, kind) in fields {
        match f.get(name) {
            Some(value) => {
                printed.put_if_some(name, read_value(&value, *kind));
            }
            None if is_required(*kind) => f.value().problem(format!("missing required field \"{name}\"")),
            None => {}
        }
    }
}

fn is_required(kind: Type) -> bool {
    matches!(kind, Type::Required | Type::RequiredList | Type::Word(_, true))
}

fn read_value(value: &Value<'_>, kind: Type) -> Option<Out> {
    match kind {
        Type::Text => value.text().map(Out::from),
        Type::Required => {
            let text = value.text()?;
            if text.is_empty() {
                value.problem("must not be empty");
            }
            Some(text.into())
        }
        Type::Word(words, _) => {
            value.one_of(words)?;
            value.text().map(Out::from)
        }
        Type::Secret => Secret::read(value).map(|s| Out::from(&s)),
        Type::Path => PathBuf::read(value).map(|p| Out::from(&p)),
        Type::Duration => Duration::read(value).map(Out::from),
        Type::Integer => i64::read(value).map(Out::from),
        Type::Bool => bool::read(value).map(Out::from),
        Type::List => Vec::<String>::read(value).map(Out::from),
        Type::RequiredList => {
            let list = Vec::<String>::read(value)?;
            if list.is_empty() {
                value.problem("at least one is needed");
            }
            Some(list.into())
        }
        Type::Map => {
            let mut map = Map::new();
            for (name, entry) in value.entries()? {
                map.put_if_some(name, entry.text());
            }
            Some(map.into())
        }
        Type::Filters => {
            read_value(value, Type::Sections(&[("name", Type::Text), ("values", Type::RequiredList)]))
        }
        Type::Section(fields) => value.fields(|f| {
            let mut map = Map::new();
            read_fields(f, fields, &mut map);
            Some(map.into())
        }),
        Type::Sections(fields) => {
            let items = value.items()?;
            Some(Out::List(items.iter().filter_map(|item| read_value(item, Type::Section(fields))).collect()))
        }
    }
}
