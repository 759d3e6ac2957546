//! What can be wrong with a chunk's bytes. Readers of files add file and offset.

use super::Encoding;

/// Why a chunk cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// Not even a header.
    #[error("chunk of {bytes} bytes is shorter than its header")]
    TooShort {
        /// Its length.
        bytes: usize,
    },
    /// An encoding this program does not know.
    #[error("unknown chunk encoding {number}")]
    UnknownEncoding {
        /// The number found.
        number: u8,
    },
    /// The bytes end before the last announced sample.
    #[error("{} chunk announces {samples} samples, but its {bytes} bytes end before", encoding.as_str())]
    Truncated {
        /// The encoding.
        encoding: Encoding,
        /// Samples announced in the header.
        samples: u16,
        /// Length of the chunk.
        bytes: usize,
    },
    /// Bytes follow the last sample, so the chunk cannot be continued.
    #[error("{bytes} bytes follow the last sample of {} chunk", encoding.as_str())]
    TrailingBytes {
        /// The encoding.
        encoding: Encoding,
        /// How many.
        bytes: usize,
    },
    /// More leading zeros and significant bits than a value has.
    #[error("sample {sample} announces more than 64 bits of value")]
    Window {
        /// Its number in the chunk, from 0.
        sample: usize,
    },
    /// Time does not advance.
    #[error("timestamps of {} chunk do not increase up to sample {sample}", encoding.as_str())]
    NotIncreasing {
        /// The encoding.
        encoding: Encoding,
        /// Number of samples read by then.
        sample: usize,
    },
    /// The bytes of one of our own encodings are not what it writes.
    #[error("malformed {} chunk of {bytes} bytes", encoding.as_str())]
    Malformed {
        /// The encoding.
        encoding: Encoding,
        /// Length of the chunk.
        bytes: usize,
    },
    /// A histogram schema this program does not know.
    #[error("unknown histogram schema {schema}")]
    UnknownSchema {
        /// The schema found.
        schema: i64,
    },
    /// A histogram layout that cannot be.
    #[error("impossible histogram layout: {what} {value}")]
    Layout {
        /// The field.
        what: &'static str,
        /// Its value.
        value: u64,
    },
    /// The chunk would decode to more memory than any real one.
    #[error("histogram chunk of {bytes} bytes decodes to more than {limit} bytes")]
    TooLarge {
        /// Length of the chunk.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
}
