//! The queries that are waiting, running or being answered: listed, watched and stopped by number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use storage::Cancel;
use tokio_util::sync::CancellationToken;

use super::Times;
use super::client::{Client, cut};

/// Most of a query's text that the list shows.
const TEXT_SHOWN_MAX: usize = 4096;

/// How far a query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a place.
    Queued,
    /// It is evaluated.
    Running,
    /// Its answer is on its way to the client.
    Answering,
}

impl Stage {
    const ALL: [Stage; 3] = [Stage::Queued, Stage::Running, Stage::Answering];

    fn as_str(self) -> &'static str {
        match self {
            Stage::Queued => "queued",
            Stage::Running => "running",
            Stage::Answering => "answering",
        }
    }
}

/// A query that is not finished.
#[derive(Debug)]
pub struct ActiveQuery {
    id: u64,
    text: Arc<str>,
    times: Times,
    client: Client,
    started_ms: i64,
    begun: Instant,
    stage: AtomicU8,
    /// Stops the evaluation.
    pub cancel: Cancel,
    /// What it holds now.
    pub progress: Arc<promql::Progress>,
    /// Wakes whoever waits for a place.
    pub stop: CancellationToken,
    table: Arc<Table>,
}

impl ActiveQuery {
    /// Notes how far it is.
    pub fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Relaxed);
    }

    /// Returns who asked.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn json(&self) -> serde_json::Value {
        let (start_ms, end_ms, step_ms) = match self.times {
            Times::Instant(t) => (t, t, 0),
            Times::Range { start_ms, end_ms, step_ms } => (start_ms, end_ms, step_ms),
        };
        let stage = Stage::ALL.get(usize::from(self.stage.load(Relaxed))).map_or("", |s| s.as_str());
        serde_json::json!({
            "id": self.id.to_string(),
            "query": cut(&self.text, TEXT_SHOWN_MAX),
            "start": start_ms,
            "end": end_ms,
            "step": step_ms,
            "state": stage,
            "user": self.client.user,
            "remote_addr": self.client.address,
            "user_agent": self.client.agent,
            "started": crate::api::rfc3339(Some(self.started_ms)),
            "duration": format!("{:.3}s", self.begun.elapsed().as_secs_f64()),
            "cancelled": self.cancel.is_cancelled(),
            "samples": self.progress.samples(),
            "bytes": self.progress.bytes(),
        })
    }
}

impl Drop for ActiveQuery {
    fn drop(&mut self) {
        self.table.lock().remove(&self.id);
    }
}

#[derive(Debug, Default)]
struct Table {
    /// What can be told and stopped; the query itself is owned by its request.
    queries: Mutex<BTreeMap<u64, std::sync::Weak<ActiveQuery>>>,
    last_id: AtomicU64,
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, std::sync::Weak<ActiveQuery>>> {
        // Maps stay whole whatever panics between their methods.
        self.queries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All queries that are not finished.
#[derive(Clone, Debug, Default)]
pub struct ActiveQueries(Arc<Table>);

impl ActiveQueries {
    /// Notes a query. It stays in the list until the last clone of what is returned is dropped.
    pub fn add(&self, text: Arc<str>, times: Times, client: Client, now_ms: i64) -> Arc<ActiveQuery> {
        let id = self.0.last_id.fetch_add(1, Relaxed) + 1;
        let query = Arc::new(ActiveQuery {
            id,
            text,
            times,
            client,
            started_ms: now_ms,
            begun: Instant::now(),
            stage: AtomicU8::new(Stage::Queued as u8),
            cancel: Cancel::default(),
            progress: Arc::default(),
            stop: CancellationToken::new(),
            table: Arc::clone(&self.0),
        });
        self.0.lock().insert(id, Arc::downgrade(&query));
        query
    }

    /// Returns the queries as JSON, oldest first.
    pub fn list(&self) -> Vec<serde_json::Value> {
        // Upgraded outside the lock: dropping the last reference takes it.
        let queries: Vec<_> = self.0.lock().values().cloned().collect();
        queries.iter().filter_map(|q| Some(q.upgrade()?.json())).collect()
    }

    /// Stops a query. Tells whether there was one of this number.
    pub fn cancel(&self, id: u64) -> bool {
        let found = self.0.lock().get(&id).cloned();
        let Some(query) = found.and_then(|q| q.upgrade()) else { return false };
        query.cancel.cancel();
        query.stop.cancel();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_listed_while_they_last() {
        let all = ActiveQueries::default();
        let range = Times::Range { start_ms: 1, end_ms: 5, step_ms: 2 };
        let client = Client { user: "ann".into(), address: "10.0.0.1".into(), ..Client::default() };
        let first = all.add(Arc::from("up"), range, client, 1000);
        let second = all.add(Arc::from("é".repeat(3000)), Times::Instant(7), Client::default(), 2000);
        first.enter(Stage::Running);
        let list = all.list();
        assert_eq!(list.len(), 2);
        for (key, want) in [
            ("id", "1".into()),
            ("query", "up".into()),
            ("start", 1.into()),
            ("end", 5.into()),
            ("step", 2.into()),
            ("state", "running".into()),
            ("user", "ann".into()),
            ("remote_addr", "10.0.0.1".into()),
            ("started", "1970-01-01T00:00:01Z".into()),
            ("cancelled", serde_json::Value::Bool(false)),
        ] {
            assert_eq!(list[0][key], want, "{key}");
        }
        assert_eq!((list[1]["start"].as_i64(), list[1]["end"].as_i64()), (Some(7), Some(7)));
        assert_eq!(list[1]["state"], "queued");
        assert_eq!(list[1]["query"].as_str().unwrap().len(), TEXT_SHOWN_MAX);
        let clone = second.clone();
        drop(second);
        assert_eq!(all.list().len(), 2, "somebody still works for it");
        drop((first, clone));
        assert!(all.list().is_empty());
    }

    #[test]
    fn a_query_is_stopped_by_its_number() {
        let all = ActiveQueries::default();
        let query = all.add(Arc::from("up"), Times::Instant(0), Client::default(), 0);
        assert!(!all.cancel(7));
        assert!(!query.cancel.is_cancelled());
        assert!(all.cancel(1));
        assert!(query.cancel.is_cancelled() && query.stop.is_cancelled());
        assert_eq!(all.list()[0]["cancelled"], true);
        drop(query);
        assert!(!all.cancel(1), "it is over");
    }
}
