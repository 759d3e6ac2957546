//! Mechanisms that ask again and again.

use std::fmt::Display;
use std::time::Duration;

use telemetry::{Counter, Histogram, Summary};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::Setup;
use crate::TargetGroup;

/// Tells when to ask, and what becomes of the answer. Used in turns: `begin`, ask, `end`.
pub(super) struct Refresher {
    mechanism: &'static str,
    setup: Setup,
    ticker: Interval,
    begun: Instant,
    failures: Counter,
    duration: Summary,
    duration_histogram: Histogram,
}

impl Refresher {
    pub(super) fn new(mechanism: &'static str, interval: Duration, setup: Setup) -> Refresher {
        let labels = [mechanism, setup.job.as_str()];
        // A zero interval would spin; the configuration's reader refuses it.
        let mut ticker = tokio::time::interval(interval.max(Duration::from_millis(1)));
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Refresher {
            mechanism,
            ticker,
            begun: Instant::now(),
            failures: setup.metrics.refresh_failures.with(&labels),
            duration: setup.metrics.refresh_duration.with(&labels),
            duration_histogram: setup.metrics.refresh_duration_histogram.with(&[mechanism]),
            setup,
        }
    }

    /// Waits until it is time to ask; the first time at once.
    pub(super) async fn begin(&mut self) {
        self.ticker.tick().await;
        self.begun = Instant::now();
    }

    /// Hands the answer over. A failure is logged and counted, and what was found before stays.
    pub(super) async fn end<E: Display>(&mut self, answer: Result<Vec<TargetGroup>, E>) {
        let seconds = self.begun.elapsed().as_secs_f64();
        self.duration.observe(seconds);
        self.duration_histogram.observe(seconds);
        match answer {
            Ok(groups) => self.setup.sink.send(groups).await,
            Err(error) => {
                self.failures.inc();
                let (mechanism, job) = (self.mechanism, self.setup.job.as_str());
                tracing::error!(mechanism, job, %error, "unable to refresh target groups");
            }
        }
    }
}
