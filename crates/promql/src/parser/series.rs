//! Series descriptions of the test language: `metric{a="b"} 1 2+3x4 _x2 stale {{schema:0 count:5 buckets:[2 3]}}`.

use std::sync::Arc;

use model::Labels;
use model::histogram::FloatHistogram;
use model::value::STALE_NAN;

use super::{ParseErrors, ParseOptions, Parsed, Parser, Stop};
use crate::ast::BinaryOp;
use crate::lexer::{Lexer, TokenKind};

/// The most values that one description may expand to.
const VALUES_MAX: usize = 1_000_000;

/// One position in a series.
#[derive(Clone, Debug, PartialEq)]
pub enum SequenceValue {
    /// `_`: no sample.
    Omitted,
    /// A number; `stale` is the staleness marker.
    Float(f64),
    /// A native histogram.
    Histogram {
        /// The histogram.
        histogram: Arc<FloatHistogram>,
        /// Whether a counter reset hint was written out: only then it is compared.
        hint_is_set: bool,
    },
}

/// A series and its values, one per step.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDescription {
    /// Whose.
    pub labels: Labels,
    /// Position by position.
    pub values: Vec<SequenceValue>,
}

/// Reads a series description.
///
/// # Errors
/// As [`super::parse`].
pub fn parse_series(text: &str) -> Result<SeriesDescription, ParseErrors> {
    let mut parser = Parser::start(text, Lexer::series_description(text), &ParseOptions::default())?;
    let parsed = parser.series_description().map_err(|stop| parser.complain(stop, "series values", ""));
    parser.finish(parsed)
}

impl Parser<'_> {
    fn series_description(&mut self) -> Parsed<SeriesDescription> {
        let labels = self.metric()?;
        let mut values = Vec::new();
        while self.accept(TokenKind::Space).is_some() {
            if self.kind() != TokenKind::End {
                self.series_item(&mut values)?;
            }
        }
        self.end()?;
        Ok(SeriesDescription { labels, values })
    }

    fn series_item(&mut self, values: &mut Vec<SequenceValue>) -> Parsed<()> {
        if self.accept(TokenKind::Blank).is_some() {
            let count = if self.kind() == TokenKind::Times { self.repetitions(values)? } else { 1 };
            values.extend(std::iter::repeat_n(SequenceValue::Omitted, count));
            return Ok(());
        }
        if self.kind() == TokenKind::OpenHistogram {
            return self.histogram_item(values);
        }
        let mut value = self.series_value()?;
        let step = match self.kind() {
            TokenKind::Binary(BinaryOp::Add | BinaryOp::Sub) => self.signed_number()?,
            TokenKind::Times => 0.0,
            _single => {
                values.push(SequenceValue::Float(value));
                return Ok(());
            }
        };
        // The value itself stands before its repetitions.
        for i in 0..=self.repetitions(values)? {
            if i > 0 && step != 0.0 {
                value += step;
            }
            values.push(SequenceValue::Float(value));
        }
        Ok(())
    }

    fn histogram_item(&mut self, values: &mut Vec<SequenceValue>) -> Parsed<()> {
        let (base, mut hint_is_set) = self.histogram()?;
        let op = match self.kind() {
            TokenKind::Binary(op @ (BinaryOp::Add | BinaryOp::Sub)) => Some(op),
            TokenKind::Times => None,
            _single => {
                values.push(SequenceValue::Histogram { histogram: Arc::new(base), hint_is_set });
                return Ok(());
            }
        };
        let mut step = None;
        if let Some(op) = op {
            self.advance();
            let (histogram, step_hint_is_set) = self.histogram()?;
            hint_is_set = step_hint_is_set;
            step = Some((histogram, op == BinaryOp::Sub));
        }
        let count = self.repetitions(values)?;
        let mut current = Arc::new(base);
        values.push(SequenceValue::Histogram { histogram: current.clone(), hint_is_set });
        for _ in 0..count {
            if let Some((step, subtract)) = &step {
                match super::series_histogram::combine(&current, step, *subtract) {
                    Ok(next) => current = Arc::new(next),
                    Err(reason) => {
                        let span = self.peek().span();
                        self.error(span, reason);
                        return Err(Stop::Reported);
                    }
                }
            }
            values.push(SequenceValue::Histogram { histogram: current.clone(), hint_is_set });
        }
        Ok(())
    }

    fn series_value(&mut self) -> Parsed<f64> {
        let token = self.peek();
        if token.kind != TokenKind::Identifier {
            return self.signed_number();
        }
        if self.text_of(token) != "stale" {
            return Err(self.complain(Stop::Unexpected, "series values", "number or \"stale\""));
        }
        self.advance();
        Ok(STALE_NAN)
    }

    /// Reads `x5`.
    fn repetitions(&mut self, values: &[SequenceValue]) -> Parsed<usize> {
        self.expect(TokenKind::Times)?;
        let token = self.expect(TokenKind::Number)?;
        let text = self.text_of(token);
        let count = match text.parse::<u64>() {
            Ok(count) => count,
            Err(_) => {
                let quoted = model::number::quote(text);
                self.error(
                    token.span(),
                    format!("invalid repetition in series values: strconv.ParseUint: parsing {quoted}: invalid syntax"),
                );
                return Err(Stop::Reported);
            }
        };
        match usize::try_from(count).ok().filter(|count| *count <= VALUES_MAX.saturating_sub(values.len())) {
            Some(count) => Ok(count),
            None => {
                self.error(
                    token.span(),
                    format!("series has more than {VALUES_MAX} values with {count} repetitions"),
                );
                Err(Stop::Reported)
            }
        }
    }
}
