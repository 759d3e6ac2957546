//! Reading a segment ahead: one thread reads, checks and unpacks records while another sorts their contents.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::disk::DiskPath;
use crate::error::FileError;
use crate::wal::SegmentReader;

/// Records are handed over once so many bytes are there.
const BATCH_BYTES: usize = 256 << 10;
/// Room for the record that goes beyond.
const RECORD_BYTES: usize = 64 << 10;
/// Batches that wait.
const BATCHES: usize = 4;

/// Records one after another.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each record ends in `bytes`, and where it began in the segment.
    ends: Vec<(usize, u64)>,
    /// What ended the segment before its end.
    damage: Option<FileError>,
}

/// Calls `take` with each record of a segment from a place on, where one ends, and its place.
///
/// # Errors
/// [`FileError`]: that of reading, once all records before it were taken, or that of `take`.
pub fn records(
    path: &DiskPath,
    from: u64,
    mut take: impl FnMut(&[u8], u64) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let reader = SegmentReader::resume(path, from, u64::MAX)?;
    let (sender, batches) = bounded(BATCHES);
    let (give_back, spare) = bounded(BATCHES + 1);
    std::thread::scope(|scope| {
        scope.spawn(move || read(reader, &sender, &spare));
        for mut batch in batches {
            let mut from = 0;
            for (end, place) in &batch.ends {
                // Leaving drops the receiver, which ends the thread.
                take(&batch.bytes[from..*end], *place)?;
                from = *end;
            }
            if let Some(damage) = batch.damage.take() {
                return Err(damage);
            }
            give_back.try_send(batch).ok(); // a spare one too many is dropped
        }
        Ok(())
    })
}

fn read(mut reader: SegmentReader, batches: &Sender<Batch>, spare: &Receiver<Batch>) {
    loop {
        let mut batch = spare.try_recv().unwrap_or_default();
        batch.bytes.clear();
        batch.bytes.reserve(BATCH_BYTES + RECORD_BYTES);
        batch.ends.clear();
        let mut ended = false;
        while batch.bytes.len() < BATCH_BYTES && !ended {
            let place = reader.valid_end();
            match reader.append_record(&mut batch.bytes) {
                Ok(true) => batch.ends.push((batch.bytes.len(), place)),
                Ok(false) => ended = true,
                Err(error) => (batch.damage, ended) = (Some(error), true),
            }
        }
        // Nobody takes them any more: the reader found a record that cannot be decoded.
        if batches.send(batch).is_err() || ended {
            return;
        }
    }
}
