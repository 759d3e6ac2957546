//! Sending one message: tries until it arrives, cannot arrive, or time runs out.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use transport::Deadline;
use transport::config::Source;
use yaml::Secret;

use super::{Alertmanager, Target};
use crate::manager::{Message, Outcome};
use crate::notify::{Call, Data, FailureKind, Notice, Secrets, Verdict};

/// The wait after the first failure, and how it grows.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const GROWTH: f64 = 1.5;
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Answers are read as far as this; nobody looks at the rest.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

struct Files;

impl Secrets for Files {
    fn read(&self, source: &Source<Secret>) -> Result<Secret, String> {
        match source {
            Source::Inline(secret) => Ok(secret.clone()),
            Source::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Secret::new(text.trim())),
                Err(error) => Err(format!("{}: {error}", path.display())),
            },
        }
    }
}

/// Sends a message until its deadline.
pub(super) async fn until_deadline(am: &Alertmanager, target: &Target, message: &Message) -> Outcome {
    let key = &message.integration;
    am.metrics.notifications.with(&[&key.integration]).inc();
    let data = Data::new(message, &message.alerts, message.route_labels.clone(), &am.options.external_url);
    let notice = Notice { message, data: &data };
    let call = match target.notifier.call(&notice, &Files) {
        Ok(call) => call,
        Err(error) => {
            am.metrics.failed(key, FailureKind::Other);
            return Outcome::Failed(error);
        }
    };
    let mut wait = FIRST_WAIT;
    let mut last_error = None;
    for attempt in 1u32.. {
        let begun = Instant::now();
        let verdict = once(target, &call, left(message)).await;
        am.metrics.tried(key, begun.elapsed(), verdict == Verdict::Sent);
        let (kind, error) = match verdict {
            Verdict::Sent => {
                tracing::debug!(receiver = %key.receiver, integration = %key.integration, attempt, "notified");
                return Outcome::Sent(message.data.clone());
            }
            Verdict::GiveUp(kind, error) => {
                am.metrics.failed(key, kind);
                return Outcome::Failed(format!("after {attempt} attempts: {error}"));
            }
            Verdict::Retry(kind, error) => (kind, error),
        };
        if last_error.as_ref() != Some(&error) {
            tracing::warn!(
                receiver = %key.receiver, integration = %key.integration, attempt, %error,
                "notification attempt failed, will be tried again"
            );
        }
        let pause = wait.mul_f64(spread(message, attempt));
        if pause >= left(message) {
            let kind = if left(message).is_zero() { FailureKind::DeadlineExceeded } else { kind };
            am.metrics.failed(key, kind);
            return Outcome::Failed(format!("after {attempt} attempts, out of time: {error}"));
        }
        last_error = Some(error);
        tokio::time::sleep(pause).await;
        wait = wait.mul_f64(GROWTH).min(WAIT_MAX);
    }
    Outcome::Failed("more attempts than can be counted".to_owned())
}

async fn once(target: &Target, call: &Call, left: Duration) -> Verdict {
    let timeout = target.notifier.timeout().map_or(left, |t| t.min(left));
    let failed = |error: String| Verdict::Retry(FailureKind::Other, error);
    let request = Request::post(call.url.expose())
        .header(http::header::CONTENT_TYPE, call.content_type)
        .body(Bytes::copy_from_slice(&call.body));
    let Ok(request) = request else {
        return Verdict::GiveUp(FailureKind::Other, "the URL is not valid".to_owned());
    };
    let mut answer = match target.client.send(request, Deadline::after(timeout)).await {
        Ok(answer) => answer,
        // Only the failure: the URL may be a secret.
        Err(error) => return failed(error.failure.to_string()),
    };
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    // The status decides; a body that breaks off only makes the message shorter.
    answer.read_to(&mut body, ANSWER_BYTES_MAX).await.ok();
    target.notifier.judge(status, &String::from_utf8_lossy(&body))
}

fn left(message: &Message) -> Duration {
    Duration::try_from(message.deadline.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO)
}

/// A factor between 0.5 and 1.5 that differs between messages, so that they do not all come back at once.
fn spread(message: &Message, attempt: u32) -> f64 {
    let hash = xxhash_rust::xxh64::xxh64(message.group_key.as_bytes(), u64::from(attempt));
    0.5 + (hash >> 11) as f64 / (1u64 << 53) as f64
}
