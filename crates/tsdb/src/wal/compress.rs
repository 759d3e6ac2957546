//! Compression of records.

use std::io::Read;

use crate::db::WalCompression;

/// zstd's fastest level with a useful ratio; the original's "speed" mode.
const ZSTD_LEVEL: i32 = 1;
/// No element of a snappy stream yields more than this many bytes for each of its own.
const SNAPPY_RATIO_MAX: usize = 64;
/// Room of finished batches that is kept for later ones.
const KEPT_BYTES_MAX: usize = 1 << 20;
/// The most bytes a compressed record may decode to. Real ones are below a segment's size.
const RECORD_BYTES_MAX: u64 = 1 << 30;

/// Compresses records, keeping its tables.
pub struct Compressor {
    kind: WalCompression,
    snappy: snap::raw::Encoder,
    out: Vec<u8>,
}

impl Compressor {
    /// Prepares for one kind of compression.
    pub fn new(kind: WalCompression) -> Compressor {
        Compressor { kind, snappy: snap::raw::Encoder::new(), out: Vec::new() }
    }

    /// Returns the kind.
    pub fn kind(&self) -> WalCompression {
        self.kind
    }

    /// Compresses a record; returns the kind and the length of the result, which [`Compressor::last`] hands out.
    /// A record that compression does not make shorter stays as it is.
    pub fn compress(&mut self, record: &[u8]) -> (WalCompression, usize) {
        let len = match self.kind {
            WalCompression::None => None,
            WalCompression::Snappy => {
                self.reserve(snap::raw::max_compress_len(record.len()));
                self.snappy.compress(record, &mut self.out).ok()
            }
            WalCompression::Zstd => {
                self.reserve(record.len() + record.len() / 128 + 1024);
                zstd::bulk::compress_to_buffer(record, &mut self.out[..], ZSTD_LEVEL).ok()
            }
        };
        match len {
            Some(len) if len < record.len() => (self.kind, len),
            Some(_) | None => (WalCompression::None, record.len()),
        }
    }

    /// Returns the first `len` bytes of what was compressed last.
    pub fn last(&self, len: usize) -> &[u8] {
        &self.out[..len]
    }

    fn shrink(&mut self) {
        if self.out.len() > KEPT_BYTES_MAX {
            self.out = Vec::new();
        }
    }

    fn reserve(&mut self, bytes: usize) {
        if self.out.len() < bytes {
            self.out.resize(bytes, 0);
        }
    }
}

/// Records that were compressed before the log's turn, as compressing takes longer than writing.
pub struct Packed {
    compressor: Compressor,
    bytes: Vec<u8>,
    /// Where each ends, and how it is compressed.
    ends: Vec<(usize, WalCompression)>,
}

impl Packed {
    /// Prepares for one kind of compression.
    pub fn new(kind: WalCompression) -> Packed {
        Packed { compressor: Compressor::new(kind), bytes: Vec::new(), ends: Vec::new() }
    }

    /// Compresses a record. An empty one is left out.
    pub fn add(&mut self, record: &[u8]) {
        if record.is_empty() {
            return;
        }
        let (kind, len) = self.compressor.compress(record);
        match kind {
            WalCompression::None => self.bytes.extend_from_slice(record),
            WalCompression::Snappy | WalCompression::Zstd => {
                self.bytes.extend_from_slice(self.compressor.last(len))
            }
        }
        self.ends.push((self.bytes.len(), kind));
    }

    /// Returns the records in their order.
    pub fn records(&self) -> impl Iterator<Item = (WalCompression, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, kind))| (*kind, &self.bytes[start..*end]))
    }

    /// Forgets the records. Their room is kept if it is modest.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES_MAX);
        self.compressor.shrink();
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packed").field("records", &self.ends.len()).finish_non_exhaustive()
    }
}

/// Appends the record that `bytes` holds to `out`; the error says what is wrong.
pub fn decompress(kind: WalCompression, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    match kind {
        WalCompression::None => out.extend_from_slice(bytes),
        WalCompression::Snappy => {
            let len = snap::raw::decompress_len(bytes).map_err(|e| e.to_string())?;
            if len > bytes.len().saturating_mul(SNAPPY_RATIO_MAX) {
                return Err(format!("snappy data of {} bytes announces {len} bytes", bytes.len()));
            }
            let start = out.len();
            out.resize(start + len, 0);
            snap::raw::Decoder::new().decompress(bytes, &mut out[start..]).map_err(|e| e.to_string())?;
        }
        WalCompression::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|e| e.to_string())?;
            let start = out.len();
            decoder.take(RECORD_BYTES_MAX).read_to_end(out).map_err(|e| e.to_string())?;
            if (out.len() - start) as u64 == RECORD_BYTES_MAX {
                return Err(format!("zstd data decodes to {RECORD_BYTES_MAX} bytes or more"));
            }
        }
    }
    Ok(())
}
