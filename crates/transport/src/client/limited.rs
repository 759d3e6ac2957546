//! Unpacking a body as it comes, under a limit.
//!
//! Invariant: a chunk is unpacked in steps, and the limit is checked after each, so a gzip bomb never gets further than one
//! step beyond the limit.

use std::io::Write;

use flate2::write::MultiGzDecoder;

use crate::error::Failure;

/// Packed bytes taken per step: at most a thousand times as many come out, which is bearable.
const STEP_BYTES: usize = 4096;

/// Unpacks chunks.
pub(super) struct Inflater {
    limit: u64,
    taken: u64,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
}

impl Inflater {
    /// `encoding` is the header `Content-Encoding`.
    pub(super) fn new(encoding: &str, limit: u64) -> Result<Inflater, Failure> {
        let gzip = match encoding {
            "" | "identity" => None,
            "gzip" | "x-gzip" => Some(MultiGzDecoder::new(Vec::new())),
            other => return Err(Failure::Encoding(format!("unsupported content encoding: {other:?}"))),
        };
        Ok(Inflater { limit, taken: 0, gzip })
    }

    /// Tells whether a body of this length, if it is the first chunk and all, may be taken as it is.
    pub(super) fn passes(&self, bytes: usize) -> bool {
        self.gzip.is_none() && self.taken == 0 && bytes as u64 <= self.limit
    }

    /// Unpacks a chunk and appends the result.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
        if self.gzip.is_none() {
            return self.take(chunk, out);
        }
        for step in chunk.chunks(STEP_BYTES) {
            let Some(gzip) = &mut self.gzip else { return Ok(()) };
            gzip.write_all(step).map_err(|e| Failure::Encoding(format!("gzip: {e}")))?;
            let mut unpacked = std::mem::take(gzip.get_mut());
            self.take(&unpacked, out)?;
            unpacked.clear();
            if let Some(gzip) = &mut self.gzip {
                *gzip.get_mut() = unpacked; // keep its room
            }
        }
        Ok(())
    }

    /// Ends the body: appends what the unpacker still held back.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(gzip) = &mut self.gzip else { return Ok(()) };
        gzip.try_finish().map_err(|e| Failure::Encoding(format!("gzip: {e}")))?;
        let rest = std::mem::take(gzip.get_mut());
        self.take(&rest, out)
    }

    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
        self.taken += bytes.len() as u64;
        if self.taken > self.limit {
            return Err(Failure::BodyTooLarge { limit: self.limit });
        }
        out.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn unpack(packed: &[u8], chunk: usize) -> Result<Vec<u8>, Failure> {
        let (mut out, mut inflater) = (Vec::new(), Inflater::new("gzip", 1 << 20)?);
        for chunk in packed.chunks(chunk) {
            inflater.push(chunk, &mut out)?;
        }
        inflater.finish(&mut out).map(|()| out)
    }

    /// The unpacker holds its last output back until it is finished.
    #[test]
    fn the_end_of_a_body_is_not_lost() {
        let body: Vec<u8> =
            (0..40_000u32).flat_map(|i| format!("metric_{} {i}\n", i % 97).into_bytes()).collect();
        for length in [0, 1, 33_000, 65_536, body.len()] {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&body[..length]).unwrap();
            let packed = gzip.finish().unwrap();
            for chunk in [1000, 4096, 1 << 20] {
                assert_eq!(
                    unpack(&packed, chunk).unwrap(),
                    body[..length],
                    "{length} bytes in chunks of {chunk}"
                );
            }
            assert!(
                unpack(&packed[..packed.len() - 9], 4096).is_err(),
                "a body that breaks off, {length} bytes"
            );
        }
    }
}
