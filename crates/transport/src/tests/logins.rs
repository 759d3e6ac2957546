//! Ways to log in, and configured headers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt;
use yaml::{Link, Secret};

use super::*;
use crate::config::{
    Authentication, Authorization, BasicAuth, Grant, Header, HeaderValue, OAuth2, ProxyConfig, Source,
    TlsClientConfig,
};

async fn echo() -> Server {
    Server::start(Web::plain(), async |request: Request<RequestBody>| {
        let extra = request.headers().get_all("x-extra").iter().map(|v| v.to_str().unwrap());
        text(format!("{}|{}", header(&request, "authorization"), extra.collect::<Vec<_>>().join(",")))
    })
    .await
}

fn with(authentication: Authentication) -> Client {
    client(HttpClientConfig { authentication: Some(authentication), ..HttpClientConfig::default() })
}

#[tokio::test]
async fn basic_auth_and_credentials_from_a_file_that_changes() {
    let server = echo().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    std::fs::write(&path, "one\n").unwrap();
    let basic = with(Authentication::Basic(BasicAuth {
        username: Some(Source::Inline("alice".to_owned())),
        password: Some(Source::File(path.clone())),
    }));
    assert_eq!(get(&basic, &server.url("/")).await.unwrap().1, "Basic YWxpY2U6b25l|");
    std::fs::write(&path, "two\n").unwrap();
    assert_eq!(get(&basic, &server.url("/")).await.unwrap().1, "Basic YWxpY2U6dHdv|");
    std::fs::remove_file(&path).unwrap();
    let error = get(&basic, &server.url("/")).await.unwrap_err().to_string();
    assert!(error.contains("unable to read basic auth password: unable to read file"), "{error}");
}

#[tokio::test]
async fn authorization_does_not_replace_what_the_request_brings() {
    let server = echo().await;
    let client = with(Authentication::Authorization(Authorization {
        kind: "Token".to_owned(),
        credentials: Some(Source::Inline(Secret::new("abc"))),
    }));
    assert_eq!(get(&client, &server.url("/")).await.unwrap().1, "Token abc|");
    let own = Request::get(server.url("/")).header("authorization", "Own x").body(Bytes::new()).unwrap();
    let mut answer = client.send(own, Deadline::after(Duration::from_secs(20))).await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "Own x|");
}

#[tokio::test]
async fn headers_from_values_secrets_and_files() {
    let server = echo().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("h"), " from-file \n").unwrap();
    let values = vec![
        HeaderValue::Plain("plain".to_owned()),
        HeaderValue::Secret(Secret::new("secret")),
        HeaderValue::File(dir.path().join("h")),
    ];
    let http_headers = vec![Header { name: "X-Extra".to_owned(), values }];
    let client = client(HttpClientConfig { http_headers, ..HttpClientConfig::default() });
    assert_eq!(get(&client, &server.url("/")).await.unwrap().1, "|plain,secret,from-file");
}

/// A token endpoint that insists on id and secret in the body, and counts.
async fn endpoint(count: Arc<AtomicUsize>) -> Server {
    Server::start(Web::plain(), move |request: Request<RequestBody>| token(request, count.clone())).await
}

async fn token(request: Request<RequestBody>, count: Arc<AtomicUsize>) -> Answer {
    let in_header = request.headers().contains_key("authorization");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if let Some(assertion) = form.get("assertion") {
        let claims = jsonwebtoken::dangerous::insecure_decode::<serde_json::Value>(assertion).unwrap();
        let (header, claims) = (claims.header, claims.claims);
        let facts = format!(
            "{:?} {:?} {} {} {} {} {}",
            header.alg, header.kid, claims["iss"], claims["sub"], claims["aud"], claims["scope"], claims["x"]
        );
        return text(serde_json::json!({ "access_token": facts.replace('"', "'") }).to_string());
    }
    if in_header || field("client_secret") != "s3cret" {
        let mut answer = text("no");
        *answer.status_mut() = http::StatusCode::UNAUTHORIZED;
        return answer;
    }
    let n = count.fetch_add(1, Ordering::SeqCst) + 1;
    let token = format!("{n}-{}-{}-{}", field("grant_type"), field("scope"), field("audience"));
    text(format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":3600}}"#))
}

fn oauth2(endpoint: &Server, grant: Grant) -> OAuth2 {
    OAuth2 {
        client_id: "me".to_owned(),
        grant,
        scopes: vec!["a".to_owned(), "b".to_owned()],
        token_url: Link::parse(&endpoint.url("/token")).unwrap(),
        endpoint_params: vec![("audience".to_owned(), Secret::new("x"))],
        tls: TlsClientConfig::default(),
        proxy: ProxyConfig::default(),
    }
}

#[tokio::test]
async fn oauth2_client_credentials_are_fetched_once() {
    let (server, count) = (echo().await, Arc::new(AtomicUsize::new(0)));
    let endpoint = endpoint(count.clone()).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, "s3cret").unwrap();
    let grant = Grant::ClientCredentials { client_secret: Some(Source::File(path.clone())) };
    let client = with(Authentication::OAuth2(Box::new(oauth2(&endpoint, grant))));
    for _ in 0..3 {
        let want = "Bearer 1-client_credentials-a b-x|";
        assert_eq!(get(&client, &server.url("/")).await.unwrap().1, want);
    }
    std::fs::write(&path, "wrong").unwrap();
    let error = get(&client, &server.url("/")).await.unwrap_err().to_string();
    assert!(error.contains("oauth2: cannot fetch token: 401 Unauthorized"), "{error}");
    assert!(!error.contains("wrong"), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn oauth2_jwt_bearer_signs_its_claims() {
    let (server, endpoint) = (echo().await, endpoint(Arc::default()).await);
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let grant = Grant::JwtBearer {
        key: Some(Source::Inline(Secret::new(key.serialize_pem()))),
        key_id: "k1".to_owned(),
        signature_algorithm: "RS512".to_owned(),
        issuer: String::new(),
        audience: "aud".to_owned(),
        claims: vec![("x".to_owned(), 7.into())],
    };
    let client = with(Authentication::OAuth2(Box::new(oauth2(&endpoint, grant))));
    let want = "Bearer RS512 Some('k1') 'me' 'me' 'aud' 'a b' 7|";
    assert_eq!(get(&client, &server.url("/")).await.unwrap().1, want);
}

#[tokio::test]
async fn oauth2_fields_replace_the_grant_type_only() {
    let (server, endpoint) = (echo().await, endpoint(Arc::default()).await);
    let secret = || Grant::ClientCredentials { client_secret: Some(Source::Inline(Secret::new("s3cret"))) };
    let mut password = oauth2(&endpoint, secret());
    password.endpoint_params.push(("grant_type".to_owned(), Secret::new("password")));
    let client = with(Authentication::OAuth2(Box::new(password)));
    assert_eq!(get(&client, &server.url("/")).await.unwrap().1, "Bearer 1-password-a b-x|");
    let mut scope = oauth2(&endpoint, secret());
    scope.endpoint_params.push(("scope".to_owned(), Secret::new("c")));
    let client = with(Authentication::OAuth2(Box::new(scope)));
    let error = get(&client, &server.url("/")).await.unwrap_err().to_string();
    assert!(error.ends_with("oauth2: cannot overwrite parameter \"scope\""), "{error}");
}
