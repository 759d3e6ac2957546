//! Bit streams, most significant bit first.
//!
//! The writer appends to a byte vector and needs one number of state: how many low bits of the last byte are free.
//! The reader never fails and never reads outside its slice: behind the end it yields zeros and counts on, so that
//! decoders check once per sample or once per chunk ([`BitReader::overrun`]) and stay branch-light.

/// Appends bits to a byte vector.
pub struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Low bits of the last byte not yet written, 0..=8. It is 8 only in chunks that an older Prometheus wrote: it
    /// used to add the next byte early.
    free: u8,
}

impl<'a> BitWriter<'a> {
    /// Goes on in `bytes`, of whose last byte `free` low bits are not yet written.
    #[inline]
    pub(crate) fn resume(bytes: &'a mut Vec<u8>, free: u8) -> BitWriter<'a> {
        debug_assert!(free <= 8 && (free == 0 || !bytes.is_empty()));
        BitWriter { bytes, free }
    }

    /// Returns how many low bits of the last byte are free.
    #[inline]
    pub(crate) fn free(&self) -> u8 {
        self.free
    }

    /// Writes the low `n` bits of `value`; `n` is 1..=64. Bits above are ignored.
    #[inline]
    pub(crate) fn put(&mut self, value: u64, n: u32) {
        debug_assert!((1..=64).contains(&n));
        let mut rest = value << (64 - n);
        let mut n = n;
        let free = u32::from(self.free);
        if free > 0 {
            if let Some(last) = self.bytes.last_mut() {
                *last |= (rest >> (64 - free)) as u8;
            }
            if n <= free {
                self.free = (free - n) as u8;
                return;
            }
            rest <<= free;
            n -= free;
        }
        let count = n.div_ceil(8);
        self.bytes.extend_from_slice(&rest.to_be_bytes()[..count as usize]);
        self.free = (count * 8 - n) as u8;
    }

    /// Writes a variable-length unsigned integer: 7 bits a byte, low group first, as Go's `PutUvarint`.
    pub(crate) fn put_uvarint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.put(value & 0x7f | 0x80, 8);
            value >>= 7;
        }
        self.put(value, 8);
    }

    /// Writes a zigzag-encoded signed integer, as Go's `PutVarint`.
    pub(crate) fn put_varint(&mut self, value: i64) {
        self.put_uvarint((value << 1 ^ value >> 63) as u64);
    }
}

/// Reads bits; yields zeros behind the end.
#[derive(Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    /// Starts at the first bit.
    pub(crate) fn new(bytes: &'a [u8]) -> BitReader<'a> {
        BitReader { bytes, at: 0 }
    }

    /// Returns the position in bits.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Returns the bits left, 0 behind the end.
    #[inline]
    pub(crate) fn remaining(&self) -> usize {
        (self.bytes.len() * 8).saturating_sub(self.at)
    }

    /// Tells whether more bits were taken than there are.
    #[inline]
    pub(crate) fn overrun(&self) -> bool {
        self.at > self.bytes.len() * 8
    }

    /// Returns the next 57 or more bits in the top of the word; what lies below is unspecified.
    #[inline(always)]
    pub(crate) fn peek(&self) -> u64 {
        self.word(self.at >> 3) << (self.at & 7)
    }

    /// Moves on by `n` bits.
    #[inline(always)]
    pub(crate) fn skip(&mut self, n: u32) {
        self.at += n as usize;
    }

    /// Takes `n` bits, 1..=64.
    #[inline(always)]
    pub(crate) fn take(&mut self, n: u32) -> u64 {
        let bits = self.look(n);
        self.skip(n);
        bits
    }

    /// Returns the next `n` bits, 1..=64, and does not move.
    #[inline(always)]
    pub(crate) fn look(&self, n: u32) -> u64 {
        debug_assert!((1..=64).contains(&n));
        let mut top = self.peek();
        if n > 57 {
            // The word begins up to 7 bits early: fetch the byte behind it.
            let shift = self.at & 7;
            let next = self.bytes.get((self.at >> 3) + 8).copied().unwrap_or(0);
            top |= u64::from(next) >> (8 - shift);
        }
        top >> (64 - n)
    }

    /// Takes an unsigned variable-length integer; `None` if it has more than 64 bits.
    pub(crate) fn take_uvarint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for i in 0..10 {
            let byte = self.take(8);
            if i == 9 && byte > 1 {
                return None;
            }
            value |= (byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Takes a zigzag-encoded signed integer; `None` if it has more than 64 bits.
    pub(crate) fn take_varint(&mut self) -> Option<i64> {
        self.take_uvarint().map(|u| (u >> 1) as i64 ^ -((u & 1) as i64))
    }

    #[inline(always)]
    fn word(&self, byte: usize) -> u64 {
        match self.bytes.get(byte..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(word) => u64::from_be_bytes(*word),
            None => self.word_at_end(byte),
        }
    }

    #[cold]
    #[inline(never)]
    fn word_at_end(&self, byte: usize) -> u64 {
        let mut word = [0u8; 8];
        if let Some(rest) = self.bytes.get(byte..) {
            word[..rest.len()].copy_from_slice(rest);
        }
        u64::from_be_bytes(word)
    }
}

/// Tells whether `x` fits into `n` bits of the chunk formats: −(2ⁿ⁻¹−1)..=2ⁿ⁻¹. This is two's complement
/// shifted by one, see Prometheus `tsdb/docs/bstream.md`.
#[inline]
pub(crate) fn fits(x: i64, n: u32) -> bool {
    let half = 1i64 << (n - 1);
    -half < x && x <= half
}

/// Reads back what [`fits`] allowed to be written in `n` bits, 1..=63.
#[inline(always)]
pub(crate) fn sign_extend(bits: u64, n: u32) -> i64 {
    let bits = bits as i64;
    if bits > 1 << (n - 1) { bits - (1 << n) } else { bits }
}
