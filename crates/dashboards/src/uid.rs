//! Identifiers: short, safe in URLs and file names.

use aws_lc_rs::rand;

use crate::error::{DashboardError, Result};

/// Longest identifier, Grafana's bound.
pub const LENGTH_MAX: usize = 40;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Makes an identifier of 70 random bits.
///
/// # Errors
/// The system has no randomness.
pub fn generate() -> Result<String> {
    let mut bytes = [0u8; 14];
    rand::fill(&mut bytes)
        .map_err(|_| DashboardError::Invalid("the system's random numbers are not available".to_owned()))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

/// Refuses an identifier that is too long or would need escaping.
///
/// # Errors
/// Grafana's words.
pub fn check(uid: &str) -> Result<()> {
    if uid.len() > LENGTH_MAX {
        return Err(DashboardError::Invalid(format!("uid too long, max {LENGTH_MAX} characters")));
    }
    if !uid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(DashboardError::Invalid("uid contains illegal characters".to_owned()));
    }
    Ok(())
}
