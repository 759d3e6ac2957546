//! PromQL: lexer, parser, types, functions, evaluation, printer, and the `promqltest` language.
//!
//! A query passes through the modules in this order: [`parser`] makes a tree ([`ast`]) of the text, `plan` resolves in it
//! what can be without data, `exec` runs the plan with the kernels in [`functions`], and [`value`] is what comes out.
//! [`Engine`] ties this together.
//!
//! Invariants: 1. Evaluation reads no clock and opens no socket; time and cancellation come with [`QueryOptions`].
//! 2. A result does not depend on the number of threads, not by a bit.  3. What a query holds is counted and bounded.
//!
//! ```
//! use std::sync::Arc;
//! use promql::{Engine, EngineOptions, ParseOptions, QueryOptions, Value, parse};
//! use storage::memory::MemoryStorage;
//!
//! let engine = Engine::new(EngineOptions::default());
//! let expr = parse("vector(1) + 1", &ParseOptions::default()).unwrap();
//! let result = engine.instant(Arc::new(MemoryStorage::new()), &expr, 0, &QueryOptions::default()).unwrap();
//! let Value::Vector(samples) = result.value else { panic!("a vector was asked for") };
//! assert_eq!(samples.len(), 1);
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod ast;
pub mod cache;
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
    Clock, Engine, EngineOptions, Explained, Features, Progress, QueryOptions, QueryResult, QueryStats,
    SampleStats, StatsLevel,
};
pub use error::QueryError;
pub use parser::{ParseError, ParseErrors, ParseOptions, parse, parse_selector, parse_selectors};
pub use value::{Point, Points, Sample, Series, Value};
