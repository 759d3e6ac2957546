//! Which proxy to use.

use yaml::write::Map;
use yaml::{Fields, Link, Read, Secret};

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

impl ProxyConfig {
    /// Reads the proxy fields that stand among others in a mapping.
    pub(super) fn read_inline(f: &Fields<'_>) -> ProxyConfig {
        let written = f.get("proxy_url").filter(|v| !v.is_empty_text());
        let url = written.as_ref().and_then(Link::read);
        let no_proxy: String = f.or_default("no_proxy");
        let from_environment: bool = f.or_default("proxy_from_environment");
        let connect_headers = read_connect_headers(f);
        if !connect_headers.is_empty() && !from_environment && written.is_none() {
            f.problem(
                "proxy_connect_header",
                "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
            );
        }
        if from_environment && written.is_some() {
            let message = "if proxy_from_environment is configured, proxy_url must not be configured";
            f.problem("proxy_from_environment", message);
        }
        if from_environment && !no_proxy.is_empty() {
            f.problem("no_proxy", "if proxy_from_environment is configured, no_proxy must not be configured");
        } else if written.is_none() && !no_proxy.is_empty() {
            f.problem("no_proxy", "if no_proxy is configured, proxy_url must also be configured");
        }
        ProxyConfig { url, no_proxy, from_environment, connect_headers }
    }

    /// Returns the fields as Prometheus prints them.
    pub(super) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put_if_some("proxy_url", self.url.as_ref()).put_if_set("no_proxy", self.no_proxy.as_str());
        map.put_if_set("proxy_from_environment", self.from_environment);
        let mut headers = Map::new();
        for (name, values) in &self.connect_headers {
            headers.put(name.as_str(), values.iter().collect::<Vec<_>>());
        }
        map.put_if_set("proxy_connect_header", headers);
        map
    }
}

fn read_connect_headers(f: &Fields<'_>) -> Vec<(String, Vec<Secret>)> {
    let entries = f.get("proxy_connect_header").and_then(|v| v.entries()).unwrap_or_default();
    let mut headers: Vec<(String, Vec<Secret>)> =
        entries.iter().filter_map(|(name, v)| Some(((*name).to_owned(), Vec::read(v)?))).collect();
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    headers
}
