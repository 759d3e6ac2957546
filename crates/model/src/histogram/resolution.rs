//! Coarser buckets: two neighbours of a schema become one of the next lower schema.

use super::bounds::{index_in_schema, indexes};
use super::{FloatHistogram, Histogram, Span, is_exponential_schema};

/// Why buckets cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolutionError {
    /// Custom buckets have no coarser schema, and a target must be lower than the schema.
    #[error("cannot reduce resolution from schema {from} to {to}")]
    Schema {
        /// The histogram's schema.
        from: i32,
        /// The schema asked for.
        to: i32,
    },
    /// Spans and buckets disagree.
    #[error("spans need {spans} buckets, have {buckets} buckets")]
    Mismatch {
        /// Buckets the spans speak of.
        spans: usize,
        /// Buckets there are.
        buckets: usize,
    },
}

impl Histogram {
    /// Merges buckets until the schema is `target`.
    ///
    /// # Errors
    /// [`ResolutionError`]; the histogram is then unchanged.
    pub fn reduce_resolution(&mut self, target: i32) -> Result<(), ResolutionError> {
        check(self.schema, target)?;
        let positive = merge(&self.positive_spans, &sums(&self.positive_deltas), self.schema, target)?;
        let negative = merge(&self.negative_spans, &sums(&self.negative_deltas), self.schema, target)?;
        (self.positive_spans, self.positive_deltas) = (positive.0, deltas(&positive.1));
        (self.negative_spans, self.negative_deltas) = (negative.0, deltas(&negative.1));
        self.schema = target;
        Ok(())
    }
}

impl FloatHistogram {
    /// Merges buckets until the schema is `target`.
    ///
    /// # Errors
    /// [`ResolutionError`]; the histogram is then unchanged.
    pub fn reduce_resolution(&mut self, target: i32) -> Result<(), ResolutionError> {
        check(self.schema, target)?;
        let positive = merge(&self.positive_spans, &self.positive_buckets, self.schema, target)?;
        let negative = merge(&self.negative_spans, &self.negative_buckets, self.schema, target)?;
        (self.positive_spans, self.positive_buckets) = positive;
        (self.negative_spans, self.negative_buckets) = negative;
        self.schema = target;
        Ok(())
    }
}

fn check(from: i32, to: i32) -> Result<(), ResolutionError> {
    // Schemas above 8 are reserved, but may be read and made coarser.
    let reducible = is_exponential_schema(from.min(8)) && is_exponential_schema(to) && to < from;
    if reducible { Ok(()) } else { Err(ResolutionError::Schema { from, to }) }
}

fn merge<N: Copy + std::ops::AddAssign>(
    spans: &[Span],
    counts: &[N],
    from: i32,
    to: i32,
) -> Result<(Vec<Span>, Vec<N>), ResolutionError> {
    let needed = spans.iter().map(|s| s.length as usize).sum();
    if needed != counts.len() {
        return Err(ResolutionError::Mismatch { spans: needed, buckets: counts.len() });
    }
    let (mut out_spans, mut out_counts): (Vec<Span>, Vec<N>) = (Vec::new(), Vec::new());
    let mut last = 0;
    for (index, count) in indexes(spans).zip(counts) {
        let index = index_in_schema(index, from, to);
        match (out_spans.last_mut(), out_counts.last_mut()) {
            (Some(_), Some(sum)) if index == last => *sum += *count,
            (Some(span), Some(_)) if index == last + 1 => {
                span.length += 1;
                out_counts.push(*count);
            }
            (previous, _) => {
                let offset = if previous.is_some() { index - last - 1 } else { index };
                out_spans.push(Span { offset, length: 1 });
                out_counts.push(*count);
            }
        }
        last = index;
    }
    Ok((out_spans, out_counts))
}

fn sums(deltas: &[i64]) -> Vec<i64> {
    deltas
        .iter()
        .scan(0i64, |sum, d| {
            *sum = sum.wrapping_add(*d);
            Some(*sum)
        })
        .collect()
}

fn deltas(counts: &[i64]) -> Vec<i64> {
    let mut last = 0;
    counts.iter().map(|c| c.wrapping_sub(std::mem::replace(&mut last, *c))).collect()
}
