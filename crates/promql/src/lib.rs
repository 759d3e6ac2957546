//! PromQL: lexer, parser, types, functions, evaluation, printer, and the `promqltest` language.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod ast;
pub mod column;
pub mod engine;
pub mod error;
pub mod functions;
pub mod json;
pub mod lexer;
pub mod parser;
pub mod printer;
pub mod promqltest;
pub mod value;

mod exec;
mod kahan;
mod notes;
mod number;
mod plan;
mod typecheck;

pub use engine::{
    Clock, Engine, EngineOptions, Features, QueryOptions, QueryResult, QueryStats, SampleStats, StatsLevel,
};
pub use error::QueryError;
pub use parser::{ParseError, ParseErrors, ParseOptions, parse, parse_selector, parse_selectors};
pub use value::{Point, Points, Sample, Series, Value};
