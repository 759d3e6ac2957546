//! The flags `--cluster.*`.

use std::sync::Arc;

use alerting::cluster::{Cluster, ClusterError, CoreSettings, Options};
use alerting::run::Alertmanager;
use anyhow::anyhow;
use telemetry::Registry;

use super::time;
use crate::flags::Values;

/// Whether, and how, this replica talks to others.
pub(super) struct Settings {
    options: Option<Options>,
    /// Whether anybody asked for a cluster: else one that cannot be is no reason not to start.
    wanted: bool,
}

impl Settings {
    pub(super) fn from_flags(v: &Values) -> anyhow::Result<Settings> {
        let listen_address = v.get("cluster.listen-address").to_owned();
        let named = |name: &str| v.all(name).iter().filter(|value| !value.is_empty()).cloned().collect();
        let peers: Vec<String> = named("cluster.peer");
        let wanted = v.is_given("cluster.listen-address") || !peers.is_empty();
        if listen_address.is_empty() {
            return Ok(Settings { options: None, wanted });
        }
        let above_zero = |name: &str| {
            let value = time(v, name)?;
            if value.is_zero() { Err(anyhow!("--{name}: must be above zero")) } else { Ok(value) }
        };
        let label = v.get("cluster.label").to_owned();
        if label.len() > 255 {
            return Err(anyhow!("--cluster.label: {} bytes, at most 255 are possible", label.len()));
        }
        let options = Options {
            listen_address,
            advertise_address: v.get("cluster.advertise-address").to_owned(),
            peer_name: v.get("cluster.peer-name").to_owned(),
            peers,
            peer_timeout: time(v, "cluster.peer-timeout")?,
            resolve_timeout: time(v, "cluster.peers-resolve-timeout")?,
            tcp_timeout: above_zero("cluster.tcp-timeout")?,
            settle_timeout: time(v, "cluster.settle-timeout")?,
            allow_public_address: v.is_on("cluster.allow-insecure-public-advertise-address-discovery"),
            core: CoreSettings {
                label,
                gossip_interval: above_zero("cluster.gossip-interval")?,
                exchange_interval: time(v, "cluster.pushpull-interval")?,
                probe_interval: above_zero("cluster.probe-interval")?,
                probe_timeout: above_zero("cluster.probe-timeout")?,
                reconnect_interval: time(v, "cluster.reconnect-interval")?,
                reconnect_timeout: time(v, "cluster.reconnect-timeout")?,
            },
        };
        Ok(Settings { options: Some(options), wanted })
    }

    /// Opens the sockets. Two programs on one machine that nobody told to be replicas both want the default port: the second
    /// goes on alone.
    pub(super) async fn open(
        &self,
        alertmanager: &Arc<Alertmanager>,
        registry: &Registry,
    ) -> anyhow::Result<Option<Arc<Cluster>>> {
        let enabled = registry
            .gauge("alertmanager_cluster_enabled", "Indicates whether the clustering is enabled or not.");
        let Some(options) = &self.options else { return Ok(None) };
        match Cluster::open(options.clone(), alertmanager, registry).await {
            Ok(cluster) => {
                enabled.set(1.0);
                Ok(Some(cluster))
            }
            Err(error @ ClusterError::Listen { .. }) if !self.wanted => {
                tracing::warn!(%error, "no cluster: going on alone");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
