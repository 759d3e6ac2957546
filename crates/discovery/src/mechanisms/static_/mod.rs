//! One discovery mechanism: see its `config`.

mod config;

pub use config::Config;
pub(crate) use config::{group_to_yaml, read_group};
