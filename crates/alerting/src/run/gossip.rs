//! What a cluster needs of an Alertmanager: to wait, to tell, to take.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Alertmanager;
use crate::cluster::{Cluster, Messages, Part, Status};
use crate::manager::Manager;
use crate::pb::StateError;

impl Alertmanager {
    /// Sends nothing until [`Alertmanager::release`].
    pub(crate) fn hold(&self) {
        self.manager.lock().hold();
    }

    /// Begins to send: the others were found.
    pub(crate) fn release(&self) {
        self.manager.lock().release();
        self.wake.notify_one();
    }

    /// Sets how long each message waits for peers before us.
    pub(crate) fn set_peer_wait(&self, wait: SignedDuration) {
        self.manager.lock().set_peer_wait(wait);
    }

    /// From now on, what is new goes to the cluster too. The first cluster stays.
    pub(crate) fn join(&self, cluster: Arc<Cluster>) {
        let cluster = self.cluster.get_or_init(|| cluster);
        self.manager.lock().log_mut().set_own_name(&cluster.status().name);
    }

    /// Takes peers' messages. What is new among them is on disk then, and goes on to other peers. Returns what could not be read;
    /// what stood before it is kept.
    pub(crate) fn merge(&self, messages: &[Messages]) -> Vec<(Part, StateError)> {
        let now = Timestamp::now();
        let mut unreadable = Vec::new();
        for Messages { part, from, bytes } in messages {
            let mut manager = self.manager.lock();
            let news = |manager: &Manager| (manager.silences().news_len(), manager.log().news_len());
            let before = news(&manager);
            let merged = match part {
                Part::Silences => manager.silences_mut().merge(bytes, now).map(|refused| {
                    for (silence, reason) in refused {
                        tracing::warn!(%silence, %reason, "a peer's silence cannot be used");
                    }
                }),
                Part::Log => manager.log_mut().merge_from(bytes, now, from).map(|refused| {
                    if refused > 0 {
                        tracing::warn!(
                            entries = refused,
                            "entries of a peer's notification log cannot be used"
                        );
                    }
                }),
            };
            let after = news(&manager);
            self.stores.silences.propagated.inc_by((after.0 - before.0) as u64);
            self.stores.log.propagated.inc_by((after.1 - before.1) as u64);
            unreadable.extend(merged.err().map(|error| (*part, error)));
        }
        self.persist();
        unreadable
    }

    /// Returns all that peers may know: the messages of each store.
    pub(crate) fn full_state(&self) -> Vec<(Part, Vec<u8>)> {
        let manager = self.manager.lock();
        vec![(Part::Silences, manager.silences().encode()), (Part::Log, manager.log().encode())]
    }

    /// Returns the place among the replicas, if there are any to be.
    pub fn cluster_status(&self) -> Option<Status> {
        self.cluster.get().map(|cluster| cluster.status())
    }
}
