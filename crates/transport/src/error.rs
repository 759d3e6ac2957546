//! Why a request failed, in the words that Prometheus users know.

use std::fmt;
use std::io;

use crate::TlsError;

/// A request that failed before its answer's headers came. Reads like Go's: `Get "http://…": context deadline exceeded`.
#[derive(Debug)]
pub struct ClientError {
    /// The method, such as `GET`.
    pub method: http::Method,
    /// The URL, a password in it masked.
    pub url: String,
    /// Why it failed.
    pub failure: Failure,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, rest) = self.method.as_str().split_at(1);
        let url = model::number::quote(&self.url);
        write!(f, "{first}{} {url}: {}", rest.to_ascii_lowercase(), self.failure)
    }
}

impl std::error::Error for ClientError {}

/// Why a request or reading its answer failed. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Time ran out.
    #[error("context deadline exceeded")]
    DeadlineExceeded,
    /// The host's name has no address.
    #[error("dial tcp: lookup {host}: {reason}")]
    Lookup {
        /// The name.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The host cannot be reached.
    #[error("dial {network} {address}: connect: {reason}")]
    Dial {
        /// `tcp` or `unix`.
        network: &'static str,
        /// Its address with port, or the socket's path.
        address: String,
        /// Why not, such as `connection refused`.
        reason: String,
    },
    /// The host has an address that this client must not connect to.
    #[error("dial tcp: {host}: connections to {address} are not allowed")]
    Denied {
        /// The host.
        host: String,
        /// The address.
        address: String,
    },
    /// The proxy does not take us where we want.
    #[error("proxyconnect tcp: {0}")]
    Proxy(String),
    /// The TLS handshake failed.
    #[error("{0}")]
    Tls(String),
    /// TLS cannot be set up.
    #[error("{0}")]
    TlsSetup(String),
    /// Credentials cannot be read or fetched.
    #[error("{0}")]
    Credentials(String),
    /// Too many redirects, or one that leads nowhere.
    #[error("{0}")]
    Redirect(String),
    /// The connection broke, or the other side does not speak HTTP.
    #[error("{0}")]
    Connection(String),
    /// The answer's body is larger than the limit.
    #[error("body size limit exceeded: more than {limit} bytes")]
    BodyTooLarge {
        /// The limit in bytes, after decompression.
        limit: u64,
    },
    /// The body's compression is broken, or one that we do not read.
    #[error("{0}")]
    Encoding(String),
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Failure {
        Failure::TlsSetup(error.to_string())
    }
}

/// Says an I/O error as Go does: lowercase and without number.
pub(crate) fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset by peer".to_owned(),
        io::ErrorKind::HostUnreachable => "no route to host".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network is unreachable".to_owned(),
        io::ErrorKind::TimedOut => "connection timed out".to_owned(),
        io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            let mut chars = text.chars();
            chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
        }
    }
}

/// Says what went wrong below HTTP or in it.
pub(crate) fn hyper_failure(error: &hyper::Error) -> Failure {
    use std::error::Error as _;
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Failure::Connection(format!("read: {}", io_reason(io)));
        }
        cause = inner.source();
    }
    if error.is_incomplete_message() {
        Failure::Connection("EOF".to_owned())
    } else if error.is_parse() {
        Failure::Connection(format!(
            "net/http: HTTP/1.x transport connection broken: malformed HTTP response ({error})"
        ))
    } else {
        Failure::Connection(error.to_string())
    }
}

/// Says why a handshake failed, in Go's words where there are such.
pub(crate) fn tls_failure(error: &io::Error) -> Failure {
    use rustls::CertificateError as C;
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
    let verify = |reason: &str| format!("tls: failed to verify certificate: x509: {reason}");
    Failure::Tls(match inner {
        Some(rustls::Error::InvalidCertificate(C::UnknownIssuer)) => {
            verify("certificate signed by unknown authority")
        }
        Some(rustls::Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. })) => {
            verify("certificate has expired or is not yet valid")
        }
        Some(rustls::Error::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. })) => {
            verify("certificate has expired or is not yet valid: it is not yet valid")
        }
        Some(rustls::Error::InvalidCertificate(C::NotValidForNameContext { expected, presented })) => {
            let expected = expected.to_str();
            verify(&format!("certificate is valid for {}, not {expected}", presented.join(", ")))
        }
        Some(rustls::Error::InvalidCertificate(other)) => verify(&other.to_string()),
        Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => {
            "http: server gave HTTP response to HTTPS client".to_owned()
        }
        Some(rustls::Error::AlertReceived(alert)) => format!("remote error: tls: {alert:?}"),
        Some(other) => format!("tls: {other}"),
        None => format!("tls: {}", io_reason(error)),
    })
}
