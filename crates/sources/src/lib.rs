//! Data sources: what is asked of Prometheus, Alertmanager, Loki, PostgreSQL, MySQL, InfluxDB and Elasticsearch, and their
//! answers as Grafana's data frames.
//!
//! Main types: [`Kind`] (one kind of data source: queries, health, what its editor asks), [`Source`] (one as somebody set it
//! up), [`Query`] (what a panel asks), [`Frame`] (what a panel gets). [`KINDS`] lists them once; `expressions` computes with the
//! frames of other queries.
//!
//! Invariants:
//! 1. Building a request and reading an answer are pure; only a [`Reach`] opens connections. It guards addresses, adds logins
//!    and ends what takes too long, so a kind cannot forget to.
//! 2. Every answer is bounded: bytes, rows, frames. What was cut off says so in a notice, what cannot be held is an error.
//! 3. SQL runs as one statement that returns rows, in a transaction that only reads. Values of variables were put into the
//!    text by the browser, as Grafana does: the database's user must not be able to do what a viewer must not.
//! 4. No secret of a data source is in an error, a frame or a request's path.
//!
//! This crate knows neither the catalog nor who asks.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alertmanager;
pub mod elasticsearch;
pub mod error;
pub mod expressions;
pub mod frame;
pub mod influxdb;
pub mod interval;
pub mod kind;
pub mod loki;
pub mod mysql;
pub mod postgres;
pub mod prometheus;
pub mod series;
pub mod sql;

pub use error::SourceError;
pub use frame::{Column, Field, Frame, Numbers};
pub use kind::{Ask, Kind, Pending, Query, Reach, Reply, Source};

/// All kinds of data sources that answer queries.
pub static KINDS: [&dyn Kind; 7] = [
    &prometheus::Prometheus,
    &alertmanager::Alertmanager,
    &loki::Loki,
    &postgres::Postgres,
    &mysql::MySql,
    &influxdb::InfluxDb,
    &elasticsearch::Elasticsearch,
];

/// The kind with an identifier, such as `prometheus`.
pub fn kind(id: &str) -> Option<&'static dyn Kind> {
    KINDS.into_iter().find(|kind| kind.ids().contains(&id))
}
