//! Sealing the secrets of data sources: AES-256-GCM under a key that is not in the catalog.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, rand};
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
        Ok(Vault { key: LessSafeKey::new(key) })
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
