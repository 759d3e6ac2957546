//! Talking to a server: its address, the client's configuration file, one request at a time.

use std::path::Path;
use std::time::Duration;

use ::http::Request;
use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use clap::{Arg, ArgMatches};
use transport::config::HttpClientConfig;
use transport::{Client, Deadline};
use url::Url;
use yaml::Read;

use super::{flag, flags, string_map, text};

/// More than any answer worth printing.
const BODY_BYTES_MAX: u64 = 4 << 30;

/// The flag for the client's configuration.
pub(super) fn config_flag() -> Arg {
    flag(
        "http.config.file",
        "FILENAME",
        "HTTP client configuration file: login, TLS, proxy, as in a scrape job.",
    )
    .global(true)
}

/// The flag for additional headers.
pub(super) fn header_flag() -> Arg {
    flags("header", "NAME=VALUE", "Extra headers to send to server.")
}

/// A server and how to reach it.
pub(super) struct Server {
    base: Url,
    client: Client,
    headers: Vec<(String, String)>,
}

/// An answer with its whole body.
pub(super) struct Answer {
    /// The status code.
    pub(super) status: u16,
    /// The body, unpacked.
    pub(super) body: Vec<u8>,
}

impl Server {
    /// Reads the server's address (`http://` may be left out) and the flags of this module.
    pub(super) fn new(address: &str, matches: &ArgMatches) -> anyhow::Result<Server> {
        Server::of(address, matches, &format!("promtool/{}", crate::program::PROMETHEUS_VERSION))
    }

    /// As [`Server::new`], under another name of ours.
    pub(super) fn of(address: &str, matches: &ArgMatches, user_agent: &str) -> anyhow::Result<Server> {
        let base = parse_address(address)?;
        let config = match text(matches, "http.config.file") {
            None => HttpClientConfig::default(),
            Some(_) if !base.username().is_empty() => {
                bail!("Cannot set base auth in the server URL and use a http.config.file at the same time")
            }
            Some(file) => load_config(Path::new(file))?,
        };
        let client = Client::new(&config, user_agent).context("Failed to create a new HTTP round tripper")?;
        let headers = match matches.try_contains_id("header") {
            Ok(true) => string_map(matches, "header")?.into_iter().collect(),
            Ok(false) | Err(_) => Vec::new(),
        };
        Ok(Server { base, client, headers })
    }

    /// The server's address.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a form to a path below the server's address.
    pub(super) fn post(&self, path: &str, form: &str, timeout: Duration) -> anyhow::Result<Answer> {
        let request = Request::post(self.below(path).as_str())
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request, Bytes::copy_from_slice(form.as_bytes()), timeout)
    }

    /// Sends bytes to a path below the server's address.
    pub(super) fn post_bytes(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> anyhow::Result<Answer> {
        let request = Request::post(self.below(path).as_str());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request, Bytes::from(body), timeout)
    }

    /// Gets a path below the server's address.
    pub(super) fn get(&self, path: &str, query: &str, timeout: Duration) -> anyhow::Result<Answer> {
        let mut url = self.below(path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        self.send(Request::get(url.as_str()), Bytes::new(), timeout)
    }

    /// Deletes what is at a path below the server's address.
    pub(super) fn delete(&self, path: &str, timeout: Duration) -> anyhow::Result<Answer> {
        self.send(Request::delete(self.below(path).as_str()), Bytes::new(), timeout)
    }

    fn below(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    fn send(
        &self,
        mut request: ::http::request::Builder,
        body: Bytes,
        timeout: Duration,
    ) -> anyhow::Result<Answer> {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut answer = self.client.send(request, Deadline::after(timeout)).await?;
            let mut body = Vec::new();
            answer.read_to(&mut body, BODY_BYTES_MAX).await?;
            Ok(Answer { status: answer.status().as_u16(), body })
        })
    }
}

fn parse_address(address: &str) -> anyhow::Result<Url> {
    let written = address.trim_start_matches("//");
    let full = if written.contains("://") { written.to_owned() } else { format!("http://{written}") };
    let url = Url::parse(&full).with_context(|| format!("not a server's address: {address:?}"))?;
    if url.has_host() { Ok(url) } else { Err(anyhow!("no host in the server's address {address:?}")) }
}

fn load_config(file: &Path) -> anyhow::Result<HttpClientConfig> {
    let load = || {
        let content = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let directory = file.parent().unwrap_or(Path::new(""));
        let read =
            yaml::read_document(&content, &file.display().to_string(), directory, HttpClientConfig::read);
        anyhow::Ok(read?.0)
    };
    load().context("Failed to load HTTP config file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_no_scheme() {
        for (typed, want) in [
            ("http://h:9090", "http://h:9090/"),
            ("https://h/p/", "https://h/p/"),
            ("localhost:9090", "http://localhost:9090/"),
            ("//h:1", "http://h:1/"),
            ("127.0.0.1:9090/x", "http://127.0.0.1:9090/x"),
        ] {
            assert_eq!(parse_address(typed).unwrap().as_str(), want);
        }
        for typed in ["", "http://", "http://a b/"] {
            parse_address(typed).unwrap_err();
        }
    }
}
