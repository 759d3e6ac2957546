//! The rhythm of one group.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::catch_up;
use crate::environment::Environment;
use crate::group::Group;
use crate::restore::restore;

/// What a group runs with.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(crate) env: Arc<Environment>,
    /// Groups that may be evaluated at a time.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
    /// Cancelled when evaluation may begin.
    pub(crate) started: CancellationToken,
}

impl Runner {
    /// Evaluates the group in each of its slots until told to stop. `after_restart`: what was missed is done first, and alerts that
    /// were active before are restored.
    pub(crate) async fn run(self, group: Arc<Group>, after_restart: bool) {
        tokio::select! {
            () = self.stop.cancelled() => return,
            () = self.started.cancelled() => {}
        }
        let slots = group.slots();
        let mut slot = slots.after(slots.at_or_before(now_ns()));
        if after_restart && self.env.catch_up {
            self.catch_up(&group, slot).await;
        }
        let mut evaluations = 0u64;
        loop {
            let Some(due) = self.wait_for(&group, slot).await else { return };
            slot = due;
            self.evaluate(&group, slot).await;
            evaluations += 1;
            // The first evaluation may have come before the first scrapes: only the second shows what is active.
            if after_restart && evaluations == 2 {
                self.blocking(&group, |group, env| restore(group, env, now_ns() / 1_000_000)).await;
            }
            slot = slots.after(slot);
        }
    }

    /// Waits until a slot has come. Returns it, or a later one if that has come too; `None` if told to stop.
    async fn wait_for(&self, group: &Arc<Group>, mut slot: i64) -> Option<i64> {
        let slots = group.slots();
        loop {
            let now = now_ns();
            if now >= slot {
                // `slot` is the next one after the last that was done.
                let missed = (now - slot) / slots.interval_ns();
                if missed > 0 {
                    let count = missed.unsigned_abs();
                    self.env.metrics.missed.with(&[&group.key()]).inc_by(count);
                    self.env.metrics.scheduled.with(&[&group.key()]).inc_by(count);
                }
                return Some(slot + missed * slots.interval_ns());
            }
            if slot - now > 2 * slots.interval_ns() {
                // The clock was set back.
                slot = slots.after(slots.at_or_before(now));
                continue;
            }
            let pause = Duration::from_nanos((slot - now).unsigned_abs());
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn catch_up(&self, group: &Arc<Group>, next: i64) {
        let missed = self.blocking(group, move |group, env| catch_up::missed(group, env, next)).await;
        let missed = missed.unwrap_or_default();
        if missed.is_empty() {
            return;
        }
        tracing::info!(file = %group.file, group = %group.name, evaluations = missed.len(), "evaluating what was missed");
        for slot in missed {
            if self.stop.is_cancelled() {
                return;
            }
            self.blocking(group, move |group, env| {
                catch_up::evaluate(group, env, slot, now_ns() / 1_000_000);
            })
            .await;
        }
    }

    async fn evaluate(&self, group: &Arc<Group>, slot: i64) {
        self.blocking(group, move |group, env| {
            group.evaluate(env, slot.div_euclid(1_000_000), now_ns() / 1_000_000);
        })
        .await;
    }

    /// Runs work on a thread that may block, once there is a place. `None` if it panicked, or the server ends.
    async fn blocking<T: Send + 'static>(
        &self,
        group: &Arc<Group>,
        work: impl FnOnce(&Group, &Environment) -> T + Send + 'static,
    ) -> Option<T> {
        let place = self.places.clone().acquire_owned().await.ok()?;
        let (task_group, env) = (group.clone(), self.env.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&task_group, &env)
        });
        match done.await {
            Ok(result) => Some(result),
            Err(error) => {
                tracing::error!(file = %group.file, group = %group.name, %error, "evaluating a group ended in a panic");
                None
            }
        }
    }
}

/// The clock, in nanoseconds since the epoch.
pub(crate) fn now_ns() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
}
