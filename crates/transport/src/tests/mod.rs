//! Client and listener against each other over loopback.

mod client;
mod listener;
mod logins;
mod proxies;
mod tls;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::HttpClientConfig;
use crate::listener::{Options, RequestBody, Web, serve};
use crate::{Client, ClientError, Deadline};

type Answer = Response<Full<Bytes>>;

/// A listener on a free port that answers with a function; it ends with the test.
struct Server {
    port: u16,
    shutdown: CancellationToken,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl Server {
    async fn start<F, R>(web: Web, answer: F) -> Server
    where
        F: Fn(Request<RequestBody>) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shutdown = CancellationToken::new();
        let answer = Arc::new(answer);
        let service = tower::service_fn(move |request| {
            let answer = answer.clone();
            async move { Ok::<_, Infallible>(answer(request).await) }
        });
        let options = Options { web, ..Options::default() };
        let running = tokio::spawn(serve(listener, options, service, shutdown.clone()));
        Server { port, shutdown, running: Some(running) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    async fn stop(mut self) {
        self.shutdown.cancel();
        self.running.take().unwrap().await.unwrap();
    }
}

fn text(body: impl Into<Bytes>) -> Answer {
    Response::new(Full::new(body.into()))
}

fn header<B>(request: &Request<B>, name: &str) -> String {
    request.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn client(config: HttpClientConfig) -> Client {
    Client::new(&config, "test/1").unwrap()
}

async fn get(client: &Client, url: &str) -> Result<(u16, String), ClientError> {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    let mut answer = client.send(request, Deadline::after(Duration::from_secs(20))).await?;
    let mut body = Vec::new();
    answer.read_to(&mut body, 1 << 20).await.unwrap();
    Ok((answer.status().as_u16(), String::from_utf8(body).unwrap()))
}
