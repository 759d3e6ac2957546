//! Asking a SOCKS 5 proxy for a connection (RFC 1928, RFC 1929). The proxy looks names up, as with `socks5h`.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connect::Io;
use crate::error::{Failure, io_reason};

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const CONNECT: u8 = 1;
const ADDRESS_V4: u8 = 1;
const ADDRESS_NAME: u8 = 3;
const ADDRESS_V6: u8 = 4;

/// Asks for a connection to `host`; afterwards the stream leads there.
pub(super) async fn connect(
    io: &mut Box<dyn Io>,
    host: &str,
    port: u16,
    login: Option<(String, String)>,
) -> Result<(), Failure> {
    let broken = |e: io::Error| Failure::Proxy(format!("socks: {}", io_reason(&e)));
    let refused = |what: &str| Failure::Proxy(format!("socks: {what}"));
    let method = if login.is_some() { LOGIN } else { NO_LOGIN };
    io.write_all(&[VERSION, 1, method]).await.map_err(broken)?;
    let mut answer = [0; 2];
    io.read_exact(&mut answer).await.map_err(broken)?;
    if answer != [VERSION, method] {
        return Err(refused("no acceptable authentication methods"));
    }
    if let Some((user, password)) = login {
        let mut message = vec![1];
        for part in [user, password] {
            message.push(u8::try_from(part.len()).map_err(|_| refused("user name or password is too long"))?);
            message.extend_from_slice(part.as_bytes());
        }
        io.write_all(&message).await.map_err(broken)?;
        io.read_exact(&mut answer).await.map_err(broken)?;
        if answer[1] != 0 {
            return Err(refused("username/password authentication failed"));
        }
    }
    let mut request = vec![VERSION, CONNECT, 0];
    match host.parse() {
        Ok(IpAddr::V4(ip)) => {
            request.push(ADDRESS_V4);
            request.extend_from_slice(&ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            request.push(ADDRESS_V6);
            request.extend_from_slice(&ip.octets());
        }
        Err(_) => {
            request.push(ADDRESS_NAME);
            request.push(u8::try_from(host.len()).map_err(|_| refused("host name is too long"))?);
            request.extend_from_slice(host.as_bytes());
        }
    }
    request.extend_from_slice(&port.to_be_bytes());
    io.write_all(&request).await.map_err(broken)?;
    let mut head = [0; 4];
    io.read_exact(&mut head).await.map_err(broken)?;
    if head[1] != 0 {
        return Err(refused(reply(head[1])));
    }
    let rest = match head[3] {
        ADDRESS_V4 => 4,
        ADDRESS_V6 => 16,
        ADDRESS_NAME => usize::from(io.read_u8().await.map_err(broken)?),
        _ => return Err(refused("unknown address type in the answer")),
    };
    let mut bound = vec![0; rest + 2];
    io.read_exact(&mut bound).await.map_err(broken)?;
    Ok(())
}

fn reply(code: u8) -> &'static str {
    match code {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown code",
    }
}
