//! TLS from the server's side.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CipherSuite, NamedGroup, ServerConfig};
use tokio_rustls::TlsAcceptor;
use yaml::Secret;

use super::client_cert::{AllowedNames, AnyCertificate};
use crate::config::{ClientAuth, ServerTls};
use crate::tls::{self, TlsError};

/// A TLS configuration with the contents of its files; equal contents mean that nothing has to be set up anew.
#[derive(PartialEq)]
pub(super) struct TlsMaterial {
    config: ServerTls,
    cert: Secret,
    key: Secret,
    client_ca: Option<Secret>,
}

impl TlsMaterial {
    /// Reads the files.
    pub(super) fn read(config: &ServerTls) -> Result<TlsMaterial, TlsError> {
        Ok(TlsMaterial {
            cert: tls::read(&config.cert, "cert_file")?,
            key: tls::read(&config.key, "key_file")?,
            client_ca: config.client_ca.as_ref().map(|ca| tls::read(ca, "client_ca_file")).transpose()?,
            config: config.clone(),
        })
    }
}

/// Sets TLS up for whoever speaks no HTTP.
pub(crate) fn peer_acceptor(config: &ServerTls) -> Result<TlsAcceptor, TlsError> {
    acceptor(&TlsMaterial::read(config)?, false)
}

/// Sets TLS up.
pub(super) fn acceptor(material: &TlsMaterial, http2: bool) -> Result<TlsAcceptor, TlsError> {
    let provider = provider(&material.config)?;
    let versions = tls::versions(material.config.min_version, material.config.max_version)?;
    let refused =
        |what: &'static str| move |e: rustls::Error| TlsError::Refused { what, reason: e.to_string() };
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(refused("TLS versions"))?;
    let builder = match client_verifier(material, &provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let chain = tls::certificates(&material.cert, "cert_file")?;
    let key = tls::private_key(&material.key, "key_file")?;
    let mut config = builder.with_single_cert(chain, key).map_err(refused("certificate and key"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if http2 {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn client_verifier(
    material: &TlsMaterial,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let verified = |optional: bool| -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let roots = match &material.client_ca {
            Some(pem) => tls::authorities(pem, "client_ca_file")?,
            None => tls::system_authorities(),
        };
        let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        if optional {
            builder = builder.allow_unauthenticated();
        }
        match builder.build() {
            Ok(verifier) => Ok(verifier),
            Err(e) => Err(TlsError::Refused { what: "client_ca_file", reason: e.to_string() }),
        }
    };
    let verifier: Arc<dyn ClientCertVerifier> = match material.config.client_auth {
        ClientAuth::None => return Ok(None),
        ClientAuth::Request => Arc::new(AnyCertificate::new(provider.clone(), false)),
        ClientAuth::RequireAny => Arc::new(AnyCertificate::new(provider.clone(), true)),
        ClientAuth::VerifyIfGiven => verified(true)?,
        ClientAuth::RequireAndVerify => verified(false)?,
    };
    let sans = &material.config.client_allowed_sans;
    Ok(Some(if sans.is_empty() { verifier } else { Arc::new(AllowedNames::new(verifier, sans.clone())) }))
}

/// Narrows the crypto provider to the configured cipher suites and curves. As in Go, TLS 1.3's suites cannot be chosen.
fn provider(config: &ServerTls) -> Result<Arc<CryptoProvider>, TlsError> {
    let mut provider = (*tls::provider()).clone();
    let unsupported = |what, names: &[String]| Err(TlsError::Unsupported { what, names: names.to_vec() });
    if !config.cipher_suites.is_empty() {
        let wanted: Vec<CipherSuite> = config.cipher_suites.iter().filter_map(|n| cipher_suite(n)).collect();
        if !provider.cipher_suites.iter().any(|s| wanted.contains(&s.suite())) {
            return unsupported("cipher_suites", &config.cipher_suites);
        }
        provider.cipher_suites.retain(|s| s.tls13().is_some() || wanted.contains(&s.suite()));
    }
    if !config.curve_preferences.is_empty() {
        let available = std::mem::take(&mut provider.kx_groups);
        for group in config.curve_preferences.iter().filter_map(|n| curve(n)) {
            provider.kx_groups.extend(available.iter().filter(|g| g.name() == group));
        }
        if provider.kx_groups.is_empty() {
            return unsupported("curve_preferences", &config.curve_preferences);
        }
    }
    Ok(Arc::new(provider))
}

/// Returns the suite of Go's name, if we have it: CBC and static RSA suites are not spoken.
fn cipher_suite(name: &str) -> Option<CipherSuite> {
    Some(match name {
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" => CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" => CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" => {
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        }
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" => {
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        }
        "TLS_AES_128_GCM_SHA256" => CipherSuite::TLS13_AES_128_GCM_SHA256,
        "TLS_AES_256_GCM_SHA384" => CipherSuite::TLS13_AES_256_GCM_SHA384,
        "TLS_CHACHA20_POLY1305_SHA256" => CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        _ => return None,
    })
}

fn curve(name: &str) -> Option<NamedGroup> {
    Some(match name {
        "X25519" => NamedGroup::X25519,
        "CurveP256" => NamedGroup::secp256r1,
        "CurveP384" => NamedGroup::secp384r1,
        "CurveP521" => NamedGroup::secp521r1,
        _ => return None,
    })
}
