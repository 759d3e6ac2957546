//! Executing templates, as Go's `text/template/exec.go` does.
//!
//! Invariants: 1. Every node that is walked and every command that is evaluated is a step, and steps are bounded.  2. So is the
//! output, and every text made on the way.  3. Nesting is bounded over all templates that call each other.
//! 4. A complaint names the part that was looked at last, as Go's do.

use std::cell::Cell;

use crate::ast::{Arg, ArgKind, Branches, Command, List, Node, NodeKind, Number, Pipe};
use crate::builtins;
use crate::error::ExecError;
use crate::format;
use crate::function::{Host, Param, Scope};
use crate::html;
use crate::set::{MissingKey, Template, Tree};
use crate::value::{MethodEntry, Value};

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

    fn walk_list(&mut self, dot: &Value, list: &'t List) -> Result1<Flow> {
        for node in list {
            let flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Value, node: &'t Node) -> Result1<Flow> {
        self.part = Part::Node(node);
        self.step()?;
        match &node.kind {
            NodeKind::Text(text) => self.write_text(text)?,
            NodeKind::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.part = Part::Node(node);
                    self.write_value(&value)?;
                }
            }
            NodeKind::Break => return Ok(Flow::Break),
            NodeKind::Continue => return Ok(Flow::Continue),
            NodeKind::If(branches) => return self.deeper(|s| s.branches(dot, branches, false)),
            NodeKind::With(branches) => return self.deeper(|s| s.branches(dot, branches, true)),
            NodeKind::Range { pipe, body, otherwise } => {
                return self.deeper(|s| s.range(dot, pipe, body, otherwise.as_ref()));
            }
            NodeKind::Template { name, pipe } => self.template(dot, node, name, pipe.as_ref())?,
        }
        Ok(Flow::Next)
    }

    fn branches(&mut self, dot: &Value, branches: &'t Branches, with: bool) -> Result1<Flow> {
        let mark = self.variables.len();
        let mut chosen = None;
        for (pipe, body) in &branches.branches {
            let value = self.pipeline(dot, pipe)?;
            if value.is_true() {
                chosen = Some((if with { value } else { dot.clone() }, body));
                break;
            }
        }
        let flow = match (chosen, &branches.otherwise) {
            (Some((dot, body)), _) => self.walk_list(&dot, body)?,
            (None, Some(body)) => self.walk_list(dot, body)?,
            (None, None) => Flow::Next,
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn range(
        &mut self,
        dot: &Value,
        pipe: &'t Pipe,
        body: &'t List,
        otherwise: Option<&'t List>,
    ) -> Result1<Flow> {
        let outer = self.variables.len();
        let value = self.pipeline(dot, pipe)?;
        let mut any = false;
        match &value {
            Value::List(_, items) => {
                for (i, item) in items.iter().enumerate() {
                    any = true;
                    if !self.iteration(pipe, body, Value::int(i as i64), item.clone())? {
                        break;
                    }
                }
            }
            Value::Map(_, entries) => {
                for (key, item) in entries.iter() {
                    any = true;
                    if !self.iteration(pipe, body, Value::string(key), item.clone())? {
                        break;
                    }
                }
            }
            Value::Int(n, kind) => {
                for i in 0..*n {
                    any = true;
                    let i = Value::Int(i, *kind);
                    if !self.iteration(pipe, body, i.clone(), i)? {
                        break;
                    }
                }
            }
            Value::None => {}
            other @ (Value::Bool(_)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Safe(..)
            | Value::Struct(..)
            | Value::Time(_)) => {
                let shown = format::display(other, self.shared.limits.bytes_max).unwrap_or_default();
                return self.fail(format!("range can't iterate over {shown}"));
            }
        }
        // A break of this loop ends here, one in `else` belongs to the loop around.
        let flow = match otherwise {
            Some(list) if !any => self.walk_list(dot, list)?,
            Some(_) | None => Flow::Next,
        };
        self.variables.truncate(outer);
        Ok(flow)
    }

    /// Runs the body once. Tells whether the loop goes on.
    fn iteration(&mut self, pipe: &'t Pipe, body: &'t List, index: Value, item: Value) -> Result1<bool> {
        self.step()?;
        let values: &[&Value] = match pipe.variables.len() {
            0 => &[],
            1 => &[&item],
            _two => &[&index, &item],
        };
        for (name, value) in pipe.variables.iter().zip(values) {
            self.set_variable(name, (*value).clone())?;
        }
        let mark = self.variables.len();
        let flow = self.walk_list(&item, body)?;
        self.variables.truncate(mark);
        Ok(flow != Flow::Break)
    }

    fn template(
        &mut self,
        dot: &Value,
        node: &'t Node,
        name: &'t str,
        pipe: Option<&'t Pipe>,
    ) -> Result1<()> {
        let Some((name, tree)) = self.shared.set.trees.get_key_value(name) else {
            return self.fail(format!("template {} not defined", model::number::quote(name)));
        };
        let data = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::None,
        };
        self.part = Part::Node(node);
        self.deeper(|s| {
            let mut inner = State {
                shared: s.shared,
                tree,
                name,
                part: s.part,
                variables: vec![("$", data.clone())],
                out: s.out,
            };
            inner.walk_list(&data, &tree.body).map(|_| ())
        })
    }

    fn set_variable(&mut self, name: &str, value: Value) -> Result1<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(slot) => {
                slot.1 = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Result1<Value> {
        self.part = Part::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?);
        }
        let value = value.unwrap_or(Value::None);
        for name in &pipe.variables {
            if pipe.assign {
                self.set_variable(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Value, command: &'t Command, last: Option<Value>) -> Result1<Value> {
        self.step()?;
        let Some(first) = command.args.first() else { return self.fail("empty command") };
        let args = command.args.get(1..).unwrap_or_default();
        match &first.kind {
            ArgKind::Field(names) => {
                self.part = Part::Arg(first);
                return self.chain(dot, dot.clone(), first, names, args, last);
            }
            ArgKind::Chain(inner, names) => {
                let receiver = self.chain_start(dot, first, inner)?;
                return self.chain(dot, receiver, first, names, args, last);
            }
            ArgKind::Identifier(name) => {
                self.part = Part::Arg(first);
                return self.function(dot, Part::Command(command), name, args, last);
            }
            ArgKind::Pipe(pipe) => {
                self.refuse_arguments(first, args, last.as_ref())?;
                return self.deeper(|s| s.pipeline(dot, pipe));
            }
            ArgKind::Variable(names) => return self.variable(dot, first, names, args, last),
            ArgKind::Bool(_) | ArgKind::Dot | ArgKind::Nil | ArgKind::Number(_) | ArgKind::String { .. } => {}
        }
        self.part = Part::Arg(first);
        self.refuse_arguments(first, args, last.as_ref())?;
        match &first.kind {
            ArgKind::Nil => self.fail("nil is not a command"),
            _literal => self.literal(dot, first),
        }
    }

    fn refuse_arguments(&self, first: &Arg, args: &[Arg], last: Option<&Value>) -> Result1<()> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        self.fail(format!("can't give argument to non-function {first}"))
    }

    /// The value of a literal or of dot.
    fn literal(&mut self, dot: &Value, arg: &'t Arg) -> Result1<Value> {
        match &arg.kind {
            ArgKind::Bool(b) => Ok(Value::Bool(*b)),
            ArgKind::Dot => Ok(dot.clone()),
            ArgKind::Number(number) => self.number(number),
            ArgKind::String { text, .. } => Ok(Value::string(text)),
            ArgKind::Nil
            | ArgKind::Field(_)
            | ArgKind::Variable(_)
            | ArgKind::Identifier(_)
            | ArgKind::Chain(..)
            | ArgKind::Pipe(_) => self.fail(format!("can't evaluate command {arg}")),
        }
    }

    /// A number where nothing says which type it should have: its look decides.
    fn number(&self, number: &Number) -> Result1<Value> {
        let is_hex = number.text.starts_with("0x") || number.text.starts_with("0X");
        let is_char = number.text.starts_with('\'');
        let looks_float =
            number.text.contains(['.', 'p', 'P']) || (!is_hex && number.text.contains(['e', 'E']));
        match (number.float, number.int) {
            (Some(float), _) if looks_float && !is_char => Ok(Value::Float(float)),
            (_, Some(int)) => Ok(Value::int(int)),
            (_, None) => self.fail(format!("{} overflows int", number.text)),
        }
    }

    fn chain_start(&mut self, dot: &Value, whole: &'t Arg, inner: &'t Arg) -> Result1<Value> {
        self.part = Part::Arg(whole);
        if matches!(inner.kind, ArgKind::Nil) {
            return self.fail(format!("indirection through explicit nil in {whole}"));
        }
        self.arg(dot, Param::Reflect, inner)
    }

    fn variable(
        &mut self,
        dot: &Value,
        arg: &'t Arg,
        names: &'t [String],
        args: &'t [Arg],
        last: Option<Value>,
    ) -> Result1<Value> {
        self.part = Part::Arg(arg);
        let Some((name, fields)) = names.split_first() else { return self.fail("empty variable") };
        let found = self.variables.iter().rev().find(|(known, _)| known == name).map(|(_, v)| v.clone());
        let Some(value) = found else { return self.fail(format!("undefined variable: {name}")) };
        if fields.is_empty() {
            self.refuse_arguments(arg, args, last.as_ref())?;
            return Ok(value);
        }
        self.chain(dot, value, arg, fields, args, last)
    }

    /// `.A.B.C arguments`: the arguments are those of the last.
    fn chain(
        &mut self,
        dot: &Value,
        receiver: Value,
        node: &'t Arg,
        names: &'t [String],
        args: &'t [Arg],
        last: Option<Value>,
    ) -> Result1<Value> {
        let Some((end, names)) = names.split_last() else { return Ok(receiver) };
        let mut value = receiver;
        let mut shown = value.type_name();
        for name in names {
            let next = self.field(dot, name, node, &[], None, (&value, shown))?;
            // What a container declares as `any` is an interface to Go.
            shown = if value.declares_any(name) { "interface {}" } else { next.type_name() };
            value = next;
        }
        self.field(dot, end, node, args, last, (&value, shown))
    }

    fn field(
        &mut self,
        dot: &Value,
        name: &str,
        node: &'t Arg,
        args: &'t [Arg],
        last: Option<Value>,
        (receiver, type_shown): (&Value, &str),
    ) -> Result1<Value> {
        if matches!(receiver, Value::None) {
            if self.shared.set.missing == MissingKey::Error {
                return self.fail(format!("nil data; no entry for key {}", model::number::quote(name)));
            }
            return Ok(Value::None);
        }
        if let Some(method) = receiver.method(name) {
            return self.method(dot, receiver, method, node, args, last);
        }
        let has_args = !args.is_empty() || last.is_some();
        match receiver {
            Value::Struct(..) if receiver.field(name).is_some() => {
                if has_args {
                    return self.fail(format!("{name} has arguments but cannot be invoked as function"));
                }
                Ok(receiver.field(name).cloned().unwrap_or(Value::None))
            }
            Value::Map(class, entries) => {
                if has_args {
                    return self.fail(format!("{name} is not a method but has arguments"));
                }
                match (entries.get(name), self.shared.set.missing) {
                    (Some(value), _) => Ok(value.clone()),
                    (None, MissingKey::Invalid) => Ok(Value::None),
                    (None, MissingKey::Zero) => Ok((class.zero)()),
                    (None, MissingKey::Error) => {
                        self.fail(format!("map has no entry for key {}", model::number::quote(name)))
                    }
                }
            }
            _others => self.fail(format!("can't evaluate field {name} in type {type_shown}")),
        }
    }

    fn method(
        &mut self,
        dot: &Value,
        receiver: &Value,
        method: MethodEntry,
        node: &'t Arg,
        args: &'t [Arg],
        last: Option<Value>,
    ) -> Result1<Value> {
        let values = self.arguments(dot, method.name, method.params, method.variadic, args, last)?;
        match (method.call)(receiver, &values) {
            Ok(value) => {
                self.charge(&value)?;
                Ok(value)
            }
            Err(reason) => {
                self.part = Part::Arg(node);
                self.fail(format!("error calling {}: {reason}", method.name))
            }
        }
    }

    fn function(
        &mut self,
        dot: &Value,
        place: Part<'t>,
        name: &str,
        args: &'t [Arg],
        last: Option<Value>,
    ) -> Result1<Value> {
        let Some(function) = self.shared.set.function(name) else {
            return self.fail(format!("{} is not a defined function", model::number::quote(name)));
        };
        if builtins::is_logic(function) {
            return self.logic(dot, name, args, last);
        }
        let values = self.arguments(dot, name, function.params, function.variadic, args, last)?;
        let shared = self.shared;
        let as_html = matches!(self.out, Output::Html(_));
        let run_other = |name: &str, data: &Value| {
            let depth = shared.depth.get();
            if depth >= DEPTH_MAX {
                return Err(format!("exceeded maximum template depth ({DEPTH_MAX})"));
            }
            run(shared, name, data, as_html).map_err(|error| error.to_string())
        };
        let scope = Scope { host: shared.host, bytes_max: shared.limits.bytes_max, run: &run_other };
        match (function.call)(&scope, &values) {
            Ok(value) => {
                self.charge(&value)?;
                Ok(value)
            }
            Err(reason) => {
                self.part = place;
                self.fail(format!("error calling {name}: {reason}"))
            }
        }
    }

    /// `and` and `or` look at no argument behind the one that decides.
    fn logic(&mut self, dot: &Value, name: &str, args: &'t [Arg], last: Option<Value>) -> Result1<Value> {
        if args.is_empty() && last.is_none() {
            return self.fail(format!("wrong number of args for {name}: want at least 1 got 0"));
        }
        let mut value = Value::None;
        for arg in args {
            value = self.arg(dot, Param::Reflect, arg)?;
            if value.is_true() == (name == "or") {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn arguments(
        &mut self,
        dot: &Value,
        name: &str,
        params: &[Param],
        variadic: Option<Param>,
        args: &'t [Arg],
        last: Option<Value>,
    ) -> Result1<Vec<Value>> {
        let given = args.len() + usize::from(last.is_some());
        if variadic.is_some() && given < params.len() {
            let want = params.len();
            return self
                .fail(format!("wrong number of args for {name}: want at least {want} got {}", args.len()));
        }
        if variadic.is_none() && given != params.len() {
            return self.fail(format!("wrong number of args for {name}: want {} got {given}", params.len()));
        }
        let param = |i: usize| params.get(i).copied().or(variadic).unwrap_or(Param::Any);
        let mut values = Vec::with_capacity(given);
        for (i, arg) in args.iter().enumerate() {
            values.push(self.arg(dot, param(i), arg)?);
        }
        if let Some(last) = last {
            values.push(self.validate(last, param(args.len()))?);
        }
        Ok(values)
    }

    fn arg(&mut self, dot: &Value, param: Param, arg: &'t Arg) -> Result1<Value> {
        self.step()?;
        self.part = Part::Arg(arg);
        let value = match &arg.kind {
            ArgKind::Dot => dot.clone(),
            ArgKind::Nil => {
                if param.takes_nil() {
                    return Ok(Value::None);
                }
                return self.fail(format!("cannot assign nil to {}", param.name()));
            }
            ArgKind::Field(names) => self.chain(dot, dot.clone(), arg, names, &[], None)?,
            ArgKind::Variable(names) => self.variable(dot, arg, names, &[], None)?,
            ArgKind::Pipe(pipe) => self.deeper(|s| s.pipeline(dot, pipe))?,
            ArgKind::Identifier(name) => self.function(dot, Part::Arg(arg), name, &[], None)?,
            ArgKind::Chain(inner, names) => {
                let receiver = self.deeper(|s| s.chain_start(dot, arg, inner))?;
                self.chain(dot, receiver, arg, names, &[], None)?
            }
            ArgKind::Bool(_) | ArgKind::Number(_) | ArgKind::String { .. } => {
                return self.constant(dot, param, arg);
            }
        };
        self.validate(value, param)
    }

    /// A literal takes the type of its parameter, if it can.
    fn constant(&mut self, dot: &Value, param: Param, arg: &'t Arg) -> Result1<Value> {
        let wanted = match (param, &arg.kind) {
            (Param::Any | Param::Reflect, _) => return self.literal(dot, arg),
            (Param::String, ArgKind::String { text, .. }) => return Ok(Value::string(text)),
            (Param::Int, ArgKind::Number(Number { int: Some(int), .. })) => return Ok(Value::int(*int)),
            (Param::Duration, ArgKind::Number(Number { int: Some(int), .. })) => {
                return Ok(Value::Int(*int, crate::value::IntKind::Duration));
            }
            (Param::Float, ArgKind::Number(Number { float: Some(float), .. })) => {
                return Ok(Value::Float(*float));
            }
            (Param::String, _) => "string",
            (Param::Int | Param::Duration, _) => "integer",
            (Param::Float, _) => "float",
            (Param::Time | Param::List(_) | Param::Struct(_), _) => {
                return self.fail(format!("can't handle {arg} for arg of type {}", param.name()));
            }
        };
        self.fail(format!("expected {wanted}; found {arg}"))
    }

    /// Makes sure that a value may be passed.
    fn validate(&self, value: Value, param: Param) -> Result1<Value> {
        if matches!(value, Value::None) {
            if param.takes_nil() {
                return Ok(value);
            }
            return self.fail(format!("invalid value; expected {}", param.name()));
        }
        if param.takes(&value) {
            return Ok(value);
        }
        let found = value.type_name();
        self.fail(format!("wrong type for value; expected {}; got {found}", param.name()))
    }
}
