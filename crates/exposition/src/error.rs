//! Why a body cannot be read.

use std::fmt;

/// Bytes of a body that an error quotes at most: enough to recognise the place, too few to flood a log.
const EXCERPT_BYTES_MAX: usize = 80;

/// A body that breaks its format. Nothing of such a body may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct ParseError {
    /// Where the fault stands.
    pub place: Place,
    /// What it is.
    pub fault: Fault,
}

/// A place in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of a text body, from 1.
    Line(u64),
    /// A byte of a binary body, from 0.
    Byte(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Byte(offset) => write!(f, "byte {offset}"),
        }
    }
}

/// What is wrong. Texts follow Prometheus's where it has the same case, because people search for them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something else stands where a certain token must.
    #[error("expected {expected}, got {found} while parsing: {context}")]
    Expected {
        /// The token.
        expected: &'static str,
        /// What stands there, quoted.
        found: Excerpt,
        /// The entry up to there, quoted.
        context: Excerpt,
    },
    /// A value or timestamp is no number.
    #[error("invalid {what} {text}")]
    Number {
        /// `value`, `timestamp`, `exemplar timestamp`, …
        what: &'static str,
        /// As written, quoted.
        text: Excerpt,
    },
    /// A text is not UTF-8.
    #[error("invalid UTF-8 {what}: {text}")]
    Utf8 {
        /// `label value`, `help text`, …
        what: &'static str,
        /// As written, quoted.
        text: Excerpt,
    },
    /// The type in `# TYPE` is not known to the format.
    #[error("invalid metric type {0}")]
    Type(Excerpt),
    /// The unit in `# UNIT` does not end the metric's name.
    #[error("unit {unit} not a suffix of metric {name}")]
    Unit {
        /// The unit.
        unit: Excerpt,
        /// The metric.
        name: Excerpt,
    },
    /// Two names for one metric.
    #[error("metric name already set while parsing: {0}")]
    SecondName(Excerpt),
    /// Labels, but no name.
    #[error("metric name not set while parsing: {0}")]
    NoName(Excerpt),
    /// A label name stands twice.
    #[error("label name {0} is not unique: invalid sample")]
    DuplicateLabel(Excerpt),
    /// An OpenMetrics body stops before `# EOF`, so it may be cut off.
    #[error("data does not end with # EOF")]
    NoEof,
    /// Data after `# EOF`.
    #[error("unexpected data after # EOF")]
    AfterEof,
    /// A binary body breaks protobuf's encoding or the message's schema.
    #[error("{message}: {reason}")]
    Protobuf {
        /// The message that was being read.
        message: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// A bounded, quoted piece of a body.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// Quotes a piece; its middle is left out if it is long.
    pub fn of(bytes: &[u8]) -> Excerpt {
        if bytes.len() <= EXCERPT_BYTES_MAX {
            return Excerpt(model::number::quote(&String::from_utf8_lossy(bytes)));
        }
        let half = EXCERPT_BYTES_MAX / 2;
        let (head, tail) = (&bytes[..half], &bytes[bytes.len() - half..]);
        let head = model::number::quote(&String::from_utf8_lossy(head));
        let tail = model::number::quote(&String::from_utf8_lossy(tail));
        Excerpt(format!("{}…{}", &head[..head.len() - 1], &tail[1..]))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
