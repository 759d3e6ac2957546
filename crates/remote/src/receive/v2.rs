//! `io.prometheus.write.v2.Request`: strings stand once in a table of the request, series refer to them.

use model::{Exemplar, Labels, Metadata, MetricType};

use super::histogram;
use super::labels::{self, LabelsError, Pair};
use super::v1::sample;
use super::wire::{Reader, WireError};
use super::write::{Item, Series};

/// The strings of a request.
struct Symbols<'a> {
    strings: Vec<&'a [u8]>,
}

impl<'a> Symbols<'a> {
    fn get(&self, index: u32) -> Option<&'a [u8]> {
        self.strings.get(index as usize).copied()
    }

    /// Looks up name and value of each label.
    fn pairs(&self, references: &[u32]) -> Result<Vec<Pair<'a>>, String> {
        let (pairs, odd) = references.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(format!("invalid labelRefs length {}", references.len()));
        }
        let look_up = |&[name, value]: &[u32; 2]| match (self.get(name), self.get(value)) {
            (Some(n), Some(v)) => Ok((n, v)),
            (_, _) => Err(format!(
                "labelRefs {name} (name) = {value} (value) outside of symbols table (size {})",
                self.strings.len()
            )),
        };
        pairs.iter().map(look_up).collect()
    }
}

/// Calls `each` with every series of a message.
///
/// # Errors
/// [`WireError`] as `E`, or what `each` returns.
pub fn each_series<E: From<WireError>>(
    message: &[u8],
    mut each: impl FnMut(&SeriesV2<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut symbols = Symbols { strings: Vec::new() };
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        if field.number == 4 {
            symbols.strings.push(field.bytes()?);
        }
    }
    // Scratch space that all series of the request share.
    let (mut references, mut key) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        if field.number == 5 {
            let series = SeriesV2::new(field.bytes()?, &symbols, references, key)?;
            each(&series)?;
            (references, key) = (series.references, series.key);
        }
    }
    Ok(())
}

/// A `TimeSeries` message in place.
pub struct SeriesV2<'a> {
    message: &'a [u8],
    symbols: &'a Symbols<'a>,
    references: Vec<u32>,
    /// Names and values with their lengths: the same in every request, unlike the references. Empty if those are wrong.
    key: Vec<u8>,
    values: usize,
    metadata: Option<&'a [u8]>,
}

impl<'a> SeriesV2<'a> {
    fn new(
        message: &'a [u8],
        symbols: &'a Symbols<'a>,
        mut references: Vec<u32>,
        mut key: Vec<u8>,
    ) -> Result<SeriesV2<'a>, WireError> {
        references.clear();
        key.clear();
        let (mut values, mut metadata) = (0, None);
        let mut reader = Reader::new(message);
        while let Some(field) = reader.field()? {
            match field.number {
                // A reference that does not fit cannot be in the table either.
                1 => field.varints(|v| references.push(u32::try_from(v).unwrap_or(u32::MAX)))?,
                2 | 3 => values += 1,
                5 => metadata = Some(field.bytes()?),
                _exemplar_or_unknown => {}
            }
        }
        let known = references.len().is_multiple_of(2)
            && references.iter().all(|r| match symbols.get(*r) {
                Some(s) => {
                    key.extend_from_slice(&(s.len() as u32).to_le_bytes());
                    key.extend_from_slice(s);
                    true
                }
                None => false,
            });
        if !known {
            key.clear();
        }
        Ok(SeriesV2 { message, symbols, references, key, values, metadata })
    }

    /// Tells whether there is anything but labels.
    pub fn has_values(&self) -> bool {
        self.values > 0
    }

    /// The references as Go prints a list.
    pub fn shown_references(&self) -> String {
        let numbers: Vec<String> = self.references.iter().map(u32::to_string).collect();
        format!("[{}]", numbers.join(" "))
    }

    /// Reads type, help and unit.
    ///
    /// # Errors
    /// The inner error tells of a reference that is not in the symbol table.
    pub fn metadata(&self) -> Result<Result<Metadata, String>, WireError> {
        let (mut kind, mut help, mut unit) = (0, 0, 0);
        let mut reader = Reader::new(self.metadata.unwrap_or_default());
        while let Some(field) = reader.field()? {
            match field.number {
                1 => kind = field.varint()?,
                3 => help = field.varint()?,
                4 => unit = field.varint()?,
                _unknown => {}
            }
        }
        let look_up = |name: &str, index: u64| {
            let found = u32::try_from(index).ok().and_then(|i| self.symbols.get(i));
            found.map(|s| String::from_utf8_lossy(s).into_owned()).ok_or_else(|| {
                let size = self.symbols.strings.len();
                format!("metadata {name} {index} outside of symbols table (size {size})")
            })
        };
        let metadata = look_up("unit_ref", unit).and_then(|unit| {
            Ok(Metadata { kind: metric_type(kind), unit, help: look_up("help_ref", help)? })
        });
        Ok(metadata)
    }

    fn exemplar(&self, message: &[u8]) -> Result<Result<Exemplar, String>, WireError> {
        let (mut references, mut value, mut t) = (Vec::new(), 0.0, 0i64);
        let mut reader = Reader::new(message);
        while let Some(field) = reader.field()? {
            match field.number {
                1 => field.varints(|v| references.push(u32::try_from(v).unwrap_or(u32::MAX)))?,
                2 => value = field.double()?,
                3 => t = field.varint()? as i64,
                _unknown => {}
            }
        }
        let exemplar = self.symbols.pairs(&references).map(|pairs| Exemplar {
            labels: labels::exemplar(&pairs),
            value,
            timestamp_ms: Some(t),
        });
        Ok(exemplar)
    }
}

impl Series for SeriesV2<'_> {
    fn key(&self) -> Option<&[u8]> {
        (!self.key.is_empty()).then_some(&self.key)
    }

    fn labels(&self) -> Result<Result<Labels, LabelsError>, WireError> {
        Ok(match self.symbols.pairs(&self.references) {
            Ok(pairs) => labels::series(pairs),
            Err(text) => Err(LabelsError::References { text }),
        })
    }

    fn each_item<E: From<WireError>>(&self, mut each: impl FnMut(Item) -> Result<(), E>) -> Result<(), E> {
        let mut reader = Reader::new(self.message);
        while let Some(field) = reader.field()? {
            match field.number {
                2 => each(sample(field.bytes()?)?)?,
                3 => each(Item::Histogram(histogram::read(field.bytes()?)?))?,
                4 => each(match self.exemplar(field.bytes()?)? {
                    Ok(exemplar) => Item::Exemplar(exemplar),
                    Err(text) => Item::BadExemplar(text),
                })?,
                _other => {}
            }
        }
        Ok(())
    }
}

fn metric_type(v: u64) -> MetricType {
    match v {
        1 => MetricType::Counter,
        2 => MetricType::Gauge,
        3 => MetricType::Histogram,
        4 => MetricType::GaugeHistogram,
        5 => MetricType::Summary,
        6 => MetricType::Info,
        7 => MetricType::StateSet,
        _unspecified => MetricType::Unknown,
    }
}
