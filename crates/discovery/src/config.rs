//! Every kind of discovery that a configuration file may name.

use yaml::write::{Map, Out};
use yaml::{Fields, Value};

use crate::mechanisms::{dns, file, http, static_, unavailable};

/// One discovery configuration. Equal configurations are one provider: it keeps running across a reload.
#[derive(Clone, Debug, PartialEq)]
pub enum Config {
    /// `static_configs`, all groups of a job together
    Static(static_::Config),
    /// One of `file_sd_configs`
    File(file::Config),
    /// One of `http_sd_configs`
    Http(Box<http::Config>),
    /// One of `dns_sd_configs`
    Dns(dns::Config),
    /// Any other kind: checked, but it finds nothing yet
    Unavailable(unavailable::Config),
}

impl Config {
    /// Returns the mechanism's name as used in metrics and logs: `static`, `file`, `http`, `dns`, `consul`, …
    pub fn name(&self) -> &'static str {
        match self {
            Config::Static(_) => "static",
            Config::File(_) => "file",
            Config::Http(_) => "http",
            Config::Dns(_) => "dns",
            Config::Unavailable(c) => c.kind,
        }
    }

    /// Returns the key under which it stands in a configuration file.
    pub fn key(&self) -> &'static str {
        match self {
            Config::Static(_) => "static_configs",
            Config::File(_) => "file_sd_configs",
            Config::Http(_) => "http_sd_configs",
            Config::Dns(_) => "dns_sd_configs",
            Config::Unavailable(c) => c.key,
        }
    }

    /// Reads all `*_sd_configs` and `static_configs` that stand among other fields in a mapping.
    pub fn read_inline(f: &Fields<'_>) -> Vec<Config> {
        let mut configs = Vec::new();
        for item in items(f, "dns_sd_configs") {
            configs.extend(item.and_then_read().map(Config::Dns));
        }
        for item in items(f, "file_sd_configs") {
            configs.extend(item.and_then_read().map(Config::File));
        }
        for item in items(f, "http_sd_configs") {
            configs.extend(item.and_then_read().map(|c| Config::Http(Box::new(c))));
        }
        for kind in unavailable::KINDS {
            for item in items(f, kind.key) {
                configs.extend(unavailable::Config::read(kind, &item.0).map(Config::Unavailable));
            }
        }
        let groups = items(f, "static_configs");
        let groups: Vec<_> =
            groups.iter().enumerate().filter_map(|(i, item)| static_::read_group(&item.0, i)).collect();
        if !groups.is_empty() {
            configs.push(Config::Static(static_::Config { groups }));
        }
        configs
    }

    /// Returns the fields for a mapping as Prometheus prints them: sorted by key, each key once.
    pub fn to_yaml(configs: &[Config]) -> Map {
        let mut keys: Vec<&'static str> = configs.iter().map(Config::key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut map = Map::new();
        for key in keys {
            let mut items: Vec<Out> = Vec::new();
            for config in configs.iter().filter(|c| c.key() == key) {
                match config {
                    Config::Static(c) => items.extend(c.groups.iter().map(static_::group_to_yaml)),
                    Config::File(c) => items.push(c.to_yaml().into()),
                    Config::Http(c) => items.push(c.to_yaml().into()),
                    Config::Dns(c) => items.push(c.to_yaml().into()),
                    Config::Unavailable(c) => items.push(c.printed.clone().into()),
                }
            }
            map.put(key, Out::List(items));
        }
        map
    }
}

/// An item of a list of discovery configurations; not null.
struct Item<'a>(Value<'a>);

impl Item<'_> {
    fn and_then_read<T: yaml::Read>(&self) -> Option<T> {
        T::read(&self.0)
    }
}

fn items<'a>(f: &Fields<'a>, key: &'static str) -> Vec<Item<'a>> {
    let all = f.get(key).and_then(|v| v.items()).unwrap_or_default();
    all.into_iter()
        .filter(|item| {
            if item.is_null() {
                item.problem(format!("empty or null section in {key}"));
            }
            !item.is_null()
        })
        .map(Item)
        .collect()
}

#[cfg(test)]
mod tests;
