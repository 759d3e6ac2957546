//! From columns back to chunks, where chunks cannot be taken as they are.

use model::histogram::HistogramValue;
use storage::Samples;

use crate::chunkenc::{
    Appended, Encoding, FloatHistogramAppender, HistogramAppender, ResetHeader, Xor2Appender, XorAppender,
};
use crate::chunks::NewChunk;

/// Samples a chunk of floats gets.
const SAMPLES_PER_CHUNK: u16 = 120;
/// Bytes a chunk of histograms aims at.
const HISTOGRAM_CHUNK_BYTES: usize = 1024;
/// Fewest samples a chunk of histograms gets.
const HISTOGRAM_CHUNK_SAMPLES_MIN: u16 = 10;

/// A finished chunk.
#[derive(Debug, Default)]
pub struct EncodedChunk {
    encoding: Option<Encoding>,
    bytes: Vec<u8>,
    min_ms: i64,
    max_ms: i64,
}

impl EncodedChunk {
    /// A chunk that was encoded elsewhere.
    pub(crate) fn new(encoding: Encoding, bytes: Vec<u8>, min_ms: i64, max_ms: i64) -> EncodedChunk {
        EncodedChunk { encoding: Some(encoding), bytes, min_ms, max_ms }
    }

    /// Returns the chunk as block writers take it.
    pub fn as_new(&self) -> NewChunk<'_> {
        NewChunk {
            encoding: self.encoding.unwrap_or(Encoding::Xor),
            data: &self.bytes,
            min_ms: self.min_ms,
            max_ms: self.max_ms,
        }
    }
}

/// The encoder of the last chunk.
enum Encoder {
    Float(XorAppender),
    Started(Box<Xor2Appender>),
    Histogram(Box<HistogramAppender>),
    FloatHistogram(Box<FloatHistogramAppender>),
}

/// Encodes samples in time order, floats and histograms interleaved as their times say.
pub fn encode_samples(samples: &Samples) -> Vec<EncodedChunk> {
    let mut chunks = Chunks { done: Vec::new(), encoder: None };
    let mut histograms = samples.histograms.iter().enumerate().peekable();
    for (i, (&t, &v)) in samples.t.iter().zip(&samples.v).enumerate() {
        while let Some((i, (at, h))) = histograms.next_if(|(_, (at, _))| *at < t) {
            chunks.histogram(samples.histogram_start(i), *at, h);
        }
        chunks.float(samples.start(i), t, v);
    }
    for (i, (t, h)) in histograms {
        chunks.histogram(samples.histogram_start(i), *t, h);
    }
    chunks.done
}

struct Chunks {
    done: Vec<EncodedChunk>,
    encoder: Option<Encoder>,
}

impl Chunks {
    fn start(&mut self, encoding: Encoding, t: i64) {
        let bytes = Vec::new();
        self.done.push(EncodedChunk { encoding: Some(encoding), bytes, min_ms: t, max_ms: t });
    }

    /// A float with a start goes into a chunk that keeps starts, and those behind it too until that is full.
    fn float(&mut self, start_ms: i64, t: i64, v: f64) {
        let fits = match &self.encoder {
            Some(Encoder::Float(a)) => start_ms == 0 && a.samples() < SAMPLES_PER_CHUNK,
            Some(Encoder::Started(a)) => a.samples() < SAMPLES_PER_CHUNK,
            Some(Encoder::Histogram(_) | Encoder::FloatHistogram(_)) | None => false,
        };
        if !fits {
            self.start(if start_ms == 0 { Encoding::Xor } else { Encoding::Xor2 }, t);
        }
        let Some(chunk) = self.done.last_mut() else { return };
        if !fits {
            self.encoder = Some(match start_ms {
                0 => Encoder::Float(XorAppender::start(&mut chunk.bytes)),
                _some => Encoder::Started(Box::new(Xor2Appender::start(&mut chunk.bytes))),
            });
        }
        match &mut self.encoder {
            Some(Encoder::Float(appender)) => appender.append(&mut chunk.bytes, t, v),
            Some(Encoder::Started(appender)) => appender.append(&mut chunk.bytes, start_ms, t, v),
            Some(Encoder::Histogram(_) | Encoder::FloatHistogram(_)) | None => {}
        }
        chunk.max_ms = t;
    }

    /// A histogram with a start goes into a chunk that keeps starts, as a float does.
    fn histogram(&mut self, start_ms: i64, t: i64, h: &HistogramValue) {
        let mut header = ResetHeader::Unknown;
        if let (Some(chunk), Some(encoder)) = (self.done.last_mut(), &mut self.encoder) {
            let full = |samples: u16, bytes: usize, keeps_starts: bool| {
                bytes >= HISTOGRAM_CHUNK_BYTES && samples >= HISTOGRAM_CHUNK_SAMPLES_MIN
                    || start_ms != 0 && !keeps_starts
            };
            let appended = match (encoder, h) {
                (Encoder::Histogram(a), HistogramValue::Integer(h)) => {
                    if full(a.samples(), chunk.bytes.len(), a.keeps_starts()) {
                        Some(Appended::Cut(HistogramAppender::header_after(Some(a), h)))
                    } else {
                        Some(a.append_started(&mut chunk.bytes, start_ms, t, h))
                    }
                }
                (Encoder::FloatHistogram(a), HistogramValue::Float(h)) => {
                    if full(a.samples(), chunk.bytes.len(), a.keeps_starts()) {
                        Some(Appended::Cut(FloatHistogramAppender::header_after(Some(a), h)))
                    } else {
                        Some(a.append_started(&mut chunk.bytes, start_ms, t, h))
                    }
                }
                _of_another_kind => None,
            };
            match appended {
                Some(Appended::InPlace | Appended::Recoded) => {
                    chunk.max_ms = t;
                    return;
                }
                Some(Appended::Cut(with)) => header = with,
                None => {}
            }
        }
        self.first_histogram(start_ms, t, h, header);
    }

    fn first_histogram(&mut self, start_ms: i64, t: i64, h: &HistogramValue, header: ResetHeader) {
        let keep_starts = start_ms != 0;
        self.start(
            match (h, keep_starts) {
                (HistogramValue::Integer(_), false) => Encoding::Histogram,
                (HistogramValue::Integer(_), true) => Encoding::HistogramWithStarts,
                (HistogramValue::Float(_), false) => Encoding::FloatHistogram,
                (HistogramValue::Float(_), true) => Encoding::FloatHistogramWithStarts,
            },
            t,
        );
        let Some(chunk) = self.done.last_mut() else { return };
        self.encoder = Some(match h {
            HistogramValue::Integer(h) => {
                let mut appender = match keep_starts {
                    false => HistogramAppender::start(&mut chunk.bytes, header),
                    true => HistogramAppender::start_with_starts(&mut chunk.bytes, header),
                };
                appender.append_started(&mut chunk.bytes, start_ms, t, h);
                Encoder::Histogram(Box::new(appender))
            }
            HistogramValue::Float(h) => {
                let mut appender = match keep_starts {
                    false => FloatHistogramAppender::start(&mut chunk.bytes, header),
                    true => FloatHistogramAppender::start_with_starts(&mut chunk.bytes, header),
                };
                appender.append_started(&mut chunk.bytes, start_ms, t, h);
                Encoder::FloatHistogram(Box::new(appender))
            }
        });
    }
}
