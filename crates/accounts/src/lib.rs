//! Accounts: who asks, how they prove it, and what they may do.
//!
//! Main types: [`Accounts`] (logins, sessions, tokens over the catalog), [`Identity`] (who asks), [`Access`] (what an identity
//! may do with folders and dashboards), [`Role`].
//!
//! Invariants:
//! 1. The catalog holds hashes only: of passwords (Argon2id), of session and service-account tokens (SHA-256).
//! 2. A login always makes a new session token; what a browser brought along is ended (no session fixation).
//! 3. A wrong password, an unknown login and a locked login cost the same work and get the same words.
//! 4. At most [`password::AT_ONCE_MAX`] passwords are hashed at a time, so logins cannot take memory or processors away.
//! 5. Rights only ever come from the catalog's state at the time of the request; a disabled account has none at once.
//!
//! Time is an argument everywhere. This crate knows no HTTP.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod accounts;
pub mod error;
pub mod identity;
pub mod login;
pub mod outside;
pub mod password;
pub mod role;
pub mod secret;
pub mod service_accounts;
pub mod sessions;
pub mod users;

pub use access::{Access, Level, Node};
pub use accounts::{Accounts, Options};
pub use error::AccountError;
pub use identity::{Identity, Via};
pub use role::Role;

#[cfg(test)]
mod tests;
