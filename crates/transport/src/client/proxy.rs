//! Which proxy to use for which host, decided without sockets.
//!
//! Source: Go's `golang.org/x/net/http/httpproxy`, which is what `no_proxy` means to users.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, Uri};
use url::{Host, Url};

use crate::config::ProxyConfig;
use crate::error::Failure;

/// A proxy and what it needs to be told.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    /// `http`, `https`, `socks5` or `socks5h`, with host; user and password are the proxy's.
    pub(super) url: Url,
    /// Headers for `CONNECT`.
    pub(super) connect_headers: Arc<[(HeaderName, HeaderValue)]>,
}

/// Chooses the proxy of a request.
#[derive(Clone, Debug)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    /// `None`: not even loopback is excepted, because the proxy was named without exceptions.
    exceptions: Option<Arc<[Exception]>>,
}

impl Proxies {
    /// Never a proxy.
    pub(super) fn none() -> Proxies {
        Proxies { http: None, https: None, exceptions: None }
    }

    /// Reads the configuration, and the environment if it says so.
    pub(super) fn new(config: &ProxyConfig) -> Result<Proxies, Failure> {
        Proxies::with_environment(config, |name| std::env::var(name).ok())
    }

    fn with_environment(
        config: &ProxyConfig,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Proxies, Failure> {
        let connect_headers = connect_headers(config)?;
        let proxy = |url: Url| -> Result<Proxy, Failure> {
            match url.scheme() {
                "http" | "https" | "socks5" | "socks5h" => {
                    Ok(Proxy { url, connect_headers: connect_headers.clone() })
                }
                other => Err(Failure::Proxy(format!("unsupported proxy scheme {other:?}"))),
            }
        };
        if config.from_environment {
            let either = |name: &str| {
                let found = variable(name).filter(|v| !v.is_empty());
                found.or_else(|| variable(&name.to_ascii_lowercase())).unwrap_or_default()
            };
            let named = |name: &str| parse_proxy(&either(name)).map(proxy).transpose();
            return Ok(Proxies {
                http: named("HTTP_PROXY")?,
                https: named("HTTPS_PROXY")?,
                exceptions: Some(exceptions(&either("NO_PROXY"))),
            });
        }
        let named = config.url.as_ref().map(|link| proxy(link.url().clone())).transpose()?;
        let exceptions = (!config.no_proxy.is_empty()).then(|| exceptions(&config.no_proxy));
        Ok(Proxies { http: named.clone(), https: named, exceptions })
    }

    /// Returns the proxy for a URL.
    pub(super) fn proxy_for(&self, uri: &Uri) -> Option<&Proxy> {
        let https = uri.scheme_str() == Some("https");
        let proxy = if https { self.https.as_ref() } else { self.http.as_ref() }?;
        let Some(exceptions) = &self.exceptions else { return Some(proxy) };
        let host = bare_host(uri.host().unwrap_or_default()).to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let ip = host.parse::<IpAddr>().ok();
        if host == "localhost" || ip.is_some_and(|ip| ip.is_loopback()) {
            return None;
        }
        (!exceptions.iter().any(|e| e.matches(&host, port, ip))).then_some(proxy)
    }

    /// Adds the proxy's login to a request that an HTTP proxy will see itself (TLS goes through `CONNECT`).
    pub(super) fn authorize(&self, request: &mut Request<Bytes>) {
        if request.uri().scheme_str() == Some("https") {
            return;
        }
        let proxy = self.proxy_for(request.uri()).filter(|p| p.url.scheme().starts_with("http"));
        if let Some(value) = proxy.and_then(Proxy::authorization) {
            request.headers_mut().entry(PROXY_AUTHORIZATION).or_insert(value);
        }
    }
}

impl Proxy {
    /// Returns the `Proxy-Authorization` header, if the URL has a user.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = self.login()?;
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Returns user and password.
    pub(super) fn login(&self) -> Option<(String, String)> {
        let decode = |s: &str| percent_encoding::percent_decode_str(s).decode_utf8_lossy().into_owned();
        let (user, password) = (self.url.username(), self.url.password());
        (!user.is_empty() || password.is_some()).then(|| (decode(user), decode(password.unwrap_or_default())))
    }

    /// Returns host and port.
    pub(super) fn address(&self) -> (String, u16) {
        let default = match self.url.scheme() {
            "https" => 443,
            "http" => 80,
            _ => 1080,
        };
        let host = match self.url.host() {
            Some(Host::Ipv6(ip)) => ip.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        };
        (host, self.url.port().unwrap_or(default))
    }
}

fn connect_headers(config: &ProxyConfig) -> Result<Arc<[(HeaderName, HeaderValue)]>, Failure> {
    let mut headers = Vec::new();
    for (name, values) in &config.connect_headers {
        let bad = |_| Failure::Proxy(format!("proxy_connect_header {name:?} is not a valid header"));
        let parsed = HeaderName::try_from(name).map_err(|e| bad(e.to_string()))?;
        for value in values {
            let value = HeaderValue::from_str(value.expose()).map_err(|e| bad(e.to_string()))?;
            headers.push((parsed.clone(), value));
        }
    }
    Ok(headers.into())
}

/// Reads a proxy as written in the environment, where the scheme may be missing.
fn parse_proxy(text: &str) -> Option<Url> {
    if text.is_empty() {
        return None;
    }
    let known = |u: &Url| matches!(u.scheme(), "http" | "https" | "socks5" | "socks5h") && u.has_host();
    Url::parse(text).ok().filter(known).or_else(|| Url::parse(&format!("http://{text}")).ok())
}

/// One entry of `no_proxy`.
#[derive(Clone, Debug, PartialEq)]
enum Exception {
    All,
    Ip(IpAddr, Option<u16>),
    Network(IpAddr, u8),
    /// `.example.com`: matches what ends so; `exact` also the name without the dot.
    Domain {
        suffix: String,
        port: Option<u16>,
        exact: bool,
    },
}

impl Exception {
    fn parse(text: &str) -> Option<Exception> {
        let text = text.trim().to_ascii_lowercase();
        if text == "*" {
            return Some(Exception::All);
        }
        if let Some((ip, bits)) = text.split_once('/')
            && let (Ok(ip), Ok(bits)) = (ip.parse(), bits.parse())
        {
            return Some(Exception::Network(ip, bits));
        }
        if let Ok(ip) = bare_host(&text).parse() {
            return Some(Exception::Ip(ip, None));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port.parse().ok()?)),
            None => (text, None),
        };
        if let Ok(ip) = bare_host(&host).parse() {
            return Some(Exception::Ip(ip, port));
        }
        let host = host.strip_prefix('*').map_or(host.as_str(), |rest| rest);
        let exact = !host.starts_with('.');
        let suffix = format!(".{}", host.trim_start_matches('.'));
        (suffix.len() > 1).then_some(Exception::Domain { suffix, port, exact })
    }

    fn matches(&self, host: &str, port: u16, ip: Option<IpAddr>) -> bool {
        let port_fits = |wanted: &Option<u16>| wanted.is_none_or(|p| p == port);
        match self {
            Exception::All => true,
            Exception::Ip(wanted, p) => ip == Some(*wanted) && port_fits(p),
            Exception::Network(network, bits) => ip.is_some_and(|ip| in_network(ip, *network, *bits)),
            Exception::Domain { suffix, port, exact } => {
                (host.ends_with(suffix.as_str()) || (*exact && host == &suffix[1..])) && port_fits(port)
            }
        }
    }
}

fn exceptions(list: &str) -> Arc<[Exception]> {
    list.split(',').filter_map(Exception::parse).collect()
}

fn in_network(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (ip, network, width) = match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(net)) => (u128::from(u32::from(ip)), u128::from(u32::from(net)), 32),
        (IpAddr::V6(ip), IpAddr::V6(net)) => (u128::from(ip), u128::from(net), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let Some(host_bits) = u32::checked_sub(width, u32::from(bits)) else { return false };
    let strip = |n: u128| n.checked_shr(host_bits).unwrap_or(0);
    strip(ip) == strip(network)
}

/// Strips the brackets of an IPv6 address.
pub(super) fn bare_host(host: &str) -> &str {
    host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(no_proxy: &str) -> ProxyConfig {
        let url = yaml::Link::parse("http://user:pa%20ss@proxy.example:3128").unwrap();
        ProxyConfig { url: Some(url), no_proxy: no_proxy.to_owned(), ..ProxyConfig::default() }
    }

    fn direct(proxies: &Proxies, uri: &str) -> bool {
        proxies.proxy_for(&uri.parse().unwrap()).is_none()
    }

    #[test]
    fn no_proxy_means_what_it_means_to_go() {
        let list = "10.0.0.0/8, .sub.example,plain.example,*.star.example,port.example:8080,192.0.2.1:81,[2001:db8::1]";
        let proxies = Proxies::new(&config(list)).unwrap();
        for (uri, want) in [
            ("http://10.1.2.3/", true),
            ("http://11.1.2.3/", false),
            ("http://a.sub.example/", true),
            ("http://sub.example/", false),
            ("http://plain.example/", true),
            ("https://A.Plain.Example/", true),
            ("http://notplain.example/", false),
            ("http://x.star.example/", true),
            ("http://port.example:8080/", true),
            ("http://port.example/", false),
            ("http://192.0.2.1:81/", true),
            ("http://192.0.2.1/", false),
            ("http://[2001:db8::1]/", true),
            ("http://localhost:9090/", true),
            ("http://127.0.0.9/", true),
            ("http://[::1]/", true),
        ] {
            assert_eq!(direct(&proxies, uri), want, "{uri}");
        }
        assert!(direct(&Proxies::new(&config("*")).unwrap(), "http://x/"));
        assert!(!direct(&Proxies::new(&config("")).unwrap(), "http://localhost/"));
        assert!(direct(&Proxies::new(&ProxyConfig::default()).unwrap(), "http://x/"));
    }

    #[test]
    fn reads_the_environment() {
        let config = ProxyConfig { from_environment: true, ..ProxyConfig::default() };
        let environment = |name: &str| {
            Some(match name {
                "http_proxy" => "plain.example:3128".to_owned(),
                "HTTPS_PROXY" => "https://secure.example".to_owned(),
                "NO_PROXY" => "x.example".to_owned(),
                _ => return None,
            })
        };
        let proxies = Proxies::with_environment(&config, environment).unwrap();
        let address = |uri: &str| proxies.proxy_for(&uri.parse().unwrap()).map(Proxy::address);
        assert_eq!(address("http://a.example/"), Some(("plain.example".to_owned(), 3128)));
        assert_eq!(address("https://a.example/"), Some(("secure.example".to_owned(), 443)));
        assert_eq!(address("http://x.example/"), None);
    }

    #[test]
    fn logs_in_to_the_proxy_for_plain_http_only() {
        let proxies = Proxies::new(&config("")).unwrap();
        for (uri, want) in [("http://a/", Some("Basic dXNlcjpwYSBzcw==")), ("https://a/", None)] {
            let mut request = Request::get(uri).body(Bytes::new()).unwrap();
            proxies.authorize(&mut request);
            assert_eq!(request.headers().get(PROXY_AUTHORIZATION).map(|v| v.to_str().unwrap()), want);
        }
    }
}
