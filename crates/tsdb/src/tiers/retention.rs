//! Which blocks are too old or too many, whatever is in them.

/// How much is kept. Zero means no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retention {
    /// How long, against the newest block.
    pub time_ms: i64,
    /// How many bytes of blocks, log and head chunks.
    pub bytes: u64,
    /// How much of the file system, in percent; prevails over [`Retention::bytes`].
    pub percentage: f64,
}

/// What a decision needs to know of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aged {
    /// The end of its time range.
    pub max_time_ms: i64,
    /// Its size.
    pub bytes: u64,
    /// Whether a rule keeps some of its series longer than the others.
    pub held_by_rule: bool,
}

/// What goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Blocks that go, as indexes.
    pub blocks: Vec<usize>,
    /// Whether time was a reason.
    pub by_time: bool,
    /// Whether size was a reason.
    pub by_size: bool,
}

impl Retention {
    /// Returns the bound in bytes on a file system of this size, if its size is known.
    pub fn bytes_on(&self, file_system_bytes: Option<u64>) -> u64 {
        match file_system_bytes {
            Some(total) if self.percentage > 0.0 => (total as f64 * self.percentage / 100.0) as u64,
            Some(_) | None => self.bytes,
        }
    }

    /// Tells which blocks, newest first, are beyond time, or beyond `bytes_max` (0 for no bound) together with the head's
    /// bytes. The newest is never too old.
    pub fn beyond(&self, blocks: &[Aged], head_bytes: u64, bytes_max: u64) -> Beyond {
        let newest = blocks.first().map_or(0, |b| b.max_time_ms);
        let too_old = |b: &Aged| self.time_ms > 0 && newest.saturating_sub(b.max_time_ms) >= self.time_ms;
        let mut bytes = head_bytes;
        let mut over = |b: &Aged| {
            bytes = bytes.saturating_add(b.bytes);
            bytes_max > 0 && bytes > bytes_max
        };
        let first_over = blocks.iter().position(&mut over).unwrap_or(blocks.len());
        let mut beyond = Beyond { by_size: first_over < blocks.len(), ..Beyond::default() };
        for (i, block) in blocks.iter().enumerate() {
            let old = too_old(block) && !block.held_by_rule;
            beyond.by_time |= old;
            if old || i >= first_over {
                beyond.blocks.push(i);
            }
        }
        beyond
    }
}
