//! The small change of Prometheus's file formats: big-endian numbers, variable-length integers, CRC-32C.

/// Returns the CRC-32C (Castagnoli) of some bytes.
#[inline]
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32
}

/// A CRC-32C over parts.
#[derive(Clone)]
pub struct Crc32c(crc_fast::Digest);

impl Default for Crc32c {
    fn default() -> Crc32c {
        Crc32c(crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi))
    }
}

impl Crc32c {
    /// Adds a part.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the checksum of all parts so far.
    pub fn sum(&self) -> u32 {
        self.0.finalize() as u32
    }
}

/// Appends an unsigned variable-length integer: 7 bits a byte, low group first, as Go's `PutUvarint`.
#[inline]
pub fn put_uvarint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a zigzag-encoded signed integer, as Go's `PutVarint`.
#[inline]
pub fn put_varint(out: &mut Vec<u8>, value: i64) {
    put_uvarint(out, (value << 1 ^ value >> 63) as u64);
}

/// Appends a string behind its length.
pub fn put_str(out: &mut Vec<u8>, s: &str) {
    put_prefixed(out, s.as_bytes());
}

/// Appends bytes behind their length.
pub fn put_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    put_uvarint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads from the front of some bytes. Each method returns `None`, and reads nothing, if there is not enough or if a
/// number is malformed; nothing is ever allocated.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    /// Starts at byte `at`; behind the end there is nothing to read.
    pub fn at(bytes: &'a [u8], at: usize) -> Cursor<'a> {
        Cursor { bytes, at: at.min(bytes.len()) }
    }

    /// Returns how many bytes were read, counted from the first.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Returns how many bytes are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Tells whether all was read.
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// Takes `n` bytes.
    #[inline]
    pub fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(n)?)?;
        self.at += n;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.bytes[self.at..].first_chunk::<N>()?;
        self.at += N;
        Some(taken)
    }

    /// Takes a byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|b| b[0])
    }

    /// Takes a big-endian number of two bytes.
    pub fn be16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes a big-endian number of four bytes.
    pub fn be32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes a big-endian number of eight bytes.
    pub fn be64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes an unsigned variable-length integer.
    #[inline]
    pub fn uvarint(&mut self) -> Option<u64> {
        // Most are differences between neighbours.
        if let Some(&byte) = self.bytes.get(self.at)
            && byte < 0x80
        {
            self.at += 1;
            return Some(u64::from(byte));
        }
        self.long_uvarint()
    }

    fn long_uvarint(&mut self) -> Option<u64> {
        let rest = &self.bytes[self.at..];
        let mut value = 0u64;
        for (i, &byte) in rest.iter().take(10).enumerate() {
            if i == 9 && byte > 1 {
                return None; // more than 64 bits
            }
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                self.at += i + 1;
                return Some(value);
            }
        }
        None
    }

    /// Takes an unsigned variable-length integer of at most 32 bits.
    pub fn uvarint32(&mut self) -> Option<u32> {
        let start = self.at;
        let value = self.uvarint().and_then(|v| u32::try_from(v).ok());
        if value.is_none() {
            self.at = start;
        }
        value
    }

    /// Takes a zigzag-encoded signed integer.
    #[inline]
    pub fn varint(&mut self) -> Option<i64> {
        self.uvarint().map(|u| (u >> 1) as i64 ^ -((u & 1) as i64))
    }

    /// Takes bytes that stand behind their length.
    #[inline]
    pub fn prefixed(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let taken = self.uvarint().and_then(|n| self.bytes(usize::try_from(n).ok()?));
        if taken.is_none() {
            self.at = start;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn crc_is_castagnoli() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        let mut parts = Crc32c::default();
        parts.update(b"1234");
        parts.update(b"56789");
        assert_eq!(parts.sum(), 0xe306_9283);
    }

    #[test]
    fn malformed_numbers_are_refused_and_not_consumed() {
        for bytes in
            [&[0x80u8; 11][..], &[0xff; 9], &[], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]]
        {
            let mut cursor = Cursor::new(bytes);
            assert_eq!(cursor.uvarint(), None);
            assert_eq!(cursor.prefixed(), None);
            assert_eq!(cursor.position(), 0);
        }
        let mut cursor = Cursor::new(&[5, b'a']);
        assert_eq!(cursor.prefixed(), None);
        assert_eq!(cursor.position(), 0);
        assert_eq!(Cursor::at(&[1], 7).u8(), None);
    }

    proptest! {
        #[test]
        fn numbers_round_trip(u in any::<u64>(), i in any::<i64>(), shift in 0u32..64, s in ".*") {
            let mut out = Vec::new();
            put_uvarint(&mut out, u >> shift);
            put_varint(&mut out, i >> shift);
            put_str(&mut out, &s);
            let mut cursor = Cursor::new(&out);
            prop_assert_eq!(cursor.uvarint(), Some(u >> shift));
            prop_assert_eq!(cursor.varint(), Some(i >> shift));
            prop_assert_eq!(cursor.prefixed(), Some(s.as_bytes()));
            prop_assert!(cursor.is_empty());
        }
    }
}
