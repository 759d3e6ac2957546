//! Reader of OpenMetrics text, 0.0.1 and 1.0.0.
//!
//! Behaviour follows Prometheus 3.14 `model/textparse/openmetricsparse.go`: exactly one space between tokens, no blank
//! lines or comments, `# EOF` at the end. One thing is better: `_created` samples are found anywhere in their family,
//! not only right behind the metric.

use std::collections::HashMap;

use model::{Exemplar, Labels, MetricType};

use crate::cursor::Cursor;
use crate::entry::{Entry, KnownSample, Series, Source};
use crate::error::{Excerpt, Fault, ParseError};
use crate::number;
use crate::series::{self, Dialect, Part};

const CREATED: &[u8] = b"_created";

/// Reads one body.
#[derive(Clone, Debug)]
pub struct OpenMetricsReader<'b> {
    c: Cursor<'b>,
    /// Whether `_created` samples become start times instead of series.
    start_times: bool,
    family: &'b [u8],
    kind: MetricType,
    unit: &'b str,
    found: Found<'b>,
    exemplars: Vec<Exemplar>,
    /// Start times of the present family by [`identity`], once asked for.
    created: Option<HashMap<Vec<u8>, i64>>,
}

#[derive(Clone, Copy, Debug)]
enum Found<'b> {
    Type(&'b str),
    Help(&'b str, &'b str),
    Unit(&'b str),
    Sample { key_at: usize, key_end: usize, sample: KnownSample, start_ms: Option<i64> },
}

impl<'b> OpenMetricsReader<'b> {
    /// Starts reading. With `start_times`, `_created` samples of counters, summaries and histograms are not entries,
    /// but the start times of their metrics' samples.
    pub fn new(body: &'b [u8], start_times: bool) -> OpenMetricsReader<'b> {
        OpenMetricsReader {
            c: Cursor::new(body),
            start_times,
            family: b"",
            kind: MetricType::Unknown,
            unit: "",
            found: Found::Type(""),
            exemplars: Vec::new(),
            created: None,
        }
    }

    /// Steps to the next entry; false at `# EOF`.
    ///
    /// # Errors
    /// The first line that breaks the format, or a missing `# EOF`. The reader must not be used after that.
    pub fn advance(&mut self) -> Result<bool, ParseError> {
        loop {
            self.c.start_entry();
            self.exemplars.clear();
            match self.c.peek() {
                None => return Err(self.c.error(Fault::NoEof)),
                Some(b'#') => return self.meta(),
                Some(_) => {
                    let (created, found) = self.sample()?;
                    if created && self.start_times && starts_matter(self.kind) {
                        continue;
                    }
                    self.found = found;
                    return Ok(true);
                }
            }
        }
    }

    /// Returns the entry that [`OpenMetricsReader::advance`] stepped to.
    pub fn entry(&self) -> Entry<'_> {
        match self.found {
            Found::Type(name) => Entry::Type { name, kind: self.kind },
            Found::Help(name, text) => Entry::Help { name, text: series::unescape(text) },
            Found::Unit(name) => Entry::Unit { name, unit: self.unit },
            Found::Sample { key_at, key_end, sample, start_ms } => Entry::Sample {
                series: Series {
                    key: &self.c.body[key_at..key_end],
                    source: Source::Text { kind: self.kind, body: self.c.body, at: key_at },
                },
                value: sample.value,
                timestamp_ms: sample.timestamp_ms,
                start_ms,
                exemplars: &self.exemplars,
            },
        }
    }

    /// As [`crate::TextReader::take_known`], for lines of the form `key value`.
    #[inline]
    pub fn take_known(&mut self, is_known: impl FnOnce(&[u8]) -> bool) -> Option<KnownSample> {
        if self.start_times && starts_matter(self.kind) {
            return None;
        }
        let (key, rest) = self.c.plain_line()?;
        let (value, length) = number::plain(rest)?;
        if length < rest.len() || !is_known(key) {
            return None;
        }
        let (key_at, key_end) = (self.c.at, self.c.at + key.len());
        self.c.at = key_end + 1 + rest.len() + 1;
        self.exemplars.clear();
        let sample = KnownSample { value, timestamp_ms: None };
        self.found = Found::Sample { key_at, key_end, sample, start_ms: None };
        Some(sample)
    }

    /// Reads a line that starts with `#`; false for `# EOF`.
    fn meta(&mut self) -> Result<bool, ParseError> {
        if self.c.eat_word(b"# EOF") {
            self.c.eat(b'\n');
            let at_end = self.c.peek().is_none();
            return if at_end { Ok(false) } else { Err(self.c.error(Fault::AfterEof)) };
        }
        let words: [(&[u8], &str, &str); 3] = [
            (b"# TYPE ", "metric name after TYPE", "text in TYPE"),
            (b"# HELP ", "metric name after HELP", "text in HELP"),
            (b"# UNIT ", "metric name after UNIT", "text in UNIT"),
        ];
        let Some(which) = words.iter().position(|(word, _, _)| self.c.eat_word(word)) else {
            return Err(self.c.expected("a valid start token"));
        };
        let (_, name_missing, text_missing) = words[which];
        let name = self.family_name(name_missing)?;
        if !self.c.eat(b' ') {
            return Err(self.c.expected(text_missing));
        }
        let text = self.c.rest_of_line();
        if !self.c.eat(b'\n') {
            return Err(self.c.expected(text_missing));
        }
        if self.family != name.as_bytes() {
            self.family = name.as_bytes();
            self.created = None;
        }
        match which {
            0 => self.type_line(name, text)?,
            1 => self.found = Found::Help(name, self.utf8(text, "help text")?),
            _unit => self.unit_line(name, text)?,
        }
        Ok(true)
    }

    fn type_line(&mut self, name: &'b str, text: &[u8]) -> Result<(), ParseError> {
        self.kind = match text {
            b"counter" => MetricType::Counter,
            b"gauge" => MetricType::Gauge,
            b"histogram" => MetricType::Histogram,
            b"gaugehistogram" => MetricType::GaugeHistogram,
            b"summary" => MetricType::Summary,
            b"info" => MetricType::Info,
            b"stateset" => MetricType::StateSet,
            b"unknown" => MetricType::Unknown,
            other => return Err(self.c.error(Fault::Type(Excerpt::of(other)))),
        };
        self.created = None;
        self.found = Found::Type(name);
        Ok(())
    }

    fn unit_line(&mut self, name: &'b str, text: &'b [u8]) -> Result<(), ParseError> {
        self.unit = self.utf8(text, "unit")?;
        let fits = name.strip_suffix(self.unit).is_some_and(|stem| stem.ends_with('_'));
        if !self.unit.is_empty() && !fits {
            let (unit, name) = (Excerpt::of(text), Excerpt::of(name.as_bytes()));
            return Err(self.c.error(Fault::Unit { unit, name }));
        }
        self.found = Found::Unit(name);
        Ok(())
    }

    fn utf8(&self, text: &'b [u8], what: &'static str) -> Result<&'b str, ParseError> {
        std::str::from_utf8(text).map_err(|_| self.c.error(Fault::Utf8 { what, text: Excerpt::of(text) }))
    }

    fn family_name(&mut self, what: &'static str) -> Result<&'b str, ParseError> {
        let name = if self.c.peek() == Some(b'"') {
            series::quoted_text(&mut self.c, Dialect::OpenMetrics, what)?
        } else {
            let name = self.c.take_while(series::is_name_byte);
            if name.first().is_none_or(u8::is_ascii_digit) {
                self.c.at -= name.len();
                return Err(self.c.expected(what));
            }
            name
        };
        self.utf8(name, "metric name")
    }

    /// Reads a sample, and tells whether it is a `_created` one.
    fn sample(&mut self) -> Result<(bool, Found<'b>), ParseError> {
        let key_at = self.c.at;
        let mut name: &[u8] = b"";
        let mut identity = Vec::new();
        let collect = self.start_times && starts_matter(self.kind);
        let kind = self.kind;
        series::parse(&mut self.c, Dialect::OpenMetrics, &mut |part| match part {
            Part::Name(written) => name = written,
            Part::Label(..) if collect => push_identity(&mut identity, kind, part),
            Part::Label(..) => {}
        })?;
        let key_end = self.c.at;
        let value = self.spaced_float("value after metric", "value")?;
        let timestamp_ms = self.timestamp()?;
        let is_created = name.ends_with(CREATED);
        let start_ms = if collect && !is_created { self.start_of(&identity) } else { None };
        let sample = KnownSample { value, timestamp_ms };
        Ok((is_created, Found::Sample { key_at, key_end, sample, start_ms }))
    }

    /// Reads the end of a sample's line: time, exemplar, line feed.
    fn timestamp(&mut self) -> Result<Option<i64>, ParseError> {
        let mut timestamp_ms = None;
        if !self.c.rest().starts_with(b" # {") && self.c.peek() == Some(b' ') {
            timestamp_ms = Some(self.time("timestamp")?);
        }
        if self.c.rest().starts_with(b" # {") {
            self.c.at += 3;
            self.exemplar()?;
        }
        match self.c.peek() {
            None => Err(self.c.error(Fault::NoEof)),
            Some(b'\n') => {
                self.c.at += 1;
                Ok(timestamp_ms)
            }
            Some(_) => Err(self.c.expected("next entry after timestamp")),
        }
    }

    fn exemplar(&mut self) -> Result<(), ParseError> {
        let mut pairs: Vec<(&[u8], &[u8])> = Vec::new();
        series::parse_exemplar_labels(&mut self.c, &mut |part| {
            if let Part::Label(name, value) = part {
                pairs.push((name, value));
            }
        })?;
        let mut read = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            read.push((
                series::unescape(self.utf8(name, "label name")?),
                series::unescape(self.utf8(value, "label value")?),
            ));
        }
        let value = self.spaced_float("value after exemplar labels", "exemplar value")?;
        let timestamp_ms =
            if self.c.peek() == Some(b' ') { Some(self.time("exemplar timestamp")?) } else { None };
        let labels: Labels = series::from_pairs(&mut read).map_err(|fault| self.c.error(fault))?;
        self.exemplars.push(Exemplar { labels, value, timestamp_ms });
        Ok(())
    }

    fn spaced_float(&mut self, missing: &'static str, what: &'static str) -> Result<f64, ParseError> {
        if self.c.peek() != Some(b' ') {
            return Err(self.c.expected(missing));
        }
        self.c.at += 1;
        let text = self.c.take_while(|b| b != b' ' && b != b'\n');
        if text.is_empty() {
            return Err(self.c.expected(missing));
        }
        number::float(text).ok_or_else(|| self.c.error(Fault::Number { what, text: Excerpt::of(text) }))
    }

    /// Reads a time in seconds as milliseconds.
    fn time(&mut self, what: &'static str) -> Result<i64, ParseError> {
        let start = self.c.at + 1;
        let seconds = self.spaced_float("timestamp", what)?;
        if seconds.is_finite() {
            return Ok((seconds * 1000.0) as i64);
        }
        let text = Excerpt::of(&self.c.body[start..self.c.at]);
        Err(self.c.error(Fault::Number { what, text }))
    }

    /// Looks up when a metric of the present family started. The first question reads the family ahead, once.
    fn start_of(&mut self, identity: &[u8]) -> Option<i64> {
        if self.created.is_none() {
            self.created = Some(self.read_created());
        }
        self.created.as_ref()?.get(identity).copied()
    }

    fn read_created(&self) -> HashMap<Vec<u8>, i64> {
        let mut created = HashMap::new();
        let mut ahead = OpenMetricsReader { start_times: false, created: None, ..self.clone() };
        // A broken line ends the search; reading proper will come to it and report it.
        while ahead.c.peek().is_some_and(|b| b != b'#') && ahead.advance().is_ok_and(|more| more) {
            let Found::Sample { key_at, key_end, sample, .. } = ahead.found else { break };
            let mut key = Cursor::new(&self.c.body[key_at..key_end]);
            let (mut identity, mut is_created) = (Vec::new(), false);
            let parsed = series::parse(&mut key, Dialect::OpenMetrics, &mut |part| match part {
                Part::Name(name) => is_created = name.strip_suffix(CREATED) == Some(self.family),
                Part::Label(..) => push_identity(&mut identity, self.kind, part),
            });
            if parsed.is_ok() && is_created && sample.value.is_finite() {
                created.insert(identity, (sample.value * 1000.0) as i64);
            }
        }
        created
    }
}

/// Tells whether metrics of a type have a start.
fn starts_matter(kind: MetricType) -> bool {
    matches!(kind, MetricType::Counter | MetricType::Summary | MetricType::Histogram)
}

/// Adds a label to what names a metric among those of its family: all labels but the bound of its parts.
fn push_identity(identity: &mut Vec<u8>, kind: MetricType, part: Part<'_>) {
    let Part::Label(name, value) = part else { return };
    let is_bound = (kind == MetricType::Summary && name == b"quantile")
        || (kind == MetricType::Histogram && name == b"le");
    if !is_bound {
        identity.extend_from_slice(name);
        identity.push(0xff);
        identity.extend_from_slice(value);
        identity.push(0xff);
    }
}
