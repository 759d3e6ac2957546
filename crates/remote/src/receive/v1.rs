//! `prometheus.WriteRequest`: every series carries its labels as strings.

use model::{Exemplar, Labels};

use super::histogram;
use super::labels::{self, LabelsError, Pair};
use super::wire::{Reader, WireError};
use super::write::{Item, Series};

/// Calls `each` with every series of a message.
///
/// # Errors
/// [`WireError`] as `E`, or what `each` returns.
pub fn each_series<'a, E: From<WireError>>(
    message: &'a [u8],
    mut each: impl FnMut(&SeriesV1<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        if field.number == 1 {
            each(&SeriesV1::new(field.bytes()?)?)?;
        }
    }
    Ok(())
}

/// A `TimeSeries` message in place.
pub struct SeriesV1<'a> {
    /// The labels, as all writers write them: one after another at the start. They are the series' key.
    leading_labels: &'a [u8],
    rest: &'a [u8],
    /// Whether there are labels in `rest`, too, which protobuf allows.
    scattered: bool,
}

impl<'a> SeriesV1<'a> {
    fn new(message: &'a [u8]) -> Result<SeriesV1<'a>, WireError> {
        let mut reader = Reader::new(message);
        let mut leading = 0;
        while let Some(field) = reader.field()? {
            if field.number != 1 {
                break;
            }
            leading = message.len() - reader.rest().len();
        }
        let (leading_labels, rest) = message.split_at(leading);
        let mut scattered = false;
        let mut reader = Reader::new(rest);
        while let Some(field) = reader.field()? {
            scattered |= field.number == 1;
        }
        Ok(SeriesV1 { leading_labels, rest, scattered })
    }
}

impl Series for SeriesV1<'_> {
    fn key(&self) -> Option<&[u8]> {
        (!self.scattered && !self.leading_labels.is_empty()).then_some(self.leading_labels)
    }

    fn labels(&self) -> Result<Result<Labels, LabelsError>, WireError> {
        let mut pairs = Vec::with_capacity(16);
        for part in [self.leading_labels, self.rest] {
            let mut reader = Reader::new(part);
            while let Some(field) = reader.field()? {
                if field.number == 1 {
                    pairs.push(pair(field.bytes()?)?);
                }
            }
        }
        Ok(labels::series(pairs))
    }

    fn each_item<E: From<WireError>>(&self, mut each: impl FnMut(Item) -> Result<(), E>) -> Result<(), E> {
        let mut reader = Reader::new(self.rest);
        while let Some(field) = reader.field()? {
            match field.number {
                2 => each(sample(field.bytes()?)?)?,
                3 => each(Item::Exemplar(exemplar(field.bytes()?)?))?,
                4 => each(Item::Histogram(histogram::read(field.bytes()?)?))?,
                _label_or_unknown => {}
            }
        }
        Ok(())
    }
}

/// Reads a `Label`.
fn pair(message: &[u8]) -> Result<Pair<'_>, WireError> {
    let (mut name, mut value) = (&[][..], &[][..]);
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => name = field.bytes()?,
            2 => value = field.bytes()?,
            _unknown => {}
        }
    }
    Ok((name, value))
}

/// Reads a `Sample` of either version; only the second has a start.
pub(super) fn sample(message: &[u8]) -> Result<Item, WireError> {
    let (mut t, mut start_ms, mut v) = (0i64, 0i64, 0.0);
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => v = field.double()?,
            2 => t = field.varint()? as i64,
            3 => start_ms = field.varint()? as i64,
            _unknown => {}
        }
    }
    Ok(Item::Sample { t, start_ms, v })
}

fn exemplar(message: &[u8]) -> Result<Exemplar, WireError> {
    let (mut pairs, mut value, mut t) = (Vec::new(), 0.0, 0i64);
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => pairs.push(pair(field.bytes()?)?),
            2 => value = field.double()?,
            3 => t = field.varint()? as i64,
            _unknown => {}
        }
    }
    Ok(Exemplar { labels: labels::exemplar(&pairs), value, timestamp_ms: Some(t) })
}
