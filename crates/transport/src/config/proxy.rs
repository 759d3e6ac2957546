//! Which proxy to use.

use yaml::{Link, Secret};

/// Proxy settings. At most one of `url` and `from_environment` is set; `no_proxy` only beside `url`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyConfig {
    /// The proxy.
    pub url: Option<Link>,
    /// Hosts, domains, addresses and networks that are reached without it, comma separated as in `NO_PROXY`; or empty.
    pub no_proxy: String,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` decide.
    pub from_environment: bool,
    /// Headers for `CONNECT`, sorted by name.
    pub connect_headers: Vec<(String, Vec<Secret>)>,
}
