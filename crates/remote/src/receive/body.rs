//! Undoing the compression of a body, within bounds.

use super::error::WriteError;

/// Largest message after decompression. Senders' batches are far below (Prometheus: 2,000 samples, under 1 MiB).
pub const DECOMPRESSED_BYTES_MAX: usize = 64 << 20;

/// Decompresses a snappy block into `out`, whose allocation is used again.
///
/// # Errors
/// [`WriteError::TooLarge`] before anything is decompressed, [`WriteError::Malformed`].
pub fn decompress(body: &[u8], out: &mut Vec<u8>) -> Result<(), WriteError> {
    let malformed = |e: snap::Error| WriteError::Malformed(e.to_string());
    let bytes = snap::raw::decompress_len(body).map_err(malformed)?;
    if bytes > DECOMPRESSED_BYTES_MAX {
        return Err(WriteError::TooLarge { bytes, bytes_max: DECOMPRESSED_BYTES_MAX });
    }
    out.resize(bytes, 0);
    let written = snap::raw::Decoder::new().decompress(body, out).map_err(malformed)?;
    out.truncate(written);
    Ok(())
}
