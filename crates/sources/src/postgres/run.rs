//! A connection to PostgreSQL: TLS, login, one statement, goodbye.

use std::time::Duration;

use aws_lc_rs::rand;
use serde_json::Value;
use transport::{Deadline, Failure, Wire};

use super::login::{NONCE_BYTES, Scram, md5_answer};
use super::messages::{self as messages, MESSAGE_BYTES_MAX, Reader};
use crate::error::SourceError;
use crate::kind::{Reach, Source, tls};
use crate::sql::address;
use crate::sql::rows::{ROWS_MAX, Rows};

/// Longest time for connecting, asking and reading.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The server gives up a little earlier, so that it does not go on when we are gone.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = 55000; SET LOCAL DateStyle = 'ISO, YMD'";
/// Messages before a login is over, at most.
const LOGIN_MESSAGES_MAX: usize = 200;
/// PostgreSQL's port.
const PORT: u16 = 5432;

/// Runs one statement that returns rows.
///
/// # Errors
/// The database cannot be reached, refuses the login or the statement, or the statement returns no rows.
pub async fn rows(source: &Source, sql: &str, reach: &dyn Reach) -> Result<Rows, SourceError> {
    let mut connection = Connection::open(source, reach).await?;
    connection.login(source).await?;
    connection.ask(BEGIN).await?;
    let rows = connection.select(sql).await?;
    // What was read is good, whatever becomes of the goodbye; the transaction ends with the connection.
    connection.send(&messages::terminate()).await.ok();
    Ok(rows)
}

struct Connection {
    wire: Wire,
    deadline: Deadline,
    name: String,
}

impl Connection {
    async fn open(source: &Source, reach: &dyn Reach) -> Result<Connection, SourceError> {
        let deadline = Deadline::after(TIMEOUT);
        let (host, port) = address(&source.url, PORT)?;
        let mut wire = reach.dial(source, &host, port, deadline).await?;
        let failed = |failure: &Failure| failed(&source.name, failure);
        // Certificates that are there are used: the mode alone says how strictly.
        let is_given = |name: &str| Value::from(!source.secret(name).is_empty());
        let switches = [("tlsAuthWithCACert", "tlsCACert"), ("tlsAuth", "tlsClientCert")];
        let options =
            switches.map(|(switch, secret)| (switch.to_owned(), is_given(secret))).into_iter().collect();
        let mut security = tls(&options, &source.secrets);
        let mode = source.option("sslmode");
        match mode {
            "disable" => return Ok(Connection { wire, deadline, name: source.name.clone() }),
            // Encrypted, to whoever answers: what PostgreSQL's own clients mean by it.
            "require" => security.insecure_skip_verify = true,
            "" | "verify-ca" | "verify-full" => {}
            other => {
                let known = "disable, require, verify-ca or verify-full";
                return Err(SourceError::Query(format!("sslmode {other:?} is not known: use {known}")));
            }
        }
        wire.write(&messages::TLS_REQUEST, deadline).await.map_err(|e| failed(&e))?;
        let mut answer = [0];
        wire.exact(&mut answer, deadline).await.map_err(|e| failed(&e))?;
        if answer != *b"S" {
            let text = "offers no TLS: set it up there, or set jsonData.sslmode to \"disable\"";
            return Err(SourceError::Failed(format!("data source {:?} {text}", source.name)));
        }
        let wire = wire.encrypt(&security, &host, deadline).await.map_err(|e| failed(&e))?;
        Ok(Connection { wire, deadline, name: source.name.clone() })
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        self.wire.write(bytes, self.deadline).await.map_err(|e| failed(&self.name, &e))
    }

    /// The next message that is not merely a notice, into a buffer. Returns its type.
    async fn next(&mut self, body: &mut Vec<u8>) -> Result<u8, SourceError> {
        loop {
            let mut head = [0; 5];
            self.wire.exact(&mut head, self.deadline).await.map_err(|e| failed(&self.name, &e))?;
            let [kind, length @ ..] = head;
            let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            let length =
                length.checked_sub(4).ok_or_else(|| SourceError::answer("a message is too short"))?;
            if length > MESSAGE_BYTES_MAX {
                return Err(SourceError::TooLarge { limit: MESSAGE_BYTES_MAX as u64, unit: "bytes" });
            }
            body.clear();
            body.resize(length, 0);
            self.wire.exact(body, self.deadline).await.map_err(|e| failed(&self.name, &e))?;
            match kind {
                // Notice, parameter, notification: nothing that a reader needs.
                b'N' | b'S' | b'A' => {}
                b'E' => return Err(messages::error(body)),
                kind => return Ok(kind),
            }
        }
    }

    async fn login(&mut self, source: &Source) -> Result<(), SourceError> {
        let parameters = [
            ("user", source.user.as_str()),
            ("database", source.database()),
            ("client_encoding", "UTF8"),
            ("application_name", "Bongsu"),
        ];
        let given: Vec<_> = parameters.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        self.send(&messages::startup(&given)).await?;
        let password = source.secret("password");
        let mut body = Vec::new();
        let (mut scram, mut proven) = (None, None);
        for _ in 0..LOGIN_MESSAGES_MAX {
            match self.next(&mut body).await? {
                b'Z' => return Ok(()),
                b'K' => {} // the key for cancelling
                b'R' => {
                    let mut reader = Reader(&body);
                    match reader.int()? {
                        0 => {}
                        3 => self.send(&messages::password(&[password.as_bytes(), &[0]].concat())).await?,
                        5 => {
                            let answer = md5_answer(&source.user, password, reader.take(4)?);
                            self.send(&messages::password(&[answer.as_bytes(), &[0]].concat())).await?;
                        }
                        10 => {
                            let offered = std::iter::from_fn(|| reader.text().ok().filter(|t| !t.is_empty()));
                            if !offered.into_iter().any(|name| name == "SCRAM-SHA-256") {
                                return Err(unknown_login());
                            }
                            let mut random = [0; NONCE_BYTES];
                            rand::fill(&mut random).map_err(|_| {
                                SourceError::Failed("the system has no random numbers".to_owned())
                            })?;
                            let begun = Scram::new(&random);
                            self.send(&messages::sasl_initial("SCRAM-SHA-256", &begun.first())).await?;
                            scram = Some(begun);
                        }
                        11 => {
                            let begun = scram.as_ref().ok_or_else(unknown_login)?;
                            let answer = begun.prove(password, &String::from_utf8_lossy(reader.0))?;
                            self.send(&messages::password(answer.message.as_bytes())).await?;
                            proven = Some(answer);
                        }
                        12 => {
                            let answer = proven.as_ref().ok_or_else(unknown_login)?;
                            answer.check(&String::from_utf8_lossy(reader.0))?;
                        }
                        _other => return Err(unknown_login()),
                    }
                }
                other => return Err(unexpected(other)),
            }
        }
        Err(SourceError::answer("the login does not end"))
    }

    /// Runs statements of our own, whose answers do not matter.
    async fn ask(&mut self, sql: &str) -> Result<(), SourceError> {
        self.send(&messages::simple(sql)).await?;
        let mut body = Vec::new();
        while self.next(&mut body).await? != b'Z' {}
        Ok(())
    }

    async fn select(&mut self, sql: &str) -> Result<Rows, SourceError> {
        self.send(&messages::prepare(sql)).await?;
        let mut body = Vec::new();
        let columns = loop {
            match self.next(&mut body).await? {
                b'1' => {}
                b't' => {
                    if Reader(&body).short()? != 0 {
                        let text = "the query has parameters ($1), which nothing fills in";
                        return Err(SourceError::Query(text.to_owned()));
                    }
                }
                b'T' => break messages::columns(&body)?,
                // What returns no rows is never run.
                b'n' => {
                    let text = "the query returns no rows: a data source only reads, with one SELECT";
                    return Err(SourceError::Query(text.to_owned()));
                }
                other => return Err(unexpected(other)),
            }
        };
        let mut rows = Rows::new(columns);
        self.send(&messages::execute(u32::try_from(ROWS_MAX + 1).unwrap_or(u32::MAX))).await?;
        loop {
            match self.next(&mut body).await? {
                b'2' => {}
                b'D' => {
                    if !rows.push(&messages::row(&body)?) {
                        return Ok(rows);
                    }
                }
                // Complete, suspended, or an empty text.
                b'C' | b's' | b'I' => return Ok(rows),
                other => return Err(unexpected(other)),
            }
        }
    }
}

fn unexpected(kind: u8) -> SourceError {
    SourceError::answer(format!("a message of type {:?} was not expected", char::from(kind)))
}

fn unknown_login() -> SourceError {
    let known = "a password in clear text, MD5 or SCRAM-SHA-256";
    SourceError::Failed(format!("PostgreSQL wants a kind of login that is not known here; known are {known}"))
}

/// A connection that failed.
pub(crate) fn failed(name: &str, failure: &Failure) -> SourceError {
    let text = format!("data source {name:?}: {failure}");
    match failure {
        Failure::DeadlineExceeded => SourceError::Timeout(text),
        Failure::Denied { .. } => SourceError::Denied(text),
        _other => SourceError::Failed(text),
    }
}
