//! The request side of a scrape: what is asked, and what kind of answer is accepted.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{Request, StatusCode};
use transport::{Client, Deadline, Failure};

use crate::config::{Config, ScrapeProtocol};
use crate::error::ScrapeError;
use crate::target::Target;

/// Largest body where the job sets no `body_size_limit`: an endless answer must end somewhere.
pub const BODY_BYTES_MAX: u64 = 512 << 20;

/// An answer.
pub(crate) struct Fetched {
    pub(crate) content_type: Option<String>,
    /// The body, if it came in one piece.
    pub(crate) whole: Option<Bytes>,
}

/// Asks one target.
pub(crate) struct Fetcher {
    client: Result<Client, String>,
    uri: Result<http::Uri, String>,
    accept: String,
    compressed: bool,
    timeout: std::time::Duration,
    body_bytes_max: u64,
}

impl Fetcher {
    pub(crate) fn new(client: Client, config: &Config, target: &Target) -> Fetcher {
        let client = match &target.unix_socket {
            Some(path) => client.over_unix_socket(path).map_err(|e| e.to_string()),
            None => Ok(client),
        };
        Fetcher {
            client,
            uri: target.url.parse().map_err(|e| format!("{}: {e}", target.url)),
            accept: accept_header(config),
            compressed: config.enable_compression,
            timeout: target.timeout,
            // Prometheus refuses a body that is exactly as large as the limit, too.
            body_bytes_max: match config.limits.body_size_limit {
                0 => BODY_BYTES_MAX,
                limit => limit - 1,
            },
        }
    }

    /// Asks the target. Its answer, uncompressed, is appended to `body` unless it came in one piece.
    pub(crate) async fn fetch(&self, body: &mut Vec<u8>) -> Result<Fetched, ScrapeError> {
        let uri = self.uri.clone().map_err(ScrapeError::Request)?;
        let request = Request::get(uri)
            .header(ACCEPT, &self.accept)
            .header(ACCEPT_ENCODING, if self.compressed { "gzip" } else { "identity" })
            .header(
                "X-Prometheus-Scrape-Timeout-Seconds",
                model::number::format_f(self.timeout.as_secs_f64()),
            )
            .body(Bytes::new())
            .map_err(|e| ScrapeError::Request(e.to_string()))?;
        let deadline = Deadline::after(self.timeout);
        let client = self.client.as_ref().map_err(|e| ScrapeError::Request(e.clone()))?;
        let sent = client.send(request, deadline).await;
        let mut answer = sent.map_err(|e| ScrapeError::Request(e.to_string()))?;
        if answer.status() != StatusCode::OK {
            return Err(ScrapeError::Status(answer.status().to_string()));
        }
        let content_type = answer.header("content-type").map(str::to_owned);
        match answer.read_whole(body, self.body_bytes_max).await {
            Ok(whole) => Ok(Fetched { content_type, whole }),
            Err(Failure::BodyTooLarge { .. }) => Err(ScrapeError::BodySizeLimit),
            Err(failure) => Err(ScrapeError::Request(failure.to_string())),
        }
    }
}

/// Lists the wanted formats with falling weights; anything else comes last.
fn accept_header(config: &Config) -> String {
    let mut out = String::new();
    let mut weight = ScrapeProtocol::ALL.len() + 1;
    for protocol in &config.scrape_protocols {
        out.push_str(protocol.media_type());
        if matches!(protocol, ScrapeProtocol::PrometheusText1_0_0 | ScrapeProtocol::OpenMetricsText1_0_0) {
            out.push_str(";escaping=");
            out.push_str(config.metric_name_escaping_scheme.as_str());
        }
        out.push_str(&format!(";q=0.{weight},"));
        weight -= 1;
    }
    out.push_str(&format!("*/*;q=0.{weight}"));
    out
}
