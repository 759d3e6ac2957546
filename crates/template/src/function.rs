//! Functions: what a template may call, and what they ask of the program.

use crate::value::Value;

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Any value; Go's `interface {}`.
    Any,
    /// Any value, nil too, as Go's built-ins take it (`reflect.Value`).
    Reflect,
    /// A string.
    String,
    /// An `int`.
    Int,
    /// A `float64`.
    Float,
    /// A `time.Time`.
    Time,
    /// A `time.Duration`.
    Duration,
    /// A slice of this type.
    List(&'static str),
    /// A struct, or a pointer to one, of this type.
    Struct(&'static str),
}

impl Param {
    /// Go's name of the type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Param::Any => "interface {}",
            Param::Reflect => "reflect.Value",
            Param::String => "string",
            Param::Int => "int",
            Param::Float => "float64",
            Param::Time => "time.Time",
            Param::Duration => "time.Duration",
            Param::List(name) | Param::Struct(name) => name,
        }
    }

    /// Whether nothing may be passed.
    pub(crate) fn takes_nil(self) -> bool {
        matches!(self, Param::Any | Param::Reflect | Param::List(_) | Param::Struct(_))
    }

    /// Whether a value has the type.
    pub(crate) fn takes(self, value: &Value) -> bool {
        use crate::value::IntKind;
        match (self, value) {
            (Param::Any | Param::Reflect, _) => true,
            (Param::String, Value::String(_)) => true,
            (Param::Int, Value::Int(_, IntKind::Int)) => true,
            (Param::Float, Value::Float(_)) => true,
            (Param::Time, Value::Time(_)) => true,
            (Param::Duration, Value::Int(_, IntKind::Duration)) => true,
            (Param::List(name), Value::List(class, _)) => class.name == name || class.underlying == name,
            (Param::Struct(name), Value::Struct(class, _)) => class.name == name,
            (
                Param::String
                | Param::Int
                | Param::Float
                | Param::Time
                | Param::Duration
                | Param::List(_)
                | Param::Struct(_),
                _,
            ) => false,
        }
    }
}

/// What a function does. The error is only the reason; [`Scope`] gives what it needs.
pub type Call = fn(&Scope<'_>, &[Value]) -> Result<Value, String>;

/// A function with its name and parameters.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// What may follow them in any number.
    pub variadic: Option<Param>,
    /// What it does.
    pub call: Call,
}

/// All functions of a kind of template besides Go's own, which there are always.
pub type Functions = &'static [Function];

/// What a function sees.
pub struct Scope<'a> {
    /// The program.
    pub host: &'a dyn Host,
    /// The longest text that a function may make.
    pub bytes_max: usize,
    /// Executes a template of the same set, for functions such as `tmpl`.
    pub(crate) run: &'a dyn Fn(&str, &Value) -> Result<String, String>,
}

impl Scope<'_> {
    /// Executes a template of the same set.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn run(&self, name: &str, data: &Value) -> Result<String, String> {
        (self.run)(name, data)
    }
}

/// What functions ask of the program. Everything has a default, so that a host answers only what it can.
pub trait Host {
    /// Evaluates a query and returns its result as `queryResult` ([`crate::prometheus::query_result`]).
    ///
    /// # Errors
    /// The reason, in words.
    fn query(&self, query: &str) -> Result<Value, String> {
        Err(format!("queries are not available here: {}", model::number::quote(query)))
    }

    /// The time of the evaluation, in milliseconds.
    fn now_ms(&self) -> i64 {
        0
    }

    /// The URL under which users reach the server.
    fn external_url(&self) -> &str {
        ""
    }

    /// Renders a label of an Alertmanager's route.
    ///
    /// # Errors
    /// The reason, in words.
    fn route_label(&self, _name: &str) -> Result<String, String> {
        Ok(String::new())
    }
}

/// A host that answers nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {}
