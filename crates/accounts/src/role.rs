//! Roles in the organisation.

/// What somebody may do in general. Each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing but what is granted one by one.
    #[default]
    None,
    /// Look at dashboards.
    Viewer,
    /// Change dashboards, folders and annotations.
    Editor,
    /// Change everything of the organisation: data sources, users, teams, permissions.
    Admin,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Role; 4] = [Role::None, Role::Viewer, Role::Editor, Role::Admin];

    /// The word in the API and the catalog.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::None => "None",
            Role::Viewer => "Viewer",
            Role::Editor => "Editor",
            Role::Admin => "Admin",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }
}
