//! A view of the whole database: the head and the blocks of one moment.

use std::sync::Arc;

use model::{Exemplar, Labels, Matcher};
use storage::{Figure, LabelQuery, Samples, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

use super::layers::{Chosen, Layers};
use super::merged::{Merged, Part};
use crate::block::{Block, BlockMeta};
use crate::head::HeadView;

/// The database as it was at one moment.
pub struct DbView {
    /// Oldest first.
    blocks: Vec<Arc<Block>>,
    head: Option<Arc<HeadView>>,
}

impl DbView {
    /// Puts a view together. `head` must have been taken before `blocks`: what left the head since is in a block then.
    pub fn new(head: Option<Arc<HeadView>>, blocks: Vec<Arc<Block>>) -> DbView {
        DbView { blocks, head }
    }

    /// Returns the blocks that are read for a request, and which of them each one hides; see [`super::layers`].
    fn blocks_for(&self, request: &SelectRequest<'_>) -> (Vec<&Arc<Block>>, Vec<Vec<usize>>) {
        let blocks: Vec<&Arc<Block>> = self.blocks.iter().filter(|b| b.overlaps(request.range)).collect();
        if !blocks.iter().any(|b| b.is_beside_samples()) {
            return (blocks, Vec::new());
        }
        let metas: Vec<BlockMeta> = blocks.iter().map(|b| b.meta()).collect();
        let chosen = Layers::of(&metas).choose(request.hint.as_ref());
        let place = |block: &usize| chosen.iter().position(|c| c.block == *block);
        let hidden = chosen.iter().map(|c| c.hides.iter().filter_map(place).collect()).collect();
        (chosen.iter().map(|Chosen { block, .. }| blocks[*block]).collect(), hidden)
    }

    fn names(
        &self,
        query: &LabelQuery<'_>,
        of_block: impl Fn(&Block) -> Result<Vec<String>, SelectError>,
        of_head: impl Fn(&HeadView) -> Result<Vec<String>, SelectError>,
    ) -> Result<Vec<String>, SelectError> {
        let mut all = Vec::new();
        let mut parts = 0;
        for block in self.blocks.iter().filter(|b| b.overlaps(query.range)) {
            all.extend(of_block(block)?);
            parts += 1;
        }
        if let Some(head) = self.head.as_deref().filter(|h| h.overlaps(query.range)) {
            all.extend(of_head(head)?);
            parts += 1;
        }
        if parts > 1 {
            all.sort_unstable();
            all.dedup();
        }
        if query.limit > 0 {
            all.truncate(query.limit);
        }
        Ok(all)
    }
}

impl Select for DbView {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        let (blocks, hidden) = self.blocks_for(request);
        let head = self.head.as_ref().filter(|h| h.overlaps(request.range));
        let alone = blocks.len() + usize::from(head.is_some()) <= 1;
        let part_request = SelectRequest {
            projection: request.projection.clone(),
            sorted: alone && request.sorted,
            cancel: request.cancel.clone(),
            ..*request
        };
        let mut parts: Vec<Box<dyn Part>> = Vec::with_capacity(blocks.len() + 1);
        for block in blocks {
            parts.push(Box::new(block.select(&part_request)?));
        }
        if let Some(head) = head {
            parts.push(Box::new(head.select(&part_request)?));
        }
        let series: Box<dyn SeriesSet> = match parts.len() {
            0 => Box::new(Nothing),
            1 => parts.swap_remove(0),
            _several => Box::new(Merged::new(parts, &hidden, request.sorted, &request.cancel)?),
        };
        if request.limit > 0 && series.len() > request.limit {
            return Ok(Box::new(Limited { series, limit: request.limit }));
        }
        Ok(series)
    }

    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.names(query, |b| b.label_names(query, &query.cancel), |h| h.label_names(query))
    }

    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.names(query, |b| b.label_values(name, query, &query.cancel), |h| h.label_values(name, query))
    }

    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(self.head.as_ref().map_or_else(Vec::new, |head| head.exemplars(matcher_sets, range)))
    }
}

/// No series.
struct Nothing;

impl SeriesSet for Nothing {
    fn len(&self) -> usize {
        0
    }
    fn labels(&self, _i: usize) -> Labels {
        Labels::empty()
    }
    fn read(&self, _i: usize, _range: TimeRange, _out: &mut Samples) -> Result<(), SelectError> {
        Ok(())
    }
}

/// The first few series.
struct Limited {
    series: Box<dyn SeriesSet>,
    limit: usize,
}

impl SeriesSet for Limited {
    fn len(&self) -> usize {
        self.limit
    }
    fn labels(&self, i: usize) -> Labels {
        self.series.labels(i)
    }
    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        self.series.read(i, range, out)
    }
    fn read_figure(
        &self,
        i: usize,
        range: TimeRange,
        figure: Figure,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        self.series.read_figure(i, range, figure, out)
    }
    fn resolution_ms(&self) -> Option<i64> {
        self.series.resolution_ms()
    }
    fn warnings(&self) -> Vec<String> {
        let mut warnings = self.series.warnings();
        warnings.push("results truncated due to limit".to_owned());
        warnings
    }
}
