//! Chunks of native histograms, whatever the type of their counts.
//!
//! ```text
//! samples u16 │ reset header 2 bits, padding 6 │ layout │ first sample │ samples as differences …
//! ```
//! Invariants: 1. All histograms of a chunk have one layout; one with fewer buckets is written with empty ones, one
//! with more has the whole chunk rewritten.  2. Within a chunk of counters no count falls.  3. Gauges and counters do
//! not share a chunk.  4. A staleness marker is written without buckets and only followed by further markers.
//!
//! Chunks with start times have the reset header before a count of 14 bits, and the third byte says which samples are followed
//! by their start.
//! Format: Prometheus 3.14 `tsdb/chunkenc/{histogram,float_histogram,histogram_st}.go`.

use std::ops::ControlFlow;

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, EXPONENTIAL_SCHEMA_MAX, HistogramValue, ResetHint, Span};
use model::value::is_stale;
use storage::{Samples, TimeRange};

use super::bits::{BitReader, BitWriter};
use super::error::ChunkError;
use super::layout::{Layout, put_layout, take_layout};
use super::spans::{self, Difference};
use super::starts::Starts;
use super::varbit::{put_int, take_int};
use super::{DECODED_BYTES_MAX, Encoding, samples_in};

/// Bytes before the layout: the count of samples and the reset header.
pub const HEADER_BYTES: usize = 3;
/// Most samples of a chunk with start times.
const STARTED_SAMPLES_MAX: u16 = 0x3fff;

/// What a chunk says about a counter reset before its first sample. The numbers are the header's two bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum ResetHeader {
    /// Not known.
    #[default]
    Unknown = 0b00,
    /// No reset.
    NotReset = 0b01,
    /// A reset.
    Reset = 0b10,
    /// Gauges.
    Gauge = 0b11,
}

impl ResetHeader {
    fn from_byte(byte: u8) -> ResetHeader {
        match byte >> 6 {
            0b00 => ResetHeader::Unknown,
            0b01 => ResetHeader::NotReset,
            0b10 => ResetHeader::Reset,
            0b11.. => ResetHeader::Gauge,
        }
    }
}

/// What [`NativeAppender::append`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The sample stands at the chunk's end.
    InPlace,
    /// The sample has buckets that the others lacked: the chunk was rewritten with them, then the sample was added.
    Recoded,
    /// Nothing was written: the sample needs a new chunk with this header.
    Cut(ResetHeader),
}

/// Positive or negative buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above the zero bucket.
    Positive,
    /// Below it.
    Negative,
}

/// A kind of native histogram, as chunks need it. Implemented for the model's two kinds only.
pub trait Native: Clone + Default + sealed::Codec {}

pub(crate) mod sealed {
    use super::*;

    /// Reading and writing of one kind.
    pub trait Codec: Sized {
        /// What the encoder must know beside the last sample.
        type State: Clone + std::fmt::Debug + Default;
        /// A bucket's absolute count.
        type Count: Copy + PartialOrd + Default;
        /// The encoding's number.
        const ENCODING: Encoding;
        /// That of chunks with start times.
        const STARTED_ENCODING: Encoding;

        /// A histogram of this layout without observations.
        fn with_layout(layout: Layout) -> Self;
        fn reset_hint(&self) -> ResetHint;
        fn schema(&self) -> i32;
        fn zero_threshold(&self) -> f64;
        fn sum(&self) -> f64;
        fn spans(&self, side: Side) -> &[Span];
        fn custom_values(&self) -> &[f64];
        /// Absolute counts.
        fn counts(&self, side: Side) -> impl Iterator<Item = Self::Count> + '_;
        /// Replaces one side's buckets.
        fn set_buckets(&mut self, side: Side, spans: &[Span], counts: &[Self::Count]);
        /// Tells whether `later` counts fewer observations, or fewer in the zero bucket.
        fn total_fell(&self, later: &Self) -> bool;
        fn zero_fell(&self, later: &Self) -> bool;
        /// Bytes on the heap.
        fn heap_bytes(&self) -> usize;

        fn put_first(&self, state: &mut Self::State, bits: &mut BitWriter<'_>);
        /// Writes `next` as differences to `self` and becomes it. A stale `next` has no buckets.
        fn put_next(&mut self, next: &Self, state: &mut Self::State, bits: &mut BitWriter<'_>);
        /// Fills a histogram of the right layout.
        fn take_first(&mut self, state: &mut Self::State, bits: &mut BitReader<'_>);
        /// Becomes the next sample.
        ///
        /// # Errors
        /// `None` for an impossible XOR window.
        fn take_next(&mut self, state: &mut Self::State, bits: &mut BitReader<'_>) -> Option<()>;

        /// A copy for readers, with the hint, merged down to a schema that the rest of the program knows.
        fn output(&self, hint: ResetHint, reduce: bool) -> Option<HistogramValue>;
        /// A staleness marker.
        fn stale() -> Self;
    }
}

/// The encoder of a histogram chunk that is being filled. It holds no bytes: each call gets the chunk's buffer.
#[derive(Clone, Debug)]
pub struct NativeAppender<H: Native> {
    header: ResetHeader,
    samples: u16,
    free: u8,
    t: i64,
    step: i64,
    last: H,
    state: H::State,
    /// In a chunk with start times.
    starts: Option<Starts>,
}

/// How a histogram fits the chunk.
enum Fit {
    /// The layout is the chunk's.
    Same,
    /// The chunk's layout has more buckets.
    Narrower,
    /// The chunk must be rewritten with these spans.
    Wider([Vec<Span>; 2]),
    /// It does not.
    Cut(ResetHeader),
}

impl<H: Native> NativeAppender<H> {
    /// Starts a chunk in an empty buffer. The first sample's own hint, if it has one, replaces `header`.
    pub fn start(chunk: &mut Vec<u8>, header: ResetHeader) -> NativeAppender<H> {
        NativeAppender::start_as(chunk, header, None)
    }

    /// Starts a chunk that keeps start times; otherwise as [`NativeAppender::start`].
    pub fn start_with_starts(chunk: &mut Vec<u8>, header: ResetHeader) -> NativeAppender<H> {
        NativeAppender::start_as(chunk, header, Some(Starts::default()))
    }

    fn start_as(chunk: &mut Vec<u8>, header: ResetHeader, starts: Option<Starts>) -> NativeAppender<H> {
        let appender = NativeAppender {
            header,
            samples: 0,
            free: 0,
            t: i64::MIN,
            step: 0,
            last: H::default(),
            state: H::State::default(),
            starts,
        };
        chunk.clear();
        chunk.resize(HEADER_BYTES, 0);
        appender.put_header(chunk);
        appender
    }

    fn put_header(&self, chunk: &mut [u8]) {
        let count = self.samples.to_be_bytes();
        let reset = (self.header as u8) << 6;
        let header = match self.starts {
            None => [count[0], count[1], reset],
            Some(starts) => [reset | count[0], count[1], starts.header()],
        };
        chunk[..HEADER_BYTES].copy_from_slice(&header);
    }

    /// Recovers the encoder of a chunk from its bytes. Cost: decoding the chunk.
    ///
    /// # Errors
    /// [`ChunkError`] if the bytes are not a chunk of this kind.
    pub fn resume(chunk: &[u8]) -> Result<NativeAppender<H>, ChunkError> {
        NativeAppender::resume_as(chunk, false)
    }

    /// Recovers the encoder of a chunk that keeps start times.
    ///
    /// # Errors
    /// As [`NativeAppender::resume`].
    pub fn resume_with_starts(chunk: &[u8]) -> Result<NativeAppender<H>, ChunkError> {
        NativeAppender::resume_as(chunk, true)
    }

    fn resume_as(chunk: &[u8], with_starts: bool) -> Result<NativeAppender<H>, ChunkError> {
        let samples = samples_in(chunk)? & if with_starts { STARTED_SAMPLES_MAX } else { u16::MAX };
        let (mut appender, bits) = walk::<H>(chunk, with_starts, |_, _, _, _| Ok(ControlFlow::Continue(())))?;
        let rest = (chunk.len() - HEADER_BYTES) * 8 - bits;
        if rest > 8 {
            return Err(ChunkError::TrailingBytes { encoding: H::ENCODING, bytes: rest / 8 });
        }
        appender.free = rest as u8;
        appender.samples = samples;
        Ok(appender)
    }

    /// Returns the number of samples in the chunk.
    pub fn samples(&self) -> u16 {
        self.samples
    }

    /// Returns the time of the last sample, or `None` in an empty chunk.
    pub fn last_t(&self) -> Option<i64> {
        (self.samples > 0).then_some(self.t)
    }

    /// Returns the last sample in the chunk's layout; a default histogram in an empty chunk.
    pub fn last(&self) -> &H {
        &self.last
    }

    /// Returns what the chunk says about a reset before its first sample.
    pub fn header(&self) -> ResetHeader {
        self.header
    }

    /// Tells whether the chunk cannot take another sample: its count is 16 bits wide, or 14 with start times.
    pub fn is_full(&self) -> bool {
        self.samples == if self.keeps_starts() { STARTED_SAMPLES_MAX } else { u16::MAX }
    }

    /// Tells whether the chunk keeps start times.
    pub fn keeps_starts(&self) -> bool {
        self.starts.is_some()
    }

    /// Returns the chunk's encoding.
    pub fn encoding(&self) -> Encoding {
        if self.keeps_starts() { H::STARTED_ENCODING } else { H::ENCODING }
    }

    /// Returns the header for a chunk that begins with `h` for another reason than `h` itself (time, size), given the
    /// series' former chunk.
    pub fn header_after(former: Option<&NativeAppender<H>>, h: &H) -> ResetHeader {
        match (h.reset_hint(), former) {
            (ResetHint::Gauge, _) => ResetHeader::Gauge,
            (ResetHint::Reset, _) => ResetHeader::Reset,
            (ResetHint::Unknown | ResetHint::NotReset, None) => ResetHeader::Unknown,
            (ResetHint::Unknown | ResetHint::NotReset, Some(former)) => match former.fit_counter(h) {
                Fit::Cut(header) => header,
                Fit::Same | Fit::Narrower | Fit::Wider(_) => ResetHeader::NotReset,
            },
        }
    }

    /// Adds a valid histogram (see the model's `validate`), which must be later than the last, to a chunk that is not full.
    pub fn append(&mut self, chunk: &mut Vec<u8>, t: i64, h: &H) -> Appended {
        self.append_started(chunk, 0, t, h)
    }

    /// Adds a histogram with its start time, 0 for none; a chunk that keeps no start times forgets it.
    pub fn append_started(&mut self, chunk: &mut Vec<u8>, start: i64, t: i64, h: &H) -> Appended {
        debug_assert!(self.samples == 0 || t > self.t, "timestamps must strictly increase: {}, {t}", self.t);
        assert!(!self.is_full(), "the caller cuts a chunk before its count overflows");
        if self.samples == 0 {
            self.header = match h.reset_hint() {
                ResetHint::Gauge => ResetHeader::Gauge,
                ResetHint::Reset => ResetHeader::Reset,
                ResetHint::Unknown | ResetHint::NotReset => self.header,
            };
            self.write(chunk, start, t, h);
            return Appended::InPlace;
        }
        let fit = if h.reset_hint() == ResetHint::Gauge { self.fit_gauge(h) } else { self.fit_counter(h) };
        match fit {
            Fit::Cut(header) => return Appended::Cut(header),
            Fit::Same => self.write(chunk, start, t, h),
            Fit::Narrower => {
                let spans =
                    [self.last.spans(Side::Positive).to_vec(), self.last.spans(Side::Negative).to_vec()];
                self.write(chunk, start, t, &in_layout(h, &spans));
            }
            Fit::Wider(spans) => {
                // A chunk that was written here decodes: should memory have flipped, the sample goes into a new chunk.
                if self.recode(chunk, &spans).is_err() {
                    return Appended::Cut(ResetHeader::Unknown);
                }
                self.write(chunk, start, t, &in_layout(h, &spans));
                return Appended::Recoded;
            }
        }
        Appended::InPlace
    }

    fn fit_counter(&self, h: &H) -> Fit {
        if self.samples > 0 && self.header == ResetHeader::Gauge {
            return Fit::Cut(ResetHeader::Unknown);
        }
        if h.reset_hint() == ResetHint::Reset {
            return Fit::Cut(ResetHeader::Reset);
        }
        if is_stale(h.sum()) {
            return Fit::Same;
        }
        if is_stale(self.last.sum()) {
            return Fit::Cut(ResetHeader::Unknown);
        }
        if self.last.total_fell(h) {
            return Fit::Cut(ResetHeader::Reset);
        }
        if h.schema() != self.last.schema() || h.zero_threshold() != self.last.zero_threshold() {
            return Fit::Cut(ResetHeader::Unknown); // finding out whether it is a reset too is not worth the work
        }
        if !self.same_bounds(h) || self.last.zero_fell(h) {
            return Fit::Cut(ResetHeader::Reset);
        }
        let difference = |side| {
            let (was, is) = (&self.last, h);
            spans::counter_difference((was.spans(side), was.counts(side)), (is.spans(side), is.counts(side)))
        };
        let (Some(positive), Some(negative)) = (difference(Side::Positive), difference(Side::Negative))
        else {
            return Fit::Cut(ResetHeader::Reset);
        };
        // As the original, spans stay as they came unless empty buckets must be added to them.
        self.fit_of(h, [positive, negative], [positive.fewer, negative.fewer])
    }

    fn fit_gauge(&self, h: &H) -> Fit {
        let cut = Fit::Cut(ResetHeader::Gauge);
        if self.header != ResetHeader::Gauge {
            return cut;
        }
        if is_stale(h.sum()) {
            return Fit::Same;
        }
        if is_stale(self.last.sum())
            || h.schema() != self.last.schema()
            || h.zero_threshold() != self.last.zero_threshold()
            || !self.same_bounds(h)
        {
            return cut;
        }
        let difference = |side| spans::compare(self.last.spans(side), h.spans(side));
        let (positive, negative) = (difference(Side::Positive), difference(Side::Negative));
        let fewer = positive.fewer || negative.fewer;
        self.fit_of(h, [positive, negative], [fewer, fewer])
    }

    fn fit_of(&self, h: &H, [positive, negative]: [Difference; 2], merge: [bool; 2]) -> Fit {
        if !positive.more && !negative.more {
            return if positive.fewer || negative.fewer { Fit::Narrower } else { Fit::Same };
        }
        let target = |side, merge| {
            if merge { spans::union(self.last.spans(side), h.spans(side)) } else { h.spans(side).to_vec() }
        };
        Fit::Wider([target(Side::Positive, merge[0]), target(Side::Negative, merge[1])])
    }

    fn same_bounds(&self, h: &H) -> bool {
        let bits = |bounds: &[f64]| bounds.iter().map(|b| b.to_bits()).collect::<Vec<_>>();
        h.schema() != CUSTOM_BUCKETS_SCHEMA || bits(h.custom_values()) == bits(self.last.custom_values())
    }

    /// Writes a histogram of the chunk's layout, or a stale one, or the first.
    fn write(&mut self, chunk: &mut Vec<u8>, start: i64, t: i64, h: &H) {
        let stale;
        let h = if is_stale(h.sum()) {
            stale = H::stale();
            &stale
        } else {
            h
        };
        let mut bits = BitWriter::resume(chunk, self.free);
        if self.samples == 0 {
            let spans = [h.spans(Side::Positive), h.spans(Side::Negative)];
            put_layout(&mut bits, h.schema(), h.zero_threshold(), spans, h.custom_values());
            put_int(&mut bits, t);
            h.put_first(&mut self.state, &mut bits);
            self.last = h.clone();
        } else {
            let step = t.wrapping_sub(self.t);
            put_int(&mut bits, step.wrapping_sub(self.step));
            self.last.put_next(h, &mut self.state, &mut bits);
            self.step = step;
        }
        if let Some(starts) = &mut self.starts {
            starts.put(self.samples, self.t, t, start, &mut bits);
        }
        self.free = bits.free();
        self.t = t;
        self.samples += 1;
        self.put_header(chunk);
    }

    /// Rewrites the whole chunk with wider spans.
    fn recode(&mut self, chunk: &mut Vec<u8>, spans: &[Vec<Span>; 2]) -> Result<(), ChunkError> {
        let mut wider = Vec::with_capacity(chunk.len() * 2);
        let with_starts = self.keeps_starts();
        let starts = with_starts.then(Starts::default);
        let mut appender = NativeAppender::<H>::start_as(&mut wider, self.header, starts);
        walk::<H>(chunk, with_starts, |t, h, _, start| {
            appender.write(&mut wider, start, t, &in_layout(h, spans));
            Ok(ControlFlow::Continue(()))
        })?;
        *self = appender;
        *chunk = wider;
        Ok(())
    }
}

/// Returns the histogram with these spans, which cover all its buckets; a stale one as it is.
fn in_layout<H: Native>(h: &H, spans: &[Vec<Span>; 2]) -> H {
    let mut wider = h.clone();
    if !is_stale(h.sum()) {
        for (side, to) in [Side::Positive, Side::Negative].into_iter().zip(spans) {
            let counts = spans::spread(h.spans(side), to, h.counts(side));
            wider.set_buckets(side, to, &counts);
        }
    }
    wider
}

/// Calls `each` with time, histogram, number and start (0 for none) of each sample; returns the encoder as it stood after the last call,
/// and the bits taken behind the header.
fn walk<H: Native>(
    chunk: &[u8],
    with_starts: bool,
    mut each: impl FnMut(i64, &H, u16, i64) -> Result<ControlFlow<()>, ChunkError>,
) -> Result<(NativeAppender<H>, usize), ChunkError> {
    let count = samples_in(chunk)?;
    let Some(&third) = chunk.get(2) else { return Err(ChunkError::TooShort { bytes: chunk.len() }) };
    let (header, samples, mut starts) = if with_starts {
        (chunk[0], count & STARTED_SAMPLES_MAX, Starts::from_header(third))
    } else {
        (third, count, Starts::default())
    };
    let truncated = || ChunkError::Truncated { encoding: H::ENCODING, samples, bytes: chunk.len() };
    let mut bits = BitReader::new(&chunk[HEADER_BYTES..]);
    let mut a = NativeAppender::<H>::start(&mut Vec::new(), ResetHeader::from_byte(header));
    for i in 0..samples {
        let before = a.t;
        if i == 0 {
            a.last = H::with_layout(take_layout(&mut bits)?);
            a.t = take_int(&mut bits);
            a.last.take_first(&mut a.state, &mut bits);
        } else {
            a.step = a.step.wrapping_add(take_int(&mut bits));
            a.t = a.t.wrapping_add(a.step);
            let window = ChunkError::Window { sample: usize::from(i) };
            a.last.take_next(&mut a.state, &mut bits).ok_or(window)?;
        }
        let start = starts.take(i, before, a.t, &mut bits).ok_or_else(truncated)?;
        if bits.overrun() {
            return Err(truncated());
        }
        if i > 0 && a.t <= before {
            return Err(ChunkError::NotIncreasing { encoding: H::ENCODING, sample: usize::from(i) });
        }
        a.samples = i + 1;
        if each(a.t, &a.last, i, start)?.is_break() {
            break;
        }
    }
    a.starts = with_starts.then_some(starts);
    Ok((a, bits.position()))
}

/// Appends the histograms of a chunk that lie in `range` to `out.histograms`.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub(crate) fn decode<H: Native>(
    chunk: &[u8],
    with_starts: bool,
    range: TimeRange,
    out: &mut Samples,
) -> Result<(), ChunkError> {
    let before = out.histograms.len();
    let header = chunk.get(if with_starts { 0 } else { 2 });
    let gauge = header.is_some_and(|&b| ResetHeader::from_byte(b) == ResetHeader::Gauge);
    let mut heap = 0;
    let result = walk::<H>(chunk, with_starts, |t, h, i, start| {
        if t > range.max_ms {
            return Ok(ControlFlow::Break(()));
        }
        if t < range.min_ms {
            return Ok(ControlFlow::Continue(()));
        }
        heap += h.heap_bytes();
        if heap > DECODED_BYTES_MAX {
            return Err(ChunkError::TooLarge { bytes: chunk.len(), limit: DECODED_BYTES_MAX });
        }
        let hint = match (gauge, i) {
            (true, _) => ResetHint::Gauge,
            // The former chunk may be gone or may have come later, so the header says nothing about the first sample.
            (false, 0) => ResetHint::Unknown,
            (false, 1..) => ResetHint::NotReset,
        };
        let value = if is_stale(h.sum()) {
            H::stale().output(ResetHint::Unknown, false)
        } else {
            h.output(hint, h.schema() > EXPONENTIAL_SCHEMA_MAX)
        };
        let impossible = ChunkError::Layout { what: "spans of schema", value: h.schema() as u64 };
        out.push_histogram(start, t, value.ok_or(impossible)?);
        Ok(ControlFlow::Continue(()))
    });
    if result.is_err() {
        out.truncate(out.t.len(), before);
    }
    result.map(|_| ())
}
