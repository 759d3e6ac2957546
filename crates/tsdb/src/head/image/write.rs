//! Writing an image while samples keep coming.

use super::sections::Writer;
use super::{Kind, SECTION_BYTES, Written, page};
use crate::disk::DiskPath;
use crate::encoding::{put_str, put_uvarint, put_varint};
use crate::error::FileError;
use crate::head::Head;
use crate::head::pages::Table;
use crate::wal::record::encode;
use crate::wal::{LogEnd, segments};

/// Exemplars in a record.
const EXEMPLARS_AT_ONCE: usize = 1024;

impl Head {
    /// Writes an image to `path`, replacing a former one. `synced` is a segment of the log before which all is durable.
    /// Returns `None` for a head without a log. No series may leave the head meanwhile; commits are held up for an instant.
    ///
    /// # Errors
    /// [`FileError`]; a former image stays then.
    pub fn write_image(&self, path: &DiskPath, synced: u64) -> Result<Option<Written>, FileError> {
        let from = {
            // All that the log has up to here has been applied.
            let (log, _applying) = self.no_commit();
            let Some(log) = log.as_ref() else { return Ok(None) };
            log.end()
        };
        let beside = path.with_suffix(".tmp");
        let bytes = self.write_beside(&beside, from).inspect_err(|_| {
            if let Err(error) = beside.remove_file() {
                tracing::warn!(%error, "cannot remove an unfinished image of the head");
            }
        })?;
        self.sync_log(synced)?;
        beside.rename_to(path)?;
        path.parent().sync_dir()?;
        Ok(Some(Written { from, bytes }))
    }

    fn write_beside(&self, beside: &DiskPath, from: LogEnd) -> Result<u64, FileError> {
        let mut writer = Writer::create(beside)?;
        let mut out = Vec::with_capacity(SECTION_BYTES * 2);
        put_uvarint(&mut out, from.segment);
        put_uvarint(&mut out, from.bytes);
        writer.section(Kind::Start, &mut out)?;
        let table = self.pages.table();
        self.put_pages(&table, &mut writer, &mut out)?;
        // Strings and numbers behind the pages, so that those of all series on them are there.
        self.put_symbols(&mut writer, &mut out)?;
        for shard in 0..self.by_labels.shards() {
            out.push(shard as u8);
            self.by_labels.visit(shard, |half, id| {
                out.extend_from_slice(&half.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
            });
            writer.section(Kind::Hashes, &mut out)?;
        }
        self.put_beside(&mut writer, &mut out)?;
        writer.end()
    }

    fn put_pages(&self, table: &Table, writer: &mut Writer, out: &mut Vec<u8>) -> Result<(), FileError> {
        for (number, page) in table.iter() {
            page::put(out, number, &page.read());
            if out.len() >= SECTION_BYTES {
                writer.section(Kind::Pages, out)?;
            }
        }
        writer.section(Kind::Pages, out)
    }

    fn put_symbols(&self, writer: &mut Writer, out: &mut Vec<u8>) -> Result<(), FileError> {
        let mut next = 0;
        loop {
            {
                let symbols = self.symbols.read();
                while next < symbols.bound() && out.len() < SECTION_BYTES {
                    // The empty string is never a label's name or value, so it stands for a number that is free.
                    put_str(out, symbols.get(next as u32));
                    next += 1;
                }
            }
            if out.is_empty() {
                return Ok(());
            }
            writer.section(Kind::Symbols, out)?;
        }
    }

    /// What stands beside the series.
    fn put_beside(&self, writer: &mut Writer, out: &mut Vec<u8>) -> Result<(), FileError> {
        let stones = self.stones.read().clone();
        for (series, intervals) in stones.iter() {
            for range in intervals.ranges() {
                put_uvarint(out, series);
                put_varint(out, range.min_ms);
                put_varint(out, range.max_ms);
            }
        }
        writer.section(Kind::Stones, out)?;
        let exemplars = self.exemplars.lock().all();
        for some in exemplars.chunks(EXEMPLARS_AT_ONCE) {
            encode::exemplars(out, some.iter().map(|(id, e)| (u64::from(*id), e)));
            writer.section(Kind::Records, out)?;
        }
        let metadata = self.metadata.lock().clone();
        encode::metadata(out, metadata.iter().map(|(id, m)| (u64::from(*id), &**m)));
        writer.section(Kind::Records, out)?;
        let departed = self.departed.lock().clone();
        for (number, needed) in &departed {
            put_uvarint(out, *number);
            put_uvarint(out, needed.segment);
            put_varint(out, needed.newest_t);
        }
        writer.section(Kind::Departed, out)?;
        let mut renamed = self.renamed.lock();
        renamed.retain(|number, _| departed.contains_key(number));
        for (number, id) in renamed.iter() {
            put_uvarint(out, *number);
            put_uvarint(out, u64::from(*id));
        }
        drop(renamed);
        writer.section(Kind::Renamed, out)?;
        put_uvarint(out, u64::from(self.creating.lock().next_number()));
        writer.section(Kind::Numbers, out)
    }

    /// Makes the log durable from a segment on.
    fn sync_log(&self, from: u64) -> Result<(), FileError> {
        for segment in segments(&self.wal_dir)?.into_iter().filter(|s| s.number >= from) {
            segment.path.open()?.sync()?;
        }
        self.wal_dir.sync_dir()
    }
}
