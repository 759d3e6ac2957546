//! What templates compute with: values that know their Go type, its fields and its methods.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::gotime::Time;

/// A method: receiver and arguments to result. The error is only the reason.
pub type Method = fn(&Value, &[Value]) -> Result<Value, String>;

/// A method with its name and parameters.
#[derive(Clone, Copy)]
pub struct MethodEntry {
    /// Go's name.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [crate::function::Param],
    /// What may follow them in any number.
    pub variadic: Option<crate::function::Param>,
    /// What it does.
    pub call: Method,
}

/// A type as Go's reflection would tell of it. Classes are compared by name.
pub struct Class {
    /// Go's name of the type, such as `map[string]string`.
    pub name: &'static str,
    /// What a named type is underneath; values of it may be passed where that is wanted.
    pub underlying: &'static str,
    /// Its methods.
    pub methods: &'static [MethodEntry],
    /// What a map holds under a key that is not there, with `missingkey=zero`.
    pub zero: fn() -> Value,
}

impl Class {
    /// A class without methods whose missing entries are nil.
    pub const fn plain(name: &'static str) -> Class {
        Class { name, underlying: name, methods: &[], zero: || Value::None }
    }
}

impl std::fmt::Debug for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// `map[string]string`
pub static STRING_MAP: Class = Class { zero: || Value::string(""), ..Class::plain("map[string]string") };
/// `map[string]interface {}`
pub static ANY_MAP: Class = Class::plain("map[string]interface {}");
/// `[]string`
pub static STRINGS: Class = Class::plain("[]string");
/// `[]interface {}`
pub static ANYS: Class = Class::plain("[]interface {}");

/// Which of Go's integer types a number has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `int32`, which is also a character.
    Int32,
    /// `uint8`, which is also a byte.
    Uint8,
    /// `time.Duration`: nanoseconds.
    Duration,
    /// `time.Month`: 1 to 12.
    Month,
    /// `time.Weekday`: 0 is Sunday.
    Weekday,
}

impl IntKind {
    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            IntKind::Int => "int",
            IntKind::Int64 => "int64",
            IntKind::Int32 => "int32",
            IntKind::Uint8 => "uint8",
            IntKind::Duration => "time.Duration",
            IntKind::Month => "time.Month",
            IntKind::Weekday => "time.Weekday",
        }
    }
}

/// Why a text needs no escaping in HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safe {
    /// It is HTML.
    Html,
    /// It is a URL.
    Url,
}

impl Safe {
    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Safe::Html => "template.HTML",
            Safe::Url => "template.URL",
        }
    }
}

/// A value. Cloning is cheap.
#[derive(Clone, Debug)]
pub enum Value {
    /// `nil`, and what is not there.
    None,
    /// A boolean.
    Bool(bool),
    /// A signed whole number, or a byte.
    Int(i64, IntKind),
    /// `uint64`
    Uint(u64),
    /// `float64`
    Float(f64),
    /// A string.
    String(Arc<str>),
    /// A string that needs no escaping.
    Safe(Arc<str>, Safe),
    /// A slice.
    List(&'static Class, Arc<Vec<Value>>),
    /// A map with string keys.
    Map(&'static Class, Arc<BTreeMap<String, Value>>),
    /// A struct, or a pointer to one if the class's name begins with `*`.
    Struct(&'static Class, Arc<Vec<(&'static str, Value)>>),
    /// `time.Time`
    Time(Time),
}

impl Value {
    /// A string.
    pub fn string(text: impl AsRef<str>) -> Value {
        Value::String(Arc::from(text.as_ref()))
    }

    /// An `int`.
    pub fn int(n: i64) -> Value {
        Value::Int(n, IntKind::Int)
    }

    /// A `[]string`.
    pub fn strings<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Value {
        Value::List(&STRINGS, Arc::new(items.into_iter().map(Value::string).collect()))
    }

    /// A `map[string]string`.
    pub fn string_map<K: Into<String>, V: AsRef<str>>(entries: impl IntoIterator<Item = (K, V)>) -> Value {
        let entries = entries.into_iter().map(|(k, v)| (k.into(), Value::string(v)));
        Value::Map(&STRING_MAP, Arc::new(entries.collect()))
    }

    /// The text of a string of any kind.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) | Value::Safe(text, _) => Some(text),
            Value::None
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::List(..)
            | Value::Map(..)
            | Value::Struct(..)
            | Value::Time(_) => None,
        }
    }

    /// Go's name of the type; `<nil>` for nothing.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::None => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_, kind) => kind.name(),
            Value::Uint(_) => "uint64",
            Value::Float(_) => "float64",
            Value::String(_) => "string",
            Value::Safe(_, safe) => safe.name(),
            Value::List(class, _) | Value::Map(class, _) | Value::Struct(class, _) => class.name,
            Value::Time(_) => "time.Time",
        }
    }

    /// Whether it counts as true: not zero, not empty.
    pub fn is_true(&self) -> bool {
        match self {
            Value::None => false,
            Value::Bool(b) => *b,
            Value::Int(n, _) => *n != 0,
            Value::Uint(n) => *n != 0,
            Value::Float(f) => *f != 0.0,
            Value::String(text) | Value::Safe(text, _) => !text.is_empty(),
            Value::List(_, items) => !items.is_empty(),
            Value::Map(_, entries) => !entries.is_empty(),
            Value::Struct(..) | Value::Time(_) => true,
        }
    }

    /// Finds a method.
    pub(crate) fn method(&self, name: &str) -> Option<MethodEntry> {
        let methods = match self {
            Value::List(class, _) | Value::Map(class, _) | Value::Struct(class, _) => class.methods,
            Value::Time(_) => crate::gotime::TIME_METHODS,
            Value::Int(_, IntKind::Duration) => crate::gotime::DURATION_METHODS,
            Value::Int(_, IntKind::Month | IntKind::Weekday) => crate::gotime::NAME_METHODS,
            Value::None
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Safe(..) => &[],
        };
        methods.iter().find(|method| method.name == name).copied()
    }

    /// Whether what stands under a name may be of any type, as far as Go's declarations tell.
    pub(crate) fn declares_any(&self, name: &str) -> bool {
        match self {
            Value::Map(class, _) => class.name.ends_with("interface {}"),
            Value::Struct(class, _) => {
                name == "Value" && (class.name.ends_with("sample") || class.name.ends_with("interface {} }"))
            }
            Value::None
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Safe(..)
            | Value::List(..)
            | Value::Time(_) => false,
        }
    }

    /// Returns a field of a struct.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Struct(_, fields) => fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v),
            Value::None
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Safe(..)
            | Value::List(..)
            | Value::Map(..)
            | Value::Time(_) => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::string(text)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<f64> for Value {
    fn from(f: f64) -> Value {
        Value::Float(f)
    }
}

/// The deepest that lists and maps made by templates may stand in each other.
const NESTING_MAX: usize = 16;
/// Most values looked at to find out.
const VISITS_MAX: usize = 10_000;

/// Refuses values that would make one nested too deeply: what is deep costs stack to print and to free.
///
/// # Errors
/// In words for the user.
pub(crate) fn check_nesting(values: &[Value]) -> Result<(), String> {
    let mut level: Vec<&Value> = values.iter().collect();
    let mut visits = level.len();
    for _ in 0..NESTING_MAX {
        let mut below: Vec<&Value> = Vec::new();
        for value in level {
            let before = below.len();
            match value {
                Value::List(_, items) => below.extend(items.iter().filter(|v| v.is_container())),
                Value::Map(_, entries) => below.extend(entries.values().filter(|v| v.is_container())),
                Value::Struct(_, fields) => {
                    below.extend(fields.iter().map(|(_, v)| v).filter(|v| v.is_container()));
                }
                _single => {}
            }
            visits += below.len() - before;
            if visits > VISITS_MAX {
                return Err(format!("more than {VISITS_MAX} values stand in each other"));
            }
        }
        if below.is_empty() {
            return Ok(());
        }
        level = below;
    }
    Err(format!("values stand in each other more than {NESTING_MAX} levels deep"))
}

impl Value {
    fn is_container(&self) -> bool {
        matches!(self, Value::List(..) | Value::Map(..) | Value::Struct(..))
    }
}
