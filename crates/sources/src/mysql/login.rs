//! Proving a password to MySQL: `mysql_native_password` and `caching_sha2_password`. Pure.

use aws_lc_rs::digest::{self, Algorithm};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::error::SourceError;

/// The older way.
pub const NATIVE: &str = "mysql_native_password";
/// MySQL's since version 8.
pub const CACHING: &str = "caching_sha2_password";

fn hash(algorithm: &'static Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = digest::Context::new(algorithm);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().to_vec()
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// The proof of a password under a plugin; `None` for a plugin that is not known.
pub fn proof(plugin: &str, password: &str, nonce: &[u8]) -> Option<Vec<u8>> {
    if !matches!(plugin, NATIVE | CACHING) {
        return None;
    }
    if password.is_empty() {
        return Some(Vec::new());
    }
    if plugin == NATIVE {
        // The nonce has twenty bytes; some servers send a zero byte after them.
        let nonce = nonce.get(..20).unwrap_or(nonce);
        let one = hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[password.as_bytes()]);
        let two = hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[&one]);
        return Some(xor(&one, &hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[nonce, &two])));
    }
    let nonce = nonce.get(..20).unwrap_or(nonce);
    let one = hash(&digest::SHA256, &[password.as_bytes()]);
    let two = hash(&digest::SHA256, &[&one]);
    Some(xor(&one, &hash(&digest::SHA256, &[&two, nonce])))
}

/// A password for a server that does not know its hash yet, under the server's public key.
///
/// # Errors
/// A key that is none, or a password too long for it.
pub fn encrypted(password: &str, nonce: &[u8], pem: &str) -> Result<Vec<u8>, SourceError> {
    let failed = |reason: &str| SourceError::Failed(format!("the login at MySQL failed: {reason}"));
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = BASE64_STANDARD.decode(body).map_err(|_| failed("its public key is no PEM"))?;
    let key = PublicEncryptingKey::from_der(&der).map_err(|_| failed("its public key cannot be used"))?;
    let key = OaepPublicEncryptingKey::new(key).map_err(|_| failed("its public key cannot be used"))?;
    let nonce = nonce.get(..20).unwrap_or(nonce);
    let text = [password.as_bytes(), &[0]].concat();
    let masked: Vec<u8> = text.iter().zip(nonce.iter().cycle()).map(|(a, b)| a ^ b).collect();
    let mut out = vec![0; key.ciphertext_size()];
    let written = key.encrypt(&OAEP_SHA1_MGF1SHA1, &masked, &mut out, None);
    Ok(written.map_err(|_| failed("the password is too long for its key"))?.to_vec())
}
