//! Sending one message: tries until it arrives, cannot arrive, or time runs out.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use transport::Deadline;
use transport::config::Source;
use yaml::Secret;

use super::steps::{Step, reached};
use super::{Alertmanager, Target, mail};
use crate::manager::{Message, Outcome, Receipt};
use crate::notify::{Answer, Call, Data, FailureKind, KeptData, Notice, Secrets, Then, Turn, Verdict};

/// The wait after the first failure, and how it grows.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const GROWTH: f64 = 1.5;
const WAIT_MAX: Duration = Duration::from_secs(60);
/// What failed before its turn came.
pub(super) const CROWDED: &str = "too much goes on with this receiver already";
/// Answers are read as far as this; nobody looks at the rest.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Reads secrets of files.
pub(super) struct Files;

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
    am.metrics.begun(key);
    let mut wait = FIRST_WAIT;
    let mut last_error = None;
    for attempt in 1u32.. {
        let Some(place) = target.gate.enter(left(message)).await else {
            am.metrics.failed(key, FailureKind::RateLimited);
            return Outcome::Failed(format!("after {} attempts: {CROWDED}", attempt - 1));
        };
        reached(Step::Turn);
        let begun = Instant::now();
        let mut kept = message.data.clone();
        // The message is made when its turn has come, and what sends it is on the heap: thousands of a storm wait, each with little.
        let Tried { verdict, answer } = Box::pin(try_once(am, target, message, &mut kept)).await;
        drop(place);
        am.metrics.tried(key, begun.elapsed(), verdict == Verdict::Sent);
        let (kind, error) = match verdict {
            Verdict::Sent => {
                tracing::debug!(receiver = %key.receiver, integration = %key.integration, attempt, "notified");
                return Outcome::Sent { data: kept, receipt: Receipt { attempts: attempt, answer } };
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
        am.manager.lock().note_attempt(message.id, attempt, &error, Timestamp::now());
        am.note_decisions();
        last_error = Some(error);
        tokio::time::sleep(pause).await;
        wait = wait.mul_f64(GROWTH).min(WAIT_MAX);
    }
    Outcome::Failed("more attempts than can be counted".to_owned())
}

/// What became of a try.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) verdict: Verdict,
    /// What was heard last, for people; empty if nothing was.
    pub(super) answer: String,
}

impl From<Verdict> for Tried {
    fn from(verdict: Verdict) -> Tried {
        Tried { verdict, answer: String::new() }
    }
}

async fn try_once(am: &Alertmanager, target: &Target, message: &Message, kept: &mut KeptData) -> Tried {
    match data(&am.options.external_url, target, message) {
        Ok(data) => once(target, message, &data, kept).await,
        Err(error) => Verdict::GiveUp(FailureKind::Other, error).into(),
    }
}

/// Gathers what templates see, with the route's labels rendered.
pub(super) fn data(external_url: &str, target: &Target, message: &Message) -> Result<Data, String> {
    let mut data = Data::new(message, &message.alerts, message.route_labels.clone(), external_url);
    data.route_labels = target.templates.route_labels(&message.route_labels, &data, message.now)?;
    Ok(data)
}

/// Tries once: follows the chain of requests to its end.
pub(super) async fn once(target: &Target, message: &Message, data: &Data, kept: &mut KeptData) -> Tried {
    let timeout = target.notifier.timeout.map_or(left(message), |t| t.min(left(message)));
    let deadline = Deadline::after(timeout);
    let begun = {
        let notice = Notice { message, data, templates: &target.templates, now: Timestamp::now() };
        target.notifier.begin(&notice, &Files)
    };
    let mut turn = match begun {
        Ok(turn) => turn,
        Err(error) => return Verdict::GiveUp(FailureKind::Other, error).into(),
    };
    let mut answer = String::new();
    loop {
        turn = match turn {
            Turn::Ask(call, then) => match ask(target, *call, then, deadline, &mut answer).await {
                Ok(turn) => turn,
                Err(verdict) => return Tried { verdict, answer },
            },
            Turn::Mail(letter) => return mail::deliver(*letter, deadline).await,
            Turn::End(verdict) => return Tried { verdict, answer },
            Turn::Keep(data) => {
                *kept = data;
                return Tried { verdict: Verdict::Sent, answer };
            }
        }
    }
}

async fn ask(
    target: &Target,
    call: Call,
    then: Then,
    deadline: Deadline,
    heard: &mut String,
) -> Result<Turn, Verdict> {
    let mut request = Request::builder().method(call.method).uri(call.url.expose());
    if let Some(content_type) = call.content_type {
        request = request.header(http::header::CONTENT_TYPE, content_type);
    }
    for (name, value) in &call.headers {
        request = request.header(*name, value.expose());
    }
    let Ok(request) = request.body(Bytes::from(call.body)) else {
        return Err(Verdict::GiveUp(FailureKind::Other, "the URL or a header is not valid".to_owned()));
    };
    reached(Step::Made);
    let mut answer = match target.client.send(request, deadline).await {
        Ok(answer) => answer,
        // Only the failure: the URL may be a secret.
        Err(error) => return Err(Verdict::Retry(FailureKind::Other, error.failure.to_string())),
    };
    let status = answer.status().as_u16();
    let content_type = answer.header("content-type").unwrap_or_default().to_owned();
    let mut body = Vec::new();
    // The status decides; a body that breaks off only makes the message shorter.
    answer.read_to(&mut body, ANSWER_BYTES_MAX).await.ok();
    let body = String::from_utf8_lossy(&body);
    reached(Step::Answered);
    let answer = Answer { status, content_type: &content_type, body: &body };
    *heard = answer.summary();
    Ok(then.go_on(answer))
}

pub(super) fn left(message: &Message) -> Duration {
    Duration::try_from(message.deadline.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO)
}

/// A factor between 0.5 and 1.5 that differs between messages, so that they do not all come back at once.
fn spread(message: &Message, attempt: u32) -> f64 {
    let hash = xxhash_rust::xxh64::xxh64(message.group_key.as_bytes(), u64::from(attempt));
    0.5 + (hash >> 11) as f64 / (1u64 << 53) as f64
}
