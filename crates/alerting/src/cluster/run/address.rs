//! Where we listen, where others find us, where they are.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, UdpSocket, lookup_host};

use super::{ClusterError, Options};

/// Looking at the route to it shows which of our addresses leads outside; nothing is sent there (TEST-NET-1).
const SOMEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
/// With port 0, a port must be free for UDP and TCP: so often we try.
const PORT_TRIES: usize = 16;

/// What was found for names.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) found: Vec<SocketAddr>,
    pub(super) failed: Vec<(String, String)>,
}

/// Splits `host:port`; no host is all addresses.
fn split(what: &'static str, address: &str) -> Result<(String, u16), ClusterError> {
    let failed =
        |reason: &str| ClusterError::Address { what, address: address.to_owned(), reason: reason.to_owned() };
    let (host, port) = address.rsplit_once(':').ok_or_else(|| failed("expected HOST:PORT"))?;
    let port = port.parse().map_err(|_| failed("the port is not a number up to 65535"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok((if host.is_empty() { "0.0.0.0".to_owned() } else { host.to_owned() }, port))
}

async fn first(what: &'static str, address: &str) -> Result<SocketAddr, ClusterError> {
    let (host, port) = split(what, address)?;
    let failed = |reason: String| ClusterError::Address { what, address: address.to_owned(), reason };
    let mut found = lookup_host((host.as_str(), port)).await.map_err(|error| failed(error.to_string()))?;
    found.next().ok_or_else(|| failed("no address".to_owned()))
}

/// Opens both sockets on the same port.
pub(super) async fn bind(address: &str) -> Result<(UdpSocket, TcpListener, SocketAddr), ClusterError> {
    let wanted = first("--cluster.listen-address", address).await?;
    let failed = |error| ClusterError::Listen { address: address.to_owned(), error };
    let mut tries = if wanted.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        match UdpSocket::bind(local).await {
            Ok(udp) => return Ok((udp, listener, local)),
            Err(error) if tries == 0 => return Err(failed(error)),
            Err(_taken) => {}
        }
    }
}

/// Returns where others reach us.
pub(super) async fn advertised(
    options: &Options,
    local: SocketAddr,
    peers: &[SocketAddr],
) -> Result<SocketAddr, ClusterError> {
    if !options.advertise_address.is_empty() {
        return first("--cluster.advertise-address", &options.advertise_address).await;
    }
    if !local.ip().is_unspecified() {
        return Ok(local);
    }
    let towards = peers.first().copied().unwrap_or(SOMEWHERE);
    let Some(ip) = route(towards).await else {
        tracing::warn!(
            "cluster: no address leads to others, so none can reach us; name one by --cluster.advertise-address"
        );
        return Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), local.port()));
    };
    if !is_private(ip) && !options.allow_public_address && !options.peers.is_empty() {
        return Err(ClusterError::Public { found: ip });
    }
    Ok(SocketAddr::new(ip, local.port()))
}

/// Returns our address on the way to another.
async fn route(towards: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if towards.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await.ok()?;
    socket.connect(towards).await.ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Asks for the addresses of all names.
pub(super) async fn resolve(names: &[String], timeout: Duration) -> Resolved {
    let mut resolved = Resolved::default();
    for name in names {
        let (host, port) = match split("--cluster.peer", name) {
            Ok(parts) => parts,
            Err(error) => {
                resolved.failed.push((name.clone(), error.to_string()));
                continue;
            }
        };
        match tokio::time::timeout(timeout, lookup_host((host.as_str(), port))).await {
            Ok(Ok(found)) => resolved.found.extend(found),
            Ok(Err(error)) => resolved.failed.push((name.clone(), error.to_string())),
            Err(_elapsed) => resolved.failed.push((name.clone(), "no answer in time".to_owned())),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_as_in_the_original() {
        for (address, want) in [
            ("0.0.0.0:9094", Ok(("0.0.0.0", 9094))),
            (":9094", Ok(("0.0.0.0", 9094))),
            ("[::1]:1", Ok(("::1", 1))),
            ("am-0.am.monitoring.svc:9094", Ok(("am-0.am.monitoring.svc", 9094))),
            ("am", Err("--cluster.peer \"am\": expected HOST:PORT")),
            ("am:x", Err("--cluster.peer \"am:x\": the port is not a number up to 65535")),
        ] {
            let got = split("--cluster.peer", address).map_err(|e| e.to_string());
            let want = want.map(|(host, port)| (host.to_owned(), port)).map_err(str::to_owned);
            assert_eq!(got, want, "{address}");
        }
    }

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for (ip, private) in [
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.7.7", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("127.0.0.1", true),
            ("8.8.8.8", false),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(ip.parse().unwrap()), private, "{ip}");
        }
    }
}
