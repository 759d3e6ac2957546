//! The HTTP side of a Bongsu server: Prometheus's API, federation, own metrics, health.
//!
//! Main types: [`Options`] (what was asked for on the command line), [`Parts`] (what the server speaks for: storage, engine,
//! targets, database, configuration, control), [`Server`] (the [`axum::Router`] built from both, and its [`Readiness`]).
//!
//! Invariants: 1. HTTP statuses and `errorType`s are decided in [`error`] and nowhere else.  2. A handler never runs a query or
//! touches a disk on an async thread:
//! [`queries`] and [`blocking`] do.  3. A client that goes away cancels its query.
//! 4. An answer is written piece by piece from the engine's columns; it never exists whole beside them.
//!
//! This crate opens no socket: `transport::listener` does, and hands requests to the router.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alertmanager;
pub mod answer;
pub mod api;
pub mod blocking;
pub mod cors;
pub mod error;
pub mod federate;
pub mod form;
pub mod grafana;
pub mod http_metrics;
pub mod json;
pub mod lifecycle;
pub mod options;
pub mod own_metrics;
pub mod pages;
pub mod params;
pub mod parts;
pub mod queries;
pub mod ready;
pub mod router;
pub mod search;
pub mod selectors;
pub mod visibility;
pub mod web;

pub use options::{BuildInfo, Options, ReadLimits};
pub use parts::Parts;
pub use ready::{Readiness, State};
pub use router::Server;

#[cfg(test)]
mod tests;
