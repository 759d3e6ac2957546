//! `node_hwmon_*`: temperatures, fans, voltages and power from /sys/class/hwmon.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::MetricType;

use super::error::CollectError;
use super::family::Families;
use super::host::{Host, names, read};

/// Kinds of sensor, as the kernel's file names begin.
const KINDS: &[&str] = &[
    "vrm",
    "beep_enable",
    "update_interval",
    "in",
    "cpu",
    "fan",
    "pwm",
    "temp",
    "curr",
    "power",
    "energy",
    "humidity",
    "intrusion",
    "freq",
];

/// Properties of a sensor (`input`, `max`, `label`, …) by name.
type Properties = BTreeMap<String, String>;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let root = host.sysfs.join("class/hwmon");
    let mut chips: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for name in names(&root)? {
        let folder = root.join(name);
        if let Some(chip) = chip_name(&folder) {
            chips.entry(chip).or_default().push(folder);
        }
    }
    for (chip, folders) in chips {
        for folder in &folders {
            // Several monitors may belong to one device: their own names tell them apart.
            let suffix = if folders.len() > 1 { last_name(folder) } else { None };
            let chip = suffix.map_or_else(|| chip.clone(), |s| format!("{chip}_{}", clean(&s)));
            add_chip(out, folder, &chip);
        }
    }
    Ok(())
}

/// A stable name: bus and device, else the driver's name, else the folder's.
fn chip_name(folder: &Path) -> Option<String> {
    if let Ok(device) = std::fs::canonicalize(folder.join("device")) {
        let name = clean(&last_name(&device)?);
        let bus = device.parent().and_then(last_name).map(|b| clean(&b)).unwrap_or_default();
        match (bus.is_empty(), name.is_empty()) {
            (false, false) => return Some(format!("{bus}_{name}")),
            (true, false) => return Some(name),
            (_, true) => {}
        }
    }
    let own = read(&folder.join("name")).map(|n| clean(&n)).unwrap_or_default();
    let name = if own.is_empty() { clean(&last_name(&std::fs::canonicalize(folder).ok()?)?) } else { own };
    (!name.is_empty()).then_some(name)
}

fn last_name(path: &Path) -> Option<String> {
    path.file_name().map(|n| n.to_string_lossy().into_owned())
}

/// Lower case, runs of other characters than letters, digits, `:` and `_` become `_`.
fn clean(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let replaced = lower.replace(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '_'), "_");
    replaced.trim_matches('_').to_owned()
}

fn add_chip(out: &mut Families, folder: &Path, chip: &str) {
    if let Ok(name) = read(&folder.join("name")) {
        let labels = [("chip", chip), ("chip_name", &*clean(&name))];
        out.gauge("node_hwmon_chip_names", "Annotation metric for human-readable chip names", &labels, 1.0);
    }
    let mut sensors: BTreeMap<String, (&'static str, Properties)> = BTreeMap::new();
    for folder in [folder.to_owned(), folder.join("device")] {
        for file in names(&folder).unwrap_or_default() {
            let Some((kind, sensor, property)) = split_file_name(&file) else { continue };
            // Broken drivers refuse to be read: that sensor is then not there.
            let Ok(value) = read(&folder.join(&file)) else { continue };
            let (_, properties) = sensors.entry(sensor).or_insert_with(|| (kind, Properties::new()));
            properties.insert(property, value.trim_end_matches('\n').to_owned());
        }
    }
    for (sensor, (kind, properties)) in &sensors {
        add_sensor(out, chip, sensor, kind, properties);
    }
}

/// `temp1_input` → `temp`, `temp1`, `input`; `beep_enable` → `beep_enable`, `beep_enable0`, ``.
fn split_file_name(file: &str) -> Option<(&'static str, String, String)> {
    let kind = KINDS.iter().filter(|k| file.starts_with(**k)).max_by_key(|k| k.len())?;
    let rest = &file[kind.len()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    let property = match rest.strip_prefix('_') {
        Some(property) => property,
        None if rest.is_empty() => "",
        None => return None,
    };
    let number: u32 = if number.is_empty() { 0 } else { number.parse().ok()? };
    Some((kind, format!("{kind}{number}"), property.to_owned()))
}

fn add_sensor(out: &mut Families, chip: &str, sensor: &str, kind: &str, properties: &Properties) {
    let labels = [("chip", chip), ("sensor", sensor)];
    let own = || properties.get("").and_then(|v| v.trim().parse::<f64>().ok());
    if let Some(label) = properties.get("label") {
        let labels = [("chip", chip), ("sensor", sensor), ("label", label)];
        out.gauge("node_hwmon_sensor_label", "Label for given chip and sensor", &labels, 1.0);
    }
    match kind {
        "beep_enable" => {
            let enabled = f64::from(u8::from(properties.get("").is_some_and(|v| v == "1")));
            out.gauge("node_hwmon_beep_enabled", "Hardware beep enabled", &labels, enabled);
        }
        "vrm" => {
            if let Some(v) = own() {
                out.gauge("node_hwmon_voltage_regulator_version", "Hardware voltage regulator", &labels, v);
            }
        }
        "update_interval" => {
            if let Some(v) = own() {
                let help = "Hardware monitor update interval";
                out.gauge("node_hwmon_update_interval_seconds", help, &labels, v * 0.001);
            }
        }
        _measuring => {
            for (property, value) in properties.iter().filter(|(p, _)| *p != "label") {
                if let Ok(value) = value.trim().parse() {
                    add_property(out, &labels, kind, property, value, properties);
                }
            }
        }
    }
}

fn add_property(
    out: &mut Families,
    labels: &[(&str, &str)],
    kind: &str,
    property: &str,
    value: f64,
    properties: &Properties,
) {
    let mut name = format!("node_hwmon_{kind}");
    if property == "input" {
        // A sensor may have both a bare value and an input.
        if properties.contains_key("") {
            name.push_str("_input");
        }
    } else if !property.is_empty() {
        name = format!("{name}_{}", clean(property));
    }
    let mut gauge =
        |suffix: &str, help: String, value: f64| out.gauge(&format!("{name}{suffix}"), &help, labels, value);
    match (kind, property) {
        (_, "fault" | "alarm") => gauge("", format!("Hardware sensor {property} status ({kind})"), value),
        (_, "beep") => gauge("_enabled", "Hardware monitor sensor has beeping enabled".to_owned(), value),
        ("in" | "cpu", _) => {
            gauge("_volts", format!("Hardware monitor for voltage ({property})"), value * 0.001)
        }
        ("temp", p) if p != "type" => {
            let element = if p.is_empty() { "input" } else { p };
            gauge("_celsius", format!("Hardware monitor for temperature ({element})"), value * 0.001);
        }
        ("curr", _) => gauge("_amps", format!("Hardware monitor for current ({property})"), value * 0.001),
        ("energy", _) => {
            let help = format!("Hardware monitor for joules used so far ({property})");
            out.add(MetricType::Counter, &format!("{name}_joule_total"), &help, labels, value / 1e6);
        }
        ("power", "accuracy") => {
            gauge("", "Hardware monitor power meter accuracy, as a ratio".to_owned(), value / 1e6)
        }
        ("power", "average_interval" | "average_interval_min" | "average_interval_max") => {
            gauge(
                "_seconds",
                format!("Hardware monitor power usage update interval ({property})"),
                value * 0.001,
            );
        }
        ("power", _) => {
            gauge("_watt", format!("Hardware monitor for power usage in watts ({property})"), value / 1e6)
        }
        ("humidity", _) => {
            let help = "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage)";
            gauge("", format!("{help} ({property})"), value / 1e6);
        }
        ("fan", "input" | "min" | "max" | "target") => {
            gauge("_rpm", format!("Hardware monitor for fan revolutions per minute ({property})"), value);
        }
        ("freq", "input") => {
            if let Some(label) = properties.get("label") {
                let label = clean(label);
                let labels = [labels[0], ("sensor", label.as_str())];
                let help = "Hardware monitor for GPU frequency in MHz";
                out.gauge(&format!("{name}_freq_mhz"), help, &labels, value / 1e6);
            }
        }
        _others => gauge("", format!("Hardware monitor {kind} element {property}"), value),
    }
}
