//! Reading and writing metrics: Prometheus text, OpenMetrics, Prometheus protobuf.
//!
//! Main types: [`Reader`] (the entries of a body, one after another), [`Entry`] (what was found), [`MetricFamily`]
//! (what [`write()`] prints), [`negotiate`] (which format a client wants).
//!
//! Invariants: 1. A body that breaks its format gives an error with its place, never a part of its samples presented
//! as the whole; the caller drops what it read before.  2. Nothing a target sends can be a staleness marker: every NaN
//! read is the ordinary one.  3. Readers allocate nothing per sample in text formats, and never more than the body
//! is large.
//!
//! This crate does no I/O and does not decompress.
//!
//! ```
//! use exposition::{BodyFormat, Entry, Options, Reader};
//!
//! let body = b"# TYPE up gauge\nup{job=\"a\"} 1\n";
//! let mut reader = Reader::new(body, BodyFormat::Text, Options::default());
//! while let Some(entry) = reader.next()? {
//!     if let Entry::Sample { series, value, .. } = entry {
//!         assert_eq!((series.key(), value), (&b"up{job=\"a\"}"[..], 1.0));
//!         assert_eq!(series.labels()?.get("job"), "a");
//!     }
//! }
//! # Ok::<(), exposition::ParseError>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cursor;
pub mod entry;
pub mod error;
pub mod escaping;
pub mod family;
pub mod format;
pub mod lint;
mod nhcb;
mod number;
mod openmetrics;
mod protobuf;
mod reader;
mod series;
mod text;
mod write;

pub use entry::{Entry, KnownSample, Series};
pub use error::{ParseError, Place};
pub use escaping::EscapingScheme;
pub use family::{Metric, MetricFamily, MetricValue};
pub use format::{BodyFormat, ContentTypeError, Encoding, Format, negotiate};
pub use nhcb::{ClassicHistogram, ConversionError};
pub use openmetrics::OpenMetricsReader;
pub use protobuf::ProtobufReader;
pub use reader::{Options, Reader};
pub use text::TextReader;
pub use write::write;
