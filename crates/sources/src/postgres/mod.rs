//! PostgreSQL and whatever speaks its protocol (TimescaleDB, CockroachDB, Redshift).
//!
//! The client is our own: connections go through the guard of addresses, answers are bounded while they are read, and every
//! value comes as text with its type, which is what a panel wants. See `docs/DEPENDENCIES.md`.

mod login;
pub mod messages;
mod run;

pub(crate) use run::failed;

use serde_json::Value;

use crate::error::SourceError;
use crate::frame::Frame;
use crate::interval::Step;
use crate::kind::{Kind, Pending, Query, Reach, Source, parameter};
use crate::sql::macros::{self, expand, iso};
use crate::sql::{columns, frame, list};

/// PostgreSQL.
pub struct Postgres;

/// How PostgreSQL writes times.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Whether TimescaleDB's functions are there.
    pub is_timescale: bool,
}

impl macros::Dialect for Dialect {
    fn time(&self, ms: i64) -> String {
        iso(ms)
    }

    fn as_time(&self, column: &str) -> String {
        format!("{column} AS \"time\"")
    }

    fn as_epoch(&self, column: &str) -> String {
        format!("extract(epoch from {column}) AS \"time\"")
    }

    fn group(&self, column: &str, seconds: f64) -> String {
        if self.is_timescale {
            format!("time_bucket('{seconds:.3}s', {column})")
        } else {
            format!("floor(extract(epoch from {column})/{seconds})*{seconds}")
        }
    }

    fn group_epoch(&self, column: &str, seconds: f64) -> String {
        format!("floor(({column})/{seconds})*{seconds}")
    }

    fn time_name(&self) -> &'static str {
        "\"time\""
    }
}

/// The shortest step of a query that says nothing.
const STEP_DEFAULT_MS: i64 = 1;
const TABLES: &str = "SELECT CASE WHEN table_schema = ANY (current_schemas(false)) THEN quote_ident(table_name) \
     ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END \
     FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1 LIMIT 5000";

impl Kind for Postgres {
    fn ids(&self) -> &'static [&'static str] {
        &["grafana-postgresql-datasource", "postgres"]
    }

    fn query<'a>(
        &'a self,
        source: &'a Source,
        query: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<Frame>> {
        Box::pin(async move {
            if query.text("rawSql").trim().is_empty() {
                return Ok(Vec::new());
            }
            let step: Step = query.step(source, STEP_DEFAULT_MS);
            let dialect = Dialect { is_timescale: source.is_on("timescaledb") };
            let asked = expand(query.text("rawSql"), step, &dialect)?;
            let rows = run::rows(source, &asked.sql, reach).await?;
            Ok(vec![frame(&query.ref_id, query.text("format"), &asked, rows)?])
        })
    }

    fn health<'a>(&'a self, source: &'a Source, _now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String> {
        Box::pin(async move {
            run::rows(source, "SELECT 1", reach).await?;
            Ok("Database Connection OK".to_owned())
        })
    }

    fn resource<'a>(
        &'a self,
        source: &'a Source,
        path: &'a str,
        parameters: &'a [(String, String)],
        reach: &'a dyn Reach,
    ) -> Pending<'a, Option<Value>> {
        Box::pin(async move {
            match path {
                "tables" => Ok(Some(list(run::rows(source, TABLES, reach).await?))),
                "columns" => {
                    let sql = columns_of(parameter(parameters, "table"));
                    Ok(Some(columns(run::rows(source, &sql, reach).await?)))
                }
                other => Err(SourceError::Query(format!("PostgreSQL has tables and columns, not {other:?}"))),
            }
        })
    }
}

fn columns_of(table: &str) -> String {
    let table = literal(table);
    format!(
        "SELECT column_name, data_type FROM information_schema.columns \
         WHERE {table} IN (table_name, quote_ident(table_name), quote_ident(table_schema) || '.' || quote_ident(table_name)) \
         ORDER BY ordinal_position LIMIT 5000"
    )
}

/// A text as a literal, whatever the server takes backslashes for.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\0', ""))
}

#[cfg(test)]
mod tests;
