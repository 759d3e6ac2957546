//! Discovery from JSON and YAML files, read again when they change.

mod config;
mod glob;
mod parse;
mod run;
mod watch;

pub use config::*;
pub(crate) use run::run;
