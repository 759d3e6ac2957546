//! Native histograms in series descriptions: `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}`.

use std::collections::BTreeMap;

use model::histogram::{FloatHistogram, ResetHint, Span, indexes};

use super::{Parsed, Parser, Stop};
use crate::ast::BinaryOp;
use crate::lexer::TokenKind;

const CONTEXT: &str = "histogram description";
const EXPECTED: &str = "histogram description key, e.g. buckets:[5 10 7]";

/// What was written of a histogram so far.
#[derive(Default)]
struct Description {
    seen: Vec<String>,
    histogram: FloatHistogram,
    offset: i32,
    negative_offset: i32,
}

impl Parser<'_> {
    /// Reads a histogram; the second value tells whether it has a counter reset hint.
    pub(super) fn histogram(&mut self) -> Parsed<(FloatHistogram, bool)> {
        self.expect(TokenKind::OpenHistogram)?;
        let mut description = Description::default();
        loop {
            self.accept(TokenKind::Space);
            if self.accept(TokenKind::CloseHistogram).is_some() {
                break;
            }
            self.histogram_field(&mut description)?;
            if !matches!(self.kind(), TokenKind::Space | TokenKind::CloseHistogram) {
                return Err(self.complain(Stop::Unexpected, CONTEXT, EXPECTED));
            }
        }
        let hint_is_set = description.seen.iter().any(|key| key == "counter_reset_hint");
        let mut histogram = description.histogram;
        histogram.positive_spans = spans(description.offset, histogram.positive_buckets.len());
        histogram.negative_spans = spans(description.negative_offset, histogram.negative_buckets.len());
        Ok((histogram, hint_is_set))
    }

    fn histogram_field(&mut self, description: &mut Description) -> Parsed<()> {
        let Some(token) = self.accept(TokenKind::HistogramKey) else {
            return Err(self.complain(Stop::Unexpected, CONTEXT, EXPECTED));
        };
        let key = self.text_of(token).to_ascii_lowercase();
        self.expect(TokenKind::Colon)?;
        if description.seen.contains(&key) {
            self.error(crate::ast::Span::default(), format!("duplicate key \"{key}\" in histogram"));
            return Err(Stop::Reported);
        }
        let histogram = &mut description.histogram;
        match key.as_str() {
            "schema" => histogram.schema = self.integer()?,
            "sum" => histogram.sum = self.signed_number()?,
            "count" => histogram.count = self.signed_number()?,
            "z_bucket" => histogram.zero_count = self.signed_number()?,
            "z_bucket_w" => histogram.zero_threshold = self.number_or_duration()?.0.value,
            "custom_values" => histogram.custom_values = self.numbers()?,
            "buckets" => histogram.positive_buckets = self.numbers()?,
            "offset" => description.offset = self.integer()?,
            "n_buckets" => histogram.negative_buckets = self.numbers()?,
            "n_offset" => description.negative_offset = self.integer()?,
            _counter_reset_hint => histogram.reset_hint = self.reset_hint()?,
        }
        description.seen.push(key);
        Ok(())
    }

    fn reset_hint(&mut self) -> Parsed<ResetHint> {
        let token = self.expect(TokenKind::ResetHint)?;
        Ok(match self.text_of(token).to_ascii_lowercase().as_str() {
            "reset" => ResetHint::Reset,
            "not_reset" => ResetHint::NotReset,
            "gauge" => ResetHint::Gauge,
            _unknown => ResetHint::Unknown,
        })
    }

    fn integer(&mut self) -> Parsed<i32> {
        let negative = self.accept(TokenKind::Binary(BinaryOp::Sub)).is_some();
        let token = self.expect(TokenKind::Number)?;
        match self.text_of(token).parse::<i32>() {
            Ok(n) => Ok(if negative { -n } else { n }),
            Err(reason) => {
                self.error(token.span(), format!("invalid number in histogram description: {reason}"));
                Err(Stop::Reported)
            }
        }
    }

    /// Reads `[1 2 3]`.
    fn numbers(&mut self) -> Parsed<Vec<f64>> {
        self.expect(TokenKind::LeftBracket)?;
        let mut out = vec![self.signed_number()?];
        loop {
            self.accept(TokenKind::Space);
            if self.accept(TokenKind::RightBracket).is_some() {
                return Ok(out);
            }
            out.push(self.signed_number()?);
        }
    }
}

fn spans(offset: i32, buckets: usize) -> Vec<Span> {
    if buckets == 0 { Vec::new() } else { vec![Span { offset, length: buckets as u32 }] }
}

/// Adds a step to a histogram, or takes it away.
pub(super) fn combine(
    current: &FloatHistogram,
    step: &FloatHistogram,
    subtract: bool,
) -> Result<FloatHistogram, String> {
    if current.schema > step.schema {
        return Err(format!(
            "error combining histograms: cannot merge from schema {} to {}",
            step.schema, current.schema
        ));
    }
    let mut step = step.clone();
    if step.schema > current.schema {
        step.reduce_resolution(current.schema).map_err(|e| format!("error combining histograms: {e}"))?;
    }
    if current.custom_values != step.custom_values {
        return Err("error combining histograms: custom bounds differ".to_owned());
    }
    let factor = if subtract { -1.0 } else { 1.0 };
    let (positive_spans, positive_buckets) = add_buckets(
        (&current.positive_spans, &current.positive_buckets),
        (&step.positive_spans, &step.positive_buckets),
        factor,
    );
    let (negative_spans, negative_buckets) = add_buckets(
        (&current.negative_spans, &current.negative_buckets),
        (&step.negative_spans, &step.negative_buckets),
        factor,
    );
    Ok(FloatHistogram {
        reset_hint: combined_hint(current.reset_hint, step.reset_hint),
        schema: current.schema,
        zero_threshold: current.zero_threshold.max(step.zero_threshold),
        zero_count: current.zero_count + factor * step.zero_count,
        count: current.count + factor * step.count,
        sum: current.sum + factor * step.sum,
        positive_spans,
        positive_buckets,
        negative_spans,
        negative_buckets,
        custom_values: current.custom_values.clone(),
    })
}

fn combined_hint(a: ResetHint, b: ResetHint) -> ResetHint {
    if a == b {
        a
    } else if a == ResetHint::Gauge || b == ResetHint::Gauge {
        ResetHint::Gauge
    } else {
        ResetHint::Unknown
    }
}

type Buckets<'a> = (&'a [Span], &'a [f64]);

fn add_buckets(a: Buckets<'_>, b: Buckets<'_>, factor: f64) -> (Vec<Span>, Vec<f64>) {
    let mut by_index: BTreeMap<i32, f64> = indexes(a.0).zip(a.1.iter().copied()).collect();
    for (index, count) in indexes(b.0).zip(b.1) {
        *by_index.entry(index).or_default() += factor * count;
    }
    let (mut spans, mut counts): (Vec<Span>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for (index, count) in by_index {
        match spans.last_mut() {
            Some(span) if index == next => span.length += 1,
            Some(_) | None => spans.push(Span { offset: index - next, length: 1 }),
        }
        counts.push(count);
        next = index + 1;
    }
    (spans, counts)
}
