//! Where bytes meet sockets: one HTTP client and one listener for the whole program.
//!
//! [`Client`] sends requests as one HTTP client configuration says: login, TLS, proxy, redirects, limits. [`Wire`] is a connection for
//! other protocols.
//! [`listener::serve`] runs any `tower` service on a TCP listener with TLS, basic auth and limits from a web
//! configuration that is read again when it changes.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod client;
pub mod config;
pub mod error;
pub mod listener;
pub mod peer;
#[cfg(test)]
mod tests;
mod tls;

pub use client::{Client, Deadline, Response, Wire};
pub use error::{ClientError, Failure};
pub use tls::TlsError;
