//! TLS from the client's side.

use yaml::Secret;

use super::Source;

/// TLS settings of a client. A certificate never comes without its key, nor a key without its certificate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TlsClientConfig {
    /// Certificates of the authorities to trust, PEM; the system's if left out.
    pub ca: Option<Source<String>>,
    /// The client's certificate chain, PEM.
    pub cert: Option<Source<String>>,
    /// The client's key, PEM.
    pub key: Option<Source<Secret>>,
    /// The name to verify in place of the host's, or empty.
    pub server_name: String,
    /// Whether to accept any certificate.
    pub insecure_skip_verify: bool,
    /// The oldest version to speak; TLS 1.2 if left out.
    pub min_version: Option<TlsVersion>,
    /// The newest version to speak.
    pub max_version: Option<TlsVersion>,
}

/// A version of TLS. 1.0 and 1.1 can be written, but we speak neither: as a minimum they mean 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    /// 1.0
    Tls10,
    /// 1.1
    Tls11,
    /// 1.2
    Tls12,
    /// 1.3
    Tls13,
}

impl TlsVersion {
    /// All versions with the words used in configuration files.
    pub const ALL: [(&'static str, TlsVersion); 4] = [
        ("TLS10", TlsVersion::Tls10),
        ("TLS11", TlsVersion::Tls11),
        ("TLS12", TlsVersion::Tls12),
        ("TLS13", TlsVersion::Tls13),
    ];
}
