//! `dns_sd_configs`: targets from DNS records.

use std::time::Duration;

use yaml::write::Map;
use yaml::{Read, Value};

/// Which names to look up.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The names, at least one.
    pub names: Vec<String>,
    /// How often; 30 seconds by default.
    pub refresh_interval: Duration,
    /// Which records; SRV by default.
    pub record: Record,
    /// The targets' port. Unused for SRV, which tells it itself.
    pub port: u16,
}

/// A type of DNS record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the records' own names")]
pub enum Record {
    Srv,
    A,
    Aaaa,
    Mx,
    Ns,
}

impl Record {
    /// All records with the words used in configuration files (there in any case).
    pub const ALL: [(&'static str, Record); 5] = [
        ("SRV", Record::Srv),
        ("A", Record::A),
        ("AAAA", Record::Aaaa),
        ("MX", Record::Mx),
        ("NS", Record::Ns),
    ];
}

const REFRESH_INTERVAL_DEFAULT: Duration = Duration::from_secs(30);

impl Record {
    /// Returns the word used in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            Record::Srv => "SRV",
            Record::A => "A",
            Record::Aaaa => "AAAA",
            Record::Mx => "MX",
            Record::Ns => "NS",
        }
    }
}

impl Read for Record {
    fn read(value: &Value<'_>) -> Option<Record> {
        let word = value.text()?;
        let known = Record::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        known.map(|(_, record)| *record).or_else(|| value.one_of(&Record::ALL))
    }
}

impl Read for Config {
    fn read(value: &Value<'_>) -> Option<Config> {
        value.fields(|f| {
            let names: Vec<String> = f.or_default("names");
            if names.is_empty() {
                f.problem("names", "DNS-SD config must contain at least one SRV record name");
            }
            let record = f.or("type", Record::Srv);
            let port = f.or_default("port");
            if record != Record::Srv && port == 0 {
                f.problem("port", "a port is required in DNS-SD configs for all record types except SRV");
            }
            Some(Config {
                names,
                refresh_interval: f.or("refresh_interval", REFRESH_INTERVAL_DEFAULT),
                record,
                port,
            })
        })
    }
}

impl Config {
    /// Returns the mapping as Prometheus prints it.
    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("names", self.names.iter().collect::<Vec<_>>())
            .put("refresh_interval", self.refresh_interval);
        map.put("type", self.record.as_str()).put("port", self.port);
        map
    }
}
