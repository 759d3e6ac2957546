//! Remote write, receiving: a compressed protobuf body becomes one batch of samples.
//!
//! Main type: [`Receiver`]. Bodies are read in place: a series that was seen before costs one hash over the bytes of its
//! labels, and no label is looked at.
//!
//! Invariants: 1. A body is decompressed only if it says that it is not larger than [`body::DECOMPRESSED_BYTES_MAX`].  2. A malformed
//! message stores nothing.  3. What a series refuses does not keep the others from being stored.
//!
//! Source: Prometheus 3.14 `storage/remote/write_handler.go`; the remote write 1.0 and 2.0 specifications.

pub mod body;
pub mod cache;
pub mod error;
pub mod histogram;
pub mod labels;
pub mod message;
pub mod v1;
pub mod v2;
pub mod wire;
pub mod write;

pub use error::WriteError;
pub use message::Message;
pub use write::{Options, Outcome, Receiver, Written};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
