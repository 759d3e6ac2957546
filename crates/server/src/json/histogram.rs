//! Native histograms as the API prints them: count, sum, and buckets that are not empty.
//!
//! Source: Prometheus 3.14 `util/jsonutil/marshal.go`, `model/histogram/float_histogram.go` (`AllBucketIterator`).

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, bound, indexes};

use super::text::write_value;

struct Bucket {
    lower: f64,
    upper: f64,
    lower_inclusive: bool,
    upper_inclusive: bool,
    count: f64,
}

/// Appends a histogram as an object.
pub fn write_histogram(out: &mut String, h: &FloatHistogram) {
    out.push_str(r#"{"count":"#);
    write_value(out, h.count);
    out.push_str(r#","sum":"#);
    write_value(out, h.sum);
    let mut separator = r#","buckets":["#;
    each_bucket(h, |bucket| {
        if bucket.count == 0.0 {
            return;
        }
        out.push_str(separator);
        separator = ",";
        out.push('[');
        out.push(match (bucket.lower_inclusive, bucket.upper_inclusive) {
            (false, true) => '0',
            (true, false) => '1',
            (false, false) => '2',
            (true, true) => '3',
        });
        for v in [bucket.lower, bucket.upper, bucket.count] {
            out.push(',');
            write_value(out, v);
        }
        out.push(']');
    });
    if separator == "," {
        out.push(']');
    }
    out.push('}');
}

/// Calls `each` with every bucket, lowest bound first.
fn each_bucket(h: &FloatHistogram, mut each: impl FnMut(Bucket)) {
    let negative: Vec<(i32, f64)> =
        indexes(&h.negative_spans).zip(h.negative_buckets.iter().copied()).collect();
    for (index, count) in negative.into_iter().rev() {
        let lower = -bound(index, h.schema, &h.custom_values);
        let upper = -bound(index - 1, h.schema, &h.custom_values);
        each(outside_zero(h, bucket(h, index, lower, upper, count)));
    }
    if h.zero_count > 0.0 {
        each(Bucket {
            lower: -h.zero_threshold,
            upper: h.zero_threshold,
            lower_inclusive: true,
            upper_inclusive: true,
            count: h.zero_count,
        });
    }
    for (index, count) in indexes(&h.positive_spans).zip(h.positive_buckets.iter().copied()) {
        let lower = bound(index - 1, h.schema, &h.custom_values);
        let upper = bound(index, h.schema, &h.custom_values);
        each(outside_zero(h, bucket(h, index, lower, upper, count)));
    }
}

fn bucket(h: &FloatHistogram, index: i32, lower: f64, upper: f64, count: f64) -> Bucket {
    let (lower_inclusive, upper_inclusive) =
        if h.schema == CUSTOM_BUCKETS_SCHEMA { (index == 0, true) } else { (lower < 0.0, upper > 0.0) };
    Bucket { lower, upper, lower_inclusive, upper_inclusive, count }
}

/// Cuts a bucket at the zero bucket's bounds.
fn outside_zero(h: &FloatHistogram, mut bucket: Bucket) -> Bucket {
    if bucket.upper < 0.0 && bucket.upper > -h.zero_threshold {
        bucket.upper = -h.zero_threshold;
    } else if bucket.lower > 0.0 && bucket.lower < h.zero_threshold {
        bucket.lower = h.zero_threshold;
    }
    bucket
}
