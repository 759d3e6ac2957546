//! The file of `--auth.config-file`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use transport::config::Source;
use yaml::{Fields, Problem, Problems, Read, Secret, Value, read_document};

use super::claims::{Claim, Claims};
use super::jmespath::Expression;
use super::presets::{PRESETS, Preset};
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

/// What is known of a kind of provider beside the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Generic,
    /// Google: hosted domains.
    Google,
    /// GitHub, which speaks no OpenID Connect: organisations, teams, addresses.
    Github,
    /// GitLab.
    Gitlab,
    /// Keycloak.
    Keycloak,
    /// Okta.
    Okta,
    /// Microsoft: directories, roles of applications, groups that are too many for a token.
    Azure,
}

/// A provider that browsers are sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// What is known of it.
    pub kind: Kind,
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
    /// Where a token tells in which teams somebody is; empty for nowhere.
    pub teams_url: String,
    /// Where the teams' identifiers are in that answer.
    pub team_path: Option<Expression>,
    /// Where groups are asked for that do not fit into a token.
    pub graph_url: String,
    /// Whether to ask there even if there is no sign that they do not.
    pub graph_groups: bool,
    /// The domain that accounts must be hosted at; empty for any.
    pub hosted_domain: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Whether sessions end once the provider no longer renews what it gave.
    pub refresh: bool,
    /// Where a browser is sent that logs out; empty for nowhere.
    pub signout_url: String,
    /// Whether who has no account gets one.
    pub sign_up: bool,
    /// Whether browsers come back to `/login/<name>` itself, as to Grafana, and not to `/login/<name>/callback`.
    pub short_callback: bool,
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
    /// Where a set of keys is asked for; empty for nowhere.
    pub jwks_url: String,
    /// How long an answer of it is kept.
    pub jwks_ttl: Duration,
    /// A public key, PEM.
    pub key_file: Option<PathBuf>,
    /// Who must have signed it; empty for anybody with a key.
    pub issuer: String,
    /// Whom it must be for.
    pub audience: String,
    /// Whether who has no account gets one.
    pub sign_up: bool,
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

impl Read for Provider {
    fn read(value: &Value<'_>) -> Option<Provider> {
        value.fields(|f| {
            let kinds: Vec<(&'static str, usize)> =
                PRESETS.iter().enumerate().map(|(i, p)| (p.name, i)).collect();
            let preset = &PRESETS[f.one_of("kind", &kinds, 0)];
            let [auth, token, api] = preset_urls(f, preset);
            let name = f.or("name", preset.name.to_owned());
            if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                f.problem("name", format!("{name:?} stands in URLs: only letters, digits, - and _"));
            }
            let mut claims = claims(f, preset);
            let hosted_domain: String = f.or_default("hosted_domain");
            if !hosted_domain.is_empty() {
                claims.expected.push(("hd".into(), hosted_domain.clone().into()));
            }
            if preset.kind == Kind::Azure {
                claims.organizations = "tid".into();
            }
            let mut scopes: Vec<String> =
                f.or("scopes", preset.scopes.iter().map(|s| (*s).to_owned()).collect());
            let refresh = f.or_default("use_refresh_token");
            if refresh && preset.offline && !scopes.iter().any(|scope| scope == "offline_access") {
                scopes.push("offline_access".to_owned());
            }
            let provider = Provider {
                kind: preset.kind,
                title: f.or("title", preset.title.to_owned()),
                client_id: f.required("client_id")?,
                client_secret: Source::read(
                    f,
                    "client_secret",
                    "client_secret_file",
                    None,
                    "at most one of client_secret & client_secret_file must be configured",
                ),
                auth_url: f.or("auth_url", auth),
                token_url: f.or("token_url", token),
                api_url: f.or("api_url", api),
                teams_url: f.or_default("teams_url"),
                team_path: expression(f, "team_ids_attribute_path"),
                graph_url: f.or("graph_url", "https://graph.microsoft.com".to_owned()),
                graph_groups: f.or_default("force_use_graph_api"),
                hosted_domain,
                scopes,
                refresh,
                signout_url: f.or_default("signout_redirect_url"),
                sign_up: f.or("allow_sign_up", true),
                short_callback: f.or_default("short_callback"),
                claims,
                name,
            };
            for (field, url) in [
                ("auth_url", &provider.auth_url),
                ("token_url", &provider.token_url),
                ("graph_url", &provider.graph_url),
            ] {
                check_url(f, field, url);
            }
            for (field, url) in [
                ("api_url", &provider.api_url),
                ("teams_url", &provider.teams_url),
                ("signout_redirect_url", &provider.signout_url),
            ] {
                if !url.is_empty() {
                    check_url(f, field, url);
                }
            }
            Some(provider)
        })
    }
}

fn preset_urls(f: &Fields<'_>, preset: &Preset) -> [String; 3] {
    let issuer = f.or("issuer", preset.issuer.to_owned());
    let tenant: String = f.or_default("tenant");
    if preset.urls[0].contains("{issuer}") && issuer.is_empty() {
        f.problem("issuer", "issuer is missing, such as https://sso.example.com/realms/main");
    }
    if preset.urls[0].contains("{tenant}") && tenant.is_empty() {
        f.problem("tenant", "tenant is missing: the directory's identifier");
    }
    preset.urls.map(|url| url.replace("{issuer}", issuer.trim_end_matches('/')).replace("{tenant}", &tenant))
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

/// Reads an expression; one that is wrong is reported.
fn expression(f: &Fields<'_>, field: &'static str) -> Option<Expression> {
    let text = f.optional::<String>(field).filter(|text| !text.trim().is_empty())?;
    match Expression::parse(&text) {
        Ok(expression) => Some(expression),
        Err(error) => {
            f.problem(field, format!("{field} is no JMESPath expression: {error}"));
            None
        }
    }
}

/// Reads where a claim is: by an expression in Grafana's field, else by a path in ours.
fn claim(f: &Fields<'_>, path: &'static str, by_expression: &'static str, usual: &str) -> Claim {
    let path = Claim::Path(f.or(path, usual.to_owned()));
    expression(f, by_expression).map_or(path, Claim::Expression)
}

fn claims(f: &Fields<'_>, preset: &Preset) -> Claims {
    let words = |field: &'static str, usual: &[&str]| {
        f.or::<Vec<String>>(field, usual.iter().map(|word| (*word).to_owned()).collect())
    };
    let [admins, editors, viewers] = preset.roles;
    Claims {
        login: match (expression(f, "login_attribute_path"), f.optional::<String>("login_claim")) {
            (Some(expression), _) => vec![Claim::Expression(expression)],
            (None, Some(path)) => vec![Claim::Path(path)],
            (None, None) => preset.login.iter().map(|path| Claim::from(*path)).collect(),
        },
        email: claim(f, "email_claim", "email_attribute_path", "email"),
        name: claim(f, "name_claim", "name_attribute_path", "name"),
        role: Claim::Path(f.or("role_claim", preset.role.to_owned())),
        roles: vec![
            (Role::Admin, words("admins", admins)),
            (Role::Editor, words("editors", editors)),
            (Role::Viewer, words("viewers", viewers)),
        ],
        role_path: expression(f, "role_attribute_path"),
        // Both are read, so that neither is taken for a mistake.
        role_required: f.or_default::<bool>("role_required") | f.or_default::<bool>("role_attribute_strict"),
        server_admins: f.or_default("allow_assign_grafana_admin"),
        keep_role: f.or_default("skip_org_role_sync"),
        groups: claim(f, "groups_claim", "groups_attribute_path", "groups"),
        allowed_groups: f.or_default("allowed_groups"),
        allowed_domains: f.or_default("allowed_domains"),
        organizations: claim(f, "organizations_claim", "org_attribute_path", "organizations"),
        allowed_organizations: f.or_default("allowed_organizations"),
        organization_roles: organization_roles(f),
        teams: "teams".into(),
        team_ids: f.or_default("team_ids"),
        expected: Vec::new(),
    }
}

/// Reads `org_mapping`: `outside:inside:Role`, where inside there is one organisation.
fn organization_roles(f: &Fields<'_>) -> Vec<(String, Role)> {
    let mut found = Vec::new();
    for text in f.or_default::<Vec<String>>("org_mapping") {
        // Names outside may hold colons: the last two parts are ours.
        let mut parts = text.rsplitn(3, ':');
        let (role, inside, outside) = (parts.next(), parts.next(), parts.next());
        match (outside, inside, role.and_then(Role::parse)) {
            (Some(outside), Some("1" | "*" | "Main Org."), Some(role)) => {
                found.push((outside.to_owned(), role))
            }
            _wrong => f.problem(
                "org_mapping",
                format!("{text:?} is not written as organization:1:Role, and there is one organization, 1"),
            ),
        }
    }
    found
}

/// Claims and what they must be.
#[derive(Default)]
struct Expected(Vec<(Claim, serde_json::Value)>);

impl Read for Expected {
    fn read(value: &Value<'_>) -> Option<Expected> {
        let entries = value.entries()?.into_iter();
        let read = entries.map(|(name, value)| {
            let text = value.text()?;
            // Numbers and switches are said as such.
            let scalar = serde_json::from_str(text)
                .ok()
                .filter(|v: &serde_json::Value| v.is_number() || v.is_boolean());
            Some((Claim::from(name), scalar.unwrap_or_else(|| text.into())))
        });
        read.collect::<Option<Vec<_>>>().map(Expected)
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

/// How long a set of keys is kept, unless the file says otherwise.
const JWKS_TTL: Duration = Duration::from_secs(3_600);

impl Read for Jwt {
    fn read(value: &Value<'_>) -> Option<Jwt> {
        value.fields(|f| {
            let mut claims = claims(f, &super::presets::TOKENS);
            claims.expected.extend(f.or_default::<Expected>("expect_claims").0);
            let jwt = Jwt {
                header: f.or("header", "X-JWT-Assertion".to_owned()),
                jwks_file: f.optional("jwks_file"),
                jwks_url: f.or_default("jwks_url"),
                jwks_ttl: f.or("cache_ttl", JWKS_TTL),
                key_file: f.optional("key_file"),
                issuer: f.or_default("issuer"),
                audience: f.required("audience")?,
                sign_up: f.or("allow_sign_up", true),
                claims,
            };
            let sources = [jwt.jwks_file.is_some(), jwt.key_file.is_some(), !jwt.jwks_url.is_empty()];
            if sources.iter().filter(|is| **is).count() != 1 {
                f.problem("jwks_file", "one of jwks_file, jwks_url and key_file is needed");
            }
            if !jwt.jwks_url.is_empty() {
                check_url(f, "jwks_url", &jwt.jwks_url);
            }
            Some(jwt)
        })
    }
}
