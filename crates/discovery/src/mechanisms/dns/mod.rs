//! One discovery mechanism: see its `config`.

mod config;

pub use config::*;
