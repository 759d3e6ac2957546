//! `tsdb list`: one line for each block.

use std::io::Write;
use std::path::Path;

use super::tabs::{base2_bytes, columns, go_duration, utc};
use super::{ToolError, WrittenBlock, open_blocks};
use crate::block::BlockMeta;

const HEADER: [&str; 8] =
    ["BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE"];

/// Prints the blocks of a database's directory.
///
/// # Errors
/// [`ToolError`].
pub fn list(out: &mut dyn Write, dir: &Path, human_readable: bool) -> Result<(), ToolError> {
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    rows.extend(open_blocks(dir)?.iter().map(|block| row(&block.meta(), block.bytes(), human_readable)));
    out.write_all(columns(&rows).as_bytes())?;
    Ok(())
}

/// Prints one block as [`list`] does, below the header if `with_header`.
///
/// # Errors
/// Those of the output.
pub fn list_block(
    out: &mut dyn Write,
    block: &WrittenBlock,
    with_header: bool,
    human_readable: bool,
) -> std::io::Result<()> {
    let header = with_header.then(|| HEADER.map(str::to_owned).to_vec());
    let row = row(&block.meta, block.bytes, human_readable);
    let rows: Vec<Vec<String>> = header.into_iter().chain([row]).collect();
    out.write_all(columns(&rows).as_bytes())
}

fn row(meta: &BlockMeta, bytes: u64, human_readable: bool) -> Vec<String> {
    let time = |ms: i64| if human_readable { utc(ms) } else { ms.to_string() };
    vec![
        meta.ulid.to_string(),
        time(meta.min_time_ms),
        time(meta.max_time_ms),
        go_duration(meta.max_time_ms.wrapping_sub(meta.min_time_ms)),
        meta.stats.num_samples.to_string(),
        meta.stats.num_chunks.to_string(),
        meta.stats.num_series.to_string(),
        if human_readable { base2_bytes(bytes) } else { bytes.to_string() },
    ]
}
