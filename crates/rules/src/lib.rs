//! Recording and alerting rules: their files, their evaluation, and where their alerts go.
//!
//! Main types: [`file::RuleFile`] (a file as read and checked).
//!
//! Reading order: `file` (what users write).

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod expand;
pub mod file;
