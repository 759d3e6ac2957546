//! One reader for all formats.

use crate::entry::{Entry, KnownSample};
use crate::error::ParseError;
use crate::format::BodyFormat;
use crate::nhcb::NhcbReader;
use crate::openmetrics::OpenMetricsReader;
use crate::protobuf::ProtobufReader;
use crate::text::TextReader;

/// What a reader does beyond reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Takes histograms by their classic part only. Only protobuf carries native ones.
    pub ignore_native: bool,
    /// Makes native histograms with custom buckets of classic ones.
    pub convert_classic: bool,
    /// Returns the classic samples of a histogram also where there is a native or converted one.
    pub keep_classic: bool,
    /// Takes `_created` samples of OpenMetrics as start times, not as series.
    pub start_times: bool,
}

/// Reads the entries of one body.
#[derive(Clone, Debug)]
pub struct Reader<'b>(Body<'b>);

#[derive(Clone, Debug)]
enum Body<'b> {
    Text(TextBody<'b>),
    Protobuf(Box<ProtobufReader<'b>>),
    Converting(Box<NhcbReader<'b>>),
}

/// A body in one of the text formats.
#[derive(Clone, Debug)]
pub(crate) enum TextBody<'b> {
    Prometheus(TextReader<'b>),
    OpenMetrics(OpenMetricsReader<'b>),
}

impl TextBody<'_> {
    pub(crate) fn advance(&mut self) -> Result<bool, ParseError> {
        match self {
            TextBody::Prometheus(reader) => reader.advance(),
            TextBody::OpenMetrics(reader) => reader.advance(),
        }
    }

    pub(crate) fn entry(&self) -> Entry<'_> {
        match self {
            TextBody::Prometheus(reader) => reader.entry(),
            TextBody::OpenMetrics(reader) => reader.entry(),
        }
    }
}

impl<'b> Reader<'b> {
    /// Starts reading.
    pub fn new(body: &'b [u8], format: BodyFormat, options: Options) -> Reader<'b> {
        let text = match format {
            BodyFormat::Text => TextBody::Prometheus(TextReader::new(body)),
            BodyFormat::OpenMetrics => {
                TextBody::OpenMetrics(OpenMetricsReader::new(body, options.start_times))
            }
            BodyFormat::Protobuf => {
                return Reader(Body::Protobuf(Box::new(ProtobufReader::new(body, options))));
            }
        };
        Reader(match options.convert_classic {
            true => Body::Converting(Box::new(NhcbReader::new(text, options.keep_classic))),
            false => Body::Text(text),
        })
    }

    /// Returns the entry that was read last, by [`Reader::next`] or [`Reader::take_known`].
    pub fn entry(&self) -> Entry<'_> {
        match &self.0 {
            Body::Text(reader) => reader.entry(),
            Body::Protobuf(reader) => reader.entry(),
            Body::Converting(reader) => reader.entry(),
        }
    }

    /// Returns the next entry; `None` at the end of the body.
    ///
    /// # Errors
    /// The first place that breaks the format. Nothing of the body may be used then, and the reader neither.
    #[allow(
        clippy::should_implement_trait,
        reason = "entries borrow from the reader, which Iterator cannot say"
    )]
    pub fn next(&mut self) -> Result<Option<Entry<'_>>, ParseError> {
        let more = match &mut self.0 {
            Body::Text(reader) => reader.advance()?,
            Body::Protobuf(reader) => reader.advance()?,
            Body::Converting(reader) => reader.advance()?,
        };
        Ok(more.then(|| self.entry()))
    }

    /// Reads the next entry if it is a sample in plain form and `is_known` says that an earlier body of the target had a
    /// series with this key. Labels are not looked at, which makes it several times as fast as [`Reader::next`].
    ///
    /// Bodies of one target nearly always name the same series in the same order, so a caller that remembers the keys, or
    /// good hashes of them, in order reads nearly all lines this way. `None` changes nothing and says only that
    /// [`Reader::next`] must look.
    #[inline]
    pub fn take_known(&mut self, is_known: impl FnOnce(&[u8]) -> bool) -> Option<KnownSample> {
        match &mut self.0 {
            Body::Text(TextBody::Prometheus(reader)) => reader.take_known(is_known),
            Body::Text(TextBody::OpenMetrics(reader)) => reader.take_known(is_known),
            Body::Protobuf(_) | Body::Converting(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
