//! TLS from the client's side.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::TlsConnector;
use yaml::Secret;

use crate::config::{Source, TlsClientConfig};
use crate::tls::{self, TlsError};

/// A TLS configuration with the contents of its files.
#[derive(Clone, PartialEq)]
pub(super) struct TlsMaterial {
    config: TlsClientConfig,
    ca: Option<Secret>,
    cert: Option<Secret>,
    key: Option<Secret>,
}

impl TlsMaterial {
    /// Reads the files.
    pub(super) fn read(config: &TlsClientConfig) -> Result<TlsMaterial, TlsError> {
        Ok(TlsMaterial {
            ca: config.ca.as_ref().map(|s| tls::read(s, "CA cert")).transpose()?,
            cert: config.cert.as_ref().map(|s| tls::read(s, "client cert")).transpose()?,
            key: config.key.as_ref().map(|s| tls::read(s, "client key")).transpose()?,
            config: config.clone(),
        })
    }

    /// Tells whether it came from files, which somebody may change.
    pub(super) fn may_change(&self) -> bool {
        let config = &self.config;
        matches!(config.ca, Some(Source::File(_)))
            || matches!(config.cert, Some(Source::File(_)))
            || matches!(config.key, Some(Source::File(_)))
    }
}

/// Sets TLS up. Clients without TLS settings share one set-up, because thousands of jobs have none.
pub(super) fn client_config(material: &TlsMaterial, http2: bool) -> Result<Arc<ClientConfig>, TlsError> {
    static DEFAULTS: [OnceLock<Arc<ClientConfig>>; 2] = [OnceLock::new(), OnceLock::new()];
    let without_name = TlsClientConfig { server_name: String::new(), ..material.config.clone() };
    if without_name != TlsClientConfig::default() {
        return build(material, http2);
    }
    let shared = &DEFAULTS[usize::from(http2)];
    if let Some(config) = shared.get() {
        return Ok(config.clone());
    }
    let config = build(material, http2)?;
    Ok(shared.get_or_init(|| config).clone())
}

/// Sets TLS up for whoever speaks no HTTP, and reads the files for it now.
///
/// # Errors
/// Files that cannot be used.
pub fn tls_config(config: &TlsClientConfig) -> Result<Arc<ClientConfig>, TlsError> {
    let mut config = (*client_config(&TlsMaterial::read(config)?, false)?).clone();
    config.alpn_protocols.clear();
    Ok(Arc::new(config))
}

/// The same as what connects.
pub(crate) fn peer_connector(config: &TlsClientConfig) -> Result<TlsConnector, TlsError> {
    Ok(TlsConnector::from(tls_config(config)?))
}

fn build(material: &TlsMaterial, http2: bool) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = tls::provider();
    let versions = tls::versions(material.config.min_version, material.config.max_version)?;
    let refused = |what: &'static str| move |e: Error| TlsError::Refused { what, reason: e.to_string() };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(refused("TLS versions"))?;
    let verifier: Arc<dyn ServerCertVerifier> = if material.config.insecure_skip_verify {
        Arc::new(NoVerification(provider))
    } else {
        verifier(material, provider)?
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match (&material.cert, &material.key) {
        (Some(cert), Some(key)) => {
            let chain = tls::certificates(cert, "client cert")?;
            let key = tls::private_key(key, "client key")?;
            builder.with_client_auth_cert(chain, key).map_err(refused("client cert and key"))?
        }
        (Some(_), None) | (None, Some(_)) | (None, None) => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if http2 {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    Ok(Arc::new(config))
}

fn verifier(
    material: &TlsMaterial,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let roots: RootCertStore = match &material.ca {
        Some(pem) => tls::authorities(pem, "CA cert")?,
        None => tls::system_authorities(),
    };
    if roots.is_empty() {
        // A machine without any authority can still scrape plain HTTP; only handshakes must fail.
        return Ok(Arc::new(NoAuthorities(provider)));
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    match builder.build() {
        Ok(verifier) => Ok(verifier),
        Err(e) => Err(TlsError::Refused { what: "CA cert", reason: e.to_string() }),
    }
}

macro_rules! checks_signatures_with {
    ($field:tt) => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(message, cert, dss, &self.$field.signature_verification_algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, cert, dss, &self.$field.signature_verification_algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.$field.signature_verification_algorithms.supported_schemes()
        }
    };
}

/// `insecure_skip_verify`: takes any certificate.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    checks_signatures_with!(0);
}

/// Takes no certificate, because nobody is trusted.
#[derive(Debug)]
struct NoAuthorities(Arc<CryptoProvider>);

impl ServerCertVerifier for NoAuthorities {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Err(Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer))
    }

    checks_signatures_with!(0);
}
