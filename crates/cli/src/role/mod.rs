//! The roles: what the program does when it keeps running.

pub mod alertmanager;
pub mod node_exporter;
pub mod server;
mod shutdown;
