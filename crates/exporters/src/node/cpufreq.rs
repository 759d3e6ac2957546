//! `node_cpu_*frequency*`: clock rates, from /sys/devices/system/cpu/cpu*/cpufreq.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

/// File, metric, help. Files hold kilohertz.
const FREQUENCIES: [(&str, &str, &str); 7] = [
    ("cpuinfo_cur_freq", "frequency_hertz", "Current CPU thread frequency in hertz."),
    ("cpuinfo_avg_freq", "frequency_avg_hertz", "Average CPU thread frequency in hertz."),
    ("cpuinfo_min_freq", "frequency_min_hertz", "Minimum CPU thread frequency in hertz."),
    ("cpuinfo_max_freq", "frequency_max_hertz", "Maximum CPU thread frequency in hertz."),
    ("scaling_cur_freq", "scaling_frequency_hertz", "Current scaled CPU thread frequency in hertz."),
    ("scaling_min_freq", "scaling_frequency_min_hertz", "Minimum scaled CPU thread frequency in hertz."),
    ("scaling_max_freq", "scaling_frequency_max_hertz", "Maximum scaled CPU thread frequency in hertz."),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for folder in host.sys_names("devices/system/cpu")? {
        let Some(cpu) = folder.strip_prefix("cpu").filter(|n| n.parse::<u32>().is_ok()) else { continue };
        // A file that is missing, secret, or of a processor that is switched off is left out.
        let read = |file: &str| host.sys(format!("devices/system/cpu/{folder}/cpufreq/{file}")).ok();
        for (file, name, help) in FREQUENCIES {
            if let Some(kilohertz) = read(file).and_then(|text| text.parse::<f64>().ok()) {
                out.gauge(&format!("node_cpu_{name}"), help, &[("cpu", cpu)], kilohertz * 1000.0);
            }
        }
        let Some(current) = read("scaling_governor").filter(|g| !g.is_empty()) else { continue };
        for governor in read("scaling_available_governors").unwrap_or_default().split_whitespace() {
            let (labels, help) =
                ([("cpu", cpu), ("governor", governor)], "Current enabled CPU frequency governor.");
            let value = f64::from(u8::from(governor == current));
            out.gauge("node_cpu_scaling_governor", help, &labels, value);
        }
    }
    Ok(())
}
