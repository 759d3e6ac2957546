//! `node_edac_*`: memory errors, from /sys/devices/system/edac/mc.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

const ROOT: &str = "devices/system/edac/mc";

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    // A machine without such memory has nothing to tell, which is no failure upstream.
    for folder in host.sys_names(ROOT).unwrap_or_default() {
        if let Some(controller) = index(&folder, "mc") {
            add_controller(host, out, controller, &format!("{ROOT}/{folder}"))?;
        }
    }
    Ok(())
}

fn add_controller(host: &Host, out: &mut Families, controller: &str, path: &str) -> Result<(), CollectError> {
    let read = |file: &str| number("edac", &host.sys(format!("{path}/{file}"))?);
    let labels = [("controller", controller)];
    out.counter(
        "node_edac_correctable_errors_total",
        "Total correctable memory errors.",
        &labels,
        read("ce_count")?,
    );
    out.counter(
        "node_edac_uncorrectable_errors_total",
        "Total uncorrectable memory errors.",
        &labels,
        read("ue_count")?,
    );
    let mut row = |name: &str, correctable: f64, uncorrectable: f64| {
        let labels = [("controller", controller), ("csrow", name)];
        out.counter(
            "node_edac_csrow_correctable_errors_total",
            "Total correctable memory errors for this csrow.",
            &labels,
            correctable,
        );
        out.counter(
            "node_edac_csrow_uncorrectable_errors_total",
            "Total uncorrectable memory errors for this csrow.",
            &labels,
            uncorrectable,
        );
    };
    row("unknown", read("ce_noinfo_count")?, read("ue_noinfo_count")?);
    let rows = host.sys_names(path)?;
    let rows: Vec<(&str, &str)> =
        rows.iter().filter_map(|f| Some((index(f, "csrow")?, f.as_str()))).collect();
    for (name, folder) in &rows {
        row(name, read(&format!("{folder}/ce_count"))?, read(&format!("{folder}/ue_count"))?);
    }
    for (name, folder) in &rows {
        add_channels(host, out, [("controller", controller), ("csrow", name)], &format!("{path}/{folder}"))?;
    }
    Ok(())
}

fn add_channels(
    host: &Host,
    out: &mut Families,
    [controller, row]: [(&str, &str); 2],
    path: &str,
) -> Result<(), CollectError> {
    for file in host.sys_names(path)? {
        let Some(channel) = file.strip_suffix("_ce_count").and_then(|f| index(f, "ch")) else { continue };
        let read = |what: &str| host.sys(format!("{path}/ch{channel}_{what}"));
        let dimm = read("dimm_label").map_or_else(|_| "unknown".to_owned(), |label| dimm_label(&label));
        let labels = [controller, row, ("channel", channel), ("dimm_label", &dimm)];
        out.counter(
            "node_edac_channel_correctable_errors_total",
            "Total correctable memory errors for this channel.",
            &labels,
            number("edac", &read("ce_count")?)?,
        );
        if let Ok(errors) = read("ue_count") {
            out.counter(
                "node_edac_channel_uncorrectable_errors_total",
                "Total uncorrectable memory errors for this channel.",
                &labels,
                number("edac", &errors)?,
            );
        }
    }
    Ok(())
}

/// `mc#0csrow#1channel#0` → `mc0_csrow1_channel0`.
fn dimm_label(label: &str) -> String {
    label.replace('#', "").replace("csrow", "_csrow").replace("channel", "_channel")
}

fn index<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    name.strip_prefix(prefix).filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}
