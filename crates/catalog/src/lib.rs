//! The catalog: the SQL store of what people edit. Accounts, teams, sessions, folders, dashboards, data sources, annotations.
//!
//! Main types: [`Catalog`] (a pool of connections to SQLite or PostgreSQL), [`Tx`] (one transaction; every question is asked of
//! one), and a plain record per table. Nothing outside this crate knows SQL.
//!
//! Invariants:
//! 1. One SQL text serves both databases: columns are `BIGINT` or `TEXT`, parameters are `$1`, times are milliseconds.
//! 2. Every value travels as a parameter; SQL texts are constants of this crate.
//! 3. A write transaction of SQLite takes the write lock when it begins, so it never fails half way for want of it.
//! 4. What several people may edit carries a version, and is replaced only by who has seen the newest one.
//! 5. A schema that is newer than the program is refused, not guessed at.
//!
//! This crate knows no rules of the domain: who may do what, what a dashboard means, what a password is.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accounts;
pub mod annotations;
pub mod audit;
pub mod dashboards;
pub mod data_sources;
pub mod database;
pub mod error;
pub mod folders;
pub mod migrations;
pub mod permissions;
pub mod playlists;
pub mod sessions;
pub mod settings;
pub mod snapshots;
pub mod stars;
pub mod teams;
pub mod tokens;
pub mod value;

pub use database::{Catalog, Tx};
pub use error::CatalogError;

#[cfg(test)]
mod tests;
