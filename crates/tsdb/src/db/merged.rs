//! Series of several parts of a database, head and blocks, each once.
//!
//! Series are told apart by digests of all their labels; labels themselves are made when somebody asks for them, and only as
//! far as the reader looks at them.

use hashbrown::HashTable;
use model::Labels;
use smallvec::SmallVec;
use storage::{Cancel, Figure, Samples, SelectError, SeriesSet, TimeRange};

use super::join::join;
use crate::block::BlockSeries;
use crate::head::HeadSeries;

/// Series merged before it is looked whether the query still runs.
const LOOK_EVERY: usize = 4096;

/// What one part of a database found.
pub trait Part: SeriesSet {
    /// Returns the digests of all labels of each series, whatever the projection.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged file, [`SelectError::Cancelled`].
    fn digests(&self, cancel: &Cancel) -> Result<Vec<u128>, SelectError>;
}

impl Part for BlockSeries {
    fn digests(&self, cancel: &Cancel) -> Result<Vec<u128>, SelectError> {
        BlockSeries::digests(self, cancel)
    }
}

impl Part for HeadSeries {
    fn digests(&self, cancel: &Cancel) -> Result<Vec<u128>, SelectError> {
        HeadSeries::digests(self, cancel)
    }
}

/// Where a series' samples are: (part, index), parts in the order of time.
type Sources = SmallVec<[(u32, u32); 2]>;

/// Series of several parts, each once.
pub struct Merged {
    parts: Vec<Box<dyn Part>>,
    series: Vec<Sources>,
    /// Labels of all series, if they had to be sorted.
    labels: Option<Vec<Labels>>,
    /// The coarsest resolution that some series is read in.
    resolution_ms: Option<i64>,
}

impl Merged {
    /// Merges what parts, which come in the order of time, found. `hidden` may tell, for some of the first parts, which parts are
    /// not asked for a series that this one has.
    ///
    /// # Errors
    /// As [`Part::digests`].
    pub fn new(
        parts: Vec<Box<dyn Part>>,
        hidden: &[Vec<usize>],
        sorted: bool,
        cancel: &Cancel,
    ) -> Result<Merged, SelectError> {
        let largest = parts.iter().map(|p| p.len()).max().unwrap_or(0);
        let mut series: Vec<Sources> = Vec::with_capacity(largest);
        let mut by_digest: HashTable<(u128, u32)> = HashTable::with_capacity(largest);
        for (p, part) in (0..).zip(&parts) {
            for (i, digest) in part.digests(cancel)?.into_iter().enumerate() {
                if i.is_multiple_of(LOOK_EVERY) {
                    cancel.check()?;
                }
                let source = (p, i as u32);
                match by_digest.find(digest as u64, |(d, _)| *d == digest) {
                    Some((_, at)) => series[*at as usize].push(source),
                    None => {
                        let at = series.len() as u32;
                        by_digest.insert_unique(digest as u64, (digest, at), |(d, _)| *d as u64);
                        series.push(SmallVec::from_elem(source, 1));
                    }
                }
            }
        }
        hide(&mut series, hidden);
        let resolution_ms = coarsest(&parts, &series, hidden);
        let mut merged = Merged { parts, series, labels: None, resolution_ms };
        if sorted {
            merged.sort();
        }
        Ok(merged)
    }

    fn sort(&mut self) {
        let labels = (0..self.series.len()).map(|i| SeriesSet::labels(self, i)).collect::<Vec<_>>();
        let mut all: Vec<(Labels, Sources)> =
            labels.into_iter().zip(std::mem::take(&mut self.series)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let (labels, series) = all.into_iter().unzip();
        (self.labels, self.series) = (Some(labels), series);
    }
}

/// Takes hidden parts from series that have the part that hides them.
fn hide(series: &mut [Sources], hidden: &[Vec<usize>]) {
    if hidden.iter().all(Vec::is_empty) {
        return;
    }
    let hides =
        |by: u32, part: u32| hidden.get(by as usize).is_some_and(|parts| parts.contains(&(part as usize)));
    for sources in series.iter_mut().filter(|sources| sources.len() > 1) {
        let all = sources.clone();
        sources.retain(|(part, _)| !all.iter().any(|(by, _)| hides(*by, *part)));
    }
}

/// Returns the coarsest resolution of the parts that some series is read from.
fn coarsest(parts: &[Box<dyn Part>], series: &[Sources], hidden: &[Vec<usize>]) -> Option<i64> {
    let mut by_resolution: Vec<(i64, u32)> =
        (0..).zip(parts).filter_map(|(p, part)| Some((part.resolution_ms()?, p))).collect();
    by_resolution.sort_unstable();
    let nothing_hidden = hidden.iter().all(Vec::is_empty);
    let is_read = |part: u32| series.iter().any(|sources| sources.iter().any(|(p, _)| *p == part));
    by_resolution.into_iter().rev().find(|(_, p)| nothing_hidden || is_read(*p)).map(|(ms, _)| ms)
}

impl SeriesSet for Merged {
    fn len(&self) -> usize {
        self.series.len()
    }

    fn labels(&self, i: usize) -> Labels {
        match &self.labels {
            Some(labels) => labels[i].clone(),
            None => {
                let (part, at) = self.series[i][0];
                self.parts[part as usize].labels(at as usize)
            }
        }
    }

    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let start = (out.t.len(), out.histograms.len());
        for (part, at) in &self.series[i] {
            let next = (out.t.len(), out.histograms.len());
            self.parts[*part as usize].read(*at as usize, range, out)?;
            join(out, start, next);
        }
        Ok(())
    }

    fn read_figure(
        &self,
        i: usize,
        range: TimeRange,
        figure: Figure,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        let start = (out.t.len(), out.histograms.len());
        for (part, at) in &self.series[i] {
            let next = (out.t.len(), out.histograms.len());
            self.parts[*part as usize].read_figure(*at as usize, range, figure, out)?;
            join(out, start, next);
        }
        Ok(())
    }

    fn resolution_ms(&self) -> Option<i64> {
        self.resolution_ms
    }

    fn warnings(&self) -> Vec<String> {
        self.parts.iter().flat_map(|p| p.warnings()).collect()
    }
}
