//! Proxies.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use yaml::{Link, Secret};

use super::*;
use crate::config::ProxyConfig;

/// A proxy that knows `CONNECT` only, asks for a login, and takes every tunnel to `port`.
async fn connect_proxy(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                stream.read_line(&mut head).await.unwrap();
            }
            let told = head.to_ascii_lowercase();
            if !head.starts_with("CONNECT target.invalid:443 ") || !told.contains("x-gate: open") {
                stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.unwrap();
                continue;
            }
            if !head.contains("Proxy-Authorization: Basic dTpw\r\n") {
                stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
                continue;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut target = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut target).await });
        }
    });
    proxy
}

fn proxied(url: &str, gate: &str) -> HttpClientConfig {
    let connect_headers = vec![("X-Gate".to_owned(), vec![Secret::new(gate)])];
    let proxy =
        ProxyConfig { url: Some(Link::parse(url).unwrap()), connect_headers, ..ProxyConfig::default() };
    HttpClientConfig { proxy, ..HttpClientConfig::default() }
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let (web, ca) = super::tls::server_web("target.invalid", |_| ());
    let server = Server::start(web, async |_| text("reached")).await;
    let proxy = connect_proxy(server.port).await;
    for (login, gate, want) in [
        ("u:p@", "open", Ok("reached")),
        ("", "open", Err("proxyconnect tcp: 407 Proxy Authentication Required")),
        ("u:p@", "shut", Err("proxyconnect tcp: 403 Forbidden")),
    ] {
        let mut config = proxied(&format!("http://{login}127.0.0.1:{proxy}"), gate);
        config.tls.ca = Some(crate::config::Source::Inline(ca.clone()));
        match (get(&client(config), "https://target.invalid/x").await, want) {
            (Ok((_, body)), Ok(want)) => assert_eq!(body, want),
            (Err(error), Err(want)) => assert!(error.to_string().ends_with(want), "{error}"),
            (got, want) => panic!("{got:?}, want {want:?}"),
        }
    }
}

#[tokio::test]
async fn plain_http_is_asked_of_the_proxy_itself() {
    let proxy = Server::start(Web::plain(), async |request: Request<RequestBody>| {
        text(format!("{} {}", request.uri(), header(&request, "proxy-authorization")))
    })
    .await;
    let config = proxied(&format!("http://u:p@127.0.0.1:{}", proxy.port), "x");
    let answer = get(&client(config), "http://target.invalid:81/x?y").await.unwrap().1;
    assert_eq!(answer, "http://target.invalid:81/x?y Basic dTpw");
}

#[tokio::test]
async fn socks_proxies_are_given_the_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 3];
        stream.read_exact(&mut hello).await.unwrap();
        assert_eq!(hello, [5, 1, 0]);
        stream.write_all(&[5, 0]).await.unwrap();
        let mut wanted = [0; 21];
        stream.read_exact(&mut wanted).await.unwrap();
        assert_eq!(&wanted[..], b"\x05\x01\x00\x03\x0etarget.invalid\x00\x50");
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    });
    let config = proxied(&format!("socks5://127.0.0.1:{port}"), "x");
    assert_eq!(get(&client(config), "http://target.invalid/").await.unwrap().1, "ok");
}
