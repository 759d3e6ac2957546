//! Every kind of discovery that a configuration file may name.

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
}
