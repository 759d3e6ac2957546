//! The Alertmanager: who is told about which alert, when, and once.
//!
//! Main types: [`Alert`] (one alert and when it fires), [`route::Tree`] (which receiver is told, grouped how),
//! [`inhibit::Inhibitor`], [`silences::Silences`] and [`times::NamedIntervals`] (what keeps it quiet),
//! [`nflog::NotificationLog`] (what was sent already), [`manager::Manager`] (all of it as one state machine).
//!
//! The core has no clock, no sockets and no threads: `now` is an argument, what is to be sent comes out of
//! [`manager::Manager::poll`], and what became of it goes back in. Tests drive weeks in microseconds.
//!
//! Alerts, group keys, fingerprints, file formats and texts are those of Alertmanager 0.34.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alert;
pub mod annotations;
pub mod backtest;
pub mod cluster;
pub mod config;
pub mod fingerprint;
pub mod inhibit;
pub mod ledger;
pub mod manager;
pub mod matchers;
pub mod nflog;
pub mod notify;
mod pb;
pub mod route;
pub mod run;
pub mod silences;
pub mod times;

pub use alert::{Alert, Report};
pub use annotations::Annotations;
pub use fingerprint::Fingerprint;
pub use manager::Manager;
