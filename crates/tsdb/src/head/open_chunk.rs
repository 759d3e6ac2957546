//! The chunk of a series that takes samples.

use model::histogram::{FloatHistogram, Histogram, HistogramValue, ResetHint};

use crate::chunkenc::{
    Appended, Encoding, FloatHistogramAppender, HistogramAppender, ResetHeader, Xor2Appender, XorAppender,
};

/// The encoder of the open chunk; its bytes are the series' buffer. Histogram encoders are large and rare, so boxed.
#[derive(Debug)]
pub enum OpenChunk {
    /// There is none.
    None,
    /// Of floats.
    Float(XorAppender),
    /// Of floats, with start times.
    Started(Box<Xor2Appender>),
    /// Of histograms with integer counts.
    Histogram(Box<Open<HistogramAppender>>),
    /// Of histograms with float counts.
    FloatHistogram(Box<Open<FloatHistogramAppender>>),
}

/// An encoder and what else must be known to cut its chunk.
#[derive(Debug)]
pub struct Open<A> {
    /// The encoder.
    pub appender: A,
    /// Time of the first sample.
    pub min_t: i64,
    /// Whether the time to cut was estimated from the chunk's growth already.
    pub end_estimated: bool,
}

impl OpenChunk {
    /// Returns the encoding, or `None` without a chunk.
    pub fn encoding(&self) -> Option<Encoding> {
        match self {
            OpenChunk::None => None,
            OpenChunk::Float(_) => Some(Encoding::Xor),
            OpenChunk::Started(_) => Some(Encoding::Xor2),
            OpenChunk::Histogram(o) => Some(o.appender.encoding()),
            OpenChunk::FloatHistogram(o) => Some(o.appender.encoding()),
        }
    }

    /// Returns the number of samples.
    pub fn samples(&self) -> u16 {
        match self {
            OpenChunk::None => 0,
            OpenChunk::Float(a) => a.samples(),
            OpenChunk::Started(a) => a.samples(),
            OpenChunk::Histogram(o) => o.appender.samples(),
            OpenChunk::FloatHistogram(o) => o.appender.samples(),
        }
    }

    /// Returns the time of the last sample.
    #[inline]
    pub fn last_t(&self) -> Option<i64> {
        match self {
            OpenChunk::None => None,
            OpenChunk::Float(a) => a.last().map(|(t, _)| t),
            OpenChunk::Started(a) => a.last().map(|(t, _)| t),
            OpenChunk::Histogram(o) => o.appender.last_t(),
            OpenChunk::FloatHistogram(o) => o.appender.last_t(),
        }
    }
}

/// What the two kinds of histogram encoders have in common, so that cutting is written once.
pub trait HistogramEncoder: Sized {
    /// The histogram.
    type Value;
    /// Wraps an open chunk.
    fn wrap(open: Open<Self>) -> OpenChunk;
    /// Returns the open chunk if it is of this kind.
    fn of(chunk: &mut OpenChunk) -> Option<&mut Open<Self>>;
    /// Starts a chunk, with or without start times.
    fn start(buffer: &mut Vec<u8>, header: ResetHeader, keep_starts: bool) -> Self;
    /// Tells whether the chunk keeps start times.
    fn keeps_starts(&self) -> bool;
    /// Returns the header of a chunk that follows `former`.
    fn header_after(former: Option<&Self>, h: &Self::Value) -> ResetHeader;
    /// Adds a histogram with its start time, 0 for none.
    fn append(&mut self, buffer: &mut Vec<u8>, start_ms: i64, t: i64, h: &Self::Value) -> Appended;
    /// Tells whether the chunk cannot count another sample.
    fn is_full(&self) -> bool;
    /// Returns the number of samples.
    fn samples(&self) -> u16;
    /// Returns the time of the last sample.
    fn last_t(&self) -> Option<i64>;
}

macro_rules! histogram_encoder {
    ($appender:ty, $value:ty, $variant:ident) => {
        impl HistogramEncoder for $appender {
            type Value = $value;
            fn wrap(open: Open<Self>) -> OpenChunk {
                OpenChunk::$variant(Box::new(open))
            }
            fn of(chunk: &mut OpenChunk) -> Option<&mut Open<Self>> {
                if let OpenChunk::$variant(open) = chunk { Some(open) } else { None }
            }
            fn start(buffer: &mut Vec<u8>, header: ResetHeader, keep_starts: bool) -> Self {
                match keep_starts {
                    false => <$appender>::start(buffer, header),
                    true => <$appender>::start_with_starts(buffer, header),
                }
            }
            fn keeps_starts(&self) -> bool {
                <$appender>::keeps_starts(self)
            }
            fn header_after(former: Option<&Self>, h: &$value) -> ResetHeader {
                <$appender>::header_after(former, h)
            }
            fn append(&mut self, buffer: &mut Vec<u8>, start_ms: i64, t: i64, h: &$value) -> Appended {
                <$appender>::append_started(self, buffer, start_ms, t, h)
            }
            fn is_full(&self) -> bool {
                <$appender>::is_full(self)
            }
            fn samples(&self) -> u16 {
                <$appender>::samples(self)
            }
            fn last_t(&self) -> Option<i64> {
                <$appender>::last_t(self)
            }
        }
    };
}

histogram_encoder!(HistogramAppender, Histogram, Histogram);
histogram_encoder!(FloatHistogramAppender, FloatHistogram, FloatHistogram);

/// Returns the same histogram as if nothing had been observed: what stands at the time a series started counting.
pub fn zero_like(h: &HistogramValue) -> HistogramValue {
    match h {
        HistogramValue::Integer(h) => HistogramValue::Integer(Histogram {
            reset_hint: ResetHint::Reset,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            custom_values: h.custom_values.clone(),
            ..Histogram::default()
        }),
        HistogramValue::Float(h) => HistogramValue::Float(FloatHistogram {
            reset_hint: ResetHint::Reset,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            custom_values: h.custom_values.clone(),
            ..FloatHistogram::default()
        }),
    }
}
