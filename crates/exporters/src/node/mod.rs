//! The host: processors, memory, disks, filesystems, network, as node_exporter 1.12 reports them.
//!
//! One file a collector; [`ALL`] is their one list. A collector that fails says so in `node_scrape_collector_success`
//! and leaves the others alone; one that finds nothing to report on this machine counts as failed too, as upstream.

mod arp;
mod bonding;
mod conntrack;
mod cpu;
mod cpufreq;
mod diskstats;
mod dmi;
mod edac;
mod entropy;
mod error;
mod family;
mod filefd;
pub mod filesystem;
mod filter;
mod host;
mod hwmon;
mod kernel_hung;
mod loadavg;
mod mdadm;
mod meminfo;
mod netclass;
mod netdev;
mod netstat;
mod nvme;
mod os;
mod pressure;
mod rapl;
mod schedstat;
mod selinux;
mod sockstat;
mod softnet;
mod stat;
mod textfile;
mod thermal_zone;
mod time;
mod udp_queues;
mod uname;
mod vmstat;
mod watchdog;
mod xfs;

use std::time::Instant;

use exposition::MetricFamily;
use model::MetricType;

pub use error::CollectError;
pub use filter::{Filter, FilterError};
pub use host::Host;

use family::Families;

/// A collector: its name in flags and in the `collector` label, and what it does.
#[derive(Clone, Copy)]
pub struct Collector {
    /// Name, as in `--collector.<name>`.
    pub name: &'static str,
    collect: fn(&Host, &mut Families) -> Result<(), CollectError>,
}

/// All collectors, by name.
pub const ALL: &[Collector] = &[
    Collector { name: "arp", collect: arp::collect },
    Collector { name: "bonding", collect: bonding::collect },
    Collector { name: "conntrack", collect: conntrack::collect },
    Collector { name: "cpu", collect: cpu::collect },
    Collector { name: "cpufreq", collect: cpufreq::collect },
    Collector { name: "diskstats", collect: diskstats::collect },
    Collector { name: "dmi", collect: dmi::collect },
    Collector { name: "edac", collect: edac::collect },
    Collector { name: "entropy", collect: entropy::collect },
    Collector { name: "filefd", collect: filefd::collect },
    Collector { name: "filesystem", collect: filesystem::collect },
    Collector { name: "hwmon", collect: hwmon::collect },
    Collector { name: "kernel_hung", collect: kernel_hung::collect },
    Collector { name: "loadavg", collect: loadavg::collect },
    Collector { name: "mdadm", collect: mdadm::collect },
    Collector { name: "meminfo", collect: meminfo::collect },
    Collector { name: "netclass", collect: netclass::collect },
    Collector { name: "netdev", collect: netdev::collect },
    Collector { name: "netstat", collect: netstat::collect },
    Collector { name: "nvme", collect: nvme::collect },
    Collector { name: "os", collect: os::collect },
    Collector { name: "pressure", collect: pressure::collect },
    Collector { name: "rapl", collect: rapl::collect },
    Collector { name: "schedstat", collect: schedstat::collect },
    Collector { name: "selinux", collect: selinux::collect },
    Collector { name: "sockstat", collect: sockstat::collect },
    Collector { name: "softnet", collect: softnet::collect },
    Collector { name: "stat", collect: stat::collect },
    Collector { name: "textfile", collect: textfile::collect },
    Collector { name: "thermal_zone", collect: thermal_zone::collect },
    Collector { name: "time", collect: time::collect },
    Collector { name: "udp_queues", collect: udp_queues::collect },
    Collector { name: "uname", collect: uname::collect },
    Collector { name: "vmstat", collect: vmstat::collect },
    Collector { name: "watchdog", collect: watchdog::collect },
    Collector { name: "xfs", collect: xfs::collect },
];

/// Reads the host with the given collectors. Returns families sorted by name, among them
/// `node_scrape_collector_duration_seconds` and `node_scrape_collector_success`.
///
/// Blocks on file reads; a mount that does not answer costs at most [`filesystem::MOUNT_TIMEOUT`] once.
pub fn collect<'c>(host: &Host, collectors: impl IntoIterator<Item = &'c Collector>) -> Vec<MetricFamily> {
    let mut all = Families::default();
    for collector in collectors {
        let started = Instant::now();
        let mut found = Families::default();
        let result = (collector.collect)(host, &mut found);
        match &result {
            Ok(()) => all.extend(found),
            Err(CollectError::NoData) => tracing::debug!(name = collector.name, "collector returned no data"),
            Err(error) => tracing::error!(name = collector.name, %error, "collector failed"),
        }
        let labels = [("collector", collector.name)];
        all.add(
            MetricType::Gauge,
            "node_scrape_collector_duration_seconds",
            "node_exporter: Duration of a collector scrape.",
            &labels,
            started.elapsed().as_secs_f64(),
        );
        all.add(
            MetricType::Gauge,
            "node_scrape_collector_success",
            "node_exporter: Whether a collector succeeded.",
            &labels,
            f64::from(u8::from(result.is_ok())),
        );
    }
    all.into_sorted()
}

#[cfg(test)]
mod tests;
