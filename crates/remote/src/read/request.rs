//! What a reader asks for.

use model::{MatchOp, Matcher};
use storage::TimeRange;

use super::ReadError;
use crate::receive::body::decompress;
use crate::receive::wire::{Field, Reader};

const SAMPLES: u64 = 0;
const STREAMED_XOR_CHUNKS: u64 = 1;

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Questions, each answered by itself.
    pub queries: Vec<Query>,
    /// Whether the answer is a stream of chunks, not one message with all samples.
    pub streamed: bool,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Which samples.
    pub range: TimeRange,
    /// Which series: all must pass.
    pub matchers: Vec<Matcher>,
}

impl Request {
    /// Reads a body: a message compressed with snappy. Hints are advice that is not needed here.
    ///
    /// # Errors
    /// [`ReadError`]; it is the request's fault then.
    pub fn decode(body: &[u8]) -> Result<Request, ReadError> {
        let mut message = Vec::new();
        decompress(body, &mut message)?;
        let mut request = Request { queries: Vec::new(), streamed: false };
        let mut accepted = Vec::new();
        let mut reader = Reader::new(&message);
        while let Some(field) = reader.field()? {
            match field.number {
                1 => request.queries.push(query(field.bytes()?)?),
                2 => field.varints(|kind| accepted.push(kind))?,
                _unknown => {}
            }
        }
        // The first that we know; who names none is old and means samples.
        let known = accepted.iter().find(|kind| matches!(**kind, SAMPLES | STREAMED_XOR_CHUNKS));
        request.streamed = match known {
            Some(kind) => *kind == STREAMED_XOR_CHUNKS,
            None if accepted.is_empty() => false,
            None => return Err(ReadError::ResponseType { asked: accepted }),
        };
        Ok(request)
    }
}

fn query(message: &[u8]) -> Result<Query, ReadError> {
    let mut query = Query { range: TimeRange { min_ms: 0, max_ms: 0 }, matchers: Vec::new() };
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => query.range.min_ms = field.varint()?.cast_signed(),
            2 => query.range.max_ms = field.varint()?.cast_signed(),
            3 => query.matchers.push(matcher(field.bytes()?)?),
            _hints => {}
        }
    }
    Ok(query)
}

fn matcher(message: &[u8]) -> Result<Matcher, ReadError> {
    let (mut kind, mut name, mut value) = (0, "", "");
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => kind = field.varint()?,
            2 => name = utf8(&field, "a label name")?,
            3 => value = utf8(&field, "a label value")?,
            _unknown => {}
        }
    }
    let op = match kind {
        0 => MatchOp::Equal,
        1 => MatchOp::NotEqual,
        2 => MatchOp::Regex,
        3 => MatchOp::NotRegex,
        other => return Err(ReadError::Matcher(format!("invalid matcher type {other}"))),
    };
    Matcher::new(op, name, value).map_err(|e| ReadError::Matcher(e.to_string()))
}

fn utf8<'a>(field: &Field<'a>, what: &'static str) -> Result<&'a str, ReadError> {
    std::str::from_utf8(field.bytes()?).map_err(|_| ReadError::Utf8 { what })
}
