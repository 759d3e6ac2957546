//! Why an account operation failed.

use catalog::CatalogError;

/// Why an account operation failed, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Unknown login, wrong password, locked: on purpose the same.
    #[error("invalid username or password")]
    WrongCredentials,
    /// A token or cookie that is not, or no longer, good.
    #[error("the token is not valid")]
    WrongToken,
    /// Too many failures from this address.
    #[error("too many failed logins from this address, try again in {minutes} minutes")]
    TooManyFailures {
        /// Until when.
        minutes: i64,
    },
    /// There is no such account, team or token.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// Something is already there.
    #[error("{what} already exists")]
    Exists {
        /// What.
        what: &'static str,
    },
    /// The party that keeps the password does not answer.
    #[error("logins cannot be checked: {0}")]
    Unreachable(String),
    /// A value that cannot be taken.
    #[error("{0}")]
    Invalid(String),
    /// A password could not be hashed.
    #[error("cannot hash a password: {0}")]
    Hash(String),
    /// The system has no randomness to give.
    #[error("the system's random numbers are not available")]
    Random,
    /// The catalog failed.
    #[error(transparent)]
    Catalog(CatalogError),
}

impl From<CatalogError> for AccountError {
    fn from(error: CatalogError) -> AccountError {
        AccountError::Catalog(error)
    }
}

/// What functions here return.
pub type Result<T> = std::result::Result<T, AccountError>;
