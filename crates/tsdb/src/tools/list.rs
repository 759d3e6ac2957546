//! `tsdb list`: one line for each block.

use std::io::Write;
use std::path::Path;

use super::tabs::{base2_bytes, columns, go_duration, utc};
use super::{ToolError, open_blocks};

/// Prints the blocks of a database's directory.
///
/// # Errors
/// [`ToolError`].
pub fn list(out: &mut dyn Write, dir: &Path, human_readable: bool) -> Result<(), ToolError> {
    let time = |ms: i64| if human_readable { utc(ms) } else { ms.to_string() };
    let header =
        ["BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for block in open_blocks(dir)? {
        let (meta, bytes) = (block.meta(), block.bytes());
        rows.push(vec![
            meta.ulid.to_string(),
            time(meta.min_time_ms),
            time(meta.max_time_ms),
            go_duration(meta.max_time_ms.wrapping_sub(meta.min_time_ms)),
            meta.stats.num_samples.to_string(),
            meta.stats.num_chunks.to_string(),
            meta.stats.num_series.to_string(),
            if human_readable { base2_bytes(bytes) } else { bytes.to_string() },
        ]);
    }
    out.write_all(columns(&rows).as_bytes())?;
    Ok(())
}
