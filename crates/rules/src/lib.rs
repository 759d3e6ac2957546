//! Recording and alerting rules: their files, their evaluation, and where their alerts go.
//!
//! Main types: [`file::RuleFile`] (a file as read and checked), [`Group`] (rules that are evaluated together, with their state),
//! [`Environment`] (what evaluation reads, writes and tells), [`Manager`] (all groups, each in its rhythm), [`send::Sender`] (the
//! Alertmanagers).
//!
//! Reading order: `file` (what users write), `expand` (their templates), `alert` and `alerting` (one step of an alerting rule),
//! `rule`, `write`, `group` (one evaluation), `dependencies`, `slots`, `restore`, `catch_up`; then the shell around them: `load`,
//! `manager`, `run`, and `send`. `unit_test` is what `tool test rules` runs.
//!
//! Invariants: 1. Whatever is decided is decided for a time that is an argument; only `run.rs`, `manager.rs` and `send` know a clock.
//! 2. The results of one rule are one batch: readers see them whole.  3. A group that did not change keeps its state over a
//! reload; of one that changed, rules that are still there do.  4. Within a group a rule sees what those before it wrote.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alert;
mod alerting;
pub mod backfill;
pub mod backtest;
mod catch_up;
mod dependencies;
pub mod environment;
pub mod expand;
pub mod file;
pub mod group;
pub mod load;
pub mod manager;
mod metrics;
pub mod no_data;
mod restore;
pub mod rule;
mod run;
pub mod send;
pub mod slots;
pub mod unit_test;
mod write;

pub use alert::{Alert, AlertState};
pub use environment::{Environment, Notification, Notify, Settings};
pub use group::Group;
pub use manager::Manager;
pub use metrics::Metrics;
pub use rule::{Health, Rule, RuleKind};
