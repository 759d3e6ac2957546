//! Sections `auth.…` of Grafana, as the document that `--auth.config-file` holds: one reader checks both.

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use super::Written;

/// Sections of providers, and our kinds.
const PROVIDERS: [(&str, &str); 6] = [
    ("generic_oauth", "generic"),
    ("google", "google"),
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("azuread", "azure"),
    ("okta", "okta"),
];
/// Settings of a provider that are texts in both.
const TEXTS: [&str; 16] = [
    "client_id",
    "client_secret",
    "auth_url",
    "token_url",
    "api_url",
    "teams_url",
    "team_ids_attribute_path",
    "role_attribute_path",
    "groups_attribute_path",
    "login_attribute_path",
    "email_attribute_path",
    "name_attribute_path",
    "org_attribute_path",
    "hosted_domain",
    "signout_redirect_url",
    "graph_url",
];
/// Settings that are lists, written with spaces or commas, or as JSON.
const LISTS: [&str; 6] =
    ["scopes", "allowed_domains", "allowed_groups", "allowed_organizations", "team_ids", "org_mapping"];
/// Settings that are switches in both.
const SWITCHES: [&str; 6] = [
    "allow_sign_up",
    "role_attribute_strict",
    "allow_assign_grafana_admin",
    "skip_org_role_sync",
    "use_refresh_token",
    "force_use_graph_api",
];

/// The document, if anything is switched on.
///
/// # Errors
/// A value that cannot be used, with its setting.
pub(super) fn document(written: &Written<'_>) -> anyhow::Result<Option<String>> {
    let mut oauth = Vec::new();
    for (section, kind) in PROVIDERS {
        let name = format!("auth.{section}");
        if written.is_on(&name, "enabled")? == Some(true) {
            oauth.push(provider(written, &name, section, kind)?);
        }
    }
    let mut document = Map::new();
    if !oauth.is_empty() {
        document.insert("oauth".to_owned(), oauth.into());
    }
    if written.is_on("auth.proxy", "enabled")? == Some(true) {
        document.insert("proxy".to_owned(), proxy(written)?);
    }
    if written.is_on("auth.jwt", "enabled")? == Some(true) {
        document.insert("jwt".to_owned(), tokens(written)?);
    }
    Ok((!document.is_empty()).then(|| Value::Object(document).to_string()))
}

fn provider(written: &Written<'_>, section: &str, name: &str, kind: &str) -> anyhow::Result<Value> {
    // The provider sends browsers back to the path that Grafana has for it.
    let mut fields = Map::from_iter([
        ("kind".to_owned(), json!(kind)),
        ("name".to_owned(), json!(name)),
        ("short_callback".to_owned(), json!(true)),
    ]);
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    if let Some(title) = written.get(section, "name")? {
        put("title", title.into());
    }
    for key in TEXTS {
        if let Some(text) = written.get(section, key)? {
            put(key, text.into());
        }
    }
    for key in LISTS {
        if let Some(text) = written.get(section, key)? {
            put(key, list(&text).with_context(|| format!("[{section}] {key}"))?);
        }
    }
    for key in SWITCHES {
        if let Some(is_on) = written.is_on(section, key)? {
            put(key, is_on.into());
        }
    }
    // Codes are always bound to the browser: providers that know nothing of it ignore it.
    written.is_on(section, "use_pkce")?;
    let url = |key: &str| written.get(section, key);
    match kind {
        // Grafana has these without the tenant in a setting of its own.
        "azure" => {
            if url("auth_url")?.is_none() || url("token_url")?.is_none() {
                bail!("[{section}] auth_url and token_url are needed, with the tenant in them");
            }
            put("tenant", json!("-"));
        }
        "okta" => {
            let auth = url("auth_url")?.with_context(|| format!("[{section}] auth_url is missing"))?;
            put("issuer", json!(auth.trim_end_matches("/v1/authorize")));
        }
        // Its API has no page of OpenID Connect; the usual one beside it has.
        "gitlab" => match url("api_url")?.as_deref().and_then(|api| api.strip_suffix("/api/v4")) {
            Some(issuer) => {
                put("issuer", json!(issuer));
                put("api_url", json!(format!("{issuer}/oauth/userinfo")));
                put("scopes", json!(["openid", "profile", "email"]));
            }
            None => put("scopes", json!(["openid", "profile", "email"])),
        },
        _others => {}
    }
    Ok(Value::Object(fields))
}

fn proxy(written: &Written<'_>) -> anyhow::Result<Value> {
    const SECTION: &str = "auth.proxy";
    let mut fields = Map::new();
    if let Some(name) = written.get(SECTION, "header_name")? {
        fields.insert("header".to_owned(), name.into());
    }
    if let Some("email") = written.get(SECTION, "header_property")?.as_deref() {
        bail!("[{SECTION}] header_property = email: here the header names the login");
    }
    let whitelist = written.get(SECTION, "whitelist")?.with_context(|| {
        format!(
            "[{SECTION}] whitelist is missing: without the proxy's addresses anybody could name themselves"
        )
    })?;
    fields.insert("from".to_owned(), list(&whitelist)?);
    for pair in
        written.get(SECTION, "headers")?.unwrap_or_default().split([' ', ',']).filter(|p| !p.is_empty())
    {
        let (what, header) =
            pair.split_once(':').with_context(|| format!("[{SECTION}] headers: {pair:?}"))?;
        let field = match what {
            "Email" => "email_header",
            "Name" => "name_header",
            "Role" => "role_header",
            other => bail!("[{SECTION}] headers: {other:?} is none of Email, Name, Role"),
        };
        fields.insert(field.to_owned(), header.into());
    }
    Ok(Value::Object(fields))
}

fn tokens(written: &Written<'_>) -> anyhow::Result<Value> {
    const SECTION: &str = "auth.jwt";
    let mut fields = Map::new();
    for (key, field) in [
        ("header_name", "header"),
        ("jwk_set_url", "jwks_url"),
        ("jwk_set_file", "jwks_file"),
        ("key_file", "key_file"),
        ("cache_ttl", "cache_ttl"),
        ("username_claim", "login_claim"),
        ("username_attribute_path", "login_attribute_path"),
        ("email_claim", "email_claim"),
        ("email_attribute_path", "email_attribute_path"),
        ("role_attribute_path", "role_attribute_path"),
        ("groups_attribute_path", "groups_attribute_path"),
    ] {
        if let Some(text) = written.get(SECTION, key)? {
            fields.insert(field.to_owned(), text.into());
        }
    }
    for (key, field) in [
        ("auto_sign_up", "allow_sign_up"),
        ("role_attribute_strict", "role_attribute_strict"),
        ("allow_assign_grafana_admin", "allow_assign_grafana_admin"),
        ("skip_org_role_sync", "skip_org_role_sync"),
    ] {
        if let Some(is_on) = written.is_on(SECTION, key)? {
            fields.insert(field.to_owned(), is_on.into());
        }
    }
    // In Grafana nobody gets an account by a token unless that is said.
    fields.entry("allow_sign_up").or_insert(json!(false));
    let text = written.get(SECTION, "expect_claims")?.unwrap_or_else(|| "{}".to_owned());
    let mut expected: Map<String, Value> = serde_json::from_str(&text)
        .with_context(|| format!("[{SECTION}] expect_claims is no JSON object"))?;
    match expected.remove("aud") {
        Some(Value::String(audience)) => fields.insert("audience".to_owned(), audience.into()),
        Some(Value::Array(many)) if many.len() == 1 => fields.insert("audience".to_owned(), many[0].clone()),
        _missing => bail!(
            "[{SECTION}] expect_claims must say for whom tokens are ({{\"aud\": \"…\"}}), or tokens for others would do"
        ),
    };
    if let Some(Value::String(issuer)) = expected.remove("iss") {
        fields.insert("issuer".to_owned(), issuer.into());
    }
    if !expected.is_empty() {
        fields.insert("expect_claims".to_owned(), Value::Object(expected));
    }
    Ok(Value::Object(fields))
}

/// A list as Grafana reads one: JSON, or words with spaces or commas between them.
fn list(text: &str) -> anyhow::Result<Value> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str::<Vec<String>>(text).map(Value::from).context("no JSON list of texts");
    }
    let words = text.split([' ', ',', '\n']).map(str::trim).filter(|word| !word.is_empty());
    Ok(words.map(str::to_owned).collect())
}
