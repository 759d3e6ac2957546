//! Opening TCP connections.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::reach::AddressGuard;
use crate::error::{Failure, io_reason};

/// How long the first address family is tried alone (RFC 8305, and Go's default).
const FALLBACK_DELAY: Duration = Duration::from_millis(300);

/// Connects to a host by name or address. If the name has addresses of both families, the second gets its chance when the
/// first is slow or fails. With a guard, only addresses that it allows are tried.
pub(super) async fn tcp(host: &str, port: u16, guard: Option<&AddressGuard>) -> Result<TcpStream, Failure> {
    let found = tokio::net::lookup_host((host, port)).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(found) => found.collect(),
        Err(error) => return Err(Failure::Lookup { host: host.to_owned(), reason: lookup_reason(&error) }),
    };
    let Some(first) = addresses.first() else {
        return Err(Failure::Lookup { host: host.to_owned(), reason: "no such host".to_owned() });
    };
    // What was looked up is what is connected to: a name cannot point elsewhere between the check and the use.
    if let Some(denied) = guard.and_then(|guard| addresses.iter().find(|a| !guard(a.ip()))) {
        return Err(Failure::Denied { host: host.to_owned(), address: denied.ip().to_string() });
    }
    let (preferred, others): (Vec<_>, Vec<_>) =
        addresses.iter().partition(|a| a.is_ipv4() == first.is_ipv4());
    let stream = if others.is_empty() { in_turn(preferred).await } else { race(preferred, others).await }?;
    // Requests are written whole; waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn race(preferred: Vec<SocketAddr>, others: Vec<SocketAddr>) -> Result<TcpStream, Failure> {
    let preferred = in_turn(preferred);
    tokio::pin!(preferred);
    if let Ok(done) = tokio::time::timeout(FALLBACK_DELAY, &mut preferred).await {
        return match done {
            Ok(stream) => Ok(stream),
            Err(failure) => in_turn(others).await.map_err(|_| failure),
        };
    }
    let others = in_turn(others);
    tokio::pin!(others);
    tokio::select! {
        first = &mut preferred => match first {
            Ok(stream) => Ok(stream),
            Err(failure) => others.await.map_err(|_| failure),
        },
        second = &mut others => match second {
            Ok(stream) => Ok(stream),
            Err(_) => preferred.await,
        },
    }
}

/// Tries one address after the other; the first failure is the one told.
async fn in_turn(addresses: Vec<SocketAddr>) -> Result<TcpStream, Failure> {
    let mut first_failure = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                first_failure.get_or_insert(Failure::Dial {
                    network: "tcp",
                    address: address.to_string(),
                    reason: io_reason(&error),
                });
            }
        }
    }
    Err(first_failure.unwrap_or_else(|| Failure::Connection("no address to connect to".to_owned())))
}

fn lookup_reason(error: &io::Error) -> String {
    let text = error.to_string();
    if text.contains("not known") || text.contains("No address associated") {
        return "no such host".to_owned();
    }
    text.trim_start_matches("failed to lookup address information: ").to_owned()
}
