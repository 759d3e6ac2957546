//! Scraping: targets from target groups, one loop per target, answers into the storage.
//!
//! Main types: [`Manager`] (all jobs, and what the API shows of them), [`Config`](config::Config) (one job),
//! [`Target`] (one thing to scrape), [`ingest::Ingester`] (one scrape from body to storage, without clock or socket).
//!
//! Reading order: `config`, `target`, `sample_labels`, `cache`, `ingest`, `schedule`; then the shell around them:
//! `fetch`, `run`, `pool`, `manager`.
//!
//! Invariants: 1. A scrape is one batch: readers see it whole or not at all, and nothing of a malformed answer.
//! 2. A target can only hurt itself: time, bytes, samples, labels and redirects are bounded per target.
//! 3. A target that did not change keeps its loop, its cache and its timing across reloads and discovery updates.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cache;
pub mod config;
pub mod error;
mod failure_log;
pub mod fetch;
pub mod ingest;
pub mod manager;
pub mod metadata;
mod metrics;
mod pool;
mod run;
pub mod sample_labels;
pub mod schedule;
pub mod target;
mod threads;

pub use config::Config;
pub use error::ScrapeError;
pub use manager::{Health, Manager, Options, PoolStatus, TargetStatus};
pub use metadata::MetadataStore;
pub use target::{Found, Target, TargetError};
