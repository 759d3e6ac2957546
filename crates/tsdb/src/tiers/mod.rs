//! What becomes of samples as they grow old: kept as they are, denser, downsampled, or not at all.
//!
//! A [`Policy`] says so by age and by selector. [`rules`] is the pure decision, which series of a block of some age have
//! which [`Fate`]; the database's maintenance carries it out when a block passes an age. [`fold`] brings samples together,
//! [`chunk`] is how that is stored, [`read`] how readers see it; [`retention`] bounds all of it by time and size.

pub mod chunk;
pub mod fold;
pub mod read;
pub mod retention;
pub mod rules;

#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod tests;

pub use retention::Retention;
pub use rules::{Beside, Downsample, Fate, Policy, Rule};
