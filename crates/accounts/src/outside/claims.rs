//! From what a provider says about somebody to a user.

use serde_json::Value;

use super::jmespath::{Expression, PathError};
use crate::role::Role;
use crate::users::Vouched;

/// The word of Grafana for who runs the server.
const SERVER_ADMIN: &str = "GrafanaAdmin";

/// Where something is in what a provider says.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Under names with dots between them: `realm_access.roles`. Empty for nowhere.
    Path(String),
    /// Where a JMESPath expression finds it.
    Expression(Expression),
}

impl Default for Claim {
    fn default() -> Claim {
        Claim::Path(String::new())
    }
}

impl From<&str> for Claim {
    fn from(path: &str) -> Claim {
        Claim::Path(path.to_owned())
    }
}

impl std::fmt::Display for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Claim::Path(path) => path,
            Claim::Expression(expression) => expression.as_str(),
        })
    }
}

impl Claim {
    /// Tells whether it is nowhere.
    pub fn is_nowhere(&self) -> bool {
        matches!(self, Claim::Path(path) if path.is_empty())
    }

    /// Finds it; null if it is not there.
    ///
    /// # Errors
    /// An expression that cannot be applied to what was said.
    pub fn find(&self, said: &Value) -> Result<Value, PathError> {
        match self {
            Claim::Path(path) if path.is_empty() => Ok(Value::Null),
            Claim::Path(path) => {
                // Some providers have claims with dots in their names, such as URLs.
                let found =
                    said.get(path).or_else(|| path.split('.').try_fold(said, |value, part| value.get(part)));
                Ok(found.cloned().unwrap_or_default())
            }
            Claim::Expression(expression) => expression.search(said),
        }
    }

    /// It as one text; empty if it is none. What cannot be found grants nothing.
    fn text(&self, said: &Value) -> String {
        match self.find(said) {
            Ok(Value::String(text)) => text.trim().to_owned(),
            Ok(Value::Number(number)) => number.to_string(),
            Ok(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => String::new(),
            Err(error) => {
                tracing::debug!(claim = %self, %error, "a claim is not there");
                String::new()
            }
        }
    }

    /// Its words: a list, or a text with spaces or commas.
    fn words(&self, said: &Value) -> Vec<String> {
        match self.find(said) {
            Ok(Value::Array(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
                })
                .collect(),
            Ok(Value::String(text)) => {
                text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
            }
            Ok(Value::Number(number)) => vec![number.to_string()],
            Ok(Value::Null | Value::Bool(_) | Value::Object(_)) | Err(_) => Vec::new(),
        }
    }
}

/// Which claims say what, and what they are worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims {
    /// The login; tried in order.
    pub login: Vec<Claim>,
    /// The address.
    pub email: Claim,
    /// The name to show.
    pub name: Claim,
    /// Words of which some are roles.
    pub role: Claim,
    /// Words that make an administrator, an editor, a viewer.
    pub roles: Vec<(Role, Vec<String>)>,
    /// An expression whose value is a role, in Grafana's words.
    pub role_path: Option<Expression>,
    /// Whether who has no role by these is turned away.
    pub role_required: bool,
    /// Whether the word `GrafanaAdmin` makes somebody who runs the server.
    pub server_admins: bool,
    /// Whether roles are given here, whatever the provider says.
    pub keep_role: bool,
    /// Groups.
    pub groups: Claim,
    /// Groups that may log in; empty for all.
    pub allowed_groups: Vec<String>,
    /// Domains of addresses that may log in; empty for all.
    pub allowed_domains: Vec<String>,
    /// Organisations.
    pub organizations: Claim,
    /// Organisations that may log in; empty for all.
    pub allowed_organizations: Vec<String>,
    /// Roles of organisations: a name, or `*` for everybody.
    pub organization_roles: Vec<(String, Role)>,
    /// Teams, by their identifiers.
    pub teams: Claim,
    /// Teams that may log in; empty for all.
    pub team_ids: Vec<String>,
    /// What must be said so, and not otherwise: a list must hold it.
    pub expected: Vec<(Claim, Value)>,
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
    /// None of the organisations may log in.
    #[error("none of your organizations may log in here")]
    Organization,
    /// None of the teams may log in.
    #[error("none of your teams may log in here")]
    Team,
    /// No role.
    #[error("you have no role here")]
    Role,
    /// Something is not said as it must be.
    #[error("the provider does not say {0} as it must be")]
    Unexpected(String),
}

impl Claims {
    /// Makes a user of what a party says.
    ///
    /// # Errors
    /// Who may not log in.
    pub fn user(&self, origin: &str, said: &Value) -> Result<Vouched, Refusal> {
        let email = self.email.text(said).to_lowercase();
        let login = self.login.iter().map(|claim| claim.text(said)).find(|login| !login.is_empty());
        let login = login.ok_or_else(|| {
            let tried: Vec<String> = self.login.iter().map(Claim::to_string).collect();
            Refusal::NoLogin(tried.join(" or "))
        })?;
        self.admit(&email, said)?;
        let (role, is_admin) = self.role_of(said)?;
        Ok(Vouched {
            origin: origin.to_owned(),
            login,
            email,
            name: self.name.text(said),
            role: role.filter(|_| !self.keep_role),
            is_admin: is_admin.filter(|_| !self.keep_role),
        })
    }

    /// Turns away who may not log in.
    fn admit(&self, email: &str, said: &Value) -> Result<(), Refusal> {
        for (claim, want) in &self.expected {
            let found = claim.find(said).unwrap_or_default();
            let is_said = found == *want || found.as_array().is_some_and(|items| items.contains(want));
            if !is_said {
                return Err(Refusal::Unexpected(claim.to_string()));
            }
        }
        if said.get("email_verified") == Some(&Value::Bool(false)) {
            return Err(Refusal::Unverified);
        }
        if !self.allowed_domains.is_empty() {
            let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
            if !self.allowed_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
                return Err(Refusal::Domain);
            }
        }
        for (allowed, claim, refusal) in [
            (&self.allowed_groups, &self.groups, Refusal::Group),
            (&self.allowed_organizations, &self.organizations, Refusal::Organization),
            (&self.team_ids, &self.teams, Refusal::Team),
        ] {
            let is_in = || claim.words(said).iter().any(|one| allowed.contains(one));
            if !allowed.is_empty() && !is_in() {
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// The role that is said, if roles come from there at all, and whether it runs the server.
    fn role_of(&self, said: &Value) -> Result<(Option<Role>, Option<bool>), Refusal> {
        let organizations = self.organizations.words(said);
        let by_organization = self
            .organization_roles
            .iter()
            .filter(|(name, _)| name == "*" || organizations.contains(name))
            .map(|(_, role)| *role)
            .max();
        let (said_role, is_admin) = match &self.role_path {
            Some(path) => {
                let value = path.search(said).unwrap_or_else(|error| {
                    tracing::debug!(%error, "role_attribute_path finds no role");
                    Value::Null
                });
                let word = value.as_str().unwrap_or("");
                let runs_it = word.eq_ignore_ascii_case(SERVER_ADMIN);
                let role = if runs_it { Some(Role::Admin) } else { Role::parse(word) };
                (role, self.server_admins.then_some(runs_it))
            }
            None => {
                let words = self.role.words(said);
                let made =
                    self.roles.iter().filter(|(_, makes)| makes.iter().any(|word| words.contains(word)));
                (made.map(|(role, _)| *role).max(), None)
            }
        };
        let role = by_organization.or(said_role);
        let says_roles =
            !self.role.is_nowhere() || self.role_path.is_some() || !self.organization_roles.is_empty();
        match role {
            Some(role) => Ok((Some(role), is_admin)),
            None if self.role_required => Err(Refusal::Role),
            // Who lost the last of them must lose what it made.
            None if says_roles => Ok((Some(Role::Viewer), is_admin)),
            None => Ok((None, None)),
        }
    }
}
