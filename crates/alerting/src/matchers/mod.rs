//! Matchers of alerts, in Alertmanager's two syntaxes.
//!
//! The UTF-8 syntax ([`utf8`]) allows any text, quoted or not; the classic one ([`classic`]) is older and forgives more. By
//! default both are tried: the UTF-8 one decides unless it refuses what the classic one accepts, or the two disagree; then the
//! classic meaning holds, so that no configuration changes its meaning, and the caller is told.
//!
//! These are not PromQL's matchers: `.` does not match a line break, and values print with OpenMetrics escapes.

mod classic;
#[cfg(test)]
mod tests;
mod unquote;
mod utf8;

use std::fmt;

use model::number::quote;
use model::{Labels, MatchOp, Regex};

/// Which syntaxes are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// Both, see the module's text.
    #[default]
    Fallback,
    /// Only the UTF-8 one (`utf8-strict-mode`).
    Utf8,
    /// Only the classic one (`classic-mode`).
    Classic,
}

/// Why a text is not a matcher or a list of them. The message is Alertmanager's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MatcherError(String);

impl MatcherError {
    fn new(message: impl Into<String>) -> MatcherError {
        MatcherError(message.into())
    }
}

/// A test on one label of an alert. A label that is not there has the value `""`.
#[derive(Clone, Debug)]
pub struct Matcher {
    name: String,
    op: MatchOp,
    value: String,
    regex: Option<Regex>,
}

impl Matcher {
    /// Builds a matcher.
    ///
    /// # Errors
    /// A pattern that RE2 would refuse.
    pub fn new(
        op: MatchOp,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Matcher, MatcherError> {
        let (name, value) = (name.into(), value.into());
        let regex = match op {
            MatchOp::Regex | MatchOp::NotRegex => {
                let compiled = Regex::anchored(&format!("(?-s:{value})"))
                    // The group is ours, so the message should speak of what was written.
                    .map_err(|e| Regex::anchored(&value).err().unwrap_or(e));
                Some(compiled.map_err(|e| MatcherError::new(e.to_string()))?)
            }
            MatchOp::Equal | MatchOp::NotEqual => None,
        };
        Ok(Matcher { name, op, value, regex })
    }

    /// Builds an equality matcher.
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Matcher {
        Matcher { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// Returns the label's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the comparison.
    pub fn op(&self) -> MatchOp {
        self.op
    }

    /// Returns the value or pattern as written.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Tells whether a label value passes.
    pub fn matches(&self, value: &str) -> bool {
        let found = match &self.regex {
            Some(regex) => regex.is_match(value),
            None => self.value == value,
        };
        match self.op {
            MatchOp::Equal | MatchOp::Regex => found,
            MatchOp::NotEqual | MatchOp::NotRegex => !found,
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        (self.op, &self.name, &self.value) == (other.op, &other.name, &other.value)
    }
}
impl Eq for Matcher {}

/// Prints as Alertmanager: `name="value"`, the name quoted where the UTF-8 syntax needs it.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = self.op.as_str();
        if self.name.is_empty() || self.name.contains(utf8::is_reserved) {
            return write!(f, "{}{op}{}", quote(&self.name), quote(&self.value));
        }
        let value = self.value.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"");
        write!(f, "{}{op}\"{value}\"", self.name)
    }
}

/// Matchers that must all pass. An empty list passes always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matchers(pub Vec<Matcher>);

impl Matchers {
    /// Tells whether a label set passes.
    pub fn match_labels(&self, labels: &Labels) -> bool {
        self.0.iter().all(|m| m.matches(labels.get(&m.name)))
    }

    /// Sorts by name, then value, then operator, as route keys need it.
    pub fn sort(&mut self) {
        let rank = |op| match op {
            MatchOp::Equal => 0,
            MatchOp::NotEqual => 1,
            MatchOp::Regex => 2,
            MatchOp::NotRegex => 3,
        };
        self.0.sort_by(|a, b| (&a.name, &a.value, rank(a.op)).cmp(&(&b.name, &b.value, rank(b.op))));
    }
}

/// Prints as Alertmanager: `{a="b",c=~"d"}`.
impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, matcher) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{matcher}")?;
        }
        f.write_str("}")
    }
}

/// What a text was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The result.
    pub value: T,
    /// What to tell the author, if the UTF-8 syntax would not read the text so.
    pub warning: Option<String>,
}

/// Reads one matcher, such as `severity=~"a|b"`.
///
/// # Errors
/// [`MatcherError`] with the place.
pub fn parse_one(text: &str, syntax: Syntax) -> Result<Parsed<Matcher>, MatcherError> {
    if syntax != Syntax::Classic && (text.starts_with('{') || text.ends_with('}')) {
        return Err(MatcherError::new(format!("unexpected open or close brace: {text}")));
    }
    read(text, syntax, utf8::parse_one, classic::parse_one)
}

/// Reads a list of matchers, with or without braces.
///
/// # Errors
/// [`MatcherError`] with the place.
pub fn parse(text: &str, syntax: Syntax) -> Result<Parsed<Matchers>, MatcherError> {
    read(text, syntax, |t| utf8::parse(t).map(Matchers), |t| classic::parse(t).map(Matchers))
}

fn read<T: PartialEq + fmt::Display>(
    text: &str,
    syntax: Syntax,
    utf8: impl Fn(&str) -> Result<T, MatcherError>,
    classic: impl Fn(&str) -> Result<T, MatcherError>,
) -> Result<Parsed<T>, MatcherError> {
    let plain = |value| Parsed { value, warning: None };
    match syntax {
        Syntax::Utf8 => utf8(text).map(plain),
        Syntax::Classic => classic(text).map(plain),
        Syntax::Fallback => match (utf8(text), classic(text)) {
            (Err(_), Err(error)) => Err(error),
            (Err(error), Ok(value)) => {
                let warning = format!(
                    "{text:?} is only understood by the classic matcher syntax ({error}); write {value} instead"
                );
                Ok(Parsed { value, warning: Some(warning) })
            }
            (Ok(new), Ok(old)) if new != old => {
                let warning = format!(
                    "{text:?} means {new} in the UTF-8 matcher syntax and {old} in the classic one, which is taken"
                );
                Ok(Parsed { value: old, warning: Some(warning) })
            }
            (Ok(new), Ok(_) | Err(_)) => Ok(plain(new)),
        },
    }
}

/// Tells whether a label name may be used in a syntax.
pub fn is_valid_name(name: &str, syntax: Syntax) -> bool {
    match syntax {
        Syntax::Classic => model::labels::is_legacy_label_name(name),
        Syntax::Fallback | Syntax::Utf8 => !name.is_empty(),
    }
}
