//! The schema's history. A step that was released is never edited: what changes is a new step.

use crate::database::{Catalog, Tx};
use crate::error::{CatalogError, Result};

/// All steps, oldest first; a step's version is its place, counted from one.
const STEPS: &[&str] = &[
    include_str!("migrations/0001-begin.sql"),
    include_str!("migrations/0002-editable.sql"),
    include_str!("migrations/0003-session-tokens.sql"),
];

/// Brings the schema up to date, each step in a transaction.
pub(crate) async fn run(catalog: &Catalog) -> Result<()> {
    let mut tx = catalog.write().await?;
    if catalog.kind() == "postgres" {
        // Replicas that start together take turns; the lock goes with the transaction.
        tx.rows("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)", &[SCHEMA_LOCK.into()]).await?;
    }
    tx.script("CREATE TABLE IF NOT EXISTS schema_step (version BIGINT PRIMARY KEY)").await?;
    let known = STEPS.len() as i64;
    let found = version(&mut tx).await?;
    if found > known {
        return Err(CatalogError::TooNew { found, known });
    }
    for (i, step) in STEPS.iter().enumerate().skip(found as usize) {
        tx.script(step).await?;
        tx.run("INSERT INTO schema_step (version) VALUES ($1)", &[(i as i64 + 1).into()]).await?;
    }
    tx.commit().await
}

/// Any number that no other program takes for its lock.
const SCHEMA_LOCK: i64 = 0x626f_6e67_7375;

async fn version(tx: &mut Tx) -> Result<i64> {
    tx.number("SELECT COALESCE(MAX(version), 0) FROM schema_step", &[]).await
}
