//! Messages of PostgreSQL's protocol, version 3: those that a reader needs. Pure.
//!
//! Source: "Message Formats" in PostgreSQL's documentation.

use crate::error::SourceError;
use crate::sql::rows::Cell;

/// Asks for TLS; answered by one byte.
pub const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// Largest message that is read.
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// The first message.
pub fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = vec![0, 3, 0, 0];
    for (name, value) in parameters {
        text(&mut body, name);
        text(&mut body, value);
    }
    body.push(0);
    let mut out = u32::try_from(body.len() + 4).unwrap_or(0).to_be_bytes().to_vec();
    out.append(&mut body);
    out
}

/// A message with its type and length.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend_from_slice(&u32::try_from(body.len() + 4).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(body);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    // A zero byte would end it.
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.push(0);
}

/// Several statements of our own at once.
pub fn simple(sql: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, sql);
    message(b'Q', &body)
}

/// A password, or what proves it.
pub fn password(bytes: &[u8]) -> Vec<u8> {
    message(b'p', bytes)
}

/// The first answer to a SASL login.
pub fn sasl_initial(mechanism: &str, first: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, mechanism);
    body.extend_from_slice(&u32::try_from(first.len()).unwrap_or(0).to_be_bytes());
    body.extend_from_slice(first.as_bytes());
    message(b'p', &body)
}

/// Reads one statement and asks what it returns. The protocol refuses several statements here.
pub fn prepare(sql: &str) -> Vec<u8> {
    let mut body = vec![0]; // unnamed
    text(&mut body, sql);
    body.extend_from_slice(&[0, 0]); // no parameter has a type
    let mut out = message(b'P', &body);
    out.extend(message(b'D', b"S\0"));
    out.extend(message(b'H', &[])); // flush
    out
}

/// Runs what was prepared, for at most so many rows, as texts.
pub fn execute(rows_max: u32) -> Vec<u8> {
    // Portal and statement unnamed, no formats, no parameters, no result formats: text.
    let mut out = message(b'B', &[0, 0, 0, 0, 0, 0, 0, 0]);
    let mut body = vec![0];
    body.extend_from_slice(&rows_max.to_be_bytes());
    out.extend(message(b'E', &body));
    out.extend(message(b'S', &[]));
    out
}

/// Says goodbye.
pub fn terminate() -> Vec<u8> {
    message(b'X', &[])
}

/// Takes bytes off the front of a message.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], SourceError> {
        if length > self.0.len() {
            return Err(SourceError::answer("a message is too short"));
        }
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(taken)
    }

    /// A number of four bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn int(&mut self) -> Result<i32, SourceError> {
        Ok(self.take(4)?.try_into().map_or(0, i32::from_be_bytes))
    }

    /// A number of two bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn short(&mut self) -> Result<i16, SourceError> {
        Ok(self.take(2)?.try_into().map_or(0, i16::from_be_bytes))
    }

    /// A text that a zero byte ends.
    ///
    /// # Errors
    /// There is no zero byte.
    pub fn text(&mut self) -> Result<String, SourceError> {
        let end = self.0.iter().position(|byte| *byte == 0);
        let end = end.ok_or_else(|| SourceError::answer("a text has no end"))?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(text)
    }
}

/// The columns of a result.
///
/// # Errors
/// A message that is none.
pub fn columns(body: &[u8]) -> Result<Vec<(String, Cell)>, SourceError> {
    let mut reader = Reader(body);
    let count = reader.short()?;
    let mut columns = Vec::new();
    for _ in 0..count {
        let name = reader.text()?;
        reader.take(6)?; // table and column
        let oid = reader.int()?;
        reader.take(8)?; // size, modifier, format
        columns.push((name, cell(oid)));
    }
    Ok(columns)
}

/// What a type holds, by its number in `pg_type`.
fn cell(oid: i32) -> Cell {
    match oid {
        16 => Cell::Flag,
        // int8, int2, int4, oid, float4, float8, numeric
        20 | 21 | 23 | 26 | 700 | 701 | 1700 => Cell::Number,
        // date, timestamp, timestamptz
        1082 | 1114 | 1184 => Cell::Time,
        _text => Cell::Text,
    }
}

/// The cells of a row.
///
/// # Errors
/// A message that is none.
pub fn row(body: &[u8]) -> Result<Vec<Option<&[u8]>>, SourceError> {
    let mut reader = Reader(body);
    let count = reader.short()?;
    let mut cells = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for _ in 0..count {
        let length = reader.int()?;
        cells.push(match usize::try_from(length) {
            Ok(length) => Some(reader.take(length)?),
            Err(_negative) => None,
        });
    }
    Ok(cells)
}

/// What an error says: its text, with its code.
pub fn error(body: &[u8]) -> SourceError {
    let mut reader = Reader(body);
    let (mut code, mut text, mut hint, mut position) = Default::default();
    while let Ok([kind]) = reader.take(1) {
        let Ok(value) = reader.text() else { break };
        match kind {
            b'C' => code = value,
            b'M' => text = value,
            b'H' => hint = format!(" ({value})"),
            b'P' => position = format!(" at character {value}"),
            _other_field => {}
        }
    }
    // 57014: statement_timeout, or somebody cancelled it.
    let told: String = format!("db query error: pq: {text}{position}{hint} (SQLSTATE {code})");
    if code == "57014" { SourceError::Timeout(told) } else { SourceError::Refused(told) }
}
