//! Why a change to dashboards, folders or data sources was refused.

use catalog::CatalogError;

/// Why a change was refused, by what its author can do about it.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// There is none.
    #[error("{what} not found")]
    NotFound {
        /// `Dashboard`, `folder`, …
        what: &'static str,
    },
    /// A field that cannot be taken.
    #[error("{0}")]
    Invalid(String),
    /// Another dashboard in the folder has the title.
    #[error("A dashboard with the same name in the folder already exists")]
    SameName,
    /// Another one has the identifier.
    #[error("A {what} with the same uid already exists")]
    SameUid {
        /// What.
        what: &'static str,
    },
    /// Somebody else saved since it was read.
    #[error("The {what} has been changed by someone else")]
    Changed {
        /// What.
        what: &'static str,
    },
    /// A file provides it.
    #[error("Cannot save provisioned dashboard")]
    Provisioned {
        /// The file.
        path: String,
    },
    /// A secret cannot be sealed or opened.
    #[error("cannot {action} the secrets of data source {uid:?}: {reason}")]
    Secret {
        /// `seal` or `open`.
        action: &'static str,
        /// Whose.
        uid: String,
        /// Why not.
        reason: &'static str,
    },
    /// The catalog failed.
    #[error(transparent)]
    Catalog(CatalogError),
}

impl From<CatalogError> for DashboardError {
    fn from(error: CatalogError) -> DashboardError {
        match error {
            CatalogError::Changed { what, .. } => DashboardError::Changed { what },
            other => DashboardError::Catalog(other),
        }
    }
}

/// What functions here return.
pub type Result<T> = std::result::Result<T, DashboardError>;
