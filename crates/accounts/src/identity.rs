//! Who asks.

use crate::role::Role;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's number; 0 for nobody in particular.
    pub id: i64,
    /// Its identifier.
    pub uid: String,
    /// Its login.
    pub login: String,
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Its role in the organisation.
    pub role: Role,
    /// Whether it runs the server.
    pub is_admin: bool,
    /// Whether it is a service account.
    pub is_service: bool,
    /// Who says who it is: empty for the catalog.
    pub origin: String,
    /// Its teams, with the series that each sees (empty for all).
    pub teams: Vec<TeamPlace>,
    /// How it proved who it is.
    pub via: Via,
    /// Whether who vouched for its session must be asked again.
    pub renew_due: bool,
}

/// A team of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamPlace {
    /// The team's number.
    pub id: i64,
    /// The series its members see, as a selector; empty for all.
    pub selector: String,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// By the cookie of this session: what browsers send on their own, so changes need a proof of origin.
    Session(i64),
    /// By login and password in the request.
    Basic,
    /// By this service-account token.
    Token(i64),
    /// By a header of a proxy that we trust, or a signed token of somebody that we trust.
    Outside,
    /// Not at all: anonymous access is on.
    Anonymous,
}

impl Identity {
    /// Nobody in particular, with a role.
    pub fn anonymous(role: Role) -> Identity {
        Identity {
            id: 0,
            uid: String::new(),
            login: String::new(),
            email: String::new(),
            name: "Anonymous".to_owned(),
            role,
            is_admin: false,
            is_service: false,
            origin: String::new(),
            teams: Vec::new(),
            via: Via::Anonymous,
            renew_due: false,
        }
    }

    /// Tells whether this is somebody with an account.
    pub fn is_somebody(&self) -> bool {
        self.id != 0
    }

    /// Returns the selectors of which any must match what this identity sees; empty if it sees everything.
    ///
    /// Administrators see everything, and so does who is in no team with a selector: a team narrows, it never grants.
    pub fn selectors(&self) -> Vec<&str> {
        if self.role == Role::Admin || self.is_admin {
            return Vec::new();
        }
        self.teams.iter().map(|team| team.selector.as_str()).filter(|s| !s.is_empty()).collect()
    }
}
