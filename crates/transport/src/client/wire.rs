//! Connections for protocols other than HTTP: TCP, with TLS from the start or later.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connect::{Io, handshake, server_name};
use super::tls::{TlsMaterial, client_config};
use super::{AddressGuard, Deadline, dial};
use crate::config::TlsClientConfig;
use crate::error::{Failure, io_reason};

/// Bytes read at once.
const READ_BYTES: usize = 4 << 10;

/// An open connection that is read line by line, or so many bytes at a time.
pub struct Wire {
    io: Box<dyn Io>,
    /// What was read and not yet asked for.
    ahead: Vec<u8>,
}

impl Wire {
    /// Connects to a host by name or address.
    ///
    /// # Errors
    /// The host is not known or does not answer, or time ran out.
    pub async fn connect(host: &str, port: u16, deadline: Deadline) -> Result<Wire, Failure> {
        Wire::connect_guarded(host, port, None, deadline).await
    }

    /// Connects to a host, if all its addresses are allowed.
    ///
    /// # Errors
    /// As [`Wire::connect`], or an address that the guard refuses.
    pub async fn connect_guarded(
        host: &str,
        port: u16,
        guard: Option<&AddressGuard>,
        deadline: Deadline,
    ) -> Result<Wire, Failure> {
        let stream = deadline.guard(dial::tcp(host, port, guard)).await?;
        Ok(Wire { io: Box::new(stream), ahead: Vec::new() })
    }

    /// Begins with TLS. The host's name is verified unless the settings name another.
    ///
    /// # Errors
    /// TLS files that cannot be used, a handshake that fails, or something said before TLS that would be taken for said in it.
    pub async fn encrypt(
        self,
        tls: &TlsClientConfig,
        host: &str,
        deadline: Deadline,
    ) -> Result<Wire, Failure> {
        if !self.ahead.is_empty() {
            return Err(Failure::Tls("tls: the server spoke before the handshake".to_owned()));
        }
        let name = if tls.server_name.is_empty() { host } else { &tls.server_name };
        let mut config = (*client_config(&TlsMaterial::read(tls)?, false)?).clone();
        config.alpn_protocols.clear(); // those are HTTP's
        let stream = deadline.guard(handshake(config.into(), server_name(name)?, self.io)).await?;
        Ok(Wire { io: Box::new(stream), ahead: Vec::new() })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// The connection broke, or time ran out.
    pub async fn write(&mut self, bytes: &[u8], deadline: Deadline) -> Result<(), Failure> {
        let write = async {
            self.io.write_all(bytes).await.map_err(broken)?;
            self.io.flush().await.map_err(broken)
        };
        deadline.guard(write).await
    }

    /// Fills a buffer.
    ///
    /// # Errors
    /// The end of the connection before that, or time ran out.
    pub async fn exact(&mut self, out: &mut [u8], deadline: Deadline) -> Result<(), Failure> {
        let known = out.len().min(self.ahead.len());
        let (first, rest) = out.split_at_mut(known);
        first.copy_from_slice(&self.ahead[..known]);
        self.ahead.drain(..known);
        let mut at = 0;
        while at < rest.len() {
            let missing = rest.len() - at;
            let read = if missing >= READ_BYTES {
                let read = async { self.io.read(&mut rest[at..]).await.map_err(broken) };
                deadline.guard(read).await?
            } else {
                // Small pieces are read ahead, so that each does not cost a system call.
                let mut buffer = [0; READ_BYTES];
                let read = async { self.io.read(&mut buffer).await.map_err(broken) };
                let read = deadline.guard(read).await?;
                let wanted = read.min(missing);
                rest[at..at + wanted].copy_from_slice(&buffer[..wanted]);
                self.ahead.extend_from_slice(&buffer[wanted..read]);
                wanted
            };
            if read == 0 {
                return Err(Failure::Connection("EOF".to_owned()));
            }
            at += read;
        }
        Ok(())
    }

    /// Reads a line without its end.
    ///
    /// # Errors
    /// A line longer than `bytes_max`, the end of the connection, or time ran out.
    pub async fn line(&mut self, bytes_max: usize, deadline: Deadline) -> Result<String, Failure> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.ahead.len() > bytes_max {
                return Err(Failure::Connection(format!("a line of more than {bytes_max} bytes")));
            }
            let mut buffer = [0; READ_BYTES];
            let read = async { self.io.read(&mut buffer).await.map_err(broken) };
            match deadline.guard(read).await? {
                0 => return Err(Failure::Connection("EOF".to_owned())),
                n => self.ahead.extend_from_slice(&buffer[..n]),
            }
        }
    }
}

fn broken(error: io::Error) -> Failure {
    Failure::Connection(io_reason(&error))
}
