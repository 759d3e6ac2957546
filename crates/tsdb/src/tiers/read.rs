//! Downsampled data as readers want it.
//!
//! Kept samples are read as they are. What was between them a reader may need as well: a look-up must find something within
//! its lookback, and a rate over a window that is not made of whole buckets must not see all of a bucket's increase in one
//! place. So samples are put in between where there were some, about as many, and no closer than the reader's
//! windows need. For windows of whole buckets none of this changes a result.

use model::value::is_stale;
use storage::{Between, Figure, SampleHint, Samples, TimeRange};

use super::fold::{Bucket, Downsampled, end_of};

/// A window over samples that move evenly gets about this many of them, so that what is cut off at its ends is little.
const EVEN_PARTS: i64 = 16;
/// The most samples that are imagined in a bucket: two hours at the resolution of a query that looks at minutes.
const IMAGINED_MAX: i64 = 2048;

/// Appends samples in `range`.
pub fn samples(folded: &Downsampled, hint: Option<&SampleHint>, range: TimeRange, out: &mut Samples) {
    let mut push = |t: i64, v: f64| {
        if range.min_ms <= t && t <= range.max_ms {
            append(out, t, v);
        }
    };
    for run in runs(folded) {
        if !run.overlaps(range) {
            continue;
        }
        let spacing = hint.and_then(|hint| run.spacing(hint));
        for i in 0..run.t.len() {
            push(run.t[i], run.v[i]);
            let (Some(hint), Some(spacing), Some(next)) = (hint, spacing, run.t.get(i + 1)) else { continue };
            let (from, to) = ((run.t[i], run.v[i]), (*next, run.v[i + 1]));
            if !is_stale(from.1) && !is_stale(to.1) {
                between(from, to, spacing, hint.between, &mut push);
            }
        }
    }
}

/// Appends a sample; what stands before it may be of another part of the series, which overlaps this one.
fn append(out: &mut Samples, t: i64, v: f64) {
    out.t.push(t);
    out.v.push(v);
}

/// Calls `push` with imagined samples between two kept ones.
fn between(from: (i64, f64), to: (i64, f64), spacing: i64, how: Between, push: &mut impl FnMut(i64, f64)) {
    let gap = to.0 - from.0;
    let parts = (gap + spacing - 1) / spacing;
    let even = how == Between::Even && to.1 >= from.1;
    for k in 1..parts {
        let after = gap * k / parts;
        let value = if even { from.1 + (to.1 - from.1) * (after as f64 / gap as f64) } else { from.1 };
        push(from.0 + after, value);
    }
}

/// Appends a figure of the samples in `range`; see [`storage::SeriesSet::read_figure`].
pub fn figures(
    folded: &Downsampled,
    figure: Figure,
    hint: Option<&SampleHint>,
    range: TimeRange,
    out: &mut Samples,
) {
    let whole = hint.is_none_or(|hint| hint.is_aligned_to(folded.resolution_ms));
    for run in runs(folded) {
        if !run.overlaps(range) {
            continue;
        }
        let (Some(bucket), Some((first, last))) = (run.bucket, run.live()) else { continue };
        let total = match figure {
            Figure::Sum => bucket.sum,
            Figure::Count => bucket.count as f64,
        };
        let parts = match hint {
            Some(hint) if !whole => run.parts(hint, last - first, bucket.count),
            Some(_) | None => 1,
        };
        // The last part takes what rounding left over, so that all together are the total.
        let mut rest = total;
        for k in 0..parts {
            let t = if parts == 1 { last } else { first + (last - first) * k / (parts - 1) };
            let (t, part) = if k + 1 == parts { (last, rest) } else { (t, total / parts as f64) };
            rest -= part;
            if range.min_ms <= t && t <= range.max_ms {
                append(out, t, part);
            }
        }
    }
}

/// The kept samples of one bucket, with its figures.
struct Run<'a> {
    t: &'a [i64],
    v: &'a [f64],
    bucket: Option<Bucket>,
}

/// Returns the buckets one after another.
fn runs(folded: &Downsampled) -> impl Iterator<Item = Run<'_>> {
    let (mut from, mut buckets) = (0, folded.buckets.iter().peekable());
    std::iter::from_fn(move || {
        let end_ms = end_of(*folded.t.get(from)?, folded.resolution_ms);
        let to = from + folded.t[from..].partition_point(|t| *t <= end_ms);
        while buckets.next_if(|b| b.end_ms < end_ms).is_some() {}
        let bucket = buckets.next_if(|b| b.end_ms == end_ms).copied();
        let run = Run { t: &folded.t[from..to], v: &folded.v[from..to], bucket };
        from = to;
        Some(run)
    })
}

impl Run<'_> {
    fn overlaps(&self, range: TimeRange) -> bool {
        self.t.first().is_some_and(|t| *t <= range.max_ms)
            && self.t.last().is_some_and(|t| range.min_ms <= *t)
    }

    /// Times of the first and last sample that is no staleness marker.
    fn live(&self) -> Option<(i64, i64)> {
        let first = self.v.iter().position(|v| !is_stale(*v))?;
        let last = self.v.iter().rposition(|v| !is_stale(*v))?;
        Some((self.t[first], self.t[last]))
    }

    /// Returns how far apart imagined samples are; `None` if there were none besides those that were kept.
    fn spacing(&self, hint: &SampleHint) -> Option<i64> {
        let bucket = self.bucket?;
        let (first, last) = self.live()?;
        let kept = self.v.iter().filter(|v| !is_stale(**v)).count() as u64;
        if bucket.count <= kept || last <= first {
            return None;
        }
        let wanted = match hint.between {
            Between::Even => hint.window_ms / EVEN_PARTS,
            // Any window has one of them.
            Between::Held => hint.window_ms / 4 * 3,
        };
        let mean = (last - first) / (bucket.count.saturating_sub(1).max(1) as i64);
        Some(wanted.max(mean).max((last - first) / IMAGINED_MAX).max(1))
    }

    /// Returns in how many parts a figure is given.
    fn parts(&self, hint: &SampleHint, span: i64, count: u64) -> i64 {
        let spacing = (hint.window_ms / EVEN_PARTS).max(1);
        (span / spacing + 1).min(i64::try_from(count).unwrap_or(i64::MAX)).clamp(1, IMAGINED_MAX)
    }
}
