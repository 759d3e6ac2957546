//! The flags `--cluster.*`.

use std::path::Path;
use std::sync::Arc;

use alerting::cluster::{Cluster, ClusterError, CoreSettings, Options};
use alerting::run::Alertmanager;
use anyhow::{Context as _, anyhow};
use telemetry::Registry;
use transport::peer::PeerTlsConfig;
use yaml::Read as _;

use super::time;
use crate::flags::Values;

/// Whether, and how, this replica talks to others.
#[derive(Clone, Debug)]
pub struct Settings {
    options: Option<Options>,
    /// Whether anybody asked for a cluster: else one that cannot be is no reason not to start.
    wanted: bool,
}

/// Reads the file of `--cluster.tls-config`.
fn read_tls(file: &Path) -> anyhow::Result<PeerTlsConfig> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let directory = file.parent().unwrap_or(Path::new(""));
    let (config, warnings) =
        yaml::read_document(&text, &file.display().to_string(), directory, PeerTlsConfig::read)?;
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    Ok(config)
}

impl Settings {
    /// Reads the flags.
    ///
    /// # Errors
    /// The first whose value cannot be used.
    pub fn from_flags(v: &Values) -> anyhow::Result<Settings> {
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
            tls: match v.get("cluster.tls-config") {
                "" => None,
                file => Some(read_tls(Path::new(file))?),
            },
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
    ///
    /// # Errors
    /// Addresses or certificates that cannot be used.
    pub async fn open(
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

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;
    use crate::flags;

    fn settings(args: &[&str]) -> Result<Settings, String> {
        let command = flags::with_flags(Command::new("t").no_binary_name(true), flags::alertmanager::FLAGS);
        let matches = command.try_get_matches_from(args).map_err(|e| e.to_string())?;
        Settings::from_flags(&flags::values(flags::alertmanager::FLAGS, &matches))
            .map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn who_asks_for_a_cluster_gets_one_or_an_error() {
        for (args, listens, wanted) in [
            (&[][..], true, false),
            (&["--cluster.listen-address="], false, true),
            (&["--cluster.peer=a:1", "--cluster.peer=b:1"], true, true),
            (&["--cluster.listen-address=127.0.0.1:0"], true, true),
        ] {
            let got = settings(args).unwrap();
            assert_eq!((got.options.is_some(), got.wanted), (listens, wanted), "{args:?}");
        }
        let peers = settings(&["--cluster.peer=a:1", "--cluster.peer=b:1"]).unwrap().options.unwrap().peers;
        assert_eq!(peers, ["a:1", "b:1"]);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let long = format!("--cluster.label={}", "x".repeat(256));
        for (arg, error) in [
            ("--cluster.gossip-interval=0s", "--cluster.gossip-interval: must be above zero"),
            ("--cluster.tcp-timeout=0s", "--cluster.tcp-timeout: must be above zero"),
            (
                "--cluster.peer-timeout=x",
                "--cluster.peer-timeout: \"x\" is not a duration such as 15m or 120h",
            ),
            ("--cluster.tls-config=/no/such/file", "/no/such/file: No such file or directory (os error 2)"),
            (long.as_str(), "--cluster.label: 256 bytes, at most 255 are possible"),
        ] {
            assert_eq!(settings(&[arg]).err().as_deref(), Some(error));
        }
    }
}
