//! The streamed answer: frames of a few chunks of one series each.
//!
//! ```text
//! length uvarint │ CRC-32C of the message, big-endian │ ChunkedReadResponse
//! ```

use model::Labels;
use storage::Samples;
use tsdb::chunks::NewChunk;
use tsdb::db::encode_samples;
use tsdb::encoding::crc32c;

use super::{ReadError, Request, Source};
use crate::put;

/// Hands the frames of the answer to `send`, in order: series sorted by labels, chunks by time. A frame is closed when it
/// is larger than `frame_bytes`. Memory: the samples of one series.
///
/// # Errors
/// [`ReadError`], also that of `send`.
pub fn chunks(
    source: &Source<'_>,
    request: &Request,
    frame_bytes: usize,
    send: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut samples = Samples::default();
    for (index, query) in (0_u64..).zip(&request.queries) {
        let set = source.select(query)?;
        for i in 0..set.len() {
            source.cancel.check()?;
            samples.clear();
            set.read(i, query.range, &mut samples)?;
            let encoded = encode_samples(&samples);
            if encoded.is_empty() {
                continue;
            }
            let labels = source.with_external(&set.labels(i));
            let mut frame = Frame::new(&labels, frame_bytes);
            for chunk in &encoded {
                if frame.is_full() {
                    send(&frame.close(index))?;
                }
                frame.add(&chunk.as_new());
            }
            send(&frame.close(index))?;
        }
    }
    Ok(())
}

/// A frame being filled.
struct Frame {
    /// The labels as fields of a `ChunkedSeries`.
    labels: Vec<u8>,
    chunks: Vec<u8>,
    chunk_bytes_max: usize,
}

impl Frame {
    fn new(labels: &Labels, frame_bytes: usize) -> Frame {
        let mut encoded = Vec::new();
        put::labels(&mut encoded, 1, labels);
        let chunk_bytes_max = frame_bytes.saturating_sub(encoded.len());
        Frame { labels: encoded, chunks: Vec::new(), chunk_bytes_max }
    }

    fn is_full(&self) -> bool {
        !self.chunks.is_empty() && self.chunks.len() >= self.chunk_bytes_max
    }

    fn add(&mut self, chunk: &NewChunk<'_>) {
        put::message(&mut self.chunks, 2, |out| {
            put::int(out, 1, chunk.min_ms);
            put::int(out, 2, chunk.max_ms);
            put::uint(out, 3, chunk.encoding as u64);
            put::bytes(out, 4, chunk.data);
        });
    }

    /// Returns the frame and begins the next one of the same series.
    fn close(&mut self, query_index: u64) -> Vec<u8> {
        let mut message = Vec::new();
        put::message(&mut message, 1, |out| {
            out.extend_from_slice(&self.labels);
            out.extend_from_slice(&self.chunks);
        });
        put::uint(&mut message, 2, query_index);
        self.chunks.clear();
        let mut frame = Vec::with_capacity(message.len() + 14);
        put::uvarint(&mut frame, message.len() as u64);
        frame.extend_from_slice(&crc32c(&message).to_be_bytes());
        frame.extend_from_slice(&message);
        frame
    }
}
