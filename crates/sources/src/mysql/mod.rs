//! MySQL, MariaDB and whatever speaks their protocol.
//!
//! The client is our own for the reasons that `postgres` gives, and because the usual one needs an RSA crate with an open
//! advisory for logins that we do with `aws-lc-rs`.

mod login;
pub mod packets;
mod run;

use serde_json::Value;

use crate::error::SourceError;
use crate::frame::Frame;
use crate::interval::Step;
use crate::kind::{Kind, Pending, Query, Reach, Source, parameter};
use crate::sql::macros::{self, expand};
use crate::sql::{columns, frame, list};

/// MySQL.
pub struct MySql;

/// How MySQL writes times.
#[derive(Clone, Copy, Debug)]
pub struct Dialect;

impl macros::Dialect for Dialect {
    fn time(&self, ms: i64) -> String {
        format!("FROM_UNIXTIME({})", ms.div_euclid(1000))
    }

    fn as_time(&self, column: &str) -> String {
        format!("UNIX_TIMESTAMP({column}) AS time_sec")
    }

    fn as_epoch(&self, column: &str) -> String {
        self.as_time(column)
    }

    fn group(&self, column: &str, seconds: f64) -> String {
        format!("UNIX_TIMESTAMP({column}) DIV {seconds} * {seconds}")
    }

    fn group_epoch(&self, column: &str, seconds: f64) -> String {
        format!("{column} DIV {seconds} * {seconds}")
    }

    fn time_name(&self) -> &'static str {
        "`time`"
    }
}

/// The shortest step of a query that says nothing.
const STEP_DEFAULT_MS: i64 = 1;
const TABLES: &str = "SELECT IF(table_schema = DATABASE(), table_name, CONCAT(table_schema, '.', table_name)) AS name \
     FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') \
     ORDER BY 1 LIMIT 5000";

impl Kind for MySql {
    fn ids(&self) -> &'static [&'static str] {
        &["mysql"]
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
            let asked = expand(query.text("rawSql"), step, &Dialect)?;
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
                other => Err(SourceError::Query(format!("MySQL has tables and columns, not {other:?}"))),
            }
        })
    }
}

fn columns_of(table: &str) -> String {
    let plain = table.replace('`', "");
    // As hexadecimal digits nothing in the name can leave the literal, whatever the server's mode is.
    let digits: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
    let name =
        if digits.is_empty() { "''".to_owned() } else { format!("CONVERT(X'{digits}' USING utf8mb4)") };
    format!(
        "SELECT column_name, CAST(data_type AS CHAR) FROM information_schema.columns \
         WHERE (table_schema = DATABASE() AND table_name = {name}) OR CONCAT(table_schema, '.', table_name) = {name} \
         ORDER BY ordinal_position LIMIT 5000"
    )
}

#[cfg(test)]
mod tests;
