//! The syntax tree. Every node knows where it stands and prints as Go's nodes do, which messages show.

use std::fmt::{self, Display, Formatter};

/// A list of nodes.
pub(crate) type List = Vec<Node>;

/// Text or an action.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) pos: usize,
    pub(crate) kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeKind {
    Text(String),
    Action(Pipe),
    /// `if` with its `else if`s.
    If(Branches),
    /// `with` with its `else with`s.
    With(Branches),
    Range {
        pipe: Pipe,
        body: List,
        otherwise: Option<List>,
    },
    Template {
        name: String,
        pipe: Option<Pipe>,
    },
    Break,
    Continue,
}

/// Conditions in turn, and what is done if none holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Branches {
    pub(crate) branches: Vec<(Pipe, List)>,
    pub(crate) otherwise: Option<List>,
}

/// Commands, each given the result of the one before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pipe {
    pub(crate) pos: usize,
    /// The variables are assigned, not declared.
    pub(crate) assign: bool,
    /// Names with their `$`.
    pub(crate) variables: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

/// A function, method or value with arguments; never empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Command {
    pub(crate) pos: usize,
    pub(crate) args: Vec<Arg>,
}

/// One operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arg {
    pub(crate) pos: usize,
    pub(crate) kind: ArgKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ArgKind {
    Bool(bool),
    Dot,
    Nil,
    Number(Number),
    String {
        /// As written.
        quoted: String,
        text: String,
    },
    /// `.A.B`
    Field(Vec<String>),
    /// `$x.A`; the first is the name with its `$`.
    Variable(Vec<String>),
    /// A function's name.
    Identifier(String),
    /// `(…).A.B`
    Chain(Box<Arg>, Vec<String>),
    Pipe(Box<Pipe>),
}

/// A number with everything that it can stand for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::Text(text) => f.write_str(text),
            NodeKind::Action(pipe) => write!(f, "{{{{{pipe}}}}}"),
            NodeKind::If(branches) => print_branches(f, "if", branches),
            NodeKind::With(branches) => print_branches(f, "with", branches),
            NodeKind::Range { pipe, body, otherwise } => {
                write!(f, "{{{{range {pipe}}}}}")?;
                print_list(f, body)?;
                print_otherwise(f, otherwise.as_ref())
            }
            NodeKind::Template { name, pipe } => {
                write!(f, "{{{{template {}", model::number::quote(name))?;
                if let Some(pipe) = pipe {
                    write!(f, " {pipe}")?;
                }
                f.write_str("}}")
            }
            NodeKind::Break => f.write_str("{{break}}"),
            NodeKind::Continue => f.write_str("{{continue}}"),
        }
    }
}

fn print_list(f: &mut Formatter<'_>, list: &List) -> fmt::Result {
    list.iter().try_for_each(|node| node.fmt(f))
}

fn print_otherwise(f: &mut Formatter<'_>, otherwise: Option<&List>) -> fmt::Result {
    if let Some(otherwise) = otherwise {
        f.write_str("{{else}}")?;
        print_list(f, otherwise)?;
    }
    f.write_str("{{end}}")
}

/// An `else if` prints as an `if` inside an `else`, as Go keeps it.
fn print_branches(f: &mut Formatter<'_>, word: &str, branches: &Branches) -> fmt::Result {
    for (i, (pipe, body)) in branches.branches.iter().enumerate() {
        if i > 0 {
            f.write_str("{{else}}")?;
        }
        write!(f, "{{{{{word} {pipe}}}}}")?;
        print_list(f, body)?;
    }
    print_otherwise(f, branches.otherwise.as_ref())?;
    (1..branches.branches.len()).try_for_each(|_| f.write_str("{{end}}"))
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assign { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            match &arg.kind {
                ArgKind::Pipe(pipe) => write!(f, "({pipe})")?,
                _others => arg.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ArgKind::Bool(b) => write!(f, "{b}"),
            ArgKind::Dot => f.write_str("."),
            ArgKind::Nil => f.write_str("nil"),
            ArgKind::Number(number) => f.write_str(&number.text),
            ArgKind::String { quoted, .. } => f.write_str(quoted),
            ArgKind::Field(names) => names.iter().try_for_each(|name| write!(f, ".{name}")),
            ArgKind::Variable(names) => f.write_str(&names.join(".")),
            ArgKind::Identifier(name) => f.write_str(name),
            ArgKind::Chain(arg, names) => {
                match &arg.kind {
                    ArgKind::Pipe(pipe) => write!(f, "({pipe})")?,
                    _others => arg.fmt(f)?,
                }
                names.iter().try_for_each(|name| write!(f, ".{name}"))
            }
            ArgKind::Pipe(pipe) => pipe.fmt(f),
        }
    }
}
