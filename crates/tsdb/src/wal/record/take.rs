//! Taking what only records have from their bytes.

use crate::encoding::Cursor;

/// Takes a float of eight bytes.
#[inline]
pub fn take_f64(c: &mut Cursor<'_>) -> Option<f64> {
    c.be64().map(f64::from_bits)
}

/// Takes a string behind its length.
pub fn take_str<'a>(c: &mut Cursor<'a>) -> Option<&'a str> {
    c.prefixed().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

/// Takes a count of things that take at least `bytes_min` bytes each: more than fit in the rest are refused, so that a
/// damaged count allocates nothing.
pub fn take_count(c: &mut Cursor<'_>, bytes_min: usize) -> Option<usize> {
    let count = usize::try_from(c.uvarint()?).ok()?;
    (count <= c.remaining() / bytes_min).then_some(count)
}
