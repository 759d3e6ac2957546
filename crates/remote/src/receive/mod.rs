//! Remote write, receiving: a compressed protobuf body becomes a batch of samples.

pub mod message;

pub use message::Message;
