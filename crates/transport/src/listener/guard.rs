//! What every request passes before it reaches the service: rate limit, basic auth; and on the way back, headers.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tower_service::Service;

use super::{Peer, RequestBody, Web};

/// A service behind its guard, for one connection.
#[derive(Clone)]
pub(super) struct Guard<S> {
    service: S,
    web: Web,
    peer: SocketAddr,
    read_timeout: Duration,
}

impl<S> Guard<S> {
    pub(super) fn new(service: S, web: Web, peer: SocketAddr, read_timeout: Duration) -> Guard<S> {
        Guard { service, web, peer, read_timeout }
    }
}

impl<S, B> Service<Request<Incoming>> for Guard<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<Either<B, Full<Bytes>>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        // The clone stays behind for the next call: the one that was polled ready must be used.
        let waiting = self.service.clone();
        let mut service = std::mem::replace(&mut self.service, waiting);
        let (web, peer, read_timeout) = (self.web.clone(), self.peer, self.read_timeout);
        Box::pin(async move {
            let mut response = match web.admit(request.headers().get(AUTHORIZATION)).await {
                Ok(()) => {
                    let mut request = request.map(|body| RequestBody::new(body, read_timeout));
                    request.extensions_mut().insert(Peer(peer));
                    service.call(request).await?.map(Either::Left)
                }
                Err(status) => refusal(status).map(Either::Right),
            };
            for (name, value) in web.headers().iter() {
                response.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            Ok(response)
        })
    }
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let text = format!("{}\n", status.canonical_reason().unwrap_or_default());
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_TYPE, "text/plain; charset=utf-8");
    set(HeaderName::from_static("x-content-type-options"), "nosniff");
    if status == StatusCode::UNAUTHORIZED {
        set(WWW_AUTHENTICATE, "Basic");
    }
    response
}
