//! Where bytes meet sockets: one HTTP client and one listener for the whole program.
//!
//! [`listener::serve`] runs any `tower` service on a TCP listener with TLS, basic auth and limits from a web
//! configuration that is read again when it changes.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod listener;
mod tls;

pub use tls::TlsError;
