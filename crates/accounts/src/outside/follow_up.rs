//! What a provider must be asked beside who somebody is: organisations, teams, groups that its first answer leaves out.
//!
//! Where to ask comes from the configuration, never from an answer.

use serde_json::{Value, json};

use super::config::{Kind, Provider};

/// Something to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// What for.
    pub what: Subject,
    /// Where; with `page=` at its end if the answer comes in pages.
    pub url: String,
    /// What to send by POST, if not asked by GET.
    pub body: Option<String>,
    /// Whether the answer comes in pages of [`PAGE`] entries.
    pub paged: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Addresses, of which one is the main one.
    Emails,
    /// Organisations.
    Organizations,
    /// Teams.
    Teams,
    /// Groups, where there are too many for a token.
    Groups,
}

/// Entries of a page.
pub const PAGE: usize = 100;
/// Pages that are asked for at most.
pub const PAGES_MAX: usize = 20;

/// What is left to ask after a first answer.
pub fn follow_ups(provider: &Provider, said: &Value) -> Vec<FollowUp> {
    let claims = &provider.claims;
    let get = |what, url: String, paged| FollowUp { what, url, body: None, paged };
    let mut list = Vec::new();
    match provider.kind {
        Kind::Github => {
            let api = provider.api_url.trim_end_matches('/');
            let wants_groups = !claims.team_ids.is_empty()
                || !claims.allowed_groups.is_empty()
                || claims.role_path.is_some()
                || !claims.role.is_nowhere();
            let wants_organizations = !claims.allowed_organizations.is_empty()
                || !claims.organization_roles.is_empty()
                || claims.role_path.is_some();
            if said.get("email").and_then(Value::as_str).is_none_or(str::is_empty) {
                list.push(get(Subject::Emails, format!("{api}/emails"), false));
            }
            if wants_organizations {
                list.push(get(Subject::Organizations, format!("{api}/orgs?per_page={PAGE}&page="), true));
            }
            if wants_groups {
                list.push(get(Subject::Teams, format!("{api}/teams?per_page={PAGE}&page="), true));
            }
        }
        Kind::Azure => {
            let too_many = said.pointer("/_claim_names/groups").is_some();
            if too_many || (provider.graph_groups && said.get("groups").is_none()) {
                let base = provider.graph_url.trim_end_matches('/');
                list.push(FollowUp {
                    what: Subject::Groups,
                    url: format!("{base}/v1.0/me/getMemberObjects"),
                    body: Some(json!({ "securityEnabledOnly": false }).to_string()),
                    paged: false,
                });
            }
        }
        Kind::Generic | Kind::Google | Kind::Keycloak | Kind::Gitlab | Kind::Okta => {
            if !provider.teams_url.is_empty() {
                list.push(get(Subject::Teams, provider.teams_url.clone(), false));
            }
        }
    }
    list
}

/// Adds an answer to what was said.
pub fn absorb(provider: &Provider, said: &mut Value, what: Subject, answer: &Value) {
    let Some(fields) = said.as_object_mut() else { return };
    let entries = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = |name: &str| -> Vec<Value> {
        entries.iter().filter_map(|entry| entry.get(name)).filter(|v| v.is_string()).cloned().collect()
    };
    match what {
        Subject::Emails => {
            let is = |entry: &&Value, name: &str| entry.get(name) == Some(&Value::Bool(true));
            // An address that is not proven could be anybody's.
            let main = entries.iter().find(|entry| is(entry, "primary") && is(entry, "verified"));
            if let Some(email) = main.and_then(|entry| entry.get("email")) {
                fields.insert("email".to_owned(), email.clone());
            }
        }
        Subject::Organizations => {
            fields.insert("organizations".to_owned(), texts("login").into());
        }
        Subject::Teams if provider.kind == Kind::Github => {
            let ids: Vec<Value> = entries.iter().filter_map(|team| team.get("id")).cloned().collect();
            let mut groups = Vec::new();
            for team in entries {
                let organization = team.pointer("/organization/login").and_then(Value::as_str);
                let slug = team.get("slug").and_then(Value::as_str);
                if let (Some(organization), Some(slug)) = (organization, slug) {
                    groups.push(Value::from(format!("https://github.com/orgs/{organization}/teams/{slug}")));
                    groups.push(Value::from(format!("@{organization}/{slug}")));
                }
            }
            fields.insert("teams".to_owned(), ids.into());
            fields.insert("groups".to_owned(), groups.into());
        }
        Subject::Teams => {
            let found = match &provider.team_path {
                Some(path) => path.search(answer).unwrap_or_default(),
                None => answer.clone(),
            };
            fields.insert("teams".to_owned(), found);
        }
        Subject::Groups => {
            let groups = answer.get("value").cloned().unwrap_or_default();
            fields.insert("groups".to_owned(), groups);
        }
    }
}
