//! Discovery from DNS records.

mod config;
mod parse;
mod resolver;
mod run;
#[cfg(test)]
mod tests;

pub use config::*;
pub(crate) use run::{Source, run};
