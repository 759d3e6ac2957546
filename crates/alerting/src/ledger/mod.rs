//! The ledger: what was decided about each alert, kept for weeks, so that people can ask why they were told or not.
//!
//! [`Novelty`] leaves out what only repeats, [`Store`] keeps the rest in files, [`search`](store::search) finds it again,
//! [`sentence`] says it in words and [`why`] draws the conclusion.
//!
//! On disk: segments `00000001.ledger`, each a header and frames; a frame is the length and the XXH3 of a message, then the message
//! ([`record`]). The first frame of a segment that speaks of an alert holds its labels, so each segment is readable alone.
//!
//! Invariants: 1. Segments are appended to and deleted, never changed.  2. A torn end is cut off when the store is opened; damage
//! elsewhere costs the rest of its segment.  3. Bytes and age are bounded: the oldest segment goes first.

pub mod entry;
mod novelty;
mod record;
pub mod sentence;
pub mod store;
pub mod why;

pub use entry::{Entry, Event, Named};
pub use novelty::Novelty;
pub use store::{Query, Store, StoreError};
