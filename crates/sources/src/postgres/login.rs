//! Proving a password to PostgreSQL: MD5, and SCRAM-SHA-256 (RFC 5802, RFC 7677). Pure.

use std::num::NonZeroU32;

use aws_lc_rs::{constant_time, digest, hmac, pbkdf2};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};

use crate::error::SourceError;

/// Most rounds that a server may ask for; ten times what administrators set who are careful.
const ROUNDS_MAX: u32 = 1_000_000;
/// Bytes of randomness in our nonce.
pub const NONCE_BYTES: usize = 18;

/// The answer to an MD5 challenge: `md5` and the hash of hash and salt.
pub fn md5_answer(user: &str, password: &str, salt: &[u8]) -> String {
    let inner = hex(&Md5::new().chain_update(password).chain_update(user).finalize());
    format!("md5{}", hex(&Md5::new().chain_update(inner).chain_update(salt).finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A SCRAM-SHA-256 login that has begun.
pub struct Scram {
    nonce: String,
}

/// A SCRAM-SHA-256 login whose server has still to prove itself.
pub struct Proven {
    /// The last message of ours.
    pub message: String,
    server_signature: hmac::Tag,
}

fn failed(reason: &str) -> SourceError {
    SourceError::Failed(format!("the login at PostgreSQL failed: {reason}"))
}

impl Scram {
    /// Begins, with bytes that nobody can guess.
    pub fn new(random: &[u8; NONCE_BYTES]) -> Scram {
        Scram { nonce: BASE64_STANDARD.encode(random) }
    }

    /// The first message. The user was named before: it is empty here.
    pub fn first(&self) -> String {
        format!("n,,{}", self.first_bare())
    }

    fn first_bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// Answers the server's first message.
    ///
    /// # Errors
    /// A message that is none, or that answers somebody else.
    pub fn prove(&self, password: &str, server_first: &str) -> Result<Proven, SourceError> {
        let (mut nonce, mut salt, mut rounds) = ("", Vec::new(), 0);
        for part in server_first.split(',') {
            match part.split_once('=') {
                Some(("r", value)) => nonce = value,
                Some(("s", value)) => {
                    salt = BASE64_STANDARD.decode(value).map_err(|_| failed("its salt is no base64"))?;
                }
                Some(("i", value)) => rounds = value.parse().unwrap_or(0),
                Some(_) | None => return Err(failed("its first message is not SCRAM's")),
            }
        }
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(failed("it answers another login"));
        }
        let rounds = NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= ROUNDS_MAX);
        let rounds = rounds.ok_or_else(|| failed("it asks for no rounds, or far too many"))?;
        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.as_bytes(), &mut salted);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
        let client_key = hmac::sign(&key, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let without_proof = format!("c=biws,r={nonce}");
        let signed = format!("{},{server_first},{without_proof}", self.first_bare());
        let signature =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, stored_key.as_ref()), signed.as_bytes());
        let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        let server_key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, b"Server Key").as_ref());
        Ok(Proven {
            message: format!("{without_proof},p={}", BASE64_STANDARD.encode(proof)),
            server_signature: hmac::sign(&server_key, signed.as_bytes()),
        })
    }
}

impl Proven {
    /// Checks that the server knows the password, too.
    ///
    /// # Errors
    /// It does not.
    pub fn check(&self, server_last: &str) -> Result<(), SourceError> {
        let given = server_last.strip_prefix("v=").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let given = given.ok_or_else(|| failed("its last message is not SCRAM's"))?;
        constant_time::verify_slices_are_equal(&given, self.server_signature.as_ref())
            .map_err(|_| failed("it does not know the password itself"))
    }
}
