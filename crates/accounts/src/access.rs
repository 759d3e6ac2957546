//! What an identity may do with folders and dashboards.
//!
//! Grants stand on folders and dashboards. A thing inherits what is granted on the folders around it; a grant never takes
//! away. Where the outermost thing has never been given grants of its own, viewers may view it and editors may edit it.

use std::collections::HashMap;

use catalog::Tx;
use catalog::folders::Folder;
use catalog::permissions::Permission;

use crate::error::Result;
use crate::identity::Identity;
use crate::role::Role;

/// How deep folders nest at most; also ends the walk if the catalog holds a circle.
pub const DEPTH_MAX: usize = 16;

/// What may be done with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing; it is not even known to be there.
    None,
    /// Look.
    View,
    /// Change.
    Edit,
    /// Say who may do what.
    Admin,
}

impl Level {
    /// The number in the API.
    pub fn number(self) -> i64 {
        match self {
            Level::None => 0,
            Level::View => 1,
            Level::Edit => 2,
            Level::Admin => 4,
        }
    }

    /// Reads the number.
    pub fn from_number(number: i64) -> Option<Level> {
        [Level::None, Level::View, Level::Edit, Level::Admin].into_iter().find(|l| l.number() == number)
    }

    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "None",
            Level::View => "View",
            Level::Edit => "Edit",
            Level::Admin => "Admin",
        }
    }
}

/// A thing with grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// A folder.
    Folder(&'a str),
    /// A dashboard and the folder it is in.
    Dashboard {
        /// Its identifier.
        uid: &'a str,
        /// The folder's, or empty.
        folder: &'a str,
    },
}

/// All grants and folders at one moment: built once per request, asked for many things.
#[derive(Clone, Debug, Default)]
pub struct Access {
    parents: HashMap<String, String>,
    folders: HashMap<String, Vec<Permission>>,
    dashboards: HashMap<String, Vec<Permission>>,
}

impl Access {
    /// Reads all grants and folders.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn load(tx: &mut Tx) -> Result<Access> {
        Ok(Access::new(&tx.folders().await?, tx.all_permissions().await?))
    }

    /// Builds it from what the catalog holds.
    pub fn new(folders: &[Folder], grants: Vec<Permission>) -> Access {
        let mut access = Access {
            parents: folders.iter().map(|f| (f.uid.clone(), f.parent_uid.clone())).collect(),
            ..Access::default()
        };
        for grant in grants {
            let of = if grant.kind == "folder" { &mut access.folders } else { &mut access.dashboards };
            of.entry(grant.uid.clone()).or_default().push(grant);
        }
        access
    }

    /// Returns what an identity may do with a thing.
    pub fn level(&self, who: &Identity, node: Node<'_>) -> Level {
        if who.role == Role::Admin {
            return Level::Admin;
        }
        let (mut level, mut folder, mut outermost_is_untouched) = match node {
            Node::Folder(uid) => (Level::None, uid, true),
            Node::Dashboard { uid, folder } => {
                let grants = self.dashboards.get(uid);
                (granted(who, grants), folder, grants.is_none())
            }
        };
        for _ in 0..DEPTH_MAX {
            if folder.is_empty() {
                break;
            }
            let grants = self.folders.get(folder);
            level = level.max(granted(who, grants));
            outermost_is_untouched = grants.is_none();
            folder = self.parents.get(folder).map_or("", String::as_str);
        }
        if outermost_is_untouched { level.max(by_role(who.role)) } else { level }
    }

    /// Tells whether an identity may make things in a folder; empty for the root.
    pub fn may_create_in(&self, who: &Identity, folder: &str) -> bool {
        if folder.is_empty() {
            return who.role >= Role::Editor;
        }
        self.level(who, Node::Folder(folder)) >= Level::Edit
    }

    /// Tells whether a thing was ever given grants of its own.
    pub fn is_explicit(&self, node: Node<'_>) -> bool {
        match node {
            Node::Folder(uid) => self.folders.contains_key(uid),
            Node::Dashboard { uid, .. } => self.dashboards.contains_key(uid),
        }
    }
}

fn granted(who: &Identity, grants: Option<&Vec<Permission>>) -> Level {
    let applies = |grant: &&Permission| match (grant.account_id, grant.team_id, Role::parse(&grant.role)) {
        (Some(id), _, _) => who.is_somebody() && id == who.id,
        (None, Some(id), _) => who.teams.iter().any(|team| team.id == id),
        (None, None, Some(role)) => who.role >= role && role > Role::None,
        // The mark that a thing has grants of its own, be they none.
        (None, None, None) => false,
    };
    let levels = grants.into_iter().flatten().filter(applies).filter_map(|g| Level::from_number(g.level));
    levels.max().unwrap_or(Level::None)
}

fn by_role(role: Role) -> Level {
    match role {
        Role::None => Level::None,
        Role::Viewer => Level::View,
        Role::Editor => Level::Edit,
        Role::Admin => Level::Admin,
    }
}
