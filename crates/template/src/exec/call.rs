//! Calling functions and methods: how many arguments they get, and of which types.

use super::{DEPTH_MAX, Output, Part, Result1, State, run};
use crate::ast::{Arg, ArgKind, Number};
use crate::builtins;
use crate::function::{Param, Scope};
use crate::value::{MethodEntry, Value};

impl<'t> State<'t, '_> {
    pub(super) fn method(
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

    pub(super) fn function(
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

    pub(super) fn arg(&mut self, dot: &Value, param: Param, arg: &'t Arg) -> Result1<Value> {
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
