//! JSON by hand: what a query answers, straight from the engine's columns into chunks of a response.

pub mod explain;
pub mod histogram;
pub mod out;
pub mod result;
pub mod text;

pub use out::{Out, Started};

#[cfg(test)]
mod tests;
