//! What a client does without login and TLS.

use std::io::Write;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::Failure;

async fn redirecting() -> Server {
    Server::start(Web::plain(), async |request: Request<RequestBody>| {
        let mut answer = text(format!("{} {}", request.uri().path(), header(&request, "authorization")));
        let location = match request.uri().path() {
            "/same" => "/end".to_owned(),
            "/away" => {
                format!("http://localhost:{}/end", header(&request, "host").split(':').next_back().unwrap())
            }
            "/forever" => "/forever".to_owned(),
            _ => return answer,
        };
        *answer.status_mut() = StatusCode::FOUND;
        answer.headers_mut().insert("location", location.parse().unwrap());
        answer
    })
    .await
}

#[tokio::test]
async fn follows_redirects_and_leaves_credentials_at_home() {
    let server = redirecting().await;
    let authorization = crate::config::Authorization {
        kind: "Bearer".to_owned(),
        credentials: Some(crate::config::Source::Inline(yaml::Secret::new("t0ken"))),
    };
    let config = HttpClientConfig {
        authentication: Some(crate::config::Authentication::Authorization(authorization)),
        ..HttpClientConfig::default()
    };
    let following = client(config.clone());
    assert_eq!(get(&following, &server.url("/same")).await.unwrap().1, "/end Bearer t0ken");
    assert_eq!(get(&following, &server.url("/away")).await.unwrap().1, "/end ");
    let error = get(&following, &server.url("/forever")).await.unwrap_err().to_string();
    assert_eq!(error, format!("Get {:?}: stopped after 10 redirects", server.url("/forever")));
    let staying = client(HttpClientConfig { follow_redirects: false, ..config });
    assert_eq!(get(&staying, &server.url("/same")).await.unwrap().0, 302);
}

#[tokio::test]
async fn sends_the_user_agent_and_keeps_the_connection() {
    let server = Server::start(Web::plain(), async |request: Request<RequestBody>| {
        let peer = request.extensions().get::<crate::listener::Peer>().unwrap().0;
        text(format!("{} {peer}", header(&request, "user-agent")))
    })
    .await;
    let client = client(HttpClientConfig::default());
    let first = get(&client, &server.url("/")).await.unwrap().1;
    assert!(first.starts_with("test/1 127.0.0.1:"), "{first}");
    assert_eq!(get(&client, &server.url("/")).await.unwrap().1, first);
}

#[tokio::test]
async fn unpacks_under_a_limit() {
    let server = Server::start(Web::plain(), async |_| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![b'x'; 10_000_000]).unwrap();
        let mut answer = text(gzip.finish().unwrap());
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    })
    .await;
    let client = client(HttpClientConfig::default());
    for (limit, want) in [(10_000_000, Ok(())), (1000, Err(Failure::BodyTooLarge { limit: 1000 }))] {
        let request = Request::get(server.url("/")).body(Bytes::new()).unwrap();
        let mut answer = client.send(request, Deadline::after(Duration::from_secs(20))).await.unwrap();
        let mut body = Vec::new();
        assert_eq!(answer.read_to(&mut body, limit).await, want);
        assert!(body.len() as u64 <= limit);
    }
}

/// Accepts connections, answers each with `answer` and leaves it open.
async fn raw(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            stream.write_all(answer).await.unwrap();
            if !answer.starts_with(b"x") {
                open.push(stream);
            }
        }
    });
    port
}

#[tokio::test]
async fn failures_read_like_gos() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = raw(b"").await;
    let lying = raw(b"SSH-2.0-OpenSSH\r\n\r\n").await;
    let client = client(HttpClientConfig::default());
    for (url, want) in [
        (format!("http://{closed}/m"), format!("dial tcp {closed}: connect: connection refused")),
        (format!("http://127.0.0.1:{silent}/"), "context deadline exceeded".to_owned()),
        (format!("http://127.0.0.1:{lying}/"), "malformed HTTP response".to_owned()),
        (format!("https://{closed}/"), format!("dial tcp {closed}: connect: connection refused")),
        ("http://no-such-host.invalid/".to_owned(), "lookup no-such-host.invalid".to_owned()),
    ] {
        let request = Request::get(&url).body(Bytes::new()).unwrap();
        let error = client.send(request, Deadline::after(Duration::from_millis(1500))).await.err().unwrap();
        let error = error.to_string();
        assert!(
            error.starts_with(&format!("Get {url:?}: ")) && error.contains(&want),
            "{error}\nwant {want}"
        );
    }
}

#[tokio::test]
async fn the_deadline_holds_for_the_body() {
    let port = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc").await;
    let request = Request::get(format!("http://127.0.0.1:{port}/")).body(Bytes::new()).unwrap();
    let client = client(HttpClientConfig::default());
    let mut answer = client.send(request, Deadline::after(Duration::from_millis(300))).await.unwrap();
    let mut body = Vec::new();
    assert_eq!(answer.read_to(&mut body, 1000).await, Err(Failure::DeadlineExceeded));
    assert_eq!(body, b"abc");
}

#[tokio::test]
async fn a_password_in_the_url_is_never_told() {
    let url = "http://user:hunter2@127.0.0.1:1/";
    let error = get(&client(HttpClientConfig::default()), url).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn reaches_unix_sockets() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("metrics.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        assert!(request[..length].windows(15).any(|w| w.eq_ignore_ascii_case(b"host: localhost")));
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    });
    let plain = client(HttpClientConfig::default());
    let over_socket = plain.over_unix_socket(&path).unwrap();
    assert_eq!(get(&over_socket, "http://localhost/m").await.unwrap().1, "ok");
    let missing = plain.over_unix_socket(dir.path().join("none")).unwrap();
    let error = get(&missing, "http://localhost/m").await.unwrap_err().to_string();
    assert!(error.contains("dial unix ") && error.ends_with("connect: no such file or directory"), "{error}");
}

/// Answers the first request of each connection and closes it, without a word, when a second one comes.
async fn forgetful(connections: Arc<std::sync::atomic::AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            connections.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                let _ = stream.read(&mut request).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced() {
    let connections = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let url = format!("http://127.0.0.1:{}/", forgetful(connections.clone()).await);
    let client = client(HttpClientConfig::default());
    for _ in 0..3 {
        assert_eq!(get(&client, &url).await.unwrap().1, "ok");
    }
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 3);
    // What may have had an effect is not sent twice.
    let post = Request::post(&url).body(Bytes::from("x")).unwrap();
    let error = client.send(post, Deadline::after(Duration::from_secs(20))).await.err().unwrap();
    assert!(error.to_string().ends_with(": EOF"), "{error}");
}
