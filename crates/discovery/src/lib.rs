//! Finding what to scrape: target groups from configuration, files, HTTP and DNS.
//!
//! Main types: [`TargetGroup`] (what a source tells), [`Config`] (where to look), [`Manager`] (keeps looking and hands
//! out [`Targets`]). A mechanism is a folder in [`mechanisms`]: `config` reads its YAML, `parse` turns an answer into
//! target groups without any I/O, `run` asks.
//!
//! Mechanisms tell raw facts as `__meta_*` labels; relabelling, which is scrape's, decides what becomes of them. A mechanism
//! that cannot tell everything tells nothing: the last good groups stay.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
mod debounce;
pub mod group;
pub mod manager;
pub mod mechanisms;
pub mod metrics;
mod pools;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use group::TargetGroup;
pub use manager::{Manager, Options, Targets};
pub use metrics::Metrics;
