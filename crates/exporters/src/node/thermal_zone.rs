//! `node_thermal_zone_temp` and `node_cooling_device_*` from /sys/class/thermal.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for name in host.sys_names("class/thermal")? {
        let read = |file: &str| host.sys(format!("class/thermal/{name}/{file}"));
        if let Some(zone) = name.strip_prefix("thermal_zone") {
            // A zone that is switched off refuses to be read.
            let (Ok(kind), Ok(temperature)) = (read("type"), read("temp")) else { continue };
            let celsius = number("thermal_zone", &temperature)? / 1000.0;
            let labels = [("zone", zone), ("type", kind.as_str())];
            out.gauge("node_thermal_zone_temp", "Zone temperature in Celsius", &labels, celsius);
        } else if let Some(device) = name.strip_prefix("cooling_device") {
            let kind = read("type")?;
            let labels = [("name", device), ("type", kind.as_str())];
            for (file, help) in [
                ("cur_state", "Current throttle state of the cooling device"),
                ("max_state", "Maximum throttle state of the cooling device"),
            ] {
                let value = number("cooling_device", &read(file)?)?;
                out.gauge(&format!("node_cooling_device_{file}"), help, &labels, value);
            }
        }
    }
    Ok(())
}
