//! Measures how long a directory takes to open: `cargo run --release -p tsdb --example replay -- DIR`.
//!
//! The directory is opened as it is and not closed, so that it can be measured again.

use std::time::Instant;

use storage::{Appendable, Queryable, TimeRange};
use tsdb::{Db, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).ok_or("which directory?")?;
    let started = Instant::now();
    let options = Options { maintenance: false, no_lockfile: true, ..Options::default() };
    let opening = Db::begin(dir.as_ref(), options)?;
    drop(opening.intake().appender());
    println!("takes samples after {:?}", started.elapsed());
    let db = opening.finish(&Default::default())?;
    drop(db.view(TimeRange::ALL)?);
    let stats = db.stats();
    println!(
        "answers after {:?}: {} series, {} chunks",
        started.elapsed(),
        stats.head_series,
        stats.head_chunks
    );
    std::mem::forget(db);
    Ok(())
}
