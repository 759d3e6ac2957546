//! The functions and data of Alertmanager's templates (`template/template.go` of 0.34).

mod data;
mod functions;
mod json;
#[cfg(test)]
mod tests;

pub use data::{Alert, Data, kv};
pub use functions::FUNCTIONS;
