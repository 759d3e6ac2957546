//! Providers that need little configuration, because their addresses and claims are known.

use super::config::Kind;

/// What is known of a kind of provider.
pub(super) struct Preset {
    pub(super) kind: Kind,
    /// Its word in the file, and its name in URLs if the file says no other.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Where it is, if there is one for all.
    pub(super) issuer: &'static str,
    /// Where browsers are sent, codes become tokens, tokens tell who somebody is.
    pub(super) urls: [&'static str; 3],
    pub(super) scopes: &'static [&'static str],
    /// Whether a scope asks for tokens that renew others.
    pub(super) offline: bool,
    pub(super) login: &'static [&'static str],
    /// The claim with words that are roles, and the words for administrators, editors, viewers.
    pub(super) role: &'static str,
    pub(super) roles: [&'static [&'static str]; 3],
}

const OPENID: &[&str] = &["openid", "profile", "email"];
const NAME_OR_MAIL: &[&str] = &["preferred_username", "email"];

/// What nothing is known of.
const UNKNOWN: Preset = Preset {
    kind: Kind::Generic,
    name: "generic",
    title: "Single sign-on",
    issuer: "",
    urls: ["", "", ""],
    scopes: OPENID,
    offline: true,
    login: NAME_OR_MAIL,
    role: "",
    roles: [&[], &[], &[]],
};

/// Signed tokens that come with requests.
pub(super) static TOKENS: Preset = Preset { login: &["preferred_username", "email", "sub"], ..UNKNOWN };

pub(super) static PRESETS: [Preset; 7] = [
    UNKNOWN,
    Preset {
        kind: Kind::Google,
        name: "google",
        title: "Google",
        urls: [
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            "https://openidconnect.googleapis.com/v1/userinfo",
        ],
        // Google asks for it by a parameter of its own.
        offline: false,
        login: &["email"],
        ..UNKNOWN
    },
    Preset {
        kind: Kind::Github,
        name: "github",
        title: "GitHub",
        urls: [
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            "https://api.github.com/user",
        ],
        scopes: &["user:email", "read:org"],
        offline: false,
        login: &["login"],
        ..UNKNOWN
    },
    Preset {
        kind: Kind::Gitlab,
        name: "gitlab",
        title: "GitLab",
        issuer: "https://gitlab.com",
        urls: ["{issuer}/oauth/authorize", "{issuer}/oauth/token", "{issuer}/oauth/userinfo"],
        offline: false,
        login: &["nickname", "preferred_username", "email"],
        ..UNKNOWN
    },
    Preset {
        kind: Kind::Keycloak,
        name: "keycloak",
        title: "Keycloak",
        urls: [
            "{issuer}/protocol/openid-connect/auth",
            "{issuer}/protocol/openid-connect/token",
            "{issuer}/protocol/openid-connect/userinfo",
        ],
        ..UNKNOWN
    },
    Preset {
        kind: Kind::Okta,
        name: "okta",
        title: "Okta",
        urls: ["{issuer}/v1/authorize", "{issuer}/v1/token", "{issuer}/v1/userinfo"],
        ..UNKNOWN
    },
    Preset {
        kind: Kind::Azure,
        name: "azure",
        title: "Microsoft",
        urls: [
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            "https://graph.microsoft.com/oidc/userinfo",
        ],
        role: "roles",
        roles: [&["Admin", "GrafanaAdmin"], &["Editor"], &["Viewer"]],
        ..UNKNOWN
    },
];
