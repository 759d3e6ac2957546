//! Go's text/template and html/template as alerts and notifications use them.
//!
//! Main types: [`Template`] (a set of parsed texts), [`Value`] (what templates compute with), [`Functions`] (which functions a
//! template may call: [`prometheus::FUNCTIONS`], [`alertmanager::FUNCTIONS`]), [`Host`] (what functions ask of the program),
//! [`Limits`] (how much an execution may do).
//!
//! Behaviour, messages and positions are Go's, since users wrote their templates for it. What Go finds by reflection stands
//! here in the values themselves: each knows its [`value::Class`], which holds Go's type name and the methods.
//!
//! Invariants: 1. No input makes this crate panic, recurse without bound, run without end or allocate without bound.
//! 2. No clock is read and nothing is opened: functions that need the outside ask the [`Host`].
//!
//! ```
//! use template::{Limits, NoHost, Template, Value, prometheus};
//! let template = Template::parse("greeting", "Hello, {{ .name | toUpper }}!", prometheus::FUNCTIONS).unwrap();
//! let data = Value::string_map([("name", "world")]);
//! assert_eq!(template.execute(&data, &NoHost, Limits::default()).unwrap(), "Hello, WORLD!");
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alertmanager;
mod ast;
mod builtins;
mod compare;
pub mod error;
mod exec;
pub mod format;
pub mod function;
pub mod gotime;
mod html;
mod humanize;
mod lex;
pub(crate) mod network;
mod parse;
pub mod prometheus;
mod set;
mod unquote;
pub mod value;

pub use error::{ExecError, ParseError};
pub use exec::Limits;
pub use function::{Functions, Host, NoHost};
pub use set::{MissingKey, Template};
pub use value::Value;

#[cfg(test)]
mod tests;
