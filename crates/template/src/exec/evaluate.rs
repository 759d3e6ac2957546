//! What pipelines, commands, variables and chains of fields stand for.

use super::{Part, Result1, State};
use crate::ast::{Arg, ArgKind, Command, Number, Pipe};
use crate::function::Param;
use crate::set::MissingKey;
use crate::value::Value;

impl<'t> State<'t, '_> {
    pub(super) fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Result1<Value> {
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
    pub(super) fn literal(&mut self, dot: &Value, arg: &'t Arg) -> Result1<Value> {
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

    pub(super) fn chain_start(&mut self, dot: &Value, whole: &'t Arg, inner: &'t Arg) -> Result1<Value> {
        self.part = Part::Arg(whole);
        if matches!(inner.kind, ArgKind::Nil) {
            return self.fail(format!("indirection through explicit nil in {whole}"));
        }
        self.arg(dot, Param::Reflect, inner)
    }

    pub(super) fn variable(
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
    pub(super) fn chain(
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
}
