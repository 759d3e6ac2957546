//! When an image of the head is written: once the log behind the last one is as long as an image.
//!
//! So a start reads one image and a log that is about as long, however long the database has been running, and images never take
//! more than what is written to the log.

use std::sync::atomic::Ordering::Relaxed;

use storage::budget::Part;

use super::Inner;
use crate::error::FileError;
use crate::head::IMAGE_FILE;
use crate::wal::{LogCounters, segments};

/// What a series takes in an image beside its open chunk, roughly.
const SERIES_BYTES: u64 = 48;

/// What is known of the last image.
#[derive(Debug)]
pub(super) struct ImageState {
    /// Its size, or how large the first will be.
    bytes: u64,
    /// Bytes that were behind it in the log when the log's counter stood at `written_bytes`; all of it without an image.
    unread_bytes: u64,
    written_bytes: u64,
    /// The segment that it begins in: all before it is durable.
    segment: u64,
    /// Whether the log that it counts on is gone, or cut.
    outdated: bool,
}

impl ImageState {
    /// Returns how many bytes of the log a start would have to read.
    fn unread(&self, counters: &LogCounters) -> u64 {
        self.unread_bytes + counters.bytes.load(Relaxed).saturating_sub(self.written_bytes)
    }
}

impl Inner {
    /// Begins to keep account, with what a start had to read.
    pub(super) fn begin_images(&self) -> Result<(), FileError> {
        let from = self.read_from;
        let all = segments(self.dir.join("wal"))?;
        let mut unread = 0;
        for segment in all.iter().filter(|s| from.is_none_or(|from| s.number >= from.segment)) {
            unread += segment.path.length()?;
        }
        let image = self.dir.join(IMAGE_FILE);
        let bytes = if image.is_there() { image.length()? } else { 0 };
        *self.image.lock() = Some(ImageState {
            bytes,
            unread_bytes: unread.saturating_sub(from.map_or(0, |from| from.bytes)),
            written_bytes: 0,
            segment: from.map_or(0, |from| from.segment),
            outdated: false,
        });
        Ok(())
    }

    /// Notes that the log was cut.
    pub(super) fn outdate_image(&self) {
        if let Some(state) = &mut *self.image.lock() {
            state.outdated = true;
            state.unread_bytes = self.head.log_bytes();
            state.written_bytes = self.log_counters.as_ref().map_or(0, |c| c.bytes.load(Relaxed));
        }
    }

    /// Tells whether the log has grown so much that an image is worth it.
    pub(super) fn is_image_due(&self) -> bool {
        let least = self.options.image_log_bytes;
        let (Some(state), Some(counters)) = (&*self.image.lock(), &self.log_counters) else { return false };
        if least == u64::MAX || self.room.is_full() {
            return false;
        }
        let unread = state.unread(counters);
        unread >= least && (state.outdated || unread >= state.bytes.max(self.expected_image_bytes()))
    }

    fn expected_image_bytes(&self) -> u64 {
        self.options.budget.used_by(Part::Chunks) + self.head.series() * SERIES_BYTES
    }

    /// Writes an image if one is due. A failure is no loss: the next start reads more of the log.
    pub(super) fn write_image_if_due(&self) {
        if self.is_image_due() {
            self.write_image();
        }
    }

    /// Writes a last image before the end, if there is much to read otherwise. The caller holds `compacting`.
    pub(super) fn write_last_image(&self) {
        let worth_it = match (&*self.image.lock(), &self.log_counters) {
            (Some(state), Some(counters)) => state.unread(counters) >= self.options.image_log_bytes,
            _nothing_was_written => false,
        };
        if worth_it && !self.room.is_full() {
            self.write_image();
        }
    }

    /// Returns the size of the last image.
    pub(super) fn image_bytes(&self) -> u64 {
        self.image.lock().as_ref().map_or(0, |state| state.bytes)
    }

    fn write_image(&self) {
        let (written_bytes, synced) = {
            let state = self.image.lock();
            let Some(counters) = &self.log_counters else { return };
            (counters.bytes.load(Relaxed), state.as_ref().map_or(0, |s| s.segment))
        };
        // Samples need the room more, so a failure to write is not told to whoever watches over that.
        let room = self.room.check_for("write an image of the head", self.expected_image_bytes());
        let result = room.and_then(|()| self.head.write_image(&self.dir.join(IMAGE_FILE), synced));
        let mut state = self.image.lock();
        let Some(state) = &mut *state else { return };
        // After a failure it is tried again once the log has grown as much again.
        (state.unread_bytes, state.written_bytes, state.outdated) = (0, written_bytes, false);
        match result {
            Ok(Some(written)) => {
                (state.bytes, state.segment) = (written.bytes, written.from.segment);
                tracing::debug!(
                    bytes = written.bytes,
                    segment = written.from.segment,
                    "image of the head written"
                );
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "no image of the head; the next start reads more of the log");
            }
        }
    }
}
