//! SHA-256 of files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use crate::error::BackupError;

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// The length and the SHA-256 of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many bytes.
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

/// Takes bytes part by part.
pub struct Digester {
    context: Context,
    bytes: u64,
}

impl Digester {
    /// Starts with nothing.
    pub fn new() -> Digester {
        Digester { context: Context::new(&SHA256), bytes: 0 }
    }

    /// Adds a part.
    pub fn update(&mut self, part: &[u8]) {
        self.context.update(part);
        self.bytes += part.len() as u64;
    }

    /// Returns the digest of all parts.
    pub fn finish(self) -> Digest {
        let sum = self.context.finish();
        Digest { bytes: self.bytes, sha256: sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect() }
    }
}

/// Returns the digest of some bytes.
pub fn of_bytes(bytes: &[u8]) -> Digest {
    let mut digester = Digester::new();
    digester.update(bytes);
    digester.finish()
}

/// Returns the digest of a file.
///
/// # Errors
/// [`BackupError::Io`].
pub fn of_file(path: &Path) -> Result<Digest, BackupError> {
    let mut file = File::open(path).map_err(BackupError::io("open", path))?;
    let mut digester = Digester::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer).map_err(BackupError::io("read", path))? {
            0 => return Ok(digester.finish()),
            n => digester.update(&buffer[..n]),
        }
    }
}
