//! Kinds of discovery whose configuration is recognised and checked; their work comes later.
//!
//! A kind that becomes available moves from [`KINDS`] to a folder of its own.

mod config;
mod kinds;
mod kubernetes;

pub use config::{Client, Config, Kind};
pub use kinds::KINDS;
