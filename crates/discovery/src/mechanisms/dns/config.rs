//! `dns_sd_configs`: targets from DNS records.

use std::time::Duration;

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
