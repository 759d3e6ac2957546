//! TLS from the client's side.

use std::path::Path;

use yaml::write::Map;
use yaml::{Read, Secret, Value};

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

    /// Returns the word used in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            TlsVersion::Tls10 => "TLS10",
            TlsVersion::Tls11 => "TLS11",
            TlsVersion::Tls12 => "TLS12",
            TlsVersion::Tls13 => "TLS13",
        }
    }
}

impl Read for TlsVersion {
    fn read(value: &Value<'_>) -> Option<TlsVersion> {
        value.one_of(&TlsVersion::ALL)
    }
}

impl Read for TlsClientConfig {
    fn read(value: &Value<'_>) -> Option<TlsClientConfig> {
        value.fields(|f| {
            let tls = TlsClientConfig {
                ca: Source::read(f, "ca", "ca_file", Some("ca_ref"), "at most one of ca, ca_file & ca_ref must be configured"),
                cert: Source::read(
                    f,
                    "cert",
                    "cert_file",
                    Some("cert_ref"),
                    "at most one of cert, cert_file & cert_ref must be configured",
                ),
                key: Source::read(
                    f,
                    "key",
                    "key_file",
                    Some("key_ref"),
                    "at most one of key and key_file must be configured",
                ),
                server_name: f.or_default("server_name"),
                insecure_skip_verify: f.or_default("insecure_skip_verify"),
                min_version: f.optional("min_version"),
                max_version: f.optional("max_version"),
            };
            match (&tls.cert, &tls.key) {
                (Some(_), None) => f.value().problem(
                    "exactly one of key or key_file must be configured when a client certificate is configured",
                ),
                (None, Some(_)) => f.value().problem(
                    "exactly one of cert or cert_file must be configured when a client key is configured",
                ),
                (Some(_), Some(_)) | (None, None) => {}
            }
            Some(tls)
        })
    }
}

impl TlsClientConfig {
    /// Returns the files that it needs, each with the field that names it.
    pub fn files(&self) -> Vec<(&'static str, &Path)> {
        let ca = self.ca.as_ref().and_then(Source::file).map(|path| ("ca_file", path));
        let cert = self.cert.as_ref().and_then(Source::file).map(|path| ("cert_file", path));
        let key = self.key.as_ref().and_then(Source::file).map(|path| ("key_file", path));
        ca.into_iter().chain(cert).chain(key).collect()
    }

    /// Returns the mapping as Prometheus prints it.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        Source::write(self.ca.as_ref(), &mut map, "ca", "ca_file");
        Source::write(self.cert.as_ref(), &mut map, "cert", "cert_file");
        Source::write(self.key.as_ref(), &mut map, "key", "key_file");
        map.put_if_set("server_name", self.server_name.as_str());
        map.put("insecure_skip_verify", self.insecure_skip_verify);
        map.put_if_some("min_version", self.min_version.map(TlsVersion::as_str));
        map.put_if_some("max_version", self.max_version.map(TlsVersion::as_str));
        map
    }
}
