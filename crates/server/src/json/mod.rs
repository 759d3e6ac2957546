//! JSON by hand: what a query answers, straight from the engine's columns into chunks of a response.

pub mod text;
