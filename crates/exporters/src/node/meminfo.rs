//! `node_memory_*` from /proc/meminfo.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for line in host.proc("meminfo")?.lines() {
        let Some((field, value)) = parse_line(line)? else { continue };
        out.gauge(&format!("node_memory_{field}"), &format!("Memory information field {field}."), &[], value);
    }
    Ok(())
}

/// `Active(anon):  1024 kB` → `Active_anon_bytes`, 1048576. Counts without a unit keep their plain name.
fn parse_line(line: &str) -> Result<Option<(String, f64)>, CollectError> {
    let Some((name, rest)) = line.split_once(':') else { return Ok(None) };
    let name = name.replace('(', "_").replace(')', "");
    let (value, unit) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let value = number("meminfo", value)?;
    Ok(Some(if unit == "kB" { (format!("{name}_bytes"), value * 1024.0) } else { (name, value) }))
}
