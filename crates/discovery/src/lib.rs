//! Finding what to scrape: target groups from configuration, files, HTTP and DNS.
//!
//! Main type: [`TargetGroup`].

pub mod config;
pub mod group;
pub mod mechanisms;

pub use config::Config;
pub use group::TargetGroup;
