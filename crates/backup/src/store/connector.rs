//! The store's requests over our own HTTP client, so that there is one TLS stack and one place for proxies.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use transport::config::HttpClientConfig;
use transport::{Client, ClientError, Deadline, Failure};

/// Longest time for one request; a part of 16 MiB takes two minutes over a line of 1 Mbit/s.
const TIMEOUT: Duration = Duration::from_secs(180);
/// Larger than any part and any list.
const BODY_BYTES_MAX: usize = 64 << 20;

/// Makes services.
#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let user_agent = concat!("bongsu/", env!("CARGO_PKG_VERSION"));
        let client = Client::new(&HttpClientConfig::default(), user_agent)
            .map_err(|e| object_store::Error::Generic { store: "S3", source: Box::new(e) })?;
        Ok(HttpClient::new(Service(client)))
    }
}

struct Service(Client);

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("transport::Client")
    }
}

impl HttpService for Service {
    fn call<'a, 'f>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(self.send(request))
    }
}

impl Service {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let request = http::Request::from_parts(parts, body);
        let mut answer = self.0.send(request, Deadline::after(TIMEOUT)).await.map_err(request_error)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| failure(HttpErrorKind::Interrupted, e))? {
            if bytes.len() + chunk.len() > BODY_BYTES_MAX {
                let reason = std::io::Error::other(format!("an answer of more than {BODY_BYTES_MAX} bytes"));
                return Err(HttpError::new(HttpErrorKind::Decode, reason));
            }
            bytes.extend_from_slice(&chunk);
        }
        let body = Full::new(Bytes::from(bytes)).map_err(|never| match never {});
        let mut response = HttpResponse::new(HttpResponseBody::new(body));
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

/// Tells what may be tried again: the kinds decide it.
fn request_error(error: ClientError) -> HttpError {
    let kind = match &error.failure {
        Failure::DeadlineExceeded => HttpErrorKind::Timeout,
        Failure::Connection(_) => HttpErrorKind::Connect,
        _other => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}

fn failure(kind: HttpErrorKind, error: Failure) -> HttpError {
    HttpError::new(kind, error)
}
