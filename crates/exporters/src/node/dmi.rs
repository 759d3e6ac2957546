//! `node_dmi_info`: maker, model and firmware, from /sys/class/dmi/id.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

/// Label and file. The file of the system's maker is the only one named differently.
const FACTS: [(&str, &str); 20] = [
    ("bios_date", "bios_date"),
    ("bios_release", "bios_release"),
    ("bios_vendor", "bios_vendor"),
    ("bios_version", "bios_version"),
    ("board_asset_tag", "board_asset_tag"),
    ("board_name", "board_name"),
    ("board_serial", "board_serial"),
    ("board_vendor", "board_vendor"),
    ("board_version", "board_version"),
    ("chassis_asset_tag", "chassis_asset_tag"),
    ("chassis_serial", "chassis_serial"),
    ("chassis_vendor", "chassis_vendor"),
    ("chassis_version", "chassis_version"),
    ("product_family", "product_family"),
    ("product_name", "product_name"),
    ("product_serial", "product_serial"),
    ("product_sku", "product_sku"),
    ("product_uuid", "product_uuid"),
    ("product_version", "product_version"),
    ("system_vendor", "sys_vendor"),
];

const HELP: &str = "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, \
                    board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, \
                    chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, \
                    product_sku, product_uuid, product_version, system_vendor if provided by DMI.";

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    host.sys_names("class/dmi/id")?;
    // Serial numbers can be read by root only.
    let fact =
        |(label, file): (&'static str, &str)| Some((label, host.sys(format!("class/dmi/id/{file}")).ok()?));
    let facts: Vec<(&str, String)> = FACTS.into_iter().filter_map(fact).collect();
    if facts.is_empty() {
        return Err(CollectError::NoData);
    }
    let labels: Vec<(&str, &str)> = facts.iter().map(|(label, value)| (*label, value.as_str())).collect();
    out.gauge("node_dmi_info", HELP, &labels, 1.0);
    Ok(())
}
