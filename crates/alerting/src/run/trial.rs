//! Telling a receiver something on purpose, to see whether it arrives.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use model::Labels;
use tokio::task::JoinSet;

use super::{Alertmanager, send};
use crate::alert::{Alert, later};
use crate::manager::{Message, MessageId};
use crate::nflog::{IntegrationKey, Reason};
use crate::notify::{FailureKind, Verdict};

/// A try ends after this time.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(15);

/// What became of one integration's message.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which.
    pub integration: IntegrationKey,
    /// How long it took.
    pub took: Duration,
    /// Why it did not arrive, and whether another try may help.
    pub failure: Option<(String, bool)>,
}

impl Alertmanager {
    /// Tells all integrations of a receiver once about an alert that does not exist. The notification log does not learn of it.
    /// Returns nothing if there is no such receiver.
    pub async fn try_receiver(
        &self,
        receiver: &str,
        labels: Labels,
        annotations: BTreeMap<String, String>,
    ) -> Option<Vec<Trial>> {
        let generation = self.generation.load_full();
        let config = generation.config.receivers.iter().find(|r| r.name == receiver)?;
        let mut trials = JoinSet::new();
        for key in config.integrations.iter().map(|i| i.integration.key.clone()) {
            let Some(target) = generation.targets.get(&key).cloned() else { continue };
            let message = message(key, labels.clone(), annotations.clone());
            let url = self.options.external_url.clone();
            trials.spawn(async move {
                let begun = Instant::now();
                let place = target.gate.enter(send::left(&message)).await;
                let verdict = match (place, send::data(&url, &target, &message)) {
                    (None, _) => Verdict::Retry(FailureKind::RateLimited, send::CROWDED.to_owned()),
                    (_, Err(error)) => Verdict::GiveUp(FailureKind::Other, error),
                    (Some(_place), Ok(data)) => {
                        send::once(&target, &message, &data, &mut BTreeMap::new()).await.verdict
                    }
                };
                let failure = match verdict {
                    Verdict::Sent => None,
                    Verdict::Retry(_, reason) => Some((reason, true)),
                    Verdict::GiveUp(_, reason) => Some((reason, false)),
                };
                Trial { integration: message.integration, took: begun.elapsed(), failure }
            });
        }
        let mut results: Vec<Trial> = trials.join_all().await;
        results.sort_by(|a, b| a.integration.cmp(&b.integration));
        Some(results)
    }
}

fn message(integration: IntegrationKey, labels: Labels, annotations: BTreeMap<String, String>) -> Message {
    let now = Timestamp::now();
    let alert = Alert {
        labels: labels.clone(),
        annotations: annotations.into(),
        starts_at: now,
        ends_at: later(now, SignedDuration::from_mins(5)),
        updated_at: now,
        timeout: true,
        generator_url: "".into(),
    };
    Message {
        id: MessageId::for_trials(),
        integration,
        // A name of its own: services must not take it for news of a real group.
        group_key: format!("{{}}/bongsu-test:{labels}:{}", now.as_nanosecond()).into(),
        group_labels: labels,
        route_labels: BTreeMap::new(),
        alerts: vec![alert.into()],
        now,
        reason: Reason::First,
        deadline: later(now, TIMEOUT),
        data: BTreeMap::new(),
        acknowledged: BTreeMap::new(),
    }
}
