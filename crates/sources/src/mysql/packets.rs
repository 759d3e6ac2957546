//! Packets of MySQL's protocol: those that a reader needs. Pure.
//!
//! Source: "Client/Server Protocol" in MySQL's and MariaDB's documentation.

use crate::error::SourceError;
use crate::sql::rows::Cell;

/// Largest packet that is read; a longer one is split by the protocol, which no cell of a panel needs.
pub const PACKET_BYTES_MAX: usize = 0xff_ffff;

/// What a connection can do, as bits of both sides.
pub mod can {
    /// A database is named at login.
    pub const CONNECT_WITH_DB: u32 = 1 << 3;
    /// TLS.
    pub const SSL: u32 = 1 << 11;
    /// What we need of any server, among them the protocol of 4.1 and logins by plugin. Not among them: several statements in
    /// one, and files of the client.
    pub const BASE: u32 = 1 | (1 << 2) | (1 << 9) | (1 << 13) | (1 << 15) | (1 << 19);
}

/// UTF-8 with all its characters, under a number that all servers know.
const CHARSET: u8 = 45;
/// Largest packet that the server may send.
const LARGEST: u32 = 64 << 20;

/// What a server says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Its version, such as `10.11.6-MariaDB`.
    pub version: String,
    /// What it can do.
    pub can: u32,
    /// What a password's proof is made with.
    pub nonce: Vec<u8>,
    /// How it wants proofs.
    pub plugin: String,
}

/// Takes bytes off the front of a packet.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], SourceError> {
        if length > self.0.len() {
            return Err(SourceError::answer("a packet is too short"));
        }
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(taken)
    }

    /// A number of up to eight bytes, the lowest first.
    ///
    /// # Errors
    /// There are fewer.
    pub fn int(&mut self, length: usize) -> Result<u64, SourceError> {
        Ok(self.take(length)?.iter().rev().fold(0, |all, byte| (all << 8) | u64::from(*byte)))
    }

    /// A text that a zero byte ends, or the packet.
    ///
    /// # Errors
    /// None yet.
    pub fn text(&mut self) -> Result<&'a [u8], SourceError> {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let text = self.take(end)?;
        if !self.0.is_empty() {
            self.take(1)?;
        }
        Ok(text)
    }

    /// Bytes with their length before them; `None` for SQL's NULL.
    ///
    /// # Errors
    /// There are fewer.
    pub fn bytes(&mut self) -> Result<Option<&'a [u8]>, SourceError> {
        let length = match self.int(1)? {
            0xfb => return Ok(None),
            0xfc => self.int(2)?,
            0xfd => self.int(3)?,
            0xfe => self.int(8)?,
            0xff => return Err(SourceError::answer("a length is none")),
            small => small,
        };
        self.take(usize::try_from(length).unwrap_or(usize::MAX)).map(Some)
    }
}

/// Reads the first packet.
///
/// # Errors
/// A server that refuses us, or speaks another protocol.
pub fn greeting(packet: &[u8]) -> Result<Greeting, SourceError> {
    if packet.first() == Some(&0xff) {
        return Err(error(packet));
    }
    let mut reader = Reader(packet);
    if reader.int(1)? != 10 {
        return Err(SourceError::answer("it is not MySQL's protocol, version 10"));
    }
    let version = String::from_utf8_lossy(reader.text()?).into_owned();
    reader.take(4)?; // connection
    let mut nonce = reader.take(8)?.to_vec();
    reader.take(1)?;
    let low = reader.int(2)?;
    reader.take(3)?; // character set, status
    let high = reader.int(2)?;
    let length = reader.int(1)?;
    reader.take(10)?;
    let rest = usize::try_from(length.saturating_sub(8)).unwrap_or(0).max(13);
    let rest = reader.take(rest.min(reader.0.len()))?;
    nonce.extend(rest.strip_suffix(&[0]).unwrap_or(rest));
    let plugin = String::from_utf8_lossy(reader.text()?).into_owned();
    Ok(Greeting { version, can: u32::try_from(low | (high << 16)).unwrap_or(0), nonce, plugin })
}

fn head(can: u32) -> Vec<u8> {
    let mut out = can.to_le_bytes().to_vec();
    out.extend_from_slice(&LARGEST.to_le_bytes());
    out.push(CHARSET);
    out.extend_from_slice(&[0; 23]);
    out
}

/// Asks for TLS.
pub fn tls_request(can: u32) -> Vec<u8> {
    head(can | can::SSL)
}

/// Logs in.
pub fn login(can: u32, user: &str, proof: &[u8], database: &str, plugin: &str) -> Vec<u8> {
    let mut out = head(can);
    text(&mut out, user);
    out.push(u8::try_from(proof.len()).unwrap_or(0));
    out.extend_from_slice(proof);
    if can & can::CONNECT_WITH_DB != 0 {
        text(&mut out, database);
    }
    text(&mut out, plugin);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    // A zero byte would end it.
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.push(0);
}

/// A statement.
pub fn query(sql: &str) -> Vec<u8> {
    let mut out = vec![3];
    out.extend_from_slice(sql.as_bytes());
    out
}

/// A column of a result.
///
/// # Errors
/// A packet that is none.
pub fn column(packet: &[u8]) -> Result<(String, Cell), SourceError> {
    let mut reader = Reader(packet);
    let mut name: &[u8] = &[];
    // Catalogue, schema, table, its own name; then the column's name, and its own name.
    for at in 0..6 {
        let text = reader.bytes()?.unwrap_or_default();
        if at == 4 {
            name = text;
        }
    }
    reader.take(1 + 2 + 4)?;
    let kind = reader.int(1)?;
    let cell = match kind {
        // decimals and whole numbers, floats, year
        0..=5 | 8 | 9 | 13 | 246 => Cell::Number,
        // timestamp, date, datetime
        7 | 10 | 12 => Cell::Time,
        _text => Cell::Text,
    };
    Ok((String::from_utf8_lossy(name).into_owned(), cell))
}

/// The cells of a row.
///
/// # Errors
/// A packet that is none.
pub fn row(packet: &[u8], width: usize) -> Result<Vec<Option<&[u8]>>, SourceError> {
    let mut reader = Reader(packet);
    (0..width).map(|_| reader.bytes()).collect()
}

/// Tells whether a packet ends columns or rows.
pub fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

/// What an error says.
pub fn error(packet: &[u8]) -> SourceError {
    let mut reader = Reader(packet.get(1..).unwrap_or_default());
    let code = reader.int(2).unwrap_or(0);
    let rest = String::from_utf8_lossy(reader.0);
    // `#42000` stands before the text once somebody is logged in.
    let text = if rest.starts_with('#') { rest.get(6..).unwrap_or("") } else { &rest };
    let told = format!("db query error: Error {code}: {text}");
    // Execution time exceeded: MySQL's number and MariaDB's.
    if matches!(code, 3024 | 1969) { SourceError::Timeout(told) } else { SourceError::Refused(told) }
}
