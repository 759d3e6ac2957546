//! From what a provider says about somebody to a user.

use serde_json::Value;

use crate::role::Role;
use crate::users::Vouched;

/// Which claims say what, and what they are worth. A claim is a path with dots: `realm_access.roles`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The login; tried in order.
    pub login: Vec<String>,
    /// The address.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// Words of which some are roles.
    pub role: String,
    /// Words that make an administrator, an editor, a viewer.
    pub roles: Vec<(Role, Vec<String>)>,
    /// Whether who has none of these words is turned away.
    pub role_required: bool,
    /// Groups.
    pub groups: String,
    /// Groups that may log in; empty for all.
    pub allowed_groups: Vec<String>,
    /// Domains of addresses that may log in; empty for all.
    pub allowed_domains: Vec<String>,
}

/// Why somebody is turned away, in words for them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The provider does not say who it is.
    #[error("the provider does not say who you are: there is no claim {0}")]
    NoLogin(String),
    /// The address is not proven.
    #[error("your address is not verified by the provider")]
    Unverified,
    /// The address is of another domain.
    #[error("addresses of your domain may not log in here")]
    Domain,
    /// None of the groups may log in.
    #[error("none of your groups may log in here")]
    Group,
    /// No role.
    #[error("you have no role here")]
    Role,
}

impl Claims {
    /// Makes a user of what a party says.
    ///
    /// # Errors
    /// Who may not log in.
    pub fn user(&self, origin: &str, said: &Value) -> Result<Vouched, Refusal> {
        let email = text(said, &self.email).to_lowercase();
        let login = self.login.iter().map(|path| text(said, path)).find(|login| !login.is_empty());
        let login = login.ok_or_else(|| Refusal::NoLogin(self.login.join(" or ")))?;
        if said.get("email_verified") == Some(&Value::Bool(false)) {
            return Err(Refusal::Unverified);
        }
        if !self.allowed_domains.is_empty() {
            let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
            if !self.allowed_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
                return Err(Refusal::Domain);
            }
        }
        if !self.allowed_groups.is_empty() {
            let groups = words(said, &self.groups);
            if !groups.iter().any(|group| self.allowed_groups.contains(group)) {
                return Err(Refusal::Group);
            }
        }
        let role = self.role_of(&words(said, &self.role));
        if self.role_required && role.is_none() {
            return Err(Refusal::Role);
        }
        Ok(Vouched {
            origin: origin.to_owned(),
            login: login.to_owned(),
            email,
            name: text(said, &self.name).to_owned(),
            role,
        })
    }

    /// The highest role that some words make, if roles come from there at all.
    fn role_of(&self, said: &[String]) -> Option<Role> {
        let made = self.roles.iter().filter(|(_, makes)| makes.iter().any(|word| said.contains(word)));
        let highest = made.map(|(role, _)| *role).max();
        // Who lost the last of them must lose what it made.
        if self.role.is_empty() || self.role_required {
            highest
        } else {
            Some(highest.unwrap_or(Role::Viewer))
        }
    }
}

fn find<'a>(said: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return None;
    }
    // Some providers have claims with dots in their names, such as URLs.
    said.get(path).or_else(|| path.split('.').try_fold(said, |value, part| value.get(part)))
}

fn text<'a>(said: &'a Value, path: &str) -> &'a str {
    find(said, path).and_then(Value::as_str).unwrap_or("").trim()
}

/// The words of a claim: a list, or a text with spaces or commas.
fn words(said: &Value, path: &str) -> Vec<String> {
    match find(said, path) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => {
            text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        }
        Some(_) | None => Vec::new(),
    }
}
