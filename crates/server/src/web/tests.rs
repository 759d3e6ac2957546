use http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

async fn ask(prefix: &str, base: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let router: Router = routes(prefix, base, &Facts::default());
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn the_page_is_at_every_address_of_the_ui_and_nowhere_else() {
    for (prefix, path, found) in [
        ("/", "/", true),
        ("/", "/query?g0.expr=up", true),
        ("/", "/d/abc/name", true),
        ("/", "/silences/new", true),
        ("/", "/api/v1/nothing", false),
        ("/", "/queryx", false),
        ("/", "/index.html", false),
        ("/", "/../Cargo.toml", false),
        ("/prom", "/prom", true),
        ("/prom", "/prom/", true),
        ("/prom", "/prom/targets", true),
        ("/prom", "/targets", false),
    ] {
        let response = ask(prefix, "/prom", path, &[]).await;
        assert_eq!(response.status() == StatusCode::OK, found, "{prefix} {path}");
        if found {
            assert!(
                response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'self'")
            );
            assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
            assert!(text(response).await.contains("<base href=\"/prom/\""), "{path}");
        }
    }
}

#[tokio::test]
async fn a_known_version_is_not_sent_again() {
    let etag = ask("/", "", "/query", &[]).await.headers()[ETAG].to_str().unwrap().to_owned();
    for (given, status) in [
        (etag.clone(), StatusCode::NOT_MODIFIED),
        (format!("W/{etag}"), StatusCode::NOT_MODIFIED),
        (format!("\"x\", {etag}"), StatusCode::NOT_MODIFIED),
        ("\"x\"".to_owned(), StatusCode::OK),
    ] {
        assert_eq!(ask("/", "", "/query", &[("if-none-match", &given)]).await.status(), status, "{given}");
    }
}

#[tokio::test]
async fn files_come_packed_to_those_who_take_it() {
    for asset in webui::ASSETS.iter().filter(|a| a.path.starts_with("assets/") || a.path == "favicon.svg") {
        let path = format!("/x/{}", asset.path);
        let packed = ask("/x", "/x", &path, &[("accept-encoding", "gzip, deflate")]).await;
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[CONTENT_TYPE], asset.mime);
        assert_eq!(packed.into_body().collect().await.unwrap().to_bytes().len(), asset.gzip.len());
        let plain = ask("/x", "/x", &path, &[]).await;
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(plain.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"), asset.immutable);
        assert_eq!(plain.into_body().collect().await.unwrap().to_bytes().len(), asset.size);
    }
    for path in ["/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/index.html"] {
        assert_eq!(ask("/", "", path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn who_takes_gzip() {
    for (given, want) in [
        ("gzip", true),
        ("br, GZIP;q=0.5", true),
        ("*", true),
        ("gzip;q=0, *", false),
        ("br", false),
        ("", false),
    ] {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(given))]);
        assert_eq!(takes_gzip(&headers), want, "{given}");
    }
    assert!(!takes_gzip(&HeaderMap::new()));
}
