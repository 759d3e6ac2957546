//! Why the catalog did not do what it was asked.

/// Why the catalog did not do what it was asked, by what a caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Another record has this name, address or identifier.
    #[error("the catalog holds one already: {0}")]
    Exists(String),
    /// Somebody else changed the record since it was read.
    #[error("{what} {uid:?} is at version {found}, not {expected}")]
    Changed {
        /// What kind of record.
        what: &'static str,
        /// Its identifier.
        uid: String,
        /// The version that the caller had seen.
        expected: i64,
        /// The version that it has.
        found: i64,
    },
    /// The URL does not name a database that we speak.
    #[error("cannot use {url:?} as a catalog: {reason}")]
    Url {
        /// The URL without its password.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The database was written by a later version.
    #[error(
        "the catalog's schema is version {found}, this program knows {known}: use a program at least as new as the one that wrote it"
    )]
    TooNew {
        /// What the database says.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// A value in the database is not what this program writes.
    #[error("the catalog holds something unreadable in column {column}: {reason}")]
    Damaged {
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database does not answer, or refuses.
    #[error("the catalog's database failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for CatalogError {
    fn from(error: sqlx::Error) -> CatalogError {
        match error.as_database_error() {
            Some(inner) if inner.is_unique_violation() => CatalogError::Exists(inner.message().to_owned()),
            _other => CatalogError::Database(error),
        }
    }
}

/// What every function here returns.
pub type Result<T> = std::result::Result<T, CatalogError>;
