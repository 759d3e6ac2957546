//! Logins by passwords that an LDAP directory keeps (OpenLDAP, Active Directory, FreeIPA).
//!
//! [`config`] is the file of `--auth.ldap.config-file`, in the shape of Grafana's `ldap.toml`; [`entry`] makes a user of what
//! the directory says; [`run`] asks it.
//!
//! Invariants: 1. An empty password never reaches a directory: it would bind as nobody, and succeed (RFC 4513, 5.1.2).  2. What
//! somebody typed is escaped wherever it becomes part of a filter or a name.  3. A name that finds two entries finds nobody.
//! 4. Where groups are mapped, who is in none of them does not get in.

pub mod config;
pub mod entry;
pub mod run;
#[cfg(test)]
mod tests;

pub use config::{Directory, DirectoryError};

/// The party that vouches for these users.
pub const ORIGIN: &str = "ldap";
