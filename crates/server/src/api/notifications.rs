//! `/notifications` and `/notifications/live`: what a person at the screen should know of the server right now.
//!
//! What holds is looked up, not announced: each look compares the server's state with the last one. Live listeners are told
//! of what came and what went, as server-sent events; they look every second.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::StatusCode;
use serde::Serialize;
use telemetry::{Counter, Gauge, Registry};

use super::rfc3339;
use crate::answer::{self, Answer};
use crate::ready;
use crate::router::App;

const RELOAD_FAILED: &str = "Configuration reload has failed.";
const STARTING: &str = "Prometheus is starting and replaying the write-ahead log (WAL).";
const STOPPING: &str = "Prometheus is shutting down and gracefully stopping all operations.";
/// How often a live listener's state is looked up.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notification {
    text: &'static str,
    /// Since when.
    date: String,
    /// False when it is over.
    active: bool,
}

/// What holds, and who listens.
pub struct Notifications {
    listeners_max: usize,
    active: std::sync::Mutex<Vec<Notification>>,
    listeners: Gauge,
    sent: Counter,
}

impl Notifications {
    /// Starts with nothing. No more than `listeners_max` listen live.
    pub fn new(listeners_max: usize, registry: &Registry) -> Notifications {
        registry.counter(
            "prometheus_api_notification_updates_dropped_total",
            "Total number of notification updates dropped.",
        );
        Notifications {
            listeners_max,
            active: std::sync::Mutex::default(),
            listeners: registry.gauge(
                "prometheus_api_notification_active_subscribers",
                "The current number of active notification subscribers.",
            ),
            sent: registry.counter(
                "prometheus_api_notification_updates_sent_total",
                "Total number of notification updates sent.",
            ),
        }
    }

    /// Returns what holds now, the oldest first.
    fn look(&self, texts: &[&'static str], now_ms: i64) -> Vec<Notification> {
        let mut active = self.active.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        active.retain(|one| texts.contains(&one.text));
        for text in texts {
            if !active.iter().any(|one| one.text == *text) {
                active.push(Notification { text, date: rfc3339(Some(now_ms)), active: true });
            }
        }
        active.clone()
    }
}

/// What the server's state says.
fn texts(app: &App) -> Vec<&'static str> {
    let (reload_worked, _) = app.parts.runtime.reload();
    let phase = app.ready.get();
    let all = [
        (STARTING, phase == ready::State::Starting),
        (RELOAD_FAILED, phase != ready::State::Starting && !reload_worked),
        (STOPPING, phase == ready::State::Stopping || app.parts.control.quit.is_cancelled()),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(text, _)| text).collect()
}

fn look(app: &App) -> Vec<Notification> {
    app.notifications.look(&texts(app), app.parts.runtime.now_ms())
}

/// What holds now.
pub async fn list(State(app): State<Arc<App>>) -> Answer {
    answer::data(&look(&app))
}

/// A listener, counted for as long as it lives.
struct Listener {
    app: Arc<App>,
    known: Vec<Notification>,
    /// What it has to be told yet.
    news: std::collections::VecDeque<Notification>,
}

impl Listener {
    /// Compares what holds with what was told.
    fn look(&mut self) {
        let now = look(&self.app);
        let gone = self.known.iter().filter(|one| !now.contains(one));
        self.news.extend(gone.map(|one| Notification { active: false, ..one.clone() }));
        self.news.extend(now.iter().filter(|one| !self.known.contains(one)).cloned());
        self.known = now;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.app.notifications.listeners.dec();
    }
}

/// What holds now, and then what comes and goes. 204 if too many listen already.
pub async fn live(State(app): State<Arc<App>>) -> Response {
    let gauge = &app.notifications.listeners;
    if gauge.get() >= app.notifications.listeners_max as f64 {
        return StatusCode::NO_CONTENT.into_response();
    }
    gauge.inc();
    let listener = Listener { app: app.clone(), known: Vec::new(), news: std::collections::VecDeque::new() };
    let events = stream::unfold(listener, |mut listener| async move {
        loop {
            listener.look();
            if let Some(next) = listener.news.pop_front() {
                listener.app.notifications.sent.inc();
                let event = Event::default().data(serde_json::to_string(&next).unwrap_or_default());
                return Some((Ok::<Event, Infallible>(event), listener));
            }
            let quit = &listener.app.parts.control.quit;
            if quit.is_cancelled() {
                return None; // an open stream would keep the server from ending
            }
            tokio::select! {
                () = quit.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_the_date_they_began_at() {
        let notifications = Notifications::new(1, &Registry::new());
        let first = notifications.look(&[STARTING], 1000);
        assert_eq!(first[0].date, "1970-01-01T00:00:01Z");
        let both = notifications.look(&[STARTING, RELOAD_FAILED], 5000);
        assert_eq!((&both[0], both[1].text), (&first[0], RELOAD_FAILED));
        assert_eq!(notifications.look(&[RELOAD_FAILED], 9000), both[1..]);
        assert_eq!(notifications.look(&[], 9000), []);
        let json = serde_json::to_string(&both[1]).unwrap();
        assert_eq!(
            json,
            r#"{"text":"Configuration reload has failed.","date":"1970-01-01T00:00:05Z","active":true}"#
        );
    }
}
