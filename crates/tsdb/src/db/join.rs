//! Joining samples of one series from several places.
//!
//! Counter resets of histograms are known between neighbours of one place only: where samples of several places
//! alternate, the hint of a histogram behind one of another place says nothing and is taken off.

use model::histogram::{HistogramValue, ResetHint};
use storage::Samples;

/// Makes one ordered run of what stands in `out` from `start` on, where each part, from `start` and from `next`, is
/// ordered. Of two samples at one time the first part's stays.
pub fn join(out: &mut Samples, start: (usize, usize), next: (usize, usize)) {
    let last_before =
        out.t[start.0..next.0].last().max(out.histograms[start.1..next.1].last().map(|(t, _)| t));
    let floats_after = out.t[next.0..].first();
    let histograms_after = out.histograms[next.1..].first().map(|(t, _)| t);
    let first_after = match (floats_after, histograms_after) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    };
    let (Some(last), Some(first)) = (last_before, first_after) else { return };
    if last < first {
        return;
    }
    let second = out.split_off(next.0, next.1);
    let first = out.split_off(start.0, start.1);
    append(out, merge(vec![first, second]));
}

/// Appends samples as they are; start times stay with theirs.
pub fn append(out: &mut Samples, more: Samples) {
    let starts = |all: &mut Vec<i64>, before: usize, more: Vec<i64>| {
        if !more.is_empty() {
            all.resize(before, 0);
            all.extend(more);
        }
    };
    starts(&mut out.starts, out.t.len(), more.starts);
    starts(&mut out.histogram_starts, out.histograms.len(), more.histogram_starts);
    out.t.extend(more.t);
    out.v.extend(more.v);
    out.histograms.extend(more.histograms);
}

/// A sample in one of several parts.
struct Entry {
    t: i64,
    part: usize,
    at: usize,
    histogram: bool,
}

/// Makes one ordered run of several. Of samples at one time the first part's stays; a float before a histogram.
pub fn merge(mut parts: Vec<Samples>) -> Samples {
    parts.retain(|p| !p.is_empty());
    if parts.len() < 2 {
        return parts.pop().unwrap_or_default();
    }
    let mut entries = Vec::with_capacity(parts.iter().map(Samples::len).sum());
    for (part, samples) in parts.iter().enumerate() {
        let float = |(at, t): (usize, &i64)| Entry { t: *t, part, at, histogram: false };
        entries.extend(samples.t.iter().enumerate().map(float));
        let histogram = |(at, (t, _)): (usize, &(i64, _))| Entry { t: *t, part, at, histogram: true };
        entries.extend(samples.histograms.iter().enumerate().map(histogram));
    }
    // Stable, and quick where long runs are in order already.
    entries.sort_by_key(|e| e.t);
    entries.dedup_by_key(|e| e.t);
    let mut out = Samples::default();
    let mut before: Option<(usize, usize)> = None;
    for Entry { t, part, at, histogram } in entries {
        let samples = &mut parts[part];
        if !histogram {
            out.push_started(samples.start(at), t, samples.v[at]);
            before = before.filter(|(p, _)| *p == part);
            continue;
        }
        let start_ms = samples.histogram_start(at);
        let mut h = samples.histograms[at].1.take_out();
        let follows = at.checked_sub(1).map(|former| (part, former));
        if at > 0 && before != follows || at == 0 && !out.is_empty() {
            forget_hint(&mut h);
        }
        before = Some((part, at));
        out.push_histogram(start_ms, t, h);
    }
    out
}

trait TakeOut {
    /// Takes the value and leaves an empty one.
    fn take_out(&mut self) -> Self;
}

impl TakeOut for HistogramValue {
    fn take_out(&mut self) -> HistogramValue {
        std::mem::replace(self, HistogramValue::Integer(model::histogram::Histogram::default()))
    }
}

fn forget_hint(h: &mut HistogramValue) {
    let hint = match h {
        HistogramValue::Integer(h) => &mut h.reset_hint,
        HistogramValue::Float(h) => &mut h.reset_hint,
    };
    match hint {
        ResetHint::Reset | ResetHint::NotReset => *hint = ResetHint::Unknown,
        ResetHint::Unknown | ResetHint::Gauge => {}
    }
}

#[cfg(test)]
mod tests;
