//! remote
pub mod receive;
