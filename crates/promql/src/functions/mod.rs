//! The functions of PromQL: one list, read by the parser, the evaluator and the documentation.

use crate::ast::ValueType;

/// What a function takes and returns.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name in queries.
    pub name: &'static str,
    /// Types of the arguments; optional ones last.
    pub args: &'static [ValueType],
    /// 0: exactly `args`; n > 0: the last n arguments may be left out; −1: the last may be repeated or left out.
    pub variadic: i32,
    /// Type of the result.
    pub returns: ValueType,
    /// Behind `promql-experimental-functions`.
    pub experimental: bool,
}
