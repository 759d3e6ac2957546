//! PromQL: lexer, parser, types, functions, evaluation, printer, and the `promqltest` language.

pub mod ast;
pub mod functions;
