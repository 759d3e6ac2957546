//! `node_nvme_*`: NVMe controllers and their namespaces, from /sys/class/nvme.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for device in host.sys_names("class/nvme")? {
        let read = |file: &str| host.sys(format!("class/nvme/{device}/{file}"));
        let labels = [
            ("device", device.as_str()),
            ("firmware_revision", &read("firmware_rev")?),
            ("model", &read("model")?),
            ("serial", &read("serial")?),
            ("state", &read("state")?),
            ("cntlid", &read("cntlid")?),
        ];
        let help = "Non-numeric data from /sys/class/nvme/<device>, value is always 1.";
        out.gauge("node_nvme_info", help, &labels, 1.0);
        for folder in host.sys_names(&format!("class/nvme/{device}"))? {
            if let Some(id) = namespace_id(&folder) {
                add_namespace(host, out, &device, id, &format!("class/nvme/{device}/{folder}"))?;
            }
        }
    }
    Ok(())
}

/// `nvme0n1`, or `nvme0c0n1` with several paths → `1`.
fn namespace_id(folder: &str) -> Option<&str> {
    let (front, id) = folder.strip_prefix("nvme")?.rsplit_once('n')?;
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let is_controller = match front.split_once('c') {
        Some((subsystem, controller)) => digits(subsystem) && digits(controller),
        None => digits(front),
    };
    (digits(id) && is_controller).then_some(id)
}

fn add_namespace(
    host: &Host,
    out: &mut Families,
    device: &str,
    id: &str,
    path: &str,
) -> Result<(), CollectError> {
    // What cannot be read as a number counts as zero upstream.
    let read = |file: &str| host.sys(format!("{path}/{file}")).map(|text| text.parse::<f64>().unwrap_or(0.0));
    let (used, size, block) = (read("nuse")?, read("size")?, read("queue/logical_block_size")?);
    let state = host.sys(format!("{path}/ana_state")).unwrap_or_else(|_| "unknown".to_owned());
    let labels = [("device", device), ("nsid", id)];
    let named = [labels[0], labels[1], ("ana_state", &state)];
    let help = "Information about NVMe namespaces. Value is always 1";
    out.gauge("node_nvme_namespace_info", help, &named, 1.0);
    for (name, help, value) in [
        (
            "capacity_bytes",
            "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size",
            size * block,
        ),
        (
            "size_bytes",
            "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size",
            size * block,
        ),
        (
            "used_bytes",
            "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse",
            used * block,
        ),
        (
            "logical_block_size_bytes",
            "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
            block,
        ),
    ] {
        out.gauge(&format!("node_nvme_namespace_{name}"), help, &labels, value);
    }
    Ok(())
}
