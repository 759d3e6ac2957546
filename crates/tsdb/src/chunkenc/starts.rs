//! When each series started counting, as some encodings store it beside the samples. Skipped for now.
//!
//! Header: bit 7 says that the first sample has a start, bits 0–6 name the sample from which on all have one (0: none).
//! Format: Prometheus 3.14 `tsdb/chunkenc/st.go`.

use super::bits::BitReader;
use super::varbit::take_int;

/// Which samples have a start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Starts {
    first: bool,
    /// 0 for none.
    changed_from: u8,
}

impl Starts {
    pub(super) fn from_header(header: u8) -> Starts {
        Starts { first: header & 0x80 != 0, changed_from: header & 0x7f }
    }

    /// Skips the start of sample `i`, from 0. `None` for a malformed number.
    pub(super) fn skip(self, i: u16, bits: &mut BitReader<'_>) -> Option<()> {
        if i == 0 && self.first {
            bits.take_varint()?;
        } else if i > 0 && self.changed_from > 0 && i >= u16::from(self.changed_from) {
            take_int(bits);
        }
        Some(())
    }
}
