//! Samples on their way into series, gathered by page.
//!
//! The log has the samples of one moment side by side, series after series; memory has those of a series. To add one sample to
//! each of many thousand series, again and again, is to wait for memory each time. So samples wait until a page has some for
//! each of its series: what a page needs fits the processor's cache while they are added.
//!
//! Invariants: 1. The samples of a series stay in their order.  2. No more than [`WAITING_MAX`] samples wait.

use hashbrown::HashMap;

use crate::head::pages::PAGE_SERIES;
use crate::wal::record::Sample;

/// Samples of a page that are added at once: four for each series. With more less time is lost in waiting for memory, and more in
/// asking for it: at a start each page of it is a new one.
const PAGE_SAMPLES: usize = PAGE_SERIES as usize * 4;
/// Room for what comes at once on top of that.
const AT_ONCE: usize = PAGE_SERIES as usize;
/// Samples that wait, of all pages of a worker: 16 MiB.
const WAITING_MAX: usize = 512 << 10;

/// Samples that wait, by the number of their page.
#[derive(Debug, Default)]
pub struct ByPage {
    pages: HashMap<u32, Vec<Sample>>,
    waiting: usize,
}

impl ByPage {
    /// Takes samples and hands out those of pages that have enough, page by page.
    pub fn add(&mut self, samples: &[Sample], mut full: impl FnMut(&[Sample])) {
        for of_page in samples.chunk_by(|a, b| page(a) == page(b)) {
            let waiting = self
                .pages
                .entry(page(&of_page[0]))
                .or_insert_with(|| Vec::with_capacity(PAGE_SAMPLES + AT_ONCE));
            waiting.extend_from_slice(of_page);
            self.waiting += of_page.len();
            if waiting.len() >= PAGE_SAMPLES {
                self.waiting -= waiting.len();
                full(waiting);
                waiting.clear();
            }
        }
        if self.waiting > WAITING_MAX {
            self.take_all(full);
        }
    }

    /// Hands out what waits for the page of a series.
    pub fn take_page_of(&mut self, id: u32, take: impl FnOnce(&[Sample])) {
        if let Some(waiting) = self.pages.remove(&(id / PAGE_SERIES)) {
            self.waiting -= waiting.len();
            take(&waiting);
        }
    }

    /// Hands out all that waits, page by page.
    pub fn take_all(&mut self, mut take: impl FnMut(&[Sample])) {
        // Buffers that have been large once are not kept: with many pages they would add up.
        for waiting in std::mem::take(&mut self.pages).into_values() {
            take(&waiting);
        }
        self.waiting = 0;
    }
}

fn page(sample: &Sample) -> u32 {
    sample.series as u32 / PAGE_SERIES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_each_series_keeps_its_order() {
        let (mut by_page, mut out) = (ByPage::default(), Vec::new());
        let mut taken = |samples: &[Sample]| {
            assert!(samples.windows(2).all(|w| page(&w[0]) == page(&w[1])));
            out.extend(samples.iter().map(|s| (s.series, s.t)));
        };
        for t in 0..20 {
            let some: Vec<Sample> =
                (1..500).map(|series| Sample { series, t, v: 0.0, start_ms: 0 }).collect();
            by_page.add(&some, &mut taken);
            by_page.take_page_of(300, &mut taken);
        }
        by_page.take_all(&mut taken);
        by_page.take_all(|_| panic!("nothing is left"));
        assert_eq!((out.len(), by_page.waiting), (499 * 20, 0));
        for series in 1..500 {
            let times: Vec<i64> = out.iter().filter(|(s, _)| *s == series).map(|(_, t)| *t).collect();
            assert_eq!(times, (0..20).collect::<Vec<_>>(), "series {series}");
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut by_page = ByPage::default();
        let mut all = 0;
        for round in 0..4 {
            let some: Vec<Sample> = (0..400_000)
                .map(|n| Sample { series: n * u64::from(PAGE_SERIES), t: round, v: 0.0, start_ms: 0 })
                .collect();
            by_page.add(&some, |samples| all += samples.len());
            assert!(by_page.waiting <= WAITING_MAX);
        }
        by_page.take_all(|samples| all += samples.len());
        assert_eq!(all, 1_600_000);
    }
}
