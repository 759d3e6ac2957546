//! A page of series as bytes.
//!
//! ```text
//! page     number │ model: count, (name, value) … │ count of series, series …
//! series   place on the page u8 │ labels as in memory, behind their length
//!          │ closed chunks: count, (last time │ 0, place u64 be  or  encoding u8, first time, bytes behind their length) …
//!          │ encoding of the open chunk u8, 0 for none │ next cut │ histograms: first time, whether the cut is estimated u8
//!          │ the open chunk's bytes behind their length
//! ```
//! Appenders are not written: they are found again by decoding the chunk.

use crate::chunkenc::{Encoding, FloatHistogramAppender, HistogramAppender, Xor2Appender, XorAppender};
use crate::encoding::{Cursor, put_prefixed, put_uvarint, put_varint};
use crate::head::PackedLabels;
use crate::head::chunk_files::Place;
use crate::head::open_chunk::{Open, OpenChunk};
use crate::head::pages::{PAGE_SERIES, PageInner};
use crate::head::series::{Series, WaitingChunk};
use crate::head::symbols::Pair;

/// A page that was read, not yet checked against files and symbols.
pub struct PagePart {
    /// Its number.
    pub number: u32,
    /// Labels that those of its series are told by.
    pub model: Box<[Pair]>,
    /// Its series with their numbers.
    pub series: Vec<(u32, SeriesPart)>,
}

/// A series that was read.
pub struct SeriesPart {
    /// Its labels.
    pub labels: PackedLabels,
    /// Closed chunks with the times of their last samples.
    pub closed: Vec<(i64, ClosedPart)>,
    /// The open chunk, and when it is cut.
    pub open: OpenChunk,
    /// The open chunk's bytes.
    pub buffer: Vec<u8>,
    /// When the open chunk is cut.
    pub next_at: i64,
}

/// Where a closed chunk was.
pub enum ClosedPart {
    /// In a file.
    File(Place),
    /// In memory.
    Waiting(WaitingChunk),
}

/// Appends a page with those of its series that the log has; nothing if there are none.
pub fn put(out: &mut Vec<u8>, number: usize, page: &PageInner) {
    let logged = || page.iter(number).filter(|(_, series)| series.logged);
    let count = logged().count();
    if count == 0 {
        return;
    }
    put_uvarint(out, number as u64);
    put_uvarint(out, page.model().len() as u64);
    for pair in page.model() {
        put_uvarint(out, u64::from(pair.name));
        put_uvarint(out, u64::from(pair.value));
    }
    put_uvarint(out, count as u64);
    for (id, series) in logged() {
        out.push((id % PAGE_SERIES) as u8);
        put_series(out, page, series);
    }
}

fn put_series(out: &mut Vec<u8>, page: &PageInner, series: &Series) {
    put_prefixed(out, series.labels.bytes());
    put_uvarint(out, series.closed.len() as u64);
    for closed in &series.closed {
        put_varint(out, closed.max_t);
        match closed.place.key().and_then(|key| page.waiting.get(key)) {
            None => {
                out.push(0);
                out.extend_from_slice(&closed.place.number().to_be_bytes());
            }
            Some(chunk) => {
                out.push(chunk.encoding as u8);
                put_varint(out, chunk.min_t);
                put_prefixed(out, &chunk.bytes);
            }
        }
    }
    out.push(series.open.encoding().map_or(0, |encoding| encoding as u8));
    put_varint(out, series.next_at);
    let of_histograms = match &series.open {
        OpenChunk::None | OpenChunk::Float(_) | OpenChunk::Started(_) => None,
        OpenChunk::Histogram(open) => Some((open.min_t, open.end_estimated)),
        OpenChunk::FloatHistogram(open) => Some((open.min_t, open.end_estimated)),
    };
    if let Some((min_t, end_estimated)) = of_histograms {
        put_varint(out, min_t);
        out.push(u8::from(end_estimated));
    }
    put_prefixed(out, &series.buffer);
}

/// Takes a page; `None` for what [`put`] never wrote.
pub fn take(c: &mut Cursor<'_>) -> Option<PagePart> {
    let number = c.uvarint32()?;
    let first = number.checked_mul(PAGE_SERIES)?;
    let mut model = Vec::new();
    for _ in 0..c.uvarint()? {
        model.push(Pair { name: c.uvarint32()?, value: c.uvarint32()? });
    }
    let mut series = Vec::new();
    let mut next = 0;
    for _ in 0..c.uvarint()? {
        let place = u32::from(c.u8()?);
        if place < next || place >= PAGE_SERIES || first + place == 0 {
            return None;
        }
        next = place + 1;
        series.push((first + place, take_series(c)?));
    }
    Some(PagePart { number, model: model.into(), series })
}

fn take_series(c: &mut Cursor<'_>) -> Option<SeriesPart> {
    let labels = PackedLabels::from_bytes(c.prefixed()?);
    let mut closed = Vec::new();
    for _ in 0..c.uvarint()? {
        let max_t = c.varint()?;
        let part = match c.u8()? {
            0 => ClosedPart::File(Place::from_number(c.be64()?)),
            encoding => {
                let encoding = Encoding::from_u8(encoding).ok()?;
                ClosedPart::Waiting(WaitingChunk {
                    encoding,
                    min_t: c.varint()?,
                    bytes: c.prefixed()?.into(),
                })
            }
        };
        closed.push((max_t, part));
    }
    let encoding = match c.u8()? {
        0 => None,
        number => Some(Encoding::from_u8(number).ok()?),
    };
    let next_at = c.varint()?;
    let mut of_histograms = || Some((c.varint()?, c.u8()? != 0));
    let open = match encoding {
        None => OpenChunk::None,
        Some(Encoding::Xor) => OpenChunk::Float(XorAppender::resume(c.clone().prefixed()?).ok()?),
        Some(Encoding::Xor2) => {
            OpenChunk::Started(Box::new(Xor2Appender::resume(c.clone().prefixed()?).ok()?))
        }
        Some(encoding @ (Encoding::Histogram | Encoding::HistogramWithStarts)) => {
            let (min_t, end_estimated) = of_histograms()?;
            let bytes = c.clone().prefixed()?;
            let appender = match encoding {
                Encoding::Histogram => HistogramAppender::resume(bytes).ok()?,
                _with_starts => HistogramAppender::resume_with_starts(bytes).ok()?,
            };
            OpenChunk::Histogram(Box::new(Open { appender, min_t, end_estimated }))
        }
        Some(encoding @ (Encoding::FloatHistogram | Encoding::FloatHistogramWithStarts)) => {
            let (min_t, end_estimated) = of_histograms()?;
            let bytes = c.clone().prefixed()?;
            let appender = match encoding {
                Encoding::FloatHistogram => FloatHistogramAppender::resume(bytes).ok()?,
                _with_starts => FloatHistogramAppender::resume_with_starts(bytes).ok()?,
            };
            OpenChunk::FloatHistogram(Box::new(Open { appender, min_t, end_estimated }))
        }
        // None of these is ever open.
        Some(Encoding::Dense | Encoding::DenseHistograms | Encoding::Downsampled) => return None,
    };
    let bytes = c.prefixed()?;
    let is_open = !matches!(open, OpenChunk::None);
    if is_open != (open.samples() > 0) || is_open == bytes.is_empty() {
        return None;
    }
    let buffer = Series::buffer_of(bytes);
    Some(SeriesPart { labels, closed, open, buffer, next_at })
}
