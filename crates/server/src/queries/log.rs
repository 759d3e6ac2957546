//! The query log: one line of JSON a query in the file that the configuration names (`query_log_file`).
//!
//! The shape is Prometheus's: `time`, `level`, `source`, `msg`, `params` (`query`, `start`, `end`, `step`), `error`, `stats`, `spanID`, `traceID`, and where
//! the query came from (`httpRequest` or `ruleGroup`).
//!
//! Invariants: 1. A line is written with one call, so lines never mix.  2. A log that cannot be written costs a counter, never a query.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use serde_json::{Value, json};
use telemetry::{Counter, Gauge, Registry};

use super::Times;
use super::client::Client;

/// The query log.
#[derive(Debug)]
pub struct QueryLog {
    open: ArcSwapOption<Open>,
    enabled: Gauge,
    failures: Counter,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
}

/// Where a query came from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// A request.
    Http(&'a Client),
    /// A rule.
    Rule {
        /// The rule file.
        file: &'a str,
        /// The group in it.
        group: &'a str,
    },
}

/// A finished query.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// Its text.
    pub text: &'a str,
    /// When it was evaluated for.
    pub times: Times,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// What it cost.
    pub stats: &'a Value,
    /// Who asked.
    pub origin: Origin<'a>,
}

impl QueryLog {
    /// A log that is off, with its metrics.
    pub fn new(registry: &Registry) -> QueryLog {
        QueryLog {
            open: ArcSwapOption::empty(),
            enabled: registry.gauge("prometheus_engine_query_log_enabled", "State of the query log."),
            failures: registry
                .counter("prometheus_engine_query_log_failures_total", "The number of query log failures."),
        }
    }

    /// Writes to this file from now on, or to none. The file is opened anew each time, so that it may be rotated.
    ///
    /// # Errors
    /// The file cannot be opened; the former one stays in use.
    pub fn set_file(&self, path: Option<&Path>) -> std::io::Result<()> {
        let open = match path {
            None => None,
            Some(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path)?;
                Some(Arc::new(Open { path: path.to_owned(), file }))
            }
        };
        self.enabled.set(f64::from(u8::from(open.is_some())));
        self.open.store(open);
        Ok(())
    }

    /// Tells whether anything is written.
    pub fn is_on(&self) -> bool {
        self.open.load().is_some()
    }

    /// Writes a line, if the log is on.
    pub fn write(&self, query: &Logged<'_>) {
        let Some(open) = self.open.load_full() else { return };
        let mut text = line(query, &jiff::Timestamp::now().to_string()).to_string();
        text.push('\n');
        if let Err(error) = (&open.file).write_all(text.as_bytes()) {
            self.failures.inc();
            tracing::debug!(%error, file = %open.path.display(), "cannot write the query log");
        }
    }
}

fn line(query: &Logged<'_>, now: &str) -> Value {
    let (start_ms, end_ms, step_ms) = match query.times {
        Times::Instant(t) => (t, t, 0),
        Times::Range { start_ms, end_ms, step_ms } => (start_ms, end_ms, step_ms),
    };
    let mut line = json!({
        "time": now,
        "level": "INFO",
        "source": "queries.rs:1",
        "msg": "promql query logged",
        "params": {
            "end": date(end_ms),
            "query": query.text,
            "start": date(start_ms),
            "step": step_ms / 1000,
        },
        "stats": query.stats,
        "spanID": "0000000000000000",
        "traceID": "00000000000000000000000000000000",
    });
    if let Some(error) = query.error {
        line["error"] = error.into();
    }
    match query.origin {
        Origin::Http(client) => {
            line["httpRequest"] =
                json!({ "clientIP": client.address, "method": client.method, "path": client.path });
        }
        Origin::Rule { file, group } => line["ruleGroup"] = json!({ "file": file, "name": group }),
    }
    line
}

/// `2006-01-02T15:04:05.000Z`.
fn date(t_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(t_ms) {
        Ok(t) => t.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Err(_) => t_ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_shape_of_the_original() {
        let client = Client {
            address: "127.0.0.1".into(),
            method: "GET".into(),
            path: "/api/v1/query_range".into(),
            ..Client::default()
        };
        let stats = json!({"timings": {"evalTotalTime": 0.5}});
        let query = Logged {
            text: "rate(up[1m])",
            times: Times::Range { start_ms: 1_500, end_ms: 61_500, step_ms: 15_000 },
            error: None,
            stats: &stats,
            origin: Origin::Http(&client),
        };
        let want = json!({
            "time": "now",
            "level": "INFO",
            "source": "queries.rs:1",
            "msg": "promql query logged",
            "params": {
                "end": "1970-01-01T00:01:01.500Z",
                "query": "rate(up[1m])",
                "start": "1970-01-01T00:00:01.500Z",
                "step": 15,
            },
            "stats": {"timings": {"evalTotalTime": 0.5}},
            "spanID": "0000000000000000",
            "traceID": "00000000000000000000000000000000",
            "httpRequest": {"clientIP": "127.0.0.1", "method": "GET", "path": "/api/v1/query_range"},
        });
        assert_eq!(line(&query, "now"), want);
        let rule = Logged {
            times: Times::Instant(0),
            error: Some("too much"),
            origin: Origin::Rule { file: "r.yml", group: "g" },
            ..query
        };
        let got = line(&rule, "now");
        assert_eq!(got["error"], "too much");
        assert_eq!(got["params"]["step"], 0);
        assert_eq!(got["ruleGroup"], json!({"file": "r.yml", "name": "g"}));
        assert!(got.get("httpRequest").is_none());
    }

    #[test]
    fn the_file_can_be_changed_while_running() {
        let dir = tempfile::tempdir().unwrap();
        let registry = Registry::new();
        let log = QueryLog::new(&registry);
        let client = Client::default();
        let write = |text: &str| {
            log.write(&Logged {
                text,
                times: Times::Instant(0),
                error: None,
                stats: &Value::Null,
                origin: Origin::Http(&client),
            });
        };
        write("before");
        assert!(!log.is_on());
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        log.set_file(Some(&a)).unwrap();
        write("one");
        write("two");
        log.set_file(Some(&b)).unwrap();
        write("three");
        assert!(log.set_file(Some(&dir.path().join("no/such"))).is_err());
        write("four");
        log.set_file(None).unwrap();
        write("five");
        let texts = |path: &Path| -> Vec<String> {
            let lines = std::fs::read_to_string(path).unwrap();
            let text = |l: &str| serde_json::from_str::<Value>(l).unwrap()["params"]["query"].to_string();
            lines.lines().map(text).collect()
        };
        assert_eq!(texts(&a), ["\"one\"", "\"two\""]);
        assert_eq!(texts(&b), ["\"three\"", "\"four\""]);
    }
}
