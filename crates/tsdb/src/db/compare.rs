//! Whether two blocks hold the same samples, bit by bit: asked before the older of the two is removed.

use model::Labels;
use storage::{Samples, TimeRange};

use super::encode::encode_samples;
use super::error::DbError;
use crate::block::Block;
use crate::chunkenc;
use crate::chunks::ChunkMeta;
use crate::error::FileError;

/// Compares what is left in `old` after deletions with what is in `new`, which has no deletions.
///
/// # Errors
/// [`DbError::Differs`] names the first series that is not the same; and what reading fails with.
pub fn same_samples(old: &Block, new: &Block) -> Result<(), DbError> {
    let tombstones = old.tombstones();
    let mut of_new = new.series();
    let (mut left, mut right) = (Samples::default(), Samples::default());
    for series in old.series() {
        let (number, labels, chunks) = series?;
        left.clear();
        read(old, &chunks, &mut left)?;
        if let Some(deleted) = tombstones.get(u64::from(number)) {
            deleted.remove_from(&mut left, 0, 0);
        }
        if left.is_empty() {
            continue;
        }
        right.clear();
        let differs = |labels: &Labels| DbError::Differs { series: labels.to_string() };
        let (_, same, chunks) = of_new.next().transpose()?.ok_or_else(|| differs(&labels))?;
        read(new, &chunks, &mut right)?;
        if same != labels || !same_bits(&left, &right) {
            return Err(differs(&labels));
        }
    }
    match of_new.next().transpose()? {
        Some((_, labels, _)) => Err(DbError::Differs { series: labels.to_string() }),
        None => Ok(()),
    }
}

/// Appends the samples of some chunks of a block, in their order.
pub fn read(block: &Block, chunks: &[ChunkMeta], out: &mut Samples) -> Result<(), DbError> {
    for chunk in chunks {
        let (encoding, data) = block.chunks().chunk(chunk.chunk)?;
        chunkenc::decode(encoding, data, TimeRange::ALL, out).map_err(|e| {
            FileError::corrupt(block.dir().path(), chunk.chunk.offset() as u64, "chunk", "samples", e)
        })?;
    }
    Ok(())
}

fn same_bits(a: &Samples, b: &Samples) -> bool {
    let bits = |samples: &Samples| samples.v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let starts = |s: &Samples| (0..s.t.len()).map(|i| s.start(i)).collect::<Vec<_>>();
    let histogram_starts =
        |s: &Samples| (0..s.histograms.len()).map(|i| s.histogram_start(i)).collect::<Vec<_>>();
    // Histograms hold floats in many places: equal bits become equal chunks.
    let encoded = |s: &Samples| {
        let alone = Samples { histograms: s.histograms.clone(), ..Samples::default() };
        encode_samples(&alone).iter().map(|c| c.as_new().data.to_vec()).collect::<Vec<_>>()
    };
    a.t == b.t
        && bits(a) == bits(b)
        && (!a.has_starts() && !b.has_starts()
            || starts(a) == starts(b) && histogram_starts(a) == histogram_starts(b))
        && a.histograms.len() == b.histograms.len()
        && (a.histograms.is_empty() || encoded(a) == encoded(b))
}
