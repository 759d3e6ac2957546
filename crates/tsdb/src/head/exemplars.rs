//! Exemplars: the newest few of all series, in a ring.

use std::collections::VecDeque;

use hashbrown::HashMap;
use model::{Exemplar, Labels};
use storage::{AppendError, TimeRange};

/// Longest labels of an exemplar, in characters, as OpenMetrics has it.
const LABEL_CHARS_MAX: usize = 128;

/// What is known of a series that has exemplars.
#[derive(Debug)]
struct OfSeries {
    labels: Labels,
    last: Exemplar,
    count: usize,
}

/// The ring.
#[derive(Debug, Default)]
pub struct Exemplars {
    max: usize,
    ring: VecDeque<(u32, Exemplar)>,
    series: HashMap<u32, OfSeries>,
    /// Exemplars ever stored.
    pub appended: u64,
    /// Exemplars refused as older than their series' newest.
    pub out_of_order: u64,
}

impl Exemplars {
    /// Builds an empty ring.
    pub fn new(max: usize) -> Exemplars {
        Exemplars { max, ..Exemplars::default() }
    }

    /// Changes the size of the ring; the oldest go.
    pub fn resize(&mut self, max: usize) {
        self.max = max;
        while self.ring.len() > max {
            self.evict();
        }
    }

    /// Returns the size of the ring.
    pub fn max(&self) -> usize {
        self.max
    }

    /// Returns the number of exemplars.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Returns the number of series that have exemplars.
    pub fn series(&self) -> usize {
        self.series.len()
    }

    /// Returns the time of the oldest exemplar.
    pub fn oldest_t(&self) -> Option<i64> {
        self.ring.front().and_then(|(_, e)| e.timestamp_ms)
    }

    /// Tells whether an exemplar is worth storing: `false` for an exact repeat of the series' last.
    ///
    /// # Errors
    /// [`AppendError::ExemplarsDisabled`], [`AppendError::ExemplarLabelsTooLong`], [`AppendError::ExemplarOutOfOrder`].
    pub fn check(&mut self, id: u32, exemplar: &Exemplar) -> Result<bool, AppendError> {
        if self.max == 0 {
            return Err(AppendError::ExemplarsDisabled);
        }
        let chars: usize = exemplar.labels.iter().map(|(n, v)| n.chars().count() + v.chars().count()).sum();
        if chars > LABEL_CHARS_MAX {
            return Err(AppendError::ExemplarLabelsTooLong);
        }
        let Some(series) = self.series.get(&id) else { return Ok(true) };
        if same(&series.last, exemplar) {
            return Ok(false);
        }
        if exemplar.timestamp_ms < series.last.timestamp_ms {
            self.out_of_order += 1;
            return Err(AppendError::ExemplarOutOfOrder);
        }
        Ok(true)
    }

    /// Stores an exemplar that passes [`Exemplars::check`]; `labels` are asked for if the series has none yet.
    pub fn add(&mut self, id: u32, exemplar: Exemplar, labels: impl FnOnce() -> Labels) {
        if !matches!(self.check(id, &exemplar), Ok(true)) {
            return;
        }
        if self.ring.len() == self.max {
            self.evict();
        }
        let series = self.series.entry(id).or_insert_with(|| OfSeries {
            labels: labels(),
            last: exemplar.clone(),
            count: 0,
        });
        series.count += 1;
        series.last = exemplar.clone();
        self.ring.push_back((id, exemplar));
        self.appended += 1;
    }

    fn evict(&mut self) {
        let Some((id, _)) = self.ring.pop_front() else { return };
        if let Some(series) = self.series.get_mut(&id) {
            series.count -= 1;
            if series.count == 0 {
                self.series.remove(&id);
            }
        }
    }

    /// Returns all exemplars with the numbers of their series, in the order in which they came.
    pub fn all(&self) -> Vec<(u32, Exemplar)> {
        self.ring.iter().cloned().collect()
    }

    /// Returns the exemplars in a range of series whose labels pass, by labels, oldest first.
    pub fn select(&self, range: TimeRange, wanted: impl Fn(&Labels) -> bool) -> Vec<(Labels, Vec<Exemplar>)> {
        let mut found: HashMap<u32, Vec<Exemplar>> =
            self.series.iter().filter(|(_, s)| wanted(&s.labels)).map(|(id, _)| (*id, Vec::new())).collect();
        for (id, exemplar) in &self.ring {
            let t = exemplar.timestamp_ms.unwrap_or(i64::MIN);
            if let Some(list) = found.get_mut(id)
                && (range.min_ms..=range.max_ms).contains(&t)
            {
                list.push(exemplar.clone());
            }
        }
        let mut answer: Vec<(Labels, Vec<Exemplar>)> = found
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .filter_map(|(id, list)| Some((self.series.get(&id)?.labels.clone(), list)))
            .collect();
        answer.sort_by(|a, b| a.0.cmp(&b.0));
        answer
    }
}

/// Compares values by bits, as NaN is no reason to store an exemplar again.
fn same(a: &Exemplar, b: &Exemplar) -> bool {
    a.timestamp_ms == b.timestamp_ms && a.value.to_bits() == b.value.to_bits() && a.labels == b.labels
}
