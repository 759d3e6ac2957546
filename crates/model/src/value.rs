//! Special sample values.

/// The bits of the NaN that marks the end of a series ("stale"). Not equal to [`NORMAL_NAN_BITS`].
pub const STALE_NAN_BITS: u64 = 0x7ff0_0000_0000_0002;
/// The bits of the NaN that stands for "not a number" everywhere else.
pub const NORMAL_NAN_BITS: u64 = 0x7ff8_0000_0000_0001;

/// The staleness marker.
pub const STALE_NAN: f64 = f64::from_bits(STALE_NAN_BITS);
/// The ordinary NaN, with the bits Prometheus writes.
pub const NORMAL_NAN: f64 = f64::from_bits(NORMAL_NAN_BITS);

/// Tells whether a value is the staleness marker. Compares bits: NaN is never equal to itself.
#[inline]
pub fn is_stale(v: f64) -> bool {
    v.to_bits() == STALE_NAN_BITS
}
