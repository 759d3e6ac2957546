//! Dashboards: documents with versions, folders, search, import, data sources, provisioning files, ready-made dashboards.
//!
//! Main modules: [`save`] (the rules by which a document becomes the next version), [`folders`], [`search`], [`import`],
//! [`data_source`] (what is kept of one, what of it is shown), [`secrets`] (sealing), [`reach`] (which addresses a data source
//! may have), [`provisioning`], [`library`].
//!
//! Invariants:
//! 1. A document is kept as it was given: keys that nobody here knows come back. Only `id`, `uid` and `version` are ours.
//! 2. A secret of a data source is in the catalog sealed, and in no answer, log or error at all.
//! 3. A dashboard that a file provides is changed by that file only, unless its provider allows otherwise.
//! 4. Everything here but reading provisioning files is pure, or a transaction of the catalog; who may do it is asked before.
//!
//! This crate knows neither HTTP nor who asks.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod data_source;
pub mod document;
pub mod error;
pub mod folders;
pub mod import;
pub mod library;
pub mod provisioning;
pub mod reach;
pub mod reports;
pub mod save;
pub mod search;
pub mod secrets;
pub mod slug;
pub mod time_range;
pub mod uid;

pub use error::DashboardError;

#[cfg(test)]
mod tests;
