//! What the listener does besides handing requests on.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use yaml::Secret;

use super::*;
use crate::config::{RateLimit, WebConfig};

fn users(password: &str) -> BTreeMap<String, Secret> {
    BTreeMap::from([("alice".to_owned(), Secret::new(bcrypt::hash(password, 4).unwrap()))])
}

async fn raw(port: u16, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn asks_for_a_password_and_adds_headers() {
    let config = WebConfig {
        users: users("secret"),
        headers: vec![("X-Frame-Options".to_owned(), "deny".to_owned())],
        ..WebConfig::default()
    };
    let web = Web::load(Arc::new(move || Ok(config.clone()))).unwrap();
    let server = Server::start(web, async |_| text("welcome")).await;
    let ask = |extra| raw(server.port, extra);
    let refused = ask("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    for want in [
        "401 Unauthorized\r\n",
        "www-authenticate: Basic\r\n",
        "x-frame-options: deny\r\n",
        "\r\n\r\nUnauthorized\n",
    ] {
        assert!(refused.contains(want), "{refused}");
    }
    let admitted =
        "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n";
    let admitted = ask(admitted).await;
    assert!(admitted.contains("200 OK") && admitted.contains("x-frame-options: deny"), "{admitted}");
}

#[tokio::test]
async fn a_changed_configuration_holds_and_a_broken_one_does_not() {
    let next = Arc::new(Mutex::new(Ok(WebConfig { users: users("one"), ..WebConfig::default() })));
    let source = next.clone();
    let load: crate::listener::LoadWeb =
        Arc::new(move || source.lock().clone().map_err(|e: String| e.into()));
    let web = Web::load(load.clone()).unwrap();
    let one = http::HeaderValue::from_static("Basic YWxpY2U6b25l");
    assert!(web.admit(Some(&one)).await.is_ok());
    *next.lock() = Err("typing error".to_owned());
    web.reload(&load);
    assert!(web.admit(Some(&one)).await.is_ok() && web.admit(None).await.is_err());
    *next.lock() = Ok(WebConfig { users: users("two"), ..WebConfig::default() });
    web.reload(&load);
    assert_eq!(web.admit(Some(&one)).await, Err(http::StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn limits_the_rate() {
    let rate_limit = Some(RateLimit { burst: 1, interval: Duration::from_secs(3600) });
    let config = WebConfig { rate_limit, ..WebConfig::default() };
    let web = Web::load(Arc::new(move || Ok(config.clone()))).unwrap();
    assert_eq!(web.admit(None).await, Ok(()));
    assert_eq!(web.admit(None).await, Err(http::StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test]
async fn shutdown_answers_what_it_has_begun() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (begun.clone(), go.clone());
    let server = Server::start(Web::plain(), move |_| {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            wait.notified().await;
            text("late but whole")
        }
    })
    .await;
    let (url, port) = (server.url("/"), server.port);
    let asking = tokio::spawn(async move { get(&client(HttpClientConfig::default()), &url).await });
    begun.notified().await;
    server.shutdown.cancel();
    go.notify_one();
    server.stop().await;
    assert_eq!(asking.await.unwrap().unwrap().1, "late but whole");
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn slow_clients_are_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = Options { read_timeout: Duration::from_millis(200), ..Options::default() };
    let service = tower::service_fn(async |request: Request<RequestBody>| {
        use http_body_util::BodyExt;
        let failed = request.into_body().collect().await.is_err();
        Ok::<_, Infallible>(text(format!("failed: {failed}")))
    });
    tokio::spawn(serve(listener, options, service, CancellationToken::new()));
    assert!(!raw(port, "GET / HTTP/1.1\r\nhost").await.contains("200"));
    let body =
        raw(port, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nconnection: close\r\n\r\nabc").await;
    assert!(body.ends_with("failed: true"), "{body}");
}

#[tokio::test]
async fn an_axum_router_is_a_service() {
    let body = axum::routing::post(async |body: String| format!("got {body}"));
    let who = axum::routing::get(async |axum::Extension(peer): axum::Extension<crate::listener::Peer>| {
        peer.0.ip().to_string()
    });
    let router = axum::Router::new().route("/body", body).route("/who", who);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, Options::default(), router, CancellationToken::new()));
    let client = client(HttpClientConfig::default());
    assert_eq!(get(&client, &format!("{url}/who")).await.unwrap(), (200, "127.0.0.1".to_owned()));
    let request = Request::post(format!("{url}/body")).body(Bytes::from("x")).unwrap();
    let mut answer = client.send(request, Deadline::after(Duration::from_secs(20))).await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "got x");
}
