//! Functions of how values change within a window: `rate`, `increase`, `delta`, `irate`, `idelta`, `resets`, `changes`.

mod extended;
mod extrapolated;
mod instant;
mod started;
mod steps;

pub(crate) use extrapolated::{Kind, Times, delta, increase, rate};
pub(crate) use instant::{idelta, irate};
pub(crate) use started::{Starts, histogram_factor};
pub(crate) use steps::{changes, resets};

#[cfg(test)]
mod tests;
