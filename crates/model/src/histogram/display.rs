//! Histograms as Prometheus prints them: `{count:5, sum:18.4, [-0.001,0.001]:2, (1,2]:3}`.

use std::fmt;

use super::bounds::{bound, indexes};
use super::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Histogram, HistogramValue};
use crate::number::format_g;

impl fmt::Display for FloatHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{count:{}, sum:{}", format_g(self.count), format_g(self.sum))?;
        let negative: Vec<_> = indexes(&self.negative_spans).zip(&self.negative_buckets).collect();
        for (index, count) in negative.into_iter().rev().filter(|(_, c)| **c != 0.0) {
            let (upper, lower) = (bound(index - 1, self.schema, &[]), bound(index, self.schema, &[]));
            write!(f, ", [{},{}):{}", format_g(-lower), format_g(-upper), format_g(*count))?;
        }
        if self.zero_count != 0.0 {
            let width = self.zero_threshold;
            write!(f, ", [{},{}]:{}", format_g(-width), format_g(width), format_g(self.zero_count))?;
        }
        for (index, count) in
            indexes(&self.positive_spans).zip(&self.positive_buckets).filter(|(_, c)| **c != 0.0)
        {
            let lower = bound(index - 1, self.schema, &self.custom_values);
            let upper = bound(index, self.schema, &self.custom_values);
            // A custom bucket that reaches down to −Inf, or below zero at index 0, includes its lower bound.
            let closed = self.schema == CUSTOM_BUCKETS_SCHEMA && index == 0;
            let open = if closed { '[' } else { '(' };
            write!(f, ", {open}{},{}]:{}", format_g(lower), format_g(upper), format_g(*count))?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_float(), f)
    }
}

impl fmt::Display for HistogramValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_float(), f)
    }
}
