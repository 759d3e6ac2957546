//! `node_bonding_*`: bundled network devices, from /sys/class/net/*/bonding.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let masters = match host.sys("class/net/bonding_masters") {
        Err(error) if error.is_missing() => return Err(CollectError::NoData),
        other => other?,
    };
    for master in masters.split_whitespace() {
        let (mut all, mut active) = (0, 0);
        for slave in host.sys(format!("class/net/{master}/bonding/slaves"))?.split_whitespace() {
            // Old kernels begin the link's name with slave_.
            let status =
                |link: &str| host.sys(format!("class/net/{master}/{link}_{slave}/bonding_slave/mii_status"));
            let state = match status("lower") {
                Err(error) if error.is_missing() => status("slave")?,
                other => other?,
            };
            all += 1;
            active += usize::from(state == "up");
        }
        let labels = [("master", master)];
        let help = "Number of configured slaves per bonding interface.";
        out.gauge("node_bonding_slaves", help, &labels, all as f64);
        let help = "Number of active slaves per bonding interface.";
        out.gauge("node_bonding_active", help, &labels, active as f64);
    }
    Ok(())
}
