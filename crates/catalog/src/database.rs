//! Connections and transactions.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use crate::error::{CatalogError, Result};
use crate::migrations;
use crate::value::{Row, Value};

/// Connections kept to either database: what is asked is small, and PostgreSQL allows a hundred by default.
const CONNECTIONS_MAX: u32 = 8;
/// How long to wait for a connection or for SQLite's write lock.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Where the catalog is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file; made if it is missing.
    File(PathBuf),
    /// SQLite in memory, gone with the catalog. For tests.
    Memory,
    /// A database server: `postgres://user:password@host/database`.
    Postgres(String),
}

impl Location {
    /// Reads what people write: a PostgreSQL URL, `sqlite:<path>` or a path.
    ///
    /// # Errors
    /// A URL of another kind of database.
    pub fn parse(text: &str) -> Result<Location> {
        match text.split_once(':') {
            Some(("postgres" | "postgresql", _)) => Ok(Location::Postgres(text.to_owned())),
            Some(("sqlite", "memory" | ":memory:")) => Ok(Location::Memory),
            Some(("sqlite", path)) => Ok(Location::File(path.trim_start_matches("//").into())),
            Some((scheme, rest)) if rest.starts_with("//") => Err(CatalogError::Url {
                url: masked(text),
                reason: format!("{scheme} is neither postgres nor sqlite"),
            }),
            Some(_) | None => Ok(Location::File(text.into())),
        }
    }
}

/// The store. Clones share connections.
#[derive(Clone, Debug)]
pub struct Catalog {
    pool: Pool,
}

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Catalog {
    /// Opens the catalog and brings its schema up to date.
    ///
    /// # Errors
    /// A database that cannot be reached, or whose schema is newer than this program.
    pub async fn open(location: &Location) -> Result<Catalog> {
        let pool = match location {
            Location::File(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(WAIT_MAX);
                Pool::Sqlite(sqlite_pool(CONNECTIONS_MAX).connect_with(options).await?)
            }
            // Each connection would have a memory of its own.
            Location::Memory => {
                Pool::Sqlite(sqlite_pool(1).connect_with(SqliteConnectOptions::new().in_memory(true)).await?)
            }
            Location::Postgres(url) => {
                let options = PgConnectOptions::from_str(url)
                    .map_err(|e| CatalogError::Url { url: masked(url), reason: e.to_string() })?
                    .application_name("bongsu");
                let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(WAIT_MAX);
                Pool::Postgres(pool.connect_with(options).await?)
            }
        };
        let catalog = Catalog { pool };
        migrations::run(&catalog).await?;
        Ok(catalog)
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// No connection.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx(match &self.pool {
            Pool::Sqlite(pool) => Inner::Sqlite(pool.begin().await?),
            Pool::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// No connection, or SQLite's write lock was not to be had in time.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx(match &self.pool {
            Pool::Sqlite(pool) => Inner::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Pool::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// Which database this is, for people.
    pub fn kind(&self) -> &'static str {
        match &self.pool {
            Pool::Sqlite(_) => "sqlite",
            Pool::Postgres(_) => "postgres",
        }
    }

    /// Closes all connections once the transactions under way have ended.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT_MAX);
    // A memory of its own must not go with an idle connection.
    pool.idle_timeout(None).max_lifetime(None)
}

/// One transaction. Dropped without [`Tx::commit`], it did nothing.
pub struct Tx(Inner);

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Binds all parameters to a query of either database.
macro_rules! bound {
    ($sql:expr, $parameters:expr) => {
        $parameters.iter().fold(sqlx::query($sql), |query, parameter| match parameter {
            Value::Int(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.clone()),
        })
    };
}

impl Tx {
    /// Makes everything that was done durable and visible.
    ///
    /// # Errors
    /// The database refuses; nothing was done.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Runs a statement and returns how many rows it changed.
    pub(crate) async fn run(&mut self, sql: &'static str, parameters: &[Value]) -> Result<u64> {
        Ok(match &mut self.0 {
            Inner::Sqlite(tx) => bound!(sql, parameters).execute(&mut **tx).await?.rows_affected(),
            Inner::Postgres(tx) => bound!(sql, parameters).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Returns all rows of a result.
    pub(crate) async fn rows(&mut self, sql: &'static str, parameters: &[Value]) -> Result<Vec<Row>> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                bound!(sql, parameters).fetch_all(&mut **tx).await?.iter().map(Row::read).collect()
            }
            Inner::Postgres(tx) => {
                bound!(sql, parameters).fetch_all(&mut **tx).await?.iter().map(Row::read).collect()
            }
        }
    }

    /// Returns the first row of a result, if there is one.
    pub(crate) async fn row(&mut self, sql: &'static str, parameters: &[Value]) -> Result<Option<Row>> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                bound!(sql, parameters).fetch_optional(&mut **tx).await?.as_ref().map(Row::read)
            }
            Inner::Postgres(tx) => {
                bound!(sql, parameters).fetch_optional(&mut **tx).await?.as_ref().map(Row::read)
            }
        }
        .transpose()
    }

    /// Returns the number that a statement answers with: a new identifier, a count.
    pub(crate) async fn number(&mut self, sql: &'static str, parameters: &[Value]) -> Result<i64> {
        match self.row(sql, parameters).await? {
            Some(mut row) => row.int("id"),
            None => Err(CatalogError::Database(sqlx::Error::RowNotFound)),
        }
    }

    /// Runs several statements that take no parameters, such as a migration.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                let sql = sql.replace("{id}", "INTEGER PRIMARY KEY AUTOINCREMENT");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **tx).await?;
            }
            Inner::Postgres(tx) => {
                let sql = sql.replace("{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }
}

/// A URL without its password.
fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((_login, host)) => format!("{scheme}://***@{host}"),
        None => url.to_owned(),
    }
}
