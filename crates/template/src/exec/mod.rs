//! Executing templates, as Go's `text/template/exec.go` does.
//!
//! Invariants: 1. Every node that is walked and every command that is evaluated is a step, and steps are bounded.  2. So is the
//! output, and every text made on the way.  3. Nesting is bounded over all templates that call each other.
//! 4. A complaint names the part that was looked at last, as Go's do.

use std::cell::Cell;

use crate::ast::{Arg, Command, Node, Pipe};
use crate::error::ExecError;
use crate::format;
use crate::function::Host;
use crate::html;
use crate::set::{Template, Tree};
use crate::value::Value;

mod call;
mod evaluate;
mod walk;

/// The deepest nesting, all templates that call each other together.
const DEPTH_MAX: usize = 200;

/// Copying so many bytes counts as a step.
const BYTES_PER_STEP: usize = 64;

/// How much an execution may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most nodes walked and commands evaluated.
    pub steps_max: usize,
    /// Longest output, and longest text made on the way.
    pub bytes_max: usize,
}

impl Default for Limits {
    /// A million steps take well below a second; a text of 4 MiB is more than any receiver takes.
    fn default() -> Limits {
        Limits { steps_max: 1_000_000, bytes_max: 4 << 20 }
    }
}

/// What is shared by all templates of one execution.
struct Shared<'t> {
    set: &'t Template,
    host: &'t dyn Host,
    limits: Limits,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

/// Where the output goes.
enum Output {
    Text(String),
    Html(html::Writer),
}

/// The part that is being looked at.
#[derive(Clone, Copy)]
enum Part<'t> {
    Nothing,
    Node(&'t Node),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Arg(&'t Arg),
}

/// The execution of one template.
struct State<'t, 's> {
    shared: &'s Shared<'t>,
    tree: &'t Tree,
    name: &'t str,
    part: Part<'t>,
    variables: Vec<(&'t str, Value)>,
    out: &'s mut Output,
}

type Result1<T> = Result<T, Box<ExecError>>;

/// How walking goes on.
#[derive(PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// Executes one template of a set.
pub(crate) fn execute(
    set: &Template,
    name: &str,
    data: &Value,
    host: &dyn Host,
    limits: Limits,
    as_html: bool,
) -> Result<String, ExecError> {
    let shared = Shared { set, host, limits, steps: Cell::new(0), depth: Cell::new(0) };
    run(&shared, name, data, as_html).map_err(|error| *error)
}

fn run(shared: &Shared<'_>, name: &str, data: &Value, as_html: bool) -> Result1<String> {
    let mut out = if as_html { Output::Html(html::Writer::default()) } else { Output::Text(String::new()) };
    let Some((name, tree)) = shared.set.trees.get_key_value(name) else {
        let message = format!(
            "no template {} associated with template {}",
            model::number::quote(name),
            model::number::quote(&shared.set.name)
        );
        return Err(Box::new(ExecError::Missing { message }));
    };
    let mut state = State {
        shared,
        tree,
        name,
        part: Part::Nothing,
        variables: vec![("$", data.clone())],
        out: &mut out,
    };
    state.deeper(|s| s.walk_list(data, &tree.body))?;
    Ok(match out {
        Output::Text(text) => text,
        Output::Html(writer) => writer.finish(),
    })
}

impl<'t> State<'t, '_> {
    fn fail<T>(&self, message: impl Into<String>) -> Result1<T> {
        let (pos, part) = match self.part {
            Part::Nothing => (0, String::new()),
            Part::Node(node) => (node.pos, node.to_string()),
            Part::Pipe(pipe) => (pipe.pos, pipe.to_string()),
            Part::Command(command) => (command.pos, command.to_string()),
            Part::Arg(arg) => (arg.pos, arg.to_string()),
        };
        let before = self.tree.text.get(..pos).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Err(Box::new(ExecError::At {
            file: self.tree.file.to_string(),
            line: 1 + before.bytes().filter(|b| *b == b'\n').count(),
            column: pos - line_start,
            name: self.name.to_owned(),
            part,
            message: message.into(),
        }))
    }

    fn step(&self) -> Result1<()> {
        let steps = self.shared.steps.get() + 1;
        self.shared.steps.set(steps);
        let max = self.shared.limits.steps_max;
        if steps > max { self.fail(format!("execution takes more than {max} steps")) } else { Ok(()) }
    }

    /// Counts what it took to make a value: copying long lists and texts is work, too.
    fn charge(&self, value: &Value) -> Result1<()> {
        let work = match value {
            Value::List(_, items) => items.len(),
            Value::Map(_, entries) => entries.len(),
            Value::String(text) | Value::Safe(text, _) => text.len() / BYTES_PER_STEP,
            Value::None
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::Struct(..)
            | Value::Time(_) => 0,
        };
        self.shared.steps.set(self.shared.steps.get().saturating_add(work));
        self.step()
    }

    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result1<T>) -> Result1<T> {
        let depth = self.shared.depth.get();
        if depth >= DEPTH_MAX {
            return self.fail(format!("exceeded maximum template depth ({DEPTH_MAX})"));
        }
        self.shared.depth.set(depth + 1);
        let result = work(self);
        self.shared.depth.set(depth);
        result
    }

    fn write_text(&mut self, text: &str) -> Result1<()> {
        let length = match self.out {
            Output::Text(out) => {
                out.push_str(text);
                out.len()
            }
            Output::Html(writer) => {
                writer.text(text);
                writer.len()
            }
        };
        self.check_length(length)
    }

    fn write_value(&mut self, value: &Value) -> Result1<()> {
        let max = self.shared.limits.bytes_max;
        let length = match self.out {
            Output::Text(out) => {
                match value {
                    Value::None => out.push_str("<no value>"),
                    Value::String(text) => out.push_str(text),
                    value => match format::display(value, max) {
                        Ok(text) => out.push_str(&text),
                        Err(message) => return self.fail(message),
                    },
                }
                out.len()
            }
            Output::Html(writer) => {
                if let Err(message) = writer.value(value, max) {
                    return self.fail(message);
                }
                writer.len()
            }
        };
        self.check_length(length)
    }

    fn check_length(&self, length: usize) -> Result1<()> {
        let max = self.shared.limits.bytes_max;
        if length > max { self.fail(format!("output is longer than {max} bytes")) } else { Ok(()) }
    }
}
