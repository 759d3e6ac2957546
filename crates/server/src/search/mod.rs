//! Search for names and values, for those who type: what fits, how well, and in which order.

pub mod filter;
pub mod params;
pub mod score;

pub use filter::{Found, search};
pub use params::Search;
