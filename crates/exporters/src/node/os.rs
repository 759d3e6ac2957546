//! `node_os_info` and `node_os_version` from os-release.

use std::collections::HashMap;

use super::error::CollectError;
use super::family::Families;
use super::host::{Host, read};

/// Label, key in the file.
const LABELS: &[(&str, &str)] = &[
    ("build_id", "BUILD_ID"),
    ("id", "ID"),
    ("id_like", "ID_LIKE"),
    ("image_id", "IMAGE_ID"),
    ("image_version", "IMAGE_VERSION"),
    ("name", "NAME"),
    ("pretty_name", "PRETTY_NAME"),
    ("variant", "VARIANT"),
    ("variant_id", "VARIANT_ID"),
    ("version", "VERSION"),
    ("version_codename", "VERSION_CODENAME"),
    ("version_id", "VERSION_ID"),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = ["etc/os-release", "usr/lib/os-release"]
        .iter()
        .find_map(|path| read(&host.rootfs.join(path)).ok())
        .ok_or(CollectError::NoData)?;
    let fields = parse(&text);
    let value = |key: &str| fields.get(key).map_or("", String::as_str);
    let labels: Vec<(&str, &str)> = LABELS.iter().map(|(label, key)| (*label, value(key))).collect();
    let help = "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, \
                name, pretty_name, variant, variant_id, version, version_codename, version_id.";
    out.gauge("node_os_info", help, &labels, 1.0);
    if let Some(version) = major_minor(value("VERSION_ID")) {
        let labels = [("id", value("ID")), ("id_like", value("ID_LIKE")), ("name", value("NAME"))];
        out.gauge(
            "node_os_version",
            "Metric containing the major.minor part of the OS version.",
            &labels,
            version,
        );
    }
    Ok(())
}

/// `KEY=value`, `KEY="va\"lue"`, `KEY='value'`; comments are skipped.
fn parse(text: &str) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
        let Some((key, raw)) = line.split_once('=') else { continue };
        let value = match raw.as_bytes() {
            [b'"', .., b'"'] if raw.len() > 1 => unescape(&raw[1..raw.len() - 1]),
            [b'\'', .., b'\''] if raw.len() > 1 => raw[1..raw.len() - 1].to_owned(),
            _plain => raw.to_owned(),
        };
        fields.insert(key.to_owned(), value);
    }
    fields
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

/// `22.04.1` → 22.04.
fn major_minor(version: &str) -> Option<f64> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let major = digits(version);
    let minor = version[major..].strip_prefix('.').map_or(0, |rest| 1 + digits(rest));
    version[..major + minor].trim_end_matches('.').parse().ok()
}
