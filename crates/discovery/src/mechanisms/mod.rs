//! The mechanisms, one folder each. This is their one list.

pub mod dns;
pub mod file;
pub mod http;
pub mod static_;
pub mod unavailable;
