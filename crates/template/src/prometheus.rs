//! The functions and data of Prometheus's templates (`template/template.go` of 3.14).

mod data;
mod functions;
#[cfg(test)]
mod tests;
pub(crate) mod text;

pub use crate::network::{graph_link, table_link};
pub use data::{AlertData, histogram, query_result};
pub use functions::FUNCTIONS;
