//! The queue of one Alertmanager, and the task that empties it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use parking_lot::Mutex;
use tokio::sync::Notify as Signal;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use transport::{Client, Deadline};

use super::Options;
use super::message::body;
use super::metrics::Metrics;
use crate::environment::Notification;

/// An Alertmanager's answer says nothing that we use.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// What waits for one Alertmanager.
pub(super) struct Queue {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    url: String,
    client: Client,
    timeout: Duration,
    options: Options,
    metrics: Metrics,
    waiting: Mutex<VecDeque<Notification>>,
    work: Signal,
    stop: CancellationToken,
}

impl Queue {
    /// Starts the task.
    pub(super) fn start(
        url: String,
        client: Client,
        timeout: Duration,
        options: &Options,
        metrics: &Metrics,
    ) -> Queue {
        metrics.announce(&url);
        let shared = Arc::new(Shared {
            url,
            client,
            timeout,
            options: options.clone(),
            metrics: metrics.clone(),
            waiting: Mutex::default(),
            work: Signal::new(),
            stop: CancellationToken::new(),
        });
        let task = tokio::spawn(shared.clone().run());
        Queue { shared, task }
    }

    /// Lets alerts wait. Over the bound the oldest go.
    pub(super) fn add(&self, alerts: &[Notification]) {
        let shared = &self.shared;
        let capacity = shared.options.queue_capacity;
        let alerts = &alerts[alerts.len().saturating_sub(capacity)..];
        let mut waiting = shared.waiting.lock();
        let excess = (waiting.len() + alerts.len()).saturating_sub(capacity);
        for _ in 0..excess {
            waiting.pop_front();
        }
        waiting.extend(alerts.iter().cloned());
        let url = [shared.url.as_str()];
        shared.metrics.queue_length.with(&url).set(waiting.len() as f64);
        drop(waiting);
        if excess > 0 {
            shared.metrics.dropped.with(&url).inc_by(excess as u64);
            tracing::warn!(alertmanager = %shared.url, dropped = excess, "too many alerts wait, the oldest are dropped");
        }
        shared.work.notify_one();
    }

    /// Ends the queue; the task then ends when what waits is sent, or at once if the options say so.
    pub(super) fn close(self) -> JoinHandle<()> {
        self.shared.stop.cancel();
        self.task
    }
}

impl Shared {
    async fn run(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = self.work.notified() => {}
            }
            while !self.stop.is_cancelled() && self.send_batch().await {}
        }
        if self.options.drain_on_shutdown {
            while self.send_batch().await {}
        } else {
            let left = self.waiting.lock().len();
            if left > 0 {
                tracing::warn!(alertmanager = %self.url, dropped = left, "alerts that wait are dropped at the end");
            }
        }
        self.metrics.forget(&self.url);
    }

    /// Sends the next batch. Tells whether there was one.
    async fn send_batch(&self) -> bool {
        let url = [self.url.as_str()];
        let batch: Vec<Notification> = {
            let mut waiting = self.waiting.lock();
            let count = waiting.len().min(self.options.batch_size.max(1));
            let batch = waiting.drain(..count).collect();
            self.metrics.queue_length.with(&url).set(waiting.len() as f64);
            batch
        };
        if batch.is_empty() {
            return false;
        }
        let count = batch.len() as u64;
        let began = Instant::now();
        match self.send(&batch).await {
            Ok(()) => {
                self.metrics.latency.with(&url).observe(began.elapsed().as_secs_f64());
                self.metrics.sent.with(&url).inc_by(count);
            }
            Err(error) => {
                self.metrics.errors.with(&url).inc_by(count);
                self.metrics.dropped.with(&url).inc_by(count);
                tracing::error!(alertmanager = %self.url, alerts = count, %error, "sending alerts failed");
            }
        }
        true
    }

    async fn send(&self, batch: &[Notification]) -> Result<(), String> {
        let request = Request::post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body(batch)))
            .map_err(|error| error.to_string())?;
        let sent = self.client.send(request, Deadline::after(self.timeout)).await;
        let mut answer = sent.map_err(|error| error.to_string())?;
        let status = answer.status();
        // Read to the end, so that the connection can be used again.
        let mut text = Vec::new();
        answer.read_to(&mut text, ANSWER_BYTES_MAX).await.ok();
        if status.is_success() { Ok(()) } else { Err(format!("bad response status {status}")) }
    }
}
