//! Signed tokens that come with requests.

use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::config::Jwt;

/// Longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 16 << 10;
/// Signatures that are believed. Those made with a shared secret are not: a public key would pass for one.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Keys that tokens are checked with.
#[derive(Clone)]
pub enum Keys {
    /// A set of named keys.
    Set(Box<JwkSet>),
    /// One key, PEM.
    Pem(String),
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is not signed by one of our keys, in a way that we believe, for us, in time.
    #[error("the token is not valid: {0}")]
    Token(String),
    /// It names a key that we do not have.
    #[error("the token names no key of ours")]
    UnknownKey,
    /// The key cannot be used.
    #[error("the key for tokens cannot be used: {0}")]
    Key(String),
}

/// Reads a set of keys.
///
/// # Errors
/// It is no set of keys.
pub fn read_set(text: &str) -> Result<Keys, JwtError> {
    serde_json::from_str(text).map(|set| Keys::Set(Box::new(set))).map_err(|e| JwtError::Key(e.to_string()))
}

/// Checks a token and returns what it says.
///
/// # Errors
/// It is not to be believed.
pub fn check(token: &str, keys: &Keys, config: &Jwt) -> Result<Value, JwtError> {
    let wrong = |e: jsonwebtoken::errors::Error| JwtError::Token(e.to_string());
    if token.len() > TOKEN_BYTES_MAX {
        return Err(JwtError::Token(format!("longer than {TOKEN_BYTES_MAX} bytes")));
    }
    let header = decode_header(token).map_err(wrong)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(JwtError::Token(format!("signatures of kind {:?} are not believed", header.alg)));
    }
    let key = match keys {
        Keys::Pem(pem) => pem_key(pem, header.alg)?,
        Keys::Set(set) => {
            let named = header.kid.as_deref().and_then(|kid| set.find(kid));
            let only = if set.keys.len() == 1 && header.kid.is_none() { set.keys.first() } else { None };
            let key = named.or(only).ok_or(JwtError::UnknownKey)?;
            if matches!(key.algorithm, AlgorithmParameters::OctetKey(_)) {
                return Err(JwtError::Key("it is a shared secret".to_owned()));
            }
            DecodingKey::from_jwk(key).map_err(|e| JwtError::Key(e.to_string()))?
        }
    };
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[&config.audience]);
    validation.set_required_spec_claims(&["exp", "aud"]);
    validation.validate_nbf = true;
    if !config.issuer.is_empty() {
        validation.set_issuer(&[&config.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    }
    decode::<Value>(token, &key, &validation).map(|data| data.claims).map_err(wrong)
}

fn pem_key(pem: &str, algorithm: Algorithm) -> Result<DecodingKey, JwtError> {
    let bytes = pem.as_bytes();
    let key = match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(bytes),
        Algorithm::EdDSA => DecodingKey::from_ed_pem(bytes),
        _rsa => DecodingKey::from_rsa_pem(bytes),
    };
    key.map_err(|e| JwtError::Key(e.to_string()))
}
