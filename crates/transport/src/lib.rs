//! transport

pub mod config;
