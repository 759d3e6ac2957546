//! Series of several parts, those with equal labels as one.

use hashbrown::HashMap;
use model::Labels;
use model::histogram::HistogramValue;
use smallvec::{SmallVec, smallvec};
use storage::{Projection, Samples, SelectError, SelectRequest, SeriesSet, TimeRange};

/// Series of several parts.
pub struct MergedSeries {
    parts: Vec<Box<dyn SeriesSet>>,
    series: Vec<Merged>,
    truncated: bool,
}

struct Merged {
    labels: Labels,
    /// Part and number in it, in the order of parts.
    members: SmallVec<[(u32, u32); 2]>,
}

impl MergedSeries {
    /// Merges selections without projection, then applies the request's projection, order and limit.
    ///
    /// # Errors
    /// [`SelectError::Cancelled`].
    pub fn merge(
        parts: Vec<Box<dyn SeriesSet>>,
        request: &SelectRequest<'_>,
    ) -> Result<MergedSeries, SelectError> {
        let mut series: Vec<Merged> = Vec::with_capacity(parts.iter().map(|p| p.len()).max().unwrap_or(0));
        let mut by_labels: HashMap<Labels, u32> = HashMap::new();
        for (p, part) in (0u32..).zip(&parts) {
            request.cancel.check()?;
            for i in 0..part.len() {
                let labels = part.labels(i);
                let member = (p, i as u32);
                if parts.len() == 1 {
                    series.push(Merged { labels, members: smallvec![member] });
                    continue;
                }
                match by_labels.get(&labels) {
                    Some(&known) => series[known as usize].members.push(member),
                    None => {
                        by_labels.insert(labels.clone(), series.len() as u32);
                        series.push(Merged { labels, members: smallvec![member] });
                    }
                }
            }
        }
        if let Some(projection) = &request.projection {
            for merged in &mut series {
                merged.labels = project(&merged.labels, projection);
            }
        }
        if request.sorted {
            series.sort_by(|a, b| a.labels.cmp(&b.labels));
        }
        let truncated = request.limit > 0 && series.len() > request.limit;
        if truncated {
            series.truncate(request.limit);
        }
        Ok(MergedSeries { parts, series, truncated })
    }
}

fn project(labels: &Labels, projection: &Projection) -> Labels {
    match projection {
        Projection::Only(names) => labels.keep(names),
        Projection::Without(names) => labels.without(names),
    }
}

impl SeriesSet for MergedSeries {
    fn len(&self) -> usize {
        self.series.len()
    }

    fn labels(&self, i: usize) -> Labels {
        self.series[i].labels.clone()
    }

    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let start = (out.t.len(), out.histograms.len());
        let mut members = self.series[i].members.iter();
        if let Some(&(part, member)) = members.next() {
            self.parts[part as usize].read(member as usize, range, out)?;
        }
        let mut later = Samples::default();
        for &(part, member) in members {
            later.clear();
            self.parts[part as usize].read(member as usize, range, &mut later)?;
            add(out, start, &mut later);
        }
        Ok(())
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.parts.iter().flat_map(|p| p.warnings()).collect();
        warnings.extend(self.truncated.then(|| "results truncated due to limit".to_owned()));
        warnings
    }
}

/// Adds the samples of a later part to those from `start` on. Usually they just follow.
fn add(out: &mut Samples, start: (usize, usize), later: &mut Samples) {
    let end = |floats: &[i64], histograms: &[(i64, HistogramValue)]| {
        floats.last().copied().max(histograms.last().map(|h| h.0))
    };
    let first = match (later.t.first(), later.histograms.first()) {
        (Some(&t), Some(h)) => t.min(h.0),
        (Some(&t), None) => t,
        (None, Some(h)) => h.0,
        (None, None) => return,
    };
    if end(&out.t[start.0..], &out.histograms[start.1..]).is_some_and(|end| end >= first) {
        interleave(out, start, later);
    } else {
        out.t.append(&mut later.t);
        out.v.append(&mut later.v);
        out.histograms.append(&mut later.histograms);
    }
}

fn interleave(out: &mut Samples, start: (usize, usize), later: &mut Samples) {
    let former = Samples {
        t: out.t.split_off(start.0),
        v: out.v.split_off(start.0),
        histograms: out.histograms.split_off(start.1),
    };
    let in_former = |t: i64| {
        former.t.binary_search(&t).is_ok() || former.histograms.binary_search_by_key(&t, |h| h.0).is_ok()
    };
    let mut floats: Vec<(i64, f64)> = former.t.iter().copied().zip(former.v.iter().copied()).collect();
    floats.extend(later.t.drain(..).zip(later.v.drain(..)).filter(|(t, _)| !in_former(*t)));
    floats.sort_by_key(|(t, _)| *t);
    let new: Vec<_> = later.histograms.drain(..).filter(|(t, _)| !in_former(*t)).collect();
    let mut histograms = former.histograms;
    histograms.extend(new);
    histograms.sort_by_key(|(t, _)| *t);
    out.t.extend(floats.iter().map(|(t, _)| *t));
    out.v.extend(floats.iter().map(|(_, v)| *v));
    out.histograms.extend(histograms);
}
