//! YAML documents with positions.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod link;
pub mod secret;

pub use link::{Link, LinkError};
pub use secret::Secret;
