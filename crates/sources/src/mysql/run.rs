//! A connection to MySQL: TLS, login, one statement, goodbye.

use std::time::Duration;

use transport::{Deadline, Wire};

use super::login::{CACHING, NATIVE, encrypted, proof};
use super::packets::{self, Greeting, PACKET_BYTES_MAX, Reader, can};
use crate::error::SourceError;
use crate::kind::{Reach, Source, tls};
use crate::postgres::failed;
use crate::sql::address;
use crate::sql::rows::Rows;

/// Longest time for connecting, asking and reading.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Packets before a login is over, at most.
const LOGIN_PACKETS_MAX: usize = 20;
/// Most columns of a result; the server's own bound.
const COLUMNS_MAX: u64 = 4096;
/// MySQL's port.
const PORT: u16 = 3306;
/// What may begin a statement that reads.
const READING: [&str; 8] = ["SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "TABLE", "VALUES"];

/// Runs one statement that reads.
///
/// # Errors
/// The database cannot be reached, refuses the login or the statement, or the statement does something else than reading.
pub async fn rows(source: &Source, sql: &str, reach: &dyn Reach) -> Result<Rows, SourceError> {
    if !reads(sql) {
        let text = format!("the query does not only read: it must begin with one of {}", READING.join(", "));
        return Err(SourceError::Query(text));
    }
    let (mut connection, version) = Connection::open(source, reach).await?;
    // The server gives up a little earlier than we do, so that it does not go on when we are gone.
    let limit = if version.contains("MariaDB") {
        "SET SESSION max_statement_time = 55"
    } else {
        "SET SESSION max_execution_time = 55000"
    };
    connection.run(limit).await?;
    let zone = source.option("timezone");
    if !zone.is_empty() {
        connection.run(&format!("SET SESSION time_zone = '{}'", checked_zone(zone)?)).await?;
    }
    connection.run("SET SESSION TRANSACTION READ ONLY").await?;
    connection.run("START TRANSACTION READ ONLY").await?;
    connection.select(sql).await
}

/// Tells whether a statement begins as one that reads, behind comments and brackets.
pub(super) fn reads(sql: &str) -> bool {
    let mut rest = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    loop {
        // `/*!` is no comment: the server runs what is in it.
        let comment = if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") {
            rest.find("*/").map(|end| end + 2)
        } else if rest.starts_with('#') || rest.starts_with("-- ") || rest.starts_with("--\n") {
            rest.find('\n').map(|end| end + 1)
        } else {
            None
        };
        let Some(end) = comment else { break };
        rest = rest[end..].trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    }
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    READING.iter().any(|word| word.eq_ignore_ascii_case(&rest[..length]))
}

/// A time zone's name or offset, which stands in quotes.
fn checked_zone(zone: &str) -> Result<&str, SourceError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '+' | '-' | ':');
    if zone.chars().all(fits) && zone.len() <= 64 {
        return Ok(zone);
    }
    Err(SourceError::Query(format!(
        "{zone:?} is no time zone: write Europe/Berlin or +02:00 into jsonData.timezone"
    )))
}

struct Connection {
    wire: Wire,
    deadline: Deadline,
    name: String,
    /// The number of the next packet.
    sequence: u8,
}

impl Connection {
    /// Connects and logs in; returns the server's version too.
    async fn open(source: &Source, reach: &dyn Reach) -> Result<(Connection, String), SourceError> {
        let deadline = Deadline::after(TIMEOUT);
        let (host, port) = address(&source.url, PORT)?;
        let wire = reach.dial(source, &host, port, deadline).await?;
        let mut connection = Connection { wire, deadline, name: source.name.clone(), sequence: 0 };
        let greeting = packets::greeting(&connection.receive().await?)?;
        let database = source.database();
        let with_database = if database.is_empty() { 0 } else { can::CONNECT_WITH_DB };
        let mut wanted = can::BASE | with_database;
        let uses_tls =
            ["tlsAuth", "tlsAuthWithCACert", "tlsSkipVerify"].into_iter().any(|name| source.is_on(name));
        if uses_tls {
            if greeting.can & can::SSL == 0 {
                let text = "offers no TLS, which its settings here want";
                return Err(SourceError::Failed(format!("data source {:?} {text}", source.name)));
            }
            wanted |= can::SSL;
            connection.send(&packets::tls_request(wanted)).await?;
            let name = connection.name.clone();
            let encrypted =
                connection.wire.encrypt(&tls(&source.options, &source.secrets), &host, deadline).await;
            connection.wire = encrypted.map_err(|e| failed(&name, &e))?;
        }
        connection.login(source, &greeting, wanted, uses_tls).await?;
        Ok((connection, greeting.version))
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), SourceError> {
        if packet.len() >= PACKET_BYTES_MAX {
            return Err(SourceError::Query("the query is longer than 16 MiB".to_owned()));
        }
        let mut bytes = u32::try_from(packet.len()).unwrap_or(0).to_le_bytes();
        bytes[3] = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        let whole = [&bytes[..], packet].concat();
        self.wire.write(&whole, self.deadline).await.map_err(|e| failed(&self.name, &e))
    }

    async fn receive(&mut self) -> Result<Vec<u8>, SourceError> {
        let mut packet = Vec::new();
        self.receive_into(&mut packet).await?;
        Ok(packet)
    }

    async fn receive_into(&mut self, packet: &mut Vec<u8>) -> Result<(), SourceError> {
        let mut head = [0; 4];
        self.wire.exact(&mut head, self.deadline).await.map_err(|e| failed(&self.name, &e))?;
        self.sequence = head[3].wrapping_add(1);
        let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
        if length == PACKET_BYTES_MAX {
            return Err(SourceError::TooLarge { limit: PACKET_BYTES_MAX as u64, unit: "bytes in one row" });
        }
        packet.clear();
        packet.resize(length, 0);
        self.wire.exact(packet, self.deadline).await.map_err(|e| failed(&self.name, &e))
    }

    async fn login(
        &mut self,
        source: &Source,
        greeting: &Greeting,
        can: u32,
        is_encrypted: bool,
    ) -> Result<(), SourceError> {
        let password = source.secret("password");
        let mut nonce = greeting.nonce.clone();
        // A plugin that we do not know is answered as if it were the usual one; the server then names the user's own.
        let plugin = if greeting.plugin == CACHING { CACHING } else { NATIVE };
        let first = proof(plugin, password, &nonce).unwrap_or_default();
        self.send(&packets::login(can, &source.user, &first, source.database(), plugin)).await?;
        for _ in 0..LOGIN_PACKETS_MAX {
            let packet = self.receive().await?;
            match packet.as_slice() {
                [0, ..] => return Ok(()),
                [0xff, ..] => return Err(packets::error(&packet)),
                [0xfe, rest @ ..] => {
                    let mut reader = Reader(rest);
                    let plugin = String::from_utf8_lossy(reader.text()?).into_owned();
                    nonce = reader.text()?.to_vec();
                    let answer = proof(&plugin, password, &nonce).ok_or_else(|| {
                        let known = format!("known are {NATIVE} and {CACHING}");
                        SourceError::Failed(format!(
                            "MySQL wants the login {plugin:?}, which is not known here; {known}"
                        ))
                    })?;
                    self.send(&answer).await?;
                }
                // The password's hash was known there, and right.
                [1, 3] => {}
                [1, 4] if is_encrypted => self.send(&[password.as_bytes(), &[0]].concat()).await?,
                [1, 4] => self.send(&[2]).await?,
                [1, key @ ..] => {
                    let answer = encrypted(password, &nonce, &String::from_utf8_lossy(key))?;
                    self.send(&answer).await?;
                }
                _other => return Err(SourceError::answer("a packet of the login is not known")),
            }
        }
        Err(SourceError::answer("the login does not end"))
    }

    async fn command(&mut self, sql: &str) -> Result<Vec<u8>, SourceError> {
        self.sequence = 0;
        self.send(&packets::query(sql)).await?;
        let packet = self.receive().await?;
        if packet.first() == Some(&0xff) { Err(packets::error(&packet)) } else { Ok(packet) }
    }

    /// Runs a statement of our own that returns no rows.
    async fn run(&mut self, sql: &str) -> Result<(), SourceError> {
        self.command(sql).await.map(drop)
    }

    async fn select(mut self, sql: &str) -> Result<Rows, SourceError> {
        let first = self.command(sql).await?;
        let width = match first.first() {
            // The server asks for a file of ours.
            Some(0xfb) => return Err(SourceError::Query("the query wants a file of the client".to_owned())),
            Some(0) | None => return Err(SourceError::Query("the query returns no rows".to_owned())),
            Some(_) => {
                let mut reader = Reader(&first);
                let lead = reader.int(1)?;
                if lead == 0xfc { reader.int(2)? } else { lead }
            }
        };
        if width > COLUMNS_MAX {
            return Err(SourceError::TooLarge { limit: COLUMNS_MAX, unit: "columns" });
        }
        let mut columns = Vec::new();
        for _ in 0..width {
            columns.push(packets::column(&self.receive().await?)?);
        }
        self.receive().await?; // their end
        let width = columns.len();
        let mut rows = Rows::new(columns);
        let mut packet = Vec::new();
        loop {
            self.receive_into(&mut packet).await?;
            if packet.first() == Some(&0xff) {
                return Err(packets::error(&packet));
            }
            if packets::is_end(&packet) || !rows.push(&packets::row(&packet, width)?) {
                break;
            }
        }
        // The transaction ends with the connection.
        self.sequence = 0;
        self.send(&[1]).await.ok();
        Ok(rows)
    }
}
