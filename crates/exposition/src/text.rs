//! Reader of the Prometheus text format, 0.0.4 and 1.0.0.
//!
//! Behaviour follows Prometheus 3.14 `model/textparse/promparse.go` and `promlex.l`, leniency included: blanks between
//! tokens, a missing last line feed, values right behind `}`; comments are skipped.

use model::MetricType;

use crate::cursor::Cursor;
use crate::entry::{Entry, KnownSample, Series, Source};
use crate::error::{Excerpt, Fault, ParseError};
use crate::number;
use crate::series::{self, Dialect};

/// Reads one body. It never goes back, and holds nothing but positions in the body.
#[derive(Clone, Debug)]
pub struct TextReader<'b> {
    c: Cursor<'b>,
    kind: MetricType,
    found: Found<'b>,
}

/// The present entry.
#[derive(Clone, Copy, Debug)]
enum Found<'b> {
    Type(&'b str),
    Help(&'b str, &'b str),
    Sample { key_at: usize, key_end: usize, sample: KnownSample },
}

impl<'b> TextReader<'b> {
    /// Starts reading.
    pub fn new(body: &'b [u8]) -> TextReader<'b> {
        TextReader { c: Cursor::new(body), kind: MetricType::Unknown, found: Found::Type("") }
    }

    /// Steps to the next entry; false at the end of the body.
    ///
    /// # Errors
    /// The first line that breaks the format. The reader must not be used after that.
    pub fn advance(&mut self) -> Result<bool, ParseError> {
        loop {
            self.c.start_entry();
            self.c.blanks();
            match self.c.peek() {
                // A zero byte ends the body, as it does for Prometheus.
                None | Some(0) => return Ok(false),
                Some(b'\n') => self.c.at += 1,
                Some(b'#') => {
                    if self.comment()? {
                        return Ok(true);
                    }
                }
                Some(_) => {
                    self.sample()?;
                    return Ok(true);
                }
            }
        }
    }

    /// Returns the entry that [`TextReader::advance`] stepped to.
    pub fn entry(&self) -> Entry<'_> {
        match self.found {
            Found::Type(name) => Entry::Type { name, kind: self.kind },
            Found::Help(name, text) => Entry::Help { name, text: series::unescape_help(text) },
            Found::Sample { key_at, key_end, sample } => Entry::Sample {
                series: Series {
                    key: &self.c.body[key_at..key_end],
                    source: Source::Text { kind: self.kind, body: self.c.body, at: key_at },
                },
                value: sample.value,
                timestamp_ms: sample.timestamp_ms,
                start_ms: None,
                exemplars: &[],
            },
        }
    }

    /// Reads the next line if it is a sample in its plain form, `key value` or `key value timestamp`, and `is_known` says
    /// that an earlier body had a series with this key.
    ///
    /// Costs a search for the line's end, `is_known`, and the number: labels were validated when the key was new, and a
    /// key of bytes that were a series once is one always. `None` changes nothing: use [`TextReader::advance`].
    #[inline]
    pub fn take_known(&mut self, is_known: impl FnOnce(&[u8]) -> bool) -> Option<KnownSample> {
        let (key, rest) = self.c.plain_line()?;
        let (value, length) = number::plain(rest)?;
        let timestamp_ms = match rest.get(length..)? {
            [] => None,
            [b' ', digits @ ..] => {
                let (t, length) = number::integer(digits)?;
                if length < digits.len() {
                    return None;
                }
                Some(t)
            }
            [_, ..] => return None,
        };
        if !is_known(key) {
            return None;
        }
        let (key_at, key_end) = (self.c.at, self.c.at + key.len());
        self.c.at = key_end + 1 + rest.len() + 1;
        let sample = KnownSample { value, timestamp_ms };
        self.found = Found::Sample { key_at, key_end, sample };
        Some(sample)
    }

    /// Reads a line that starts with `#`; false if it is only a comment.
    fn comment(&mut self) -> Result<bool, ParseError> {
        self.c.at += 1;
        let blank = self.c.blanks();
        let is_type = blank && self.word(b"TYPE");
        let is_help = blank && !is_type && self.word(b"HELP");
        if !is_type && !is_help {
            self.c.rest_of_line();
            self.c.eat(b'\n');
            return Ok(false);
        }
        let name =
            self.family_name(if is_type { "metric name after TYPE" } else { "metric name after HELP" })?;
        let text = self.c.rest_of_line();
        // One separator goes; further blanks belong to the text.
        let text = text.get(1..).unwrap_or_default();
        self.c.eat(b'\n');
        if is_type {
            self.kind = match text {
                b"counter" => MetricType::Counter,
                b"gauge" => MetricType::Gauge,
                b"histogram" => MetricType::Histogram,
                b"summary" => MetricType::Summary,
                b"untyped" => MetricType::Unknown,
                other => return Err(self.c.error(Fault::Type(Excerpt::of(other)))),
            };
            self.found = Found::Type(name);
            return Ok(true);
        }
        match std::str::from_utf8(text) {
            Ok(text) => self.found = Found::Help(name, text),
            Err(_) => return Err(self.c.error(Fault::Utf8 { what: "help text", text: Excerpt::of(text) })),
        }
        Ok(true)
    }

    /// Steps over a keyword and the blanks that must follow it.
    fn word(&mut self, word: &[u8]) -> bool {
        let start = self.c.at;
        let found = self.c.eat_word(word) && self.c.blanks();
        if !found {
            self.c.at = start;
        }
        found
    }

    fn family_name(&mut self, what: &'static str) -> Result<&'b str, ParseError> {
        let name = if self.c.peek() == Some(b'"') {
            series::quoted_text(&mut self.c, Dialect::Prometheus, what)?
        } else {
            let name = self.c.take_while(series::is_name_byte);
            if name.first().is_none_or(u8::is_ascii_digit) {
                self.c.at -= name.len();
                return Err(self.c.expected(what));
            }
            name
        };
        std::str::from_utf8(name)
            .map_err(|_| self.c.error(Fault::Utf8 { what: "metric name", text: Excerpt::of(name) }))
    }

    fn sample(&mut self) -> Result<(), ParseError> {
        let key_at = self.c.at;
        series::parse(&mut self.c, Dialect::Prometheus, &mut |_| {})?;
        let key_end = self.c.at;
        self.c.blanks();
        let text = self.c.take_while(|b| !matches!(b, b'{' | b' ' | b'\t' | b'\n'));
        if text.is_empty() || text[0] == 0 {
            self.c.at -= text.len();
            return Err(self.c.expected("value after metric"));
        }
        let Some(value) = number::float(text) else {
            return Err(self.c.error(Fault::Number { what: "value", text: Excerpt::of(text) }));
        };
        self.c.blanks();
        let timestamp_ms = match self.c.peek() {
            None | Some(b'\n') => None,
            Some(b'0'..=b'9') => {
                let digits = self.c.take_while(|b| b.is_ascii_digit());
                let Some((t, _)) = number::integer(digits) else {
                    return Err(self.c.error(Fault::Number { what: "timestamp", text: Excerpt::of(digits) }));
                };
                self.c.blanks();
                Some(t)
            }
            Some(_) => return Err(self.c.expected("timestamp or new record")),
        };
        if !self.c.eat(b'\n') && self.c.peek().is_some() {
            return Err(self.c.expected("next entry after timestamp"));
        }
        self.found = Found::Sample { key_at, key_end, sample: KnownSample { value, timestamp_ms } };
        Ok(())
    }
}
