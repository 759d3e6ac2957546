//! Opening the database while the server already scrapes.
//!
//! [`begin`] takes the lock and a new segment of the log, a matter of milliseconds: from then on samples are stored. [`finish`]
//! reads what there was, however long that takes, and shows on a terminal how far it is; then queries are answered.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tsdb::{Opening, ReplayProgress};

use super::store::Store;

/// How often the line on the terminal is renewed.
const LINE_EVERY: Duration = Duration::from_millis(200);

/// Makes the database take samples.
pub async fn begin(
    dir: std::path::PathBuf,
    options: tsdb::Options,
    store: &Store,
) -> anyhow::Result<Opening> {
    tracing::info!(dir = %dir.display(), "opening the database");
    let beginning = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        tsdb::Db::begin(&dir, options)
            .with_context(|| format!("cannot open the database in {}", dir.display()))
    });
    let opening = beginning.await.context("opening the database ended in a panic")??;
    store.begin(opening.intake());
    Ok(opening)
}

/// Reads what there is, on a thread of its own, and hands the database to the others.
pub async fn finish(opening: Opening, store: Store) -> anyhow::Result<()> {
    let began = Instant::now();
    let progress = store.progress.clone();
    let line = std::io::stderr().is_terminal().then(|| tokio::spawn(show(progress.clone())));
    let finishing = tokio::task::spawn_blocking(move || opening.finish(&progress));
    let db = finishing.await.context("opening the database ended in a panic");
    if let Some(line) = line {
        line.abort();
        clear_line();
    }
    let db = db?.context("cannot open the database")?;
    let samples = store.progress.state().samples;
    tracing::info!(took = ?began.elapsed(), series = db.stats().head_series, samples, "database open");
    store.open(Arc::new(db));
    Ok(())
}

/// Keeps one line on the terminal up to date.
async fn show(progress: Arc<ReplayProgress>) {
    let mut ticks = tokio::time::interval(LINE_EVERY);
    ticks.tick().await; // a short log is read before anybody could read a line
    loop {
        ticks.tick().await;
        write_line(&line_of(&progress.state()));
    }
}

/// Says how far reading the log has come.
fn line_of(state: &tsdb::db::ReplayState) -> String {
    if state.min < 0 {
        return "opening blocks …".to_owned();
    }
    let (segments, at) = (state.max - state.min + 1, (state.current - state.min + 1).max(0));
    let millions = state.samples as f64 / 1e6;
    format!("reading the log: segment {at} of {segments}, {millions:.1} million samples; scraping goes on")
}

fn write_line(text: &str) {
    let mut terminal = std::io::stderr().lock();
    // A terminal that is gone is no reason to stop.
    write!(terminal, "\r\x1b[K{text}").and_then(|()| terminal.flush()).ok();
}

fn clear_line() {
    write_line("");
}

#[cfg(test)]
mod tests {
    use super::line_of;
    use tsdb::db::ReplayState;

    #[test]
    fn the_line_says_how_far_it_is() {
        let state = |min, max, current, samples| ReplayState { min, max, current, samples, done: false };
        let cases = [
            (state(-1, -1, -1, 0), "opening blocks …"),
            (state(3, 6, -1, 0), "reading the log: segment 0 of 4, 0.0 million samples; scraping goes on"),
            (
                state(3, 6, 4, 1_260_000),
                "reading the log: segment 2 of 4, 1.3 million samples; scraping goes on",
            ),
        ];
        for (state, line) in cases {
            assert_eq!(line_of(&state), line);
        }
    }
}
