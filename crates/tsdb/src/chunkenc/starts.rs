//! When each series started counting, as some encodings store it beside the samples.
//!
//! Header: bit 7 says that the first sample has a start, bits 0–6 name the sample from which on each one tells its start
//! (0: none does). Until then all have the first one's start. A start is told as its distance to the sample before, and from
//! the second one on as the change of that distance.
//! Format: Prometheus 3.14 `tsdb/chunkenc/st.go`.

use super::bits::{BitReader, BitWriter};
use super::varbit::{put_int, take_int};

/// The last sample whose number the header can name: from it on each one tells its start, whether it changed or not.
const CHANGED_FROM_MAX: u16 = 0x7f;

/// The reading or writing of the starts of a chunk's samples. A start of 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Starts {
    first: bool,
    /// 0 for none.
    changed_from: u8,
    /// Of the last sample.
    start: i64,
    /// From the last start that was told to the sample before it.
    distance: i64,
}

impl Starts {
    pub(super) fn from_header(header: u8) -> Starts {
        Starts { first: header & 0x80 != 0, changed_from: header & 0x7f, ..Starts::default() }
    }

    pub(super) fn header(self) -> u8 {
        u8::from(self.first) << 7 | self.changed_from
    }

    /// Takes the start of sample `i`, from 0, at `t`, behind the one at `before_t`. `None` for a malformed number.
    #[inline]
    pub(super) fn take(&mut self, i: u16, before_t: i64, t: i64, bits: &mut BitReader<'_>) -> Option<i64> {
        if i == 0 {
            if self.first {
                self.start = t.wrapping_sub(bits.take_varint()?);
            }
        } else if self.changed_from > 0 && i >= u16::from(self.changed_from) {
            let told = take_int(bits);
            self.distance =
                if i == u16::from(self.changed_from) { told } else { self.distance.wrapping_add(told) };
            self.start = before_t.wrapping_sub(self.distance);
        }
        Some(self.start)
    }

    /// Writes the start of sample `i`.
    #[inline]
    pub(super) fn put(&mut self, i: u16, before_t: i64, t: i64, start: i64, bits: &mut BitWriter<'_>) {
        if i == 0 {
            if start != 0 {
                bits.put_varint(t.wrapping_sub(start));
                self.first = true;
            }
        } else {
            let distance = before_t.wrapping_sub(start);
            if self.changed_from > 0 {
                put_int(bits, distance.wrapping_sub(self.distance));
            } else if start != self.start || i == CHANGED_FROM_MAX {
                put_int(bits, distance);
                self.changed_from = i as u8;
            } else {
                return;
            }
            self.distance = distance;
        }
        self.start = start;
    }
}
