//! Finding what to scrape: target groups from configuration, files, HTTP and DNS.
//!
//! Main type: [`TargetGroup`].

pub mod group;

pub use group::TargetGroup;
