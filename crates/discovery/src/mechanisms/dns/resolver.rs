//! Asking name servers.
//!
//! As in Prometheus: `/etc/resolv.conf` is looked at each time; the first search domain whose name exists decides, even if
//! it has no record of the wanted type; a name that no server knows has no records; anything else is a failure, after
//! which what was known before stays.

use std::net::IpAddr;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;

use super::Record;
use super::parse::{Answer, candidates};

/// Why a name cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookupError {
    #[error("could not load resolv.conf: {0}")]
    Settings(String),
    #[error(
        "could not resolve {name:?}: all servers responded with errors to at least one search domain: {reason}"
    )]
    NoAnswer { name: String, reason: String },
}

/// Which name servers to ask.
#[derive(Clone)]
pub(super) enum NameServers {
    /// Those of `/etc/resolv.conf`.
    System,
    /// These.
    #[cfg(test)]
    Fixed(Box<(ResolverConfig, ResolverOpts)>),
}

/// Looks names up. Nothing is cached: who asks for records wants the present ones.
pub(super) struct Lookup {
    servers: NameServers,
    ready: Option<Ready>,
}

/// A resolver and the settings it was built from.
struct Ready {
    settings: Vec<u8>,
    resolver: TokioResolver,
    search: Vec<String>,
    ndots: usize,
}

impl Lookup {
    pub(super) fn new(servers: NameServers) -> Lookup {
        Lookup { servers, ready: None }
    }

    /// Reads the settings again; a changed file counts from the next lookup on.
    pub(super) fn refresh(&mut self) -> Result<(), LookupError> {
        let settings = match &self.servers {
            NameServers::System => {
                std::fs::read("/etc/resolv.conf").map_err(|e| LookupError::Settings(e.to_string()))?
            }
            #[cfg(test)]
            NameServers::Fixed(_) => Vec::new(),
        };
        if self.ready.as_ref().is_some_and(|ready| ready.settings == settings) {
            return Ok(());
        }
        let bad = |e: NetError| LookupError::Settings(e.to_string());
        let (config, mut options) = match &self.servers {
            NameServers::System => parse_resolv_conf(&settings).map_err(bad)?,
            #[cfg(test)]
            NameServers::Fixed(fixed) => (**fixed).clone(),
        };
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        self.ready = Some(Ready {
            search: config.search().iter().map(ToString::to_string).collect(),
            ndots: options.ndots,
            resolver: build(config, options).map_err(bad)?,
            settings,
        });
        Ok(())
    }

    /// Returns a name's records; none if the name does not exist.
    pub(super) async fn records(&self, name: &str, record: Record) -> Result<Vec<Answer>, LookupError> {
        let Some(ready) = &self.ready else {
            return Err(LookupError::Settings("it has not been read".to_owned()));
        };
        let mut failed = None;
        for candidate in candidates(name, &ready.search, ready.ndots) {
            match ready.resolver.lookup(candidate.as_str(), record_type(record)).await {
                Ok(found) => return Ok(found.answers().iter().filter_map(|r| answer(&r.data)).collect()),
                Err(error) if error.is_nx_domain() => {}
                Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
                Err(error) => failed = Some(error.to_string()),
            }
        }
        match failed {
            None => Ok(Vec::new()),
            Some(reason) => Err(LookupError::NoAnswer { name: name.to_owned(), reason }),
        }
    }
}

fn build(config: ResolverConfig, options: ResolverOpts) -> Result<TokioResolver, NetError> {
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options).build()
}

fn record_type(record: Record) -> RecordType {
    match record {
        Record::Srv => RecordType::SRV,
        Record::A => RecordType::A,
        Record::Aaaa => RecordType::AAAA,
        Record::Mx => RecordType::MX,
        Record::Ns => RecordType::NS,
    }
}

/// Returns what we know to use; a CNAME on the way is none of it.
fn answer(data: &RData) -> Option<Answer> {
    Some(match data {
        RData::A(ip) => Answer::Address(IpAddr::V4(ip.0)),
        RData::AAAA(ip) => Answer::Address(IpAddr::V6(ip.0)),
        RData::SRV(srv) => Answer::Service(srv.target.to_string(), srv.port),
        RData::MX(mx) => Answer::Mail(mx.exchange.to_string()),
        RData::NS(ns) => Answer::NameServer(ns.0.to_string()),
        _ => return None,
    })
}
