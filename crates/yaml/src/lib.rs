//! YAML as Prometheus's configuration uses it: documents with positions, typed reading that finds every mistake of a
//! file in one go, and a writer with Prometheus's layout.
//!
//! Main types: [`Node`] (a tree whose nodes know line and column), [`Report`] (what is wrong with a file), [`Value`] and
//! [`Fields`] (typed reading), [`Read`] (types that can be read), [`Secret`] and [`Link`] (values that print masked).
//!
//! The scalars are those of YAML 1.1 as Go's yaml.v2 reads them, since files were written for that reader. Nesting and
//! aliases are bounded. This crate opens no files: text comes in, problems go out.
//!
//! ```
//! use yaml::{Context, Report, Value};
//! let report = Report::new("example.yml");
//! let node = yaml::parse("interval: 15\nnmae: x\n", &report).expect("the syntax is right");
//! let root = Value::root(&node, Context { report: &report, directory: "/etc".as_ref() });
//! root.fields(|f| {
//!     let name: Option<String> = f.optional("name");
//!     let interval: Option<std::time::Duration> = f.optional("interval");
//!     Some((name, interval))
//! });
//! let problems = report.finish().expect_err("two mistakes");
//! assert_eq!(
//!     problems.to_string(),
//!     "example.yml:1:11: interval: not a valid duration string: \"15\" (a unit is needed, such as \"15s\")\n\
//!      example.yml:2:1: nmae: unknown field \"nmae\" (did you mean \"name\"?)"
//! );
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod link;
pub mod node;
pub mod parse;
pub mod read;
pub mod report;
pub mod scalar;
pub mod schema;
pub mod secret;
pub mod write;

pub use link::{Link, LinkError};
pub use node::{Kind, Node, Position};
pub use parse::parse;
pub use read::{ByteSize, Context, Fields, Read, Value, join, read_document, relabel_rules};
pub use report::{Problem, Problems, Report};
pub use secret::Secret;

#[cfg(test)]
mod tests;
