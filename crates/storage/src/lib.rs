//! The contracts between those who write samples, those who keep them, and those who read them.
//!
//! Main types: [`Append`] (one batch of writes, committed whole or not at all), [`Select`] (a consistent view of the
//! data of one time range), [`SeriesSet`] (what a selection found; series are read by index, from many threads),
//! [`Samples`] (one series as columns), [`Budget`] (one account of the memory that data takes), [`Changes`] (what became
//! different in the past), [`memory::MemoryStorage`] (the plain reference implementation).
//!
//! This crate does no I/O and knows no file format; `tsdb` and `remote` implement the contracts.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod append;
pub mod budget;
pub mod changes;
pub mod error;
pub mod hint;
pub mod memory;
pub mod samples;
pub mod select;

pub use append::{Append, Appendable, CommitSummary, SeriesRef};
pub use budget::{Budget, Charge};
pub use changes::Changes;
pub use error::{AppendError, SelectError};
pub use hint::{Between, Figure, Needs, SampleHint};
pub use samples::Samples;
pub use select::{Cancel, LabelQuery, Projection, Queryable, Select, SelectRequest, SeriesSet, TimeRange};
