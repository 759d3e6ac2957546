//! Kinds of providers, sessions that are renewed, logging out elsewhere, keys by URL: against parties in this process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use accounts::Accounts;
use accounts::outside::Outside;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use catalog::Catalog;
use catalog::database::Location;
use dashboards::secrets::Vault;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{ADMIN, As, Got, NOW, PASSWORD, World, options, router};
use crate::grafana::Grafana;

/// A party that answers what it was told to, by path and query, and remembers what it was asked.
#[derive(Clone, Default)]
struct Party {
    answers: Arc<Mutex<HashMap<String, (u16, Value)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn answer(State(party): State<Party>, request: Request) -> Response {
    let path = request.uri().path_and_query().unwrap().to_string();
    let authorization =
        request.headers().get("authorization").and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let body = String::from_utf8_lossy(&request.into_body().collect().await.unwrap().to_bytes()).into_owned();
    party.asked.lock().unwrap().push(format!("{path} {authorization} {body}"));
    let answers = party.answers.lock().unwrap();
    let (status, document) = answers.get(&path).cloned().unwrap_or((404, json!({"error": "nothing here"})));
    let status = http::StatusCode::from_u16(status).unwrap();
    let headers = [("content-type", "application/json"), ("location", "/elsewhere")];
    (status, headers, document.to_string()).into_response()
}

impl Party {
    async fn start() -> (String, Party) {
        let party = Party::default();
        let router = Router::new().fallback(answer).with_state(party.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, party)
    }

    fn says(&self, path: &str, status: u16, document: Value) {
        self.answers.lock().unwrap().insert(path.to_owned(), (status, document));
    }

    /// What it was asked since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// A server whose clock is moved by hand.
struct Timed {
    world: World,
    now_ms: Arc<AtomicI64>,
}

async fn timed(text: &str) -> Timed {
    let outside =
        Outside::read(text, "auth.yml", Path::new("/")).map(|(o, _)| o).unwrap_or_else(|p| panic!("{p}"));
    let accounts =
        Accounts::new(Catalog::open(&Location::Memory).await.unwrap(), accounts::Options::default());
    accounts.ensure_first(Some(PASSWORD), NOW).await.unwrap();
    let now_ms = Arc::new(AtomicI64::new(NOW));
    let clock = now_ms.clone();
    let now = Arc::new(move || clock.load(Ordering::SeqCst));
    let grafana = Grafana::new(options(), accounts, outside, Vault::new("key").unwrap(), now);
    let router = router(grafana.clone(), "/");
    Timed { world: World { router, grafana }, now_ms }
}

fn cookie(got: &Got, name: &str) -> Option<String> {
    let all =
        got.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().split(';').next().unwrap());
    // What is sealed may end with a sign of its own.
    let mut found =
        all.filter(|c| c.strip_prefix(&format!("{name}=")).is_some_and(|value| !value.is_empty()));
    found.next().map(str::to_owned)
}

fn id_token(claims: &Value) -> String {
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Logs a browser in at a provider whose ID token says this; `None` for no ID token.
async fn log_in(
    world: &World,
    party: &Party,
    name: &str,
    id: Option<Value>,
    more: Value,
) -> (Got, HashMap<String, String>) {
    let begun = world.get(As::Nobody, &format!("/login/{name}")).await;
    assert_eq!(begun.status, 303, "{begun:?}");
    let url: url::Url = begun.headers["location"].to_str().unwrap().parse().unwrap();
    let sent: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let mut tokens = json!({"access_token": "token-1", "expires_in": 3600});
    tokens.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    if let Some(mut claims) = id {
        claims["nonce"] = sent["nonce"].clone().into();
        claims["exp"] = 9_000_000_000_u64.into();
        tokens["id_token"] = id_token(&claims).into();
    }
    party.says("/token", 200, tokens);
    let back = url::Url::parse(&sent["redirect_uri"]).unwrap().path().to_owned();
    let carried = cookie(&begun, "bongsu_login").unwrap();
    let done = world.get(As::Session(carried), &format!("{back}?code=c&state={}", sent["state"])).await;
    (done, sent)
}

fn refused(done: &Got, reason: &str) -> bool {
    let to = done.headers["location"].to_str().unwrap();
    to.starts_with("/login?error=")
        && to.contains(&reason.replace(' ', "+"))
        && cookie(done, "grafana_session").is_none()
}

async fn me(world: &World, done: &Got) -> Value {
    world
        .get(As::Session(cookie(done, "grafana_session").unwrap_or_else(|| panic!("{done:?}"))), "/api/user")
        .await
        .body
}

#[tokio::test]
async fn github_tells_organizations_teams_and_addresses_apart() {
    let (url, party) = Party::start().await;
    let config = |more: &str| {
        format!(
            "oauth: [{{kind: github, client_id: c, auth_url: '{url}/auth', token_url: '{url}/token', api_url: '{url}/user', {more}}}]"
        )
    };
    party.says("/user", 200, json!({"login": "octo", "id": 7, "name": "Octo", "email": null}));
    party.says(
        "/user/emails",
        200,
        json!([
            {"email": "old@example.com", "primary": false, "verified": true},
            {"email": "octo@example.com", "primary": true, "verified": true},
        ]),
    );
    // A page that is full has another behind it.
    let many: Vec<Value> = (0..100).map(|i| json!({"login": format!("org-{i}")})).collect();
    party.says("/user/orgs?per_page=100&page=1", 200, many.into());
    party.says("/user/orgs?per_page=100&page=2", 200, json!([{"login": "acme"}]));
    party.says(
        "/user/teams?per_page=100&page=1",
        200,
        json!([{"id": 150, "slug": "ops", "organization": {"login": "acme"}}]),
    );
    let role = "role_attribute_path: \"contains(groups[*], '@acme/ops') && 'GrafanaAdmin' || 'Viewer'\"";
    for (more, want) in [
        ("allowed_organizations: [acme]", Ok("Viewer")),
        ("allowed_organizations: [other]", Err("none of your organizations")),
        ("team_ids: [150]", Ok("Viewer")),
        ("team_ids: [1500]", Err("none of your teams")),
        ("allowed_groups: ['https://github.com/orgs/acme/teams/ops']", Ok("Viewer")),
        (role, Ok("Admin")),
        ("org_mapping: ['acme:1:Editor']", Ok("Editor")),
        ("org_mapping: ['other:1:Editor'], role_attribute_strict: true", Err("you have no role here")),
    ] {
        let world = timed(&config(more)).await.world;
        let (done, _) = log_in(&world, &party, "github", None, json!({})).await;
        match want {
            Ok(role) => {
                let me = me(&world, &done).await;
                super::holds(&me, &json!({"login": "octo", "email": "octo@example.com", "orgRole": role, "isGrafanaAdmin": false})).unwrap_or_else(|e| panic!("{more}: {e}"));
            }
            Err(reason) => assert!(refused(&done, reason), "{more}: {done:?}"),
        }
    }
    let asked = party.asked();
    assert!(
        asked.iter().filter(|a| !a.starts_with("/token")).all(|a| a.contains("Bearer token-1")),
        "{asked:?}"
    );
    // An address that is not proven is nobody's.
    party.says(
        "/user/emails",
        200,
        json!([{"email": "boss@acme.example", "primary": true, "verified": false}]),
    );
    let world = timed(&config("allowed_domains: [acme.example]")).await.world;
    assert!(refused(&log_in(&world, &party, "github", None, json!({})).await.0, "addresses of your domain"));
    // Only where it is said does the word make somebody who runs the server.
    let world = timed(&config(&format!("{role}, allow_assign_grafana_admin: true"))).await.world;
    party.says("/user/emails", 200, json!([]));
    let (done, _) = log_in(&world, &party, "github", None, json!({})).await;
    assert_eq!(me(&world, &done).await["isGrafanaAdmin"], true);
}

#[tokio::test]
async fn google_lets_one_hosted_domain_in() {
    let (url, party) = Party::start().await;
    let text = format!(
        "oauth: [{{kind: google, client_id: c, auth_url: '{url}/auth', token_url: '{url}/token', api_url: '{url}/user', \
         hosted_domain: acme.example, use_refresh_token: true}}]"
    );
    let world = timed(&text).await.world;
    party.says("/user", 200, json!({"sub": "1", "email": "kim@acme.example", "email_verified": true}));
    let id = |hd: Value| Some(json!({"aud": "c", "sub": "1", "hd": hd}));
    let (done, sent) = log_in(&world, &party, "google", id("acme.example".into()), json!({})).await;
    assert_eq!((sent["hd"].as_str(), sent["access_type"].as_str()), ("acme.example", "offline"));
    assert_eq!(me(&world, &done).await["login"], "kim@acme.example");
    for hd in [json!("evil.example"), Value::Null] {
        let (done, _) = log_in(&world, &party, "google", id(hd), json!({})).await;
        assert!(refused(&done, "the provider does not say hd"), "{done:?}");
    }
    // An ID token for another client, or about somebody else than the API, is worth nothing.
    let (done, _) = log_in(
        &world,
        &party,
        "google",
        Some(json!({"aud": "d", "sub": "1", "hd": "acme.example"})),
        json!({}),
    )
    .await;
    assert!(refused(&done, "for somebody else"), "{done:?}");
    let (done, _) = log_in(
        &world,
        &party,
        "google",
        Some(json!({"aud": "c", "sub": "2", "hd": "acme.example"})),
        json!({}),
    )
    .await;
    assert!(refused(&done, ""), "{done:?}");
}

#[tokio::test]
async fn azure_gives_groups_that_no_token_holds() {
    let (url, party) = Party::start().await;
    let text = format!(
        "oauth: [{{kind: azure, client_id: c, tenant: t, auth_url: '{url}/auth', token_url: '{url}/token', api_url: '', graph_url: '{url}', \
         allowed_groups: [g-2], allowed_organizations: [t-1]}}]"
    );
    let world = timed(&text).await.world;
    party.says("/v1.0/me/getMemberObjects", 200, json!({"value": ["g-1", "g-2"]}));
    let id = |more: Value| {
        let mut claims =
            json!({"aud": "c", "tid": "t-1", "preferred_username": "kim", "email": "kim@acme.example"});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Some(claims)
    };
    let overage = json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "http://169.254.169.254/"}}, "roles": ["Editor"]});
    let (done, _) = log_in(&world, &party, "azure", id(overage), json!({})).await;
    super::holds(&me(&world, &done).await, &json!({"login": "kim", "orgRole": "Editor"})).unwrap();
    let asked = party.asked();
    let groups = asked.iter().find(|a| a.starts_with("/v1.0")).unwrap();
    assert!(groups.contains("Bearer token-1") && groups.contains("securityEnabledOnly"), "{groups}");
    for (more, reason) in [
        (json!({"groups": ["g-1"]}), "none of your groups"),
        (json!({"groups": ["g-2"], "tid": "t-2"}), "none of your organizations"),
    ] {
        let (done, _) = log_in(&world, &party, "azure", id(more), json!({})).await;
        assert!(refused(&done, reason), "{done:?}");
    }
    assert_eq!(
        me(&world, &log_in(&world, &party, "azure", id(json!({"groups": ["g-2"]})), json!({})).await.0).await
            ["orgRole"],
        "Viewer"
    );
}

#[tokio::test]
async fn teams_of_any_provider_are_asked_for() {
    let (url, party) = Party::start().await;
    let text = format!(
        "oauth: [{{name: generic_oauth, short_callback: true, client_id: c, auth_url: '{url}/auth', token_url: '{url}/token', api_url: '{url}/user', \
         teams_url: '{url}/teams', team_ids_attribute_path: 'list[*].id', team_ids: [a], login_attribute_path: 'user.name', \
         email_attribute_path: 'mails[?primary].at | [0]'}}]"
    );
    let world = timed(&text).await.world;
    party.says("/user", 200, json!({"user": {"name": "kim"}, "mails": [{"at": "x@y", "primary": false}, {"at": "Kim@y", "primary": true}]}));
    party.says("/teams", 200, json!({"list": [{"id": "a"}]}));
    let (done, sent) = log_in(&world, &party, "generic_oauth", None, json!({})).await;
    assert!(sent["redirect_uri"].ends_with("/login/generic_oauth"), "as it is registered for Grafana");
    super::holds(&me(&world, &done).await, &json!({"login": "kim", "email": "kim@y"})).unwrap();
    party.says("/teams", 200, json!({"list": [{"id": "b"}]}));
    assert!(refused(&log_in(&world, &party, "generic_oauth", None, json!({})).await.0, "none of your teams"));
    party.says("/teams", 500, json!({}));
    assert!(refused(
        &log_in(&world, &party, "generic_oauth", None, json!({})).await.0,
        "does not say who you are"
    ));
}

/// Guard: `renew::renew`.
#[tokio::test]
async fn a_session_lasts_while_the_provider_renews_it() {
    let (url, party) = Party::start().await;
    let text = format!(
        "oauth: [{{name: sso, client_id: c, client_secret: s3, auth_url: '{url}/auth', token_url: '{url}/token', api_url: '{url}/user', \
         role_claim: groups, editors: [dev], use_refresh_token: true, signout_redirect_url: '{url}/out?post_logout_redirect_uri=https%3A%2F%2Fb%2F'}}]"
    );
    let Timed { world, now_ms } = timed(&text).await;
    let who = |groups: Value| json!({"sub": "1", "preferred_username": "kim", "groups": groups});
    party.says("/user", 200, who(json!(["dev"])));
    let id = json!({"aud": "c", "sub": "1"});
    let (done, sent) = log_in(&world, &party, "sso", Some(id), json!({"refresh_token": "r-1"})).await;
    assert!(sent["scope"].contains("offline_access"), "{sent:?}");
    let session = As::Session(cookie(&done, "grafana_session").unwrap());
    party.asked();
    let role = async || world.get(session.clone(), "/api/user").await.body["orgRole"].clone();
    assert_eq!(role().await, "Editor");
    assert_eq!(party.asked(), [""; 0], "nothing is asked while the token is good");

    // An hour later the provider is asked once, and what it says counts.
    now_ms.fetch_add(3_600_000, Ordering::SeqCst);
    party.says("/token", 200, json!({"access_token": "token-2", "refresh_token": "r-2", "expires_in": 600}));
    party.says("/user", 200, who(json!([])));
    assert_eq!(role().await, "Viewer");
    let asked = party.asked();
    assert!(
        asked[0].contains("grant_type=refresh_token&refresh_token=r-1")
            && asked[0].contains("client_secret=s3"),
        "{asked:?}"
    );
    assert!(asked[1].contains("Bearer token-2") && asked.len() == 2, "{asked:?}");
    role().await;
    assert_eq!(party.asked().len(), 0);

    // A provider that is down is asked again in a minute, and nobody is logged out by that.
    now_ms.fetch_add(600_000, Ordering::SeqCst);
    party.says("/token", 503, json!({}));
    assert_eq!(role().await, "Viewer");
    assert_eq!(role().await, "Viewer");
    assert_eq!(party.asked().len(), 1);
    now_ms.fetch_add(60_000, Ordering::SeqCst);
    party.says("/token", 200, json!({"access_token": "token-3", "expires_in": 600}));
    assert_eq!(role().await, "Viewer");
    assert!(party.asked()[0].contains("refresh_token=r-2"), "a token that is not replaced stays");

    // Whoever logs out here is sent there.
    let out = world.ask(session.clone(), "POST", "/logout", Value::Null).await;
    let to = out.body["redirectUrl"].as_str().unwrap();
    assert!(
        to.starts_with(&format!("{url}/out?post_logout_redirect_uri=")) && to.contains("id_token_hint=e30."),
        "{to}"
    );
    assert_eq!(world.get(session, "/api/user").await.status, 401);

    // A provider that says no ends the session, and so does a claim that lets nobody in.
    for (status, document) in
        [(400, json!({"error": "invalid_grant"})), (200, json!({"error": "bad_verification_code"}))]
    {
        let id = json!({"aud": "c", "sub": "1"});
        let (done, _) = log_in(&world, &party, "sso", Some(id), json!({"refresh_token": "r"})).await;
        let session = As::Session(cookie(&done, "grafana_session").unwrap());
        now_ms.fetch_add(3_600_000, Ordering::SeqCst);
        party.says("/token", status, document);
        assert_eq!(world.get(session.clone(), "/api/user").await.status, 401);
        now_ms.fetch_sub(3_600_000, Ordering::SeqCst);
        assert_eq!(world.get(session, "/api/user").await.status, 401, "it has ended");
    }
}

mod keys {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

    use super::*;

    /// A key of a party: it signs, and is told.
    struct Key {
        id: &'static str,
        private: EncodingKey,
        public: Value,
    }

    fn key(id: &'static str) -> Key {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let public = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": id, "x": part(&point[1..33]), "y": part(&point[33..])});
        let der = pair.to_pkcs8v1().unwrap();
        Key { id, private: EncodingKey::from_ec_der(der.as_ref()), public }
    }

    impl Key {
        fn sign(&self, more: Value) -> As {
            let mut claims = json!({"aud": "bongsu", "exp": 9_000_000_000_u64, "sub": "kim", "env": "prod"});
            claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let header = Header { kid: Some(self.id.to_owned()), ..Header::new(Algorithm::ES256) };
            As::Token(encode(&header, &claims, &self.private).unwrap())
        }
    }

    #[tokio::test]
    async fn tokens_are_checked_with_keys_that_are_asked_for_now_and_then() {
        let (url, party) = Party::start().await;
        let text = format!(
            "jwt: {{jwks_url: '{url}/keys', audience: bongsu, cache_ttl: 10m, expect_claims: {{env: prod}}, \
             role_attribute_path: \"contains(roles || `[]`, 'ops') && 'Editor' || 'Viewer'\"}}"
        );
        let Timed { world, now_ms } = timed(&text).await;
        let (first, second, foreign) = (key("a"), key("b"), key("a"));
        party.says("/keys", 200, json!({"keys": [first.public]}));
        let status = async |who: As| world.get(who, "/api/user").await.status;
        let got = world.get(first.sign(json!({"roles": ["ops"]})), "/api/user").await;
        super::super::holds(&got.body, &json!({"login": "kim", "orgRole": "Editor"})).unwrap();
        for _ in 0..5 {
            assert_eq!(status(first.sign(json!({}))).await, 200);
        }
        assert_eq!(party.asked().len(), 1, "kept");
        for (who, want) in [
            (foreign.sign(json!({})), 401),
            (first.sign(json!({"env": "dev"})), 403),
            (first.sign(json!({"aud": "other"})), 401),
            (first.sign(json!({"exp": 1})), 401),
            (As::Token("e30.e30.e30".to_owned()), 401),
        ] {
            assert_eq!(status(who.clone()).await, want, "{who:?}");
        }
        assert_eq!(party.asked().len(), 0, "keys that are known are not asked for");

        // A key that is not known may be new: it is asked for, but not for each token.
        now_ms.fetch_add(60_000, Ordering::SeqCst);
        party.says("/keys", 200, json!({"keys": [first.public, second.public]}));
        assert_eq!(status(second.sign(json!({}))).await, 200);
        assert_eq!(party.asked().len(), 1);
        let unknown = key("c");
        for _ in 0..5 {
            assert_eq!(status(unknown.sign(json!({}))).await, 401);
        }
        assert_eq!(party.asked().len(), 0, "asked for a moment ago");

        // Old keys are asked for again; if that fails they are used for a day, and asked for in peace.
        now_ms.fetch_add(11 * 60_000, Ordering::SeqCst);
        party.says("/keys", 302, json!({}));
        party.says("/elsewhere", 200, json!({"keys": [unknown.public]}));
        for _ in 0..3 {
            assert_eq!(status(first.sign(json!({}))).await, 200);
        }
        let asked = party.asked();
        assert!(asked.len() == 1 && asked[0].starts_with("/keys"), "a redirect is not followed: {asked:?}");
        now_ms.fetch_add(25 * 3_600_000, Ordering::SeqCst);
        assert_eq!(status(first.sign(json!({}))).await, 500);
        assert_eq!(world.get(ADMIN, "/api/user").await.status, 200, "others log in as ever");
    }
}
