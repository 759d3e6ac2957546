//! The file of `--auth.config-file`.

use std::path::{Path, PathBuf};

use transport::config::Source;
use yaml::{Fields, Problem, Problems, Read, Secret, Value, read_document};

use super::claims::Claims;
use super::proxy::Network;
use crate::role::Role;

/// All parties that vouch for users.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outside {
    /// Providers that browsers are sent to.
    pub oauth: Vec<Provider>,
    /// A proxy in front that has logged users in.
    pub proxy: Option<ProxyHeader>,
    /// Signed tokens.
    pub jwt: Option<Jwt>,
}

/// A provider that browsers are sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its name in URLs: `/login/<name>`.
    pub name: String,
    /// What the button says.
    pub title: String,
    /// Our identifier there.
    pub client_id: String,
    /// How we prove that we are it.
    pub client_secret: Option<Source<Secret>>,
    /// Where browsers are sent.
    pub auth_url: String,
    /// Where codes become tokens.
    pub token_url: String,
    /// Where a token tells who somebody is; may be empty if the token itself does.
    pub api_url: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Whether who has no account gets one.
    pub sign_up: bool,
    /// What its claims mean.
    pub claims: Claims,
}

/// A proxy in front that has logged users in.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyHeader {
    /// The header that names the user.
    pub header: String,
    /// The header with the address, or empty.
    pub email_header: String,
    /// The header with the name, or empty.
    pub name_header: String,
    /// The header with the role, or empty.
    pub role_header: String,
    /// Where the proxy is: from anywhere else the headers mean nothing.
    pub from: Vec<Network>,
}

/// Signed tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwt {
    /// The header that carries one; `Authorization: Bearer` is looked at, too.
    pub header: String,
    /// A file of keys, as JSON.
    pub jwks_file: Option<PathBuf>,
    /// A public key, PEM.
    pub key_file: Option<PathBuf>,
    /// Who must have signed it; empty for anybody with a key.
    pub issuer: String,
    /// Whom it must be for.
    pub audience: String,
    /// What its claims mean.
    pub claims: Claims,
}

impl Outside {
    /// Reads the file's text; `directory` is where the files are that it names.
    ///
    /// # Errors
    /// Every mistake, with its place.
    pub fn read(text: &str, file: &str, directory: &Path) -> Result<(Outside, Vec<Problem>), Problems> {
        read_document(text, file, directory, |value| {
            if value.is_null() {
                return Some(Outside::default());
            }
            value.fields(|f| {
                let outside = Outside {
                    oauth: f.or_default("oauth"),
                    proxy: f.optional("proxy"),
                    jwt: f.optional("jwt"),
                };
                for (i, provider) in outside.oauth.iter().enumerate() {
                    if outside.oauth[..i].iter().any(|other| other.name == provider.name) {
                        f.problem("oauth", format!("two providers are called {:?}", provider.name));
                    }
                }
                Some(outside)
            })
        })
    }
}

/// What is known of a kind of provider.
struct Preset {
    kind: &'static str,
    title: &'static str,
    urls: [&'static str; 3],
    scopes: &'static [&'static str],
    login: &'static [&'static str],
}

const OPENID: &[&str] = &["openid", "profile", "email"];
static PRESETS: [Preset; 5] = [
    Preset {
        kind: "generic",
        title: "Single sign-on",
        urls: ["", "", ""],
        scopes: OPENID,
        login: &["preferred_username", "email"],
    },
    Preset {
        kind: "google",
        title: "Google",
        urls: [
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            "https://openidconnect.googleapis.com/v1/userinfo",
        ],
        scopes: OPENID,
        login: &["email"],
    },
    Preset {
        kind: "github",
        title: "GitHub",
        urls: [
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            "https://api.github.com/user",
        ],
        scopes: &["read:user", "user:email"],
        login: &["login"],
    },
    Preset {
        kind: "keycloak",
        title: "Keycloak",
        urls: [
            "{issuer}/protocol/openid-connect/auth",
            "{issuer}/protocol/openid-connect/token",
            "{issuer}/protocol/openid-connect/userinfo",
        ],
        scopes: OPENID,
        login: &["preferred_username", "email"],
    },
    Preset {
        kind: "azure",
        title: "Microsoft",
        urls: [
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            "https://graph.microsoft.com/oidc/userinfo",
        ],
        scopes: OPENID,
        login: &["preferred_username", "email"],
    },
];

impl Read for Provider {
    fn read(value: &Value<'_>) -> Option<Provider> {
        value.fields(|f| {
            let kinds: Vec<(&'static str, usize)> =
                PRESETS.iter().enumerate().map(|(i, p)| (p.kind, i)).collect();
            let preset = &PRESETS[f.one_of("kind", &kinds, 0)];
            let (issuer, tenant): (String, String) = (f.or_default("issuer"), f.or_default("tenant"));
            let filled = |url: &str| {
                url.replace("{issuer}", issuer.trim_end_matches('/')).replace("{tenant}", &tenant)
            };
            if preset.urls[0].contains("{issuer}") && issuer.is_empty() {
                f.problem("issuer", "issuer is missing, such as https://sso.example.com/realms/main");
            }
            if preset.urls[0].contains("{tenant}") && tenant.is_empty() {
                f.problem("tenant", "tenant is missing: the directory's identifier");
            }
            let [auth, token, api] = preset.urls;
            let name = f.or("name", preset.kind.to_owned());
            if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                f.problem("name", format!("{name:?} stands in URLs: only letters, digits, - and _"));
            }
            let provider = Provider {
                title: f.or("title", preset.title.to_owned()),
                client_id: f.required("client_id")?,
                client_secret: Source::read(
                    f,
                    "client_secret",
                    "client_secret_file",
                    None,
                    "at most one of client_secret & client_secret_file must be configured",
                ),
                auth_url: f.or("auth_url", filled(auth)),
                token_url: f.or("token_url", filled(token)),
                api_url: f.or("api_url", filled(api)),
                scopes: f.or("scopes", preset.scopes.iter().map(|s| (*s).to_owned()).collect()),
                sign_up: f.or("allow_sign_up", true),
                claims: claims(f, preset.login),
                name,
            };
            for (field, url) in [("auth_url", &provider.auth_url), ("token_url", &provider.token_url)] {
                check_url(f, field, url);
            }
            if !provider.api_url.is_empty() {
                check_url(f, "api_url", &provider.api_url);
            }
            Some(provider)
        })
    }
}

/// Reports what is no address of a provider. Codes and tokens travel encrypted, but on this machine itself.
fn check_url(f: &Fields<'_>, field: &'static str, text: &str) {
    if text.is_empty() {
        return f.problem(field, format!("{field} is missing"));
    }
    // A preset without what it needs, which is told already.
    if text.starts_with('/') || text.contains("//login.microsoftonline.com//") {
        return;
    }
    let fine = text.parse::<url::Url>().is_ok_and(|url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.scheme() == "https" || (url.scheme() == "http" && local)
    });
    if !fine {
        f.problem(field, format!("{text:?} is no https URL"));
    }
}

fn claims(f: &Fields<'_>, login: &[&str]) -> Claims {
    let of_role = |name: &'static str, role: Role| (role, f.or_default::<Vec<String>>(name));
    Claims {
        login: match f.optional::<String>("login_claim") {
            Some(claim) => vec![claim],
            None => login.iter().map(|claim| (*claim).to_owned()).collect(),
        },
        email: f.or("email_claim", "email".to_owned()),
        name: f.or("name_claim", "name".to_owned()),
        role: f.or_default("role_claim"),
        roles: vec![
            of_role("admins", Role::Admin),
            of_role("editors", Role::Editor),
            of_role("viewers", Role::Viewer),
        ],
        role_required: f.or_default("role_required"),
        groups: f.or("groups_claim", "groups".to_owned()),
        allowed_groups: f.or_default("allowed_groups"),
        allowed_domains: f.or_default("allowed_domains"),
    }
}

impl Read for ProxyHeader {
    fn read(value: &Value<'_>) -> Option<ProxyHeader> {
        value.fields(|f| {
            let from: Vec<Network> = f.or_default("from");
            if from.is_empty() {
                f.problem(
                    "from",
                    "from is missing: the networks that the proxy is in, or anybody could name themselves",
                );
            }
            Some(ProxyHeader {
                header: f.or("header", "X-WEBAUTH-USER".to_owned()),
                email_header: f.or_default("email_header"),
                name_header: f.or_default("name_header"),
                role_header: f.or_default("role_header"),
                from,
            })
        })
    }
}

impl Read for Jwt {
    fn read(value: &Value<'_>) -> Option<Jwt> {
        value.fields(|f| {
            let jwt = Jwt {
                header: f.or("header", "X-JWT-Assertion".to_owned()),
                jwks_file: f.optional("jwks_file"),
                key_file: f.optional("key_file"),
                issuer: f.or_default("issuer"),
                audience: f.required("audience")?,
                claims: claims(f, &["preferred_username", "email", "sub"]),
            };
            if jwt.jwks_file.is_some() == jwt.key_file.is_some() {
                f.problem("jwks_file", "one of jwks_file and key_file is needed");
            }
            Some(jwt)
        })
    }
}
