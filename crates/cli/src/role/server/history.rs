//! Where the history of recording rules goes: blocks of the database.

use model::Labels;
use model::histogram::HistogramValue;
use promql::Point;
use rules::backfill::History;
use tsdb::Db;
use tsdb::tools::NewBlocks;

/// Gathers samples until they are flushed into blocks.
pub struct BlockHistory<'d> {
    db: &'d Db,
    blocks: NewBlocks,
}

impl BlockHistory<'_> {
    /// Starts without samples.
    pub fn new(db: &Db) -> BlockHistory<'_> {
        BlockHistory { db, blocks: NewBlocks::beside_the_head() }
    }
}

impl History for BlockHistory<'_> {
    fn add(&mut self, labels: &Labels, points: &[(i64, Point)]) {
        let series = self.blocks.series(labels);
        for (t, point) in points {
            match point {
                Point::Float(v) => self.blocks.float(series, *t, *v),
                Point::Histogram(h) => {
                    self.blocks.histogram(series, *t, HistogramValue::Float((**h).clone()));
                }
            }
        }
    }

    fn flush(&mut self) -> Result<(), String> {
        let mut blocks = std::mem::replace(&mut self.blocks, NewBlocks::beside_the_head());
        self.db.import(&mut blocks).map(|_| ()).map_err(|error| error.to_string())
    }
}
