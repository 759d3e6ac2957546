//! Random tokens and their hashes.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;

use crate::error::{AccountError, Result};

/// Letters of tokens and generated passwords. Sixty-two, so a byte is taken only below 248 to keep them equally likely.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// What service-account tokens begin with: scanners for leaked secrets look for it.
const SERVICE_PREFIX: &str = "glsa_";

/// Returns random letters and digits: about six bits each.
///
/// # Errors
/// The system has no randomness.
pub fn random_text(length: usize) -> Result<String> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 64];
    while text.len() < length {
        rand::fill(&mut bytes).map_err(|_| AccountError::Random)?;
        let fair = bytes.iter().filter(|b| **b < 248).map(|b| char::from(LETTERS[usize::from(b % 62)]));
        text.extend(fair.take(length - text.len()));
    }
    Ok(text)
}

/// Returns a new session token: 256 bits.
///
/// # Errors
/// The system has no randomness.
pub fn session_token() -> Result<String> {
    let mut bytes = [0u8; 32];
    rand::fill(&mut bytes).map_err(|_| AccountError::Random)?;
    Ok(hex(&bytes))
}

/// Returns a new service-account token, with a checksum at its end so that scanners have no false alarms.
///
/// # Errors
/// The system has no randomness.
pub fn service_token() -> Result<String> {
    let secret = random_text(32)?;
    let sum = hash(&secret);
    Ok(format!("{SERVICE_PREFIX}{secret}_{}", &sum[..8]))
}

/// Tells whether a text could be a service-account token.
pub fn is_service_token(text: &str) -> bool {
    text.starts_with(SERVICE_PREFIX)
}

/// Returns the SHA-256 of a text in hexadecimal: how tokens are kept. They are random, so no salt is needed.
pub fn hash(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
