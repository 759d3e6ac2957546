//! Protobuf's encoding: tags, varints, lengths.

use crate::error::{Fault, ParseError, Place};

/// A message's bytes and how far they were read.
#[derive(Clone, Debug)]
pub(crate) struct Message<'b> {
    /// Its name, for error texts.
    name: &'static str,
    bytes: &'b [u8],
    at: usize,
    /// Where `bytes` stands in the body.
    pub(crate) base: usize,
}

/// The content of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'b> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    /// Bytes and where they stand in the body.
    Bytes(&'b [u8], usize),
}

impl<'b> Message<'b> {
    pub(crate) fn new(name: &'static str, bytes: &'b [u8], base: usize) -> Message<'b> {
        Message { name, bytes, at: 0, base }
    }

    /// All its bytes.
    pub(crate) fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> ParseError {
        let fault = Fault::Protobuf { message: self.name, reason: reason.into() };
        ParseError { place: Place::Byte(self.base + self.at), fault }
    }

    /// Reads the next field: its number and content. `None` at the end.
    pub(crate) fn field(&mut self) -> Result<Option<(u64, Value<'b>)>, ParseError> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let (number, wire_type) = (tag >> 3, tag & 7);
        if number == 0 || number > u64::from(u32::MAX >> 3) {
            return Err(self.error(format!("illegal field number {number}")));
        }
        let value = match wire_type {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                let start = self.at;
                let bytes = self.take(length)?;
                Value::Bytes(bytes, self.base + start)
            }
            5 => {
                self.array::<4>()?;
                Value::Fixed32
            }
            other => return Err(self.error(format!("field {number} has the unusable wire type {other}"))),
        };
        Ok(Some((number, value)))
    }

    fn varint(&mut self) -> Result<u64, ParseError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.error("ends inside a number"));
            };
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.error("number longer than 64 bits"))
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], ParseError> {
        let left = self.bytes.len() - self.at;
        match usize::try_from(length).ok().filter(|n| *n <= left) {
            Some(length) => {
                self.at += length;
                Ok(&self.bytes[self.at - length..self.at])
            }
            None => Err(self.error(format!("needs {length} bytes where {left} are left"))),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("take returns the length asked for"))
    }

    /// The content as a message.
    pub(crate) fn message(&self, name: &'static str, value: Value<'b>) -> Result<Message<'b>, ParseError> {
        match value {
            Value::Bytes(bytes, base) => Ok(Message::new(name, bytes, base)),
            other => Err(self.wrong(other, name)),
        }
    }

    /// The content as text.
    pub(crate) fn text(&self, what: &'static str, value: Value<'b>) -> Result<&'b str, ParseError> {
        let Value::Bytes(bytes, _) = value else {
            return Err(self.wrong(value, what));
        };
        std::str::from_utf8(bytes).map_err(|_| {
            let text = crate::error::Excerpt::of(bytes);
            ParseError { place: Place::Byte(self.base + self.at), fault: Fault::Utf8 { what, text } }
        })
    }

    /// The content as an integer; numbers of 32 bits are sent as if they had 64.
    pub(crate) fn integer(&self, what: &'static str, value: Value<'b>) -> Result<u64, ParseError> {
        match value {
            Value::Varint(v) => Ok(v),
            other => Err(self.wrong(other, what)),
        }
    }

    /// The content as a double.
    pub(crate) fn double(&self, what: &'static str, value: Value<'b>) -> Result<f64, ParseError> {
        match value {
            Value::Fixed64(bits) => Ok(canonical(f64::from_bits(bits))),
            other => Err(self.wrong(other, what)),
        }
    }

    /// Adds the content of a repeated zigzag field, packed or not.
    pub(crate) fn push_zigzag(
        &self,
        what: &'static str,
        value: Value<'b>,
        out: &mut Vec<i64>,
    ) -> Result<(), ParseError> {
        match value {
            Value::Varint(v) => out.push(zigzag(v)),
            Value::Bytes(bytes, base) => {
                let mut packed = Message::new(what, bytes, base);
                while packed.at < bytes.len() {
                    out.push(zigzag(packed.varint()?));
                }
            }
            other => return Err(self.wrong(other, what)),
        }
        Ok(())
    }

    /// Adds the content of a repeated double field, packed or not.
    pub(crate) fn push_doubles(
        &self,
        what: &'static str,
        value: Value<'b>,
        out: &mut Vec<f64>,
    ) -> Result<(), ParseError> {
        match value {
            Value::Fixed64(bits) => out.push(canonical(f64::from_bits(bits))),
            Value::Bytes(bytes, _) if bytes.len() % 8 == 0 => {
                out.extend(bytes.chunks_exact(8).map(|chunk| {
                    canonical(f64::from_le_bytes(chunk.try_into().expect("chunks have eight bytes")))
                }));
            }
            other => return Err(self.wrong(other, what)),
        }
        Ok(())
    }

    fn wrong(&self, value: Value<'_>, what: &str) -> ParseError {
        let found = match value {
            Value::Varint(_) => "a varint",
            Value::Fixed64(_) => "64 bits",
            Value::Fixed32 => "32 bits",
            Value::Bytes(..) => "a length-delimited field",
        };
        self.error(format!("{what} cannot be {found}"))
    }
}

/// Splits a delimited message off the front of a body at `at`: its bytes and their place.
pub(crate) fn delimited(body: &[u8], at: usize) -> Result<(&[u8], usize), ParseError> {
    let mut rest = Message { name: "MetricFamily", bytes: body, at, base: 0 };
    let length = rest.varint()?;
    let start = rest.at;
    Ok((rest.take(length)?, start))
}

pub(crate) fn zigzag(v: u64) -> i64 {
    (v >> 1) as i64 ^ -((v & 1) as i64)
}

/// Gives every NaN the usual bits: a target must not be able to send a staleness marker.
fn canonical(v: f64) -> f64 {
    if v.is_nan() { model::value::NORMAL_NAN } else { v }
}

/// Appends a varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

/// Appends a varint field, unless it has the default value.
pub(crate) fn put_integer(out: &mut Vec<u8>, field: u64, v: u64) {
    if v != 0 {
        put_varint(out, field << 3);
        put_varint(out, v);
    }
}

/// Appends a zigzag field, unless it has the default value.
pub(crate) fn put_signed(out: &mut Vec<u8>, field: u64, v: i64) {
    put_integer(out, field, ((v << 1) ^ (v >> 63)) as u64);
}

/// Appends a double field, also if it is zero: readers tell "0" from "not told" by it.
pub(crate) fn put_double(out: &mut Vec<u8>, field: u64, v: f64) {
    put_varint(out, field << 3 | 1);
    out.extend_from_slice(&v.to_le_bytes());
}

/// Appends a length-delimited field.
pub(crate) fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
