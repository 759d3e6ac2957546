//! What others say about users, and what of it is believed.

use std::path::Path;

use serde_json::{Value, json};

use super::claims::{Claim, Claims, Refusal};
use super::config::{Outside, Provider};
use super::oauth::{Journey, authorize_url, id_claims, own_path, together, token_form};
use super::proxy::Network;
use crate::role::Role;

fn read(text: &str) -> Result<Outside, String> {
    Outside::read(text, "auth.yml", Path::new("/etc/bongsu")).map(|(o, _)| o).map_err(|p| p.to_string())
}

fn provider(text: &str) -> Provider {
    read(&format!("oauth:\n- {{{text}}}\n")).unwrap().oauth.remove(0)
}

#[test]
fn presets_know_their_addresses() {
    let cases = [
        ("kind: google, client_id: c", "google", "https://accounts.google.com/o/oauth2/v2/auth"),
        ("kind: github, client_id: c", "github", "https://github.com/login/oauth/authorize"),
        (
            "kind: keycloak, client_id: c, issuer: https://sso.example/realms/main/",
            "keycloak",
            "https://sso.example/realms/main/protocol/openid-connect/auth",
        ),
        (
            "kind: azure, client_id: c, tenant: t-1, name: ms",
            "ms",
            "https://login.microsoftonline.com/t-1/oauth2/v2.0/authorize",
        ),
        (
            "client_id: c, auth_url: https://a/x, token_url: https://a/t, api_url: https://a/u",
            "generic",
            "https://a/x",
        ),
        (
            "client_id: c, auth_url: http://localhost:1/a, token_url: http://127.0.0.1:1/t",
            "generic",
            "http://localhost:1/a",
        ),
    ];
    for (text, name, url) in cases {
        let provider = provider(text);
        assert_eq!((provider.name.as_str(), provider.auth_url.as_str()), (name, url), "{text}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        ("oauth: [{kind: google}]", "client_id"),
        ("oauth: [{kind: keycloak, client_id: c}]", "issuer"),
        ("oauth: [{kind: azure, client_id: c}]", "tenant"),
        ("oauth: [{client_id: c, auth_url: http://a, token_url: https://a}]", "no https URL"),
        ("oauth: [{client_id: c, name: a/b, auth_url: https://a, token_url: https://a}]", "stands in URLs"),
        ("oauth: [{kind: google, client_id: a}, {kind: google, client_id: b}]", "two providers"),
        ("proxy: {header: X-User}", "networks"),
        ("proxy: {from: [10.0.0.0/33]}", "no network"),
        ("jwt: {audience: a}", "one of jwks_file, jwks_url and key_file"),
        ("jwt: {jwks_file: k}", "audience"),
        ("ldap: {}", "unknown field"),
    ];
    for (text, want) in cases {
        let error = read(text).unwrap_err();
        assert!(error.contains(want) && error.starts_with("auth.yml:1"), "{text}: {error}");
    }
    assert_eq!(read("").unwrap(), Outside::default());
}

fn claims() -> Claims {
    Claims {
        login: vec!["preferred_username".into(), "email".into()],
        email: "email".into(),
        name: "name".into(),
        role: "realm_access.roles".into(),
        roles: vec![(Role::Admin, vec!["root".into()]), (Role::Editor, vec!["dev".into(), "ops".into()])],
        groups: "groups".into(),
        ..Claims::default()
    }
}

#[test]
fn claims_become_users() {
    let said = |roles: Value| json!({"preferred_username": "Kim", "email": "Kim@X.example", "name": "김", "realm_access": {"roles": roles}});
    for (roles, want) in [
        (json!(["dev", "root"]), Role::Admin),
        (json!(["ops"]), Role::Editor),
        (json!("a,ops b"), Role::Editor),
        (json!(["nothing"]), Role::Viewer),
        (json!(null), Role::Viewer),
        (json!(["None"]), Role::Viewer),
    ] {
        let user = claims().user("sso", &said(roles.clone())).unwrap();
        assert_eq!(
            (user.login.as_str(), user.email.as_str(), user.role),
            ("Kim", "kim@x.example", Some(want)),
            "{roles}"
        );
    }
    // Without a claim for roles, they are ours to give.
    let free = Claims { role: Claim::default(), ..claims() };
    assert_eq!(free.user("sso", &said(json!(["root"]))).unwrap().role, None);
    let by_url = Claims { role: "https://x.example/roles".into(), ..claims() };
    let said = json!({"email": "a@b", "https://x.example/roles": ["root"]});
    assert_eq!(by_url.user("sso", &said).unwrap().role, Some(Role::Admin));
}

#[test]
fn who_may_not_log_in_is_turned_away() {
    let strict = Claims {
        role_required: true,
        allowed_groups: vec!["staff".into()],
        allowed_domains: vec!["example.com".into()],
        ..claims()
    };
    let fine =
        json!({"email": "a@Example.com", "groups": ["x", "staff"], "realm_access": {"roles": ["dev"]}});
    assert!(strict.user("sso", &fine).is_ok());
    let with = |name: &str, value: Value| {
        let mut said = fine.clone();
        said[name] = value;
        strict.user("sso", &said).unwrap_err()
    };
    assert_eq!(with("email", json!("a@example.com.evil")), Refusal::Domain);
    assert_eq!(with("email", json!("")), Refusal::NoLogin("preferred_username or email".into()));
    assert_eq!(with("email_verified", json!(false)), Refusal::Unverified);
    assert_eq!(with("groups", json!(["staff2"])), Refusal::Group);
    assert_eq!(with("groups", json!(null)), Refusal::Group);
    assert_eq!(with("realm_access", json!({})), Refusal::Role);
}

#[test]
fn the_code_flow_is_bound_to_its_browser() {
    let provider = provider("kind: google, client_id: c 1");
    let journey = Journey::begin(&provider, "/d/x?y=1", 1_000).unwrap();
    let url: url::Url =
        authorize_url(&provider, &journey, "https://b/login/google/callback").parse().unwrap();
    let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(query["client_id"], "c 1");
    assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!(query["scope"], "openid profile email");
    assert_eq!(query["state"], journey.state);
    assert!(!url.as_str().contains(&journey.verifier));
    let form = token_form(&provider, &journey, "the code", "https://b/cb", "");
    assert!(form.contains(&format!("code_verifier={}", journey.verifier)) && !form.contains("client_secret"));
    assert!(journey.is_answered_by("google", &journey.state, 2_000));
    for (name, state, now) in [
        ("google", "x", 2_000),
        ("github", journey.state.as_str(), 2_000),
        ("google", journey.state.as_str(), 700_000),
    ] {
        assert!(!journey.is_answered_by(name, state, now), "{name} {state} {now}");
    }
    for (to, want) in [
        ("/a?b", "/a?b"),
        ("//evil.example", "/"),
        ("https://evil", "/"),
        ("/\\evil", "/"),
        ("", "/"),
        ("/a\nb", "/"),
    ] {
        assert_eq!(own_path(to), want, "{to}");
    }
}

#[test]
fn id_tokens_are_for_us_for_this_login_and_in_time() {
    use base64::Engine;
    let provider = provider("kind: google, client_id: c");
    let journey = Journey::begin(&provider, "/", 0).unwrap();
    let answer = |claims: Value| {
        let payload = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        json!({"access_token": "t", "id_token": format!("e30.{payload}.sig")})
    };
    let good = json!({"aud": "c", "nonce": journey.nonce, "exp": 10, "sub": "7"});
    assert_eq!(id_claims(&answer(good.clone()), &provider, Some(&journey), 9_999), Ok(good.clone()));
    assert_eq!(id_claims(&json!({}), &provider, Some(&journey), 0), Ok(Value::Null));
    for (name, value) in [
        ("aud", json!("d")),
        ("aud", json!(null)),
        ("nonce", json!("x")),
        ("exp", json!(9)),
        ("exp", json!(null)),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        assert!(id_claims(&answer(bad), &provider, Some(&journey), 9_999).is_err(), "{name} {value}");
    }
    assert!(id_claims(&json!({"id_token": "x"}), &provider, Some(&journey), 0).is_err());
    assert_eq!(
        together(json!({"sub": "1", "a": 1}), json!({"sub": "1", "b": 2})),
        json!({"sub": "1", "a": 1, "b": 2})
    );
    assert_eq!(together(json!({"sub": "1"}), json!({"sub": "2"})), Value::Null);
    assert_eq!(together(Value::Null, json!({"login": "x"})), json!({"login": "x"}));
}

#[test]
fn networks_hold_their_addresses() {
    let cases = [
        ("10.0.0.0/8", "10.9.9.9", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false),
        ("0.0.0.0/0", "1.2.3.4", true),
        ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "10.0.0.1", false),
        ("::/0", "::1", true),
    ];
    for (network, address, want) in cases {
        assert_eq!(
            Network::parse(network).unwrap().holds(address.parse().unwrap()),
            want,
            "{network} {address}"
        );
    }
    for bad in ["", "10.0.0.0/33", "x/8", "10.0.0.0/-1", "::/129"] {
        assert_eq!(Network::parse(bad), None, "{bad}");
    }
}

mod jwt {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::super::config::Jwt;
    use super::super::jwt::{JwtError, Keys, check};
    use super::claims;

    /// A pair of P-256 keys, PEM; made for these tests and used nowhere else.
    fn keys() -> (EncodingKey, Keys) {
        use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
        use base64::Engine;
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let pem = |label: &str, der: &[u8]| {
            let text = base64::prelude::BASE64_STANDARD.encode(der);
            let lines: Vec<&str> =
                (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
        };
        let private = EncodingKey::from_ec_pem(pem("PRIVATE KEY", private.as_ref()).as_bytes()).unwrap();
        (private, Keys::Pem(pem("PUBLIC KEY", public.as_ref())))
    }

    #[test]
    fn only_tokens_signed_for_us_in_time_are_believed() {
        let config = Jwt {
            header: "X-JWT-Assertion".into(),
            jwks_file: None,
            jwks_url: String::new(),
            jwks_ttl: std::time::Duration::ZERO,
            key_file: None,
            sign_up: true,
            issuer: "idp".into(),
            audience: "bongsu".into(),
            claims: claims(),
        };
        let (private, keys) = keys();
        let (foreign, _) = self::keys();
        let good = json!({"aud": "bongsu", "iss": "idp", "exp": 4_000_000_000_u64, "email": "a@b"});
        let sign =
            |claims: &Value, key: &EncodingKey| encode(&Header::new(Algorithm::ES256), claims, key).unwrap();
        assert_eq!(check(&sign(&good, &private), &keys, &config), Ok(good.clone()));
        for (name, value) in [
            ("aud", json!("other")),
            ("aud", Value::Null),
            ("iss", json!("evil")),
            ("exp", json!(1_000)),
            ("exp", Value::Null),
            ("nbf", json!(4_000_000_000_u64)),
        ] {
            let mut bad = good.clone();
            bad[name] = value.clone();
            if value.is_null() {
                bad.as_object_mut().unwrap().remove(name);
            }
            assert!(check(&sign(&bad, &private), &keys, &config).is_err(), "{name} {value}");
        }
        assert!(check(&sign(&good, &foreign), &keys, &config).is_err(), "signed by somebody else");
        // The public key as if it were a shared secret.
        let Keys::Pem(pem) = &keys else { unreachable!("made above") };
        let confused =
            encode(&Header::new(Algorithm::HS256), &good, &EncodingKey::from_secret(pem.as_bytes())).unwrap();
        assert!(matches!(check(&confused, &keys, &config), Err(JwtError::Token(_))));
        for odd in ["", "a.b", "a.b.c", "e30.e30.", &"x".repeat(20_000)] {
            assert!(check(odd, &keys, &config).is_err());
        }
    }
}
