//! Sealing the secrets of data sources: AES-256-GCM under a key that is not in the catalog.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::error::{DashboardError, Result};

/// Secrets of a data source by name: `password`, `basicAuthPassword`, `httpHeaderValue1`, …
pub type Secrets = BTreeMap<String, String>;

/// The version of what is written, so that another cipher can come.
const PREFIX: &str = "v1:";

/// Seals and opens.
pub struct Vault {
    key: LessSafeKey,
    mac: hmac::Key,
}

impl Vault {
    /// Builds a vault from a key text of any length that nobody can guess.
    ///
    /// # Errors
    /// The cipher is not available.
    pub fn new(key_text: &str) -> Result<Vault> {
        let key = digest::digest(&digest::SHA256, key_text.as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref())
            .map_err(|_| failed("prepare", "", "the cipher is not available"))?;
        // Signatures have a key of their own, from which the other cannot be found.
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key_text.as_bytes()), b"signatures");
        Ok(Vault { key: LessSafeKey::new(key), mac: hmac::Key::new(hmac::HMAC_SHA256, mac.as_ref()) })
    }

    /// Signs a text for a purpose, in hexadecimal.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let tag = hmac::sign(&self.mac, format!("{purpose}\n{text}").as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a signature is that of [`Vault::sign`]; takes as long for a wrong one.
    pub fn is_signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let digits = signature.as_bytes().chunks(2);
        let bytes = digits
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
        let Some(tag) = bytes.collect::<Option<Vec<u8>>>() else { return false };
        hmac::verify(&self.mac, format!("{purpose}\n{text}").as_bytes(), &tag).is_ok()
    }

    /// Makes a key text for [`Vault::new`].
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn generate_key() -> Result<String> {
        let mut bytes = [0u8; 32];
        rand::fill(&mut bytes).map_err(|_| failed("make a key for", "", "no random numbers"))?;
        Ok(BASE64_STANDARD.encode(bytes))
    }

    /// Seals secrets for a data source; empty for none. They cannot be opened under another one's identifier.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn seal(&self, uid: &str, secrets: &Secrets) -> Result<String> {
        if secrets.is_empty() {
            return Ok(String::new());
        }
        let text = serde_json::to_vec(secrets).map_err(|_| failed("seal", uid, "they cannot be written"))?;
        let mut nonce = [0u8; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| failed("seal", uid, "no random numbers"))?;
        let mut sealed = text;
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(uid.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| failed("seal", uid, "the cipher refuses"))?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(format!("{PREFIX}{}", BASE64_STANDARD.encode(whole)))
    }

    /// Opens what [`Vault::seal`] made.
    ///
    /// # Errors
    /// It was sealed with another key or for another data source, or is damaged.
    pub fn open(&self, uid: &str, sealed: &str) -> Result<Secrets> {
        if sealed.is_empty() {
            return Ok(Secrets::new());
        }
        let damaged = || failed("open", uid, "they are not what was sealed");
        let whole = sealed.strip_prefix(PREFIX).and_then(|text| BASE64_STANDARD.decode(text).ok());
        let whole = whole.filter(|bytes| bytes.len() > NONCE_LEN).ok_or_else(damaged)?;
        let (nonce, rest) = whole.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut rest = rest.to_vec();
        let text = self
            .key
            .open_in_place(nonce, Aad::from(uid.as_bytes()), &mut rest)
            .map_err(|_| failed("open", uid, "they were sealed with another key, or are damaged"))?;
        serde_json::from_slice(text).map_err(|_| damaged())
    }
}

fn failed(action: &'static str, uid: &str, reason: &'static str) -> DashboardError {
    DashboardError::Secret { action, uid: uid.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_of_one_key_purpose_and_text() {
        let vault = Vault::new("a key").unwrap();
        let signature = vault.sign("link", "text");
        assert_eq!(signature.len(), 64);
        assert!(vault.is_signed("link", "text", &signature));
        for (purpose, text, signature) in [
            ("other", "text", signature.as_str()),
            ("link", "texts", &signature),
            ("link", "text", ""),
            ("link", "text", "한글"),
        ] {
            assert!(!vault.is_signed(purpose, text, signature), "{purpose} {text} {signature}");
        }
        assert!(!Vault::new("another key").unwrap().is_signed("link", "text", &signature));
    }

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_for_its_data_source() {
        let vault = Vault::new(&Vault::generate_key().unwrap()).unwrap();
        let other = Vault::new("another key").unwrap();
        let secrets = Secrets::from([("password".to_owned(), "비밀".to_owned())]);
        let sealed = vault.seal("a", &secrets).unwrap();
        assert!(!sealed.contains("비밀"));
        assert_ne!(sealed, vault.seal("a", &secrets).unwrap(), "each sealing is different");
        assert_eq!(vault.open("a", &sealed).unwrap(), secrets);
        assert!(vault.open("b", &sealed).is_err());
        assert!(other.open("a", &sealed).is_err());
        for damaged in ["v1:", "v1:AAAA", "v2:AAAA", "v1:!", &sealed[..sealed.len() - 4]] {
            assert!(vault.open("a", damaged).is_err(), "{damaged}");
        }
        assert_eq!(vault.seal("a", &Secrets::new()).unwrap(), "");
        assert_eq!(vault.open("a", "").unwrap(), Secrets::new());
    }
}
