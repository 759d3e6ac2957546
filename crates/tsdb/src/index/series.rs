//! One series' entry: symbols of its labels, times and references of its chunks.

use crate::chunks::{ChunkMeta, ChunkRef};
use crate::encoding::{Cursor, put_uvarint, put_varint};

/// Appends an entry's body.
pub(super) fn put(out: &mut Vec<u8>, labels: &[(u32, u32)], chunks: &[ChunkMeta]) {
    put_uvarint(out, labels.len() as u64);
    for &(name, value) in labels {
        put_uvarint(out, u64::from(name));
        put_uvarint(out, u64::from(value));
    }
    put_uvarint(out, chunks.len() as u64);
    let mut former: Option<&ChunkMeta> = None;
    for chunk in chunks {
        match former {
            None => put_varint(out, chunk.min_ms),
            Some(former) => put_uvarint(out, chunk.min_ms.wrapping_sub(former.max_ms) as u64),
        }
        put_uvarint(out, chunk.max_ms.wrapping_sub(chunk.min_ms) as u64);
        match former {
            None => put_uvarint(out, chunk.chunk.0),
            Some(former) => put_varint(out, chunk.chunk.0.wrapping_sub(former.chunk.0) as i64),
        }
        former = Some(chunk);
    }
}

/// Takes the label part; calls `each` with the symbols of name and value. `None` if it is malformed.
pub(super) fn take_labels(cursor: &mut Cursor<'_>, mut each: impl FnMut(u32, u32)) -> Option<()> {
    for _ in 0..cursor.uvarint()? {
        each(cursor.uvarint32()?, cursor.uvarint32()?);
    }
    Some(())
}

/// Takes the chunk part. `None` if it is malformed: times that do not increase, too few bytes.
pub(super) fn take_chunks(cursor: &mut Cursor<'_>, out: &mut Vec<ChunkMeta>) -> Option<()> {
    let count = cursor.uvarint()?;
    let mut former: Option<ChunkMeta> = None;
    for _ in 0..count {
        let min_ms = match former {
            None => cursor.varint()?,
            Some(former) => former.max_ms.checked_add_unsigned(cursor.uvarint()?)?,
        };
        let max_ms = min_ms.checked_add_unsigned(cursor.uvarint()?)?;
        let chunk = match former {
            None => cursor.uvarint()?,
            Some(former) => former.chunk.0.checked_add_signed(cursor.varint()?)?,
        };
        let meta = ChunkMeta { chunk: ChunkRef(chunk), min_ms, max_ms };
        out.push(meta);
        former = Some(meta);
    }
    Some(())
}
