//! What both sides of TLS need: certificates from PEM, versions, the crypto provider.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::{RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use yaml::Secret;

use crate::config::{Source, TlsVersion};

/// Why TLS cannot be set up. Never holds a key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("unable to read {what} {path}: {error}")]
    Read {
        /// What it is, such as `cert_file`.
        what: &'static str,
        /// The file.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// PEM that holds nothing usable.
    #[error("no usable PEM in {what}: {reason}")]
    Pem {
        /// What it is.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The versions leave nothing to speak.
    #[error(
        "no TLS version left between minimum {min:?} and maximum {max:?}: TLS 1.0 and 1.1 are not spoken"
    )]
    Versions {
        /// The minimum.
        min: Option<TlsVersion>,
        /// The maximum.
        max: Option<TlsVersion>,
    },
    /// Cipher suites or curves that we do not have.
    #[error("none of the configured {what} is supported: {names:?}")]
    Unsupported {
        /// Cipher suites or curves.
        what: &'static str,
        /// Their names.
        names: Vec<String>,
    },
    /// Certificate and key do not fit, or another refusal of the TLS library.
    #[error("unable to use {what}: {reason}")]
    Refused {
        /// What was refused.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

/// Text that may stand in the configuration or in a file.
pub(crate) trait Text {
    /// Returns the text.
    fn text(&self) -> &str;
}

impl Text for String {
    fn text(&self) -> &str {
        self
    }
}

impl Text for Secret {
    fn text(&self) -> &str {
        self.expose()
    }
}

/// Reads a configured text now.
pub(crate) fn read<T: Text>(source: &Source<T>, what: &'static str) -> Result<Secret, TlsError> {
    match source {
        Source::Inline(text) => Ok(Secret::new(text.text())),
        Source::File(path) => read_file(path, what),
    }
}

fn read_file(path: &Path, what: &'static str) -> Result<Secret, TlsError> {
    let text = std::fs::read_to_string(path);
    text.map(Secret::new).map_err(|error| TlsError::Read { what, path: path.display().to_string(), error })
}

/// The crypto provider of the whole program.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    match CryptoProvider::get_default() {
        Some(provider) => provider.clone(),
        None => Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
    }
}

/// Picks the versions between two bounds.
pub(crate) fn versions(
    min: Option<TlsVersion>,
    max: Option<TlsVersion>,
) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
    let spoken = [(TlsVersion::Tls12, &rustls::version::TLS12), (TlsVersion::Tls13, &rustls::version::TLS13)];
    let fits = |v: &TlsVersion| min.is_none_or(|min| *v >= min) && max.is_none_or(|max| *v <= max);
    let left: Vec<_> = spoken.into_iter().filter(|(v, _)| fits(v)).map(|(_, version)| version).collect();
    if left.is_empty() { Err(TlsError::Versions { min, max }) } else { Ok(left) }
}

/// Reads all certificates of a PEM text; there must be one.
pub(crate) fn certificates(
    pem: &Secret,
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.expose().as_bytes()).collect();
    let found = read.map_err(|e| TlsError::Pem { what, reason: e.to_string() })?;
    if found.is_empty() {
        return Err(TlsError::Pem { what, reason: "no certificate found".to_owned() });
    }
    Ok(found)
}

/// Reads the first private key of a PEM text: PKCS #8, PKCS #1 or SEC 1.
pub(crate) fn private_key(pem: &Secret, what: &'static str) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map_err(|e| TlsError::Pem { what, reason: e.to_string() })
}

/// Builds a store of the authorities in a PEM text.
pub(crate) fn authorities(pem: &Secret, what: &'static str) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates(pem, what)?);
    if added == 0 {
        return Err(TlsError::Pem { what, reason: "no usable authority found".to_owned() });
    }
    Ok(store)
}

/// Returns the authorities that the system trusts. They are read once per process: that costs milliseconds.
pub(crate) fn system_authorities() -> RootCertStore {
    static SYSTEM: OnceLock<RootCertStore> = OnceLock::new();
    let read = || {
        let mut store = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in found.errors {
            tracing::warn!(%error, "cannot read some of the system's certificate authorities");
        }
        store.add_parsable_certificates(found.certs);
        store
    };
    SYSTEM.get_or_init(read).clone()
}
