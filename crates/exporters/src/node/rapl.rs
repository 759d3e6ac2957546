//! `node_rapl_*_joules_total`: energy that the processor's power zones have used, from /sys/class/powercap.

use std::collections::HashMap;

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for folder in host.sys_names("class/powercap")? {
        let read = |file: &str| host.sys(format!("class/powercap/{folder}/{file}"));
        let Ok(name) = read("name") else { continue };
        let (name, index) = split_index(&name, &seen);
        seen.insert(name.clone(), index + 1);
        let energy = match read("energy_uj") {
            // The kernel shows energy to root only, because it gives keys away.
            Err(CollectError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                return Err(CollectError::NoData);
            }
            other => number("energy_uj", &other?)?,
        };
        let path = host.sysfs.join("class/powercap").join(&folder).display().to_string();
        let metric = name.replace(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'), "_");
        out.counter(
            &format!("node_rapl_{metric}_joules_total"),
            &format!("Current RAPL {name} value in joules"),
            &[("index", &index.to_string()), ("path", &path)],
            energy / 1e6,
        );
    }
    Ok(())
}

/// `package-1` → `package`, 1. A name without index gets the next free one.
fn split_index(name: &str, seen: &HashMap<String, u32>) -> (String, u32) {
    match name.split_once('-') {
        Some((front, index)) if index.parse::<u32>().is_ok() => {
            (front.to_owned(), index.parse().unwrap_or_default())
        }
        Some(_) | None => (name.to_owned(), seen.get(name).copied().unwrap_or(0)),
    }
}
