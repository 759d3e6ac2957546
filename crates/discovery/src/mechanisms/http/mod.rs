//! Discovery from an HTTP server that tells target groups as JSON.

mod config;
mod parse;
mod run;

pub use config::*;
pub(crate) use run::{Source, run};
