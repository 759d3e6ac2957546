//! PostgreSQL and MariaDB as Debian ships them, asked over TCP with passwords, with and without TLS.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "databases/server.rs"]
mod server;

use serde_json::{Value, json};
use sources::{Frame, Kind, Query, Source, SourceError, kind};

use server::{Direct, MariaDb, Postgres};

/// Asks for frames, as JSON.
async fn ask(source: &Source, fields: Value) -> Result<Vec<Value>, SourceError> {
    let query = Query {
        ref_id: "A".to_owned(),
        fields: fields.as_object().unwrap().clone(),
        from_ms: 1_794_960_000_000,
        to_ms: 1_794_960_180_000,
    };
    let kind: &dyn Kind = kind(&source.kind).unwrap();
    Ok(kind.query(source, &query, &Direct).await?.into_iter().map(Frame::into_json).collect())
}

async fn table(source: &Source, sql: &str) -> Result<Value, SourceError> {
    let frames = ask(source, json!({"rawSql": sql, "format": "table"})).await?;
    Ok(frames[0]["data"]["values"].clone())
}

async fn series(source: &Source, sql: &str) -> Result<Value, SourceError> {
    let frames = ask(source, json!({"rawSql": sql, "format": "time_series"})).await?;
    let fields = frames[0]["schema"]["fields"].as_array().unwrap().iter();
    let names: Vec<Value> =
        fields.map(|f| json!([f["name"], f["labels"], f["config"]["displayNameFromDS"]])).collect();
    Ok(json!({"fields": names, "values": frames[0]["data"]["values"]}))
}

fn with(source: &Source, option: &str, value: impl Into<Value>) -> Source {
    let mut source = source.clone();
    source.options.insert(option.to_owned(), value.into());
    source
}

fn refused(result: Result<Value, SourceError>, holds: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(holds), "{error:?} does not hold {holds:?}");
    assert!(!error.contains("hunter2"), "a password is told: {error}");
}

#[tokio::test]
async fn postgresql_answers_with_typed_columns_and_only_reads() {
    let server = Postgres::start();
    server.run(
        "CREATE TABLE m (at timestamptz, host text, load float8); \
         INSERT INTO m VALUES ('2026-11-18 00:00:30+00', 'a', 1.5), ('2026-11-18 00:01:10+00', 'a', 2.5), \
         ('2026-11-18 00:01:20+00', 'b', 9), ('2026-11-18 09:00:00+00', 'b', 7); GRANT SELECT ON m TO scram, md5; \
         CREATE FUNCTION sneak() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE stolen (x int); RETURN 1; END $$",
    );
    let source = server.source("scram");

    let types = "SELECT 1::int2, 2::bigint, 3.25::numeric, 'NaN'::float8, true, 'text 한글', NULL::int, '{\"a\":1}'::jsonb, \
                 '2026-11-18 00:00:30.5+00'::timestamptz, '2026-11-18'::date, ARRAY[1,2], '1 day'::interval, '\\x01'::bytea";
    let want = json!([
        [1.0],
        [2.0],
        [3.25],
        [null],
        [true],
        ["text 한글"],
        [null],
        ["{\"a\": 1}"],
        [1_794_960_030_500i64],
        [1_794_960_000_000i64],
        ["{1,2}"],
        ["1 day"],
        ["\\x01"],
    ]);
    assert_eq!(table(&source, types).await, Ok(want));
    assert_eq!(table(&source, "SELECT 1 WHERE false").await, Ok(json!([[]])));

    // Macros mean what the server takes them for; texts become labels, gaps are filled.
    let grouped = "SELECT $__timeGroupAlias(at, '1m', 0), host, max(load) AS load FROM m WHERE $__timeFilter(at) GROUP BY 1, 2 ORDER BY 1";
    let want = json!({
        "fields": [["time", null, null], ["load", {"host": "a"}, null], ["load", {"host": "b"}, null]],
        "values": [[1_794_960_000_000i64, 1_794_960_060_000i64, 1_794_960_120_000i64, 1_794_960_180_000i64],
                   [1.5, 2.5, 0.0, 0.0], [0.0, 9.0, 0.0, 0.0]],
    });
    assert_eq!(series(&source, grouped).await, Ok(want));
    for (text, count) in [
        ("SELECT count(*) FROM m WHERE $__unixEpochFilter(extract(epoch from at))", 3.0),
        ("SELECT count(*) FROM m WHERE at BETWEEN $__timeFrom() AND $__timeTo()", 3.0),
        ("SELECT count(*) FROM m WHERE $__unixEpochNanoFilter(extract(epoch from at) * 1e9)", 3.0),
    ] {
        assert_eq!(table(&source, text).await, Ok(json!([[count]])), "{text}");
    }

    // Several statements, statements without rows, and what writes are refused; nothing of it happened.
    let owner = server.source("postgres");
    let refusals = [
        ("SELECT 1; DROP TABLE m", "cannot insert multiple commands"),
        ("DROP TABLE m", "returns no rows"),
        ("DELETE FROM m RETURNING host", "read-only transaction"),
        ("SELECT sneak()", "read-only transaction"),
        ("WITH gone AS (DELETE FROM m RETURNING 1) SELECT * FROM gone", "read-only transaction"),
        ("SELECT set_config('transaction_read_only', 'off', false), sneak()", "read-write mode"),
        ("COMMIT", "returns no rows"),
        ("COPY m TO STDOUT", "returns no rows"),
        ("SELECT $1::int", "parameters"),
        ("SELECT nothing", "column \"nothing\" does not exist at character 8"),
        ("SELEC 1", "SQLSTATE 42601"),
    ];
    for (sql, holds) in refusals {
        refused(table(&owner, sql).await, holds);
    }
    assert_eq!(table(&owner, "SELECT count(*) FROM m").await, Ok(json!([[4.0]])));

    // More rows than an answer holds are cut off, with a notice.
    let frames =
        ask(&source, json!({"rawSql": "SELECT g FROM generate_series(1, 1000005) g"})).await.unwrap();
    let kept = frames[0]["data"]["values"][0].as_array().unwrap().len();
    assert_eq!(kept, 1_000_000);
    let notice = frames[0]["schema"]["meta"]["notices"][0]["text"].as_str().unwrap();
    assert!(notice.starts_with("Results have been limited to 1000000 rows"), "{notice}");

    let postgres = kind("postgres").unwrap();
    let health = postgres.health(&source, 0, &Direct).await;
    assert_eq!(health.as_deref(), Ok("Database Connection OK"));
    let resource = |path: &'static str, table: &str| {
        let (source, table) = (source.clone(), vec![("table".to_owned(), table.to_owned())]);
        async move { postgres.resource(&source, path, &table, &Direct).await.unwrap().unwrap() }
    };
    assert_eq!(resource("tables", "").await, json!(["m"]));
    let columns = json!([{"name": "at", "type": "timestamp with time zone"}, {"name": "host", "type": "text"}, {"name": "load", "type": "double precision"}]);
    assert_eq!(resource("columns", "m").await, columns);
    assert_eq!(resource("columns", "m' OR true --").await, json!([]));
}

#[tokio::test]
async fn postgresql_is_logged_in_to_as_its_settings_say() {
    let server = Postgres::start();
    for user in ["scram", "md5", "plain"] {
        assert_eq!(table(&server.source(user), "SELECT current_user").await, Ok(json!([[user]])), "{user}");
    }
    let mut wrong = server.source("scram");
    wrong.secrets.insert("password".to_owned(), "not hunter2".to_owned());
    refused(
        table(&wrong, "SELECT 1")
            .await
            .map_err(|e| SourceError::Failed(e.to_string().replace("not hunter2", "!"))),
        "password authentication failed",
    );

    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let plain = server.source("scram");
    assert_eq!(table(&plain, encrypted).await, Ok(json!([[false]])));
    assert_eq!(table(&with(&plain, "sslmode", "require"), encrypted).await, Ok(json!([[true]])));
    // The certificate is our own: nobody vouches for it until we say so.
    refused(table(&with(&plain, "sslmode", "verify-full"), encrypted).await, "certificate");
    let mut trusting = with(&plain, "sslmode", "verify-full");
    trusting.secrets.insert("tlsCACert".to_owned(), server.certificate());
    assert_eq!(table(&trusting, encrypted).await, Ok(json!([[true]])));
    refused(table(&with(&plain, "sslmode", "prefer"), encrypted).await, "\"prefer\" is not known");
    let mut elsewhere = plain.clone();
    elsewhere.url = "/var/run/postgresql".to_owned();
    refused(table(&elsewhere, "SELECT 1").await, "write host:port");
}

#[tokio::test]
async fn mariadb_answers_with_typed_columns_and_only_reads() {
    let server = MariaDb::start(
        "CREATE DATABASE d; USE d; SET time_zone = '+00:00'; \
         CREATE TABLE m (at DATETIME, host VARCHAR(20), v DOUBLE) ENGINE=InnoDB; \
         CREATE TABLE aria (x INT) ENGINE=Aria; \
         INSERT INTO m VALUES ('2026-11-18 00:00:30', 'a', 1.5), ('2026-11-18 00:01:10', 'a', 2.5), ('2026-11-18 00:01:20', 'b', 9), ('2026-11-18 09:00:00', 'b', 7); \
         CREATE USER reader IDENTIFIED BY 'hunter2'; GRANT SELECT ON d.* TO reader; \
         CREATE USER owner IDENTIFIED BY 'hunter2'; GRANT ALL ON *.* TO owner; \
         CREATE USER nobody;",
    );
    let source = server.source("reader", "hunter2");
    let source = with(&source, "timezone", "+00:00");

    let types = "SELECT 1, CAST(2.5 AS DECIMAL(5,2)), 1e3, 'text 한글', NULL, TIMESTAMP '2026-11-18 00:00:30.5', DATE '2026-11-18', TRUE, REPEAT('x', 300), CAST('10:00:00' AS TIME)";
    let long = "x".repeat(300);
    let want = json!([
        [1.0],
        [2.5],
        [1000.0],
        ["text 한글"],
        [null],
        [1_794_960_030_500i64],
        [1_794_960_000_000i64],
        [1.0],
        [long],
        ["10:00:00"],
    ]);
    assert_eq!(table(&source, types).await, Ok(want));
    assert_eq!(table(&source, "SELECT 1 FROM m WHERE false").await, Ok(json!([[]])));

    let grouped = "SELECT $__timeGroupAlias(at, '1m', NULL), host AS metric, MAX(v) AS v FROM m WHERE $__timeFilter(at) GROUP BY 1, 2 ORDER BY 1";
    let want = json!({
        "fields": [["time", null, null], ["v", null, "a"], ["v", null, "b"]],
        "values": [[1_794_960_000_000i64, 1_794_960_060_000i64, 1_794_960_120_000i64, 1_794_960_180_000i64],
                   [1.5, 2.5, null, null], [null, 9.0, null, null]],
    });
    assert_eq!(series(&source, grouped).await, Ok(want));
    let want = json!([[1_794_960_030_000i64], [1.5]]);
    assert_eq!(table(&source, "SELECT $__time(at), v FROM m ORDER BY at LIMIT 1").await, Ok(want));

    let owner = server.source("owner", "hunter2");
    let refusals = [
        ("SELECT 1; DROP TABLE m", "error in your SQL syntax"),
        ("DROP TABLE m", "does not only read"),
        ("/*!50000 DROP TABLE m */", "does not only read"),
        ("WITH x AS (SELECT 1) DELETE FROM m", "error in your SQL syntax"),
        ("SELECT 1 INTO OUTFILE '/tmp/bongsu-stolen'", ""),
        ("SELECT nothing", "Unknown column 'nothing'"),
        ("EXPLAIN DELETE FROM m; SELECT 1", "error in your SQL syntax"),
    ];
    for (sql, holds) in refusals {
        let asked = if holds.is_empty() { &source } else { &owner };
        refused(table(asked, sql).await, holds);
    }
    assert_eq!(table(&owner, "SELECT count(*) FROM m").await, Ok(json!([[4.0]])));
    let analysed = table(&owner, "ANALYZE DELETE FROM m").await;
    refused(analysed, "does not only read");
    assert_eq!(table(&owner, "SELECT @@tx_read_only").await, Ok(json!([[1.0]])));

    refused(table(&server.source("reader", "wrong"), "SELECT 1").await, "Access denied");
    assert!(table(&server.source("nobody", ""), "SELECT 1").await.is_err(), "no rights on the database");
    // TLS when a setting speaks of it.
    let encrypted = "SHOW STATUS LIKE 'Ssl_version'";
    assert_eq!(table(&source, encrypted).await, Ok(json!([["Ssl_version"], [""]])));
    let status = table(&with(&source, "tlsSkipVerify", true), encrypted).await.unwrap();
    assert_eq!(status[1][0], "TLSv1.3");
    let mut trusting = with(&source, "tlsAuthWithCACert", true);
    trusting.secrets.insert("tlsCACert".to_owned(), server.certificate());
    assert_eq!(table(&trusting, encrypted).await.unwrap()[1][0], "TLSv1.3");
    trusting.secrets.insert("tlsCACert".to_owned(), server::other_certificate());
    refused(table(&trusting, encrypted).await, "certificate");
    refused(table(&with(&source, "timezone", "x'; DROP"), "SELECT 1").await, "is no time zone");

    let mysql = kind("mysql").unwrap();
    assert_eq!(mysql.health(&source, 0, &Direct).await.as_deref(), Ok("Database Connection OK"));
    let resource = |path: &'static str, table: &str| {
        let (source, table) = (source.clone(), vec![("table".to_owned(), table.to_owned())]);
        async move { mysql.resource(&source, path, &table, &Direct).await.unwrap().unwrap() }
    };
    assert_eq!(resource("tables", "").await, json!(["aria", "m"]));
    let columns = json!([{"name": "at", "type": "datetime"}, {"name": "host", "type": "varchar"}, {"name": "v", "type": "double"}]);
    assert_eq!(resource("columns", "m").await, columns);
    assert_eq!(resource("columns", "m' OR 1=1 -- ").await, json!([]));
}
