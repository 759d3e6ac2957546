//! The vocabulary of Bongsu: what a series, a sample, a matcher is.
//!
//! Main types: [`Labels`] (an immutable, sorted label set), [`Matcher`] (a test on one label),
//! [`histogram::Histogram`] and [`histogram::FloatHistogram`] (native histograms), [`Metadata`], [`Exemplar`].
//!
//! This crate does no I/O, reads no clock, starts no thread, and depends on no other crate of ours.
//! Timestamps are milliseconds since the Unix epoch, UTC, as `i64`; names that hold one end in `_ms` or are `t`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod duration;
pub mod exemplar;
pub mod histogram;
pub mod labels;
pub mod matcher;
pub mod metadata;
pub mod number;
pub mod regex;
pub mod relabel;
pub mod value;

pub use exemplar::Exemplar;
pub use labels::{Labels, LabelsBuilder};
pub use matcher::{MatchOp, Matcher};
pub use metadata::{Metadata, MetricType};
pub use regex::Regex;
