//! `node_nf_conntrack_*`: the connection tracking table of the packet filter.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

/// Column of /proc/net/stat/nf_conntrack, metric, help text.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("found", "node_nf_conntrack_stat_found", "Number of searched entries which were successful."),
    ("invalid", "node_nf_conntrack_stat_invalid", "Number of packets seen which can not be tracked."),
    (
        "ignore",
        "node_nf_conntrack_stat_ignore",
        "Number of packets seen which are already connected to a conntrack entry.",
    ),
    ("insert", "node_nf_conntrack_stat_insert", "Number of entries inserted into the list."),
    (
        "insert_failed",
        "node_nf_conntrack_stat_insert_failed",
        "Number of entries for which list insertion was attempted but failed.",
    ),
    ("drop", "node_nf_conntrack_stat_drop", "Number of packets dropped due to conntrack failure."),
    (
        "early_drop",
        "node_nf_conntrack_stat_early_drop",
        "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    ),
    (
        "search_restart",
        "node_nf_conntrack_stat_search_restart",
        "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
    ),
];

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let no_data = |e: CollectError| if e.is_missing() { CollectError::NoData } else { e };
    for (file, metric, help) in [
        (
            "nf_conntrack_count",
            "node_nf_conntrack_entries",
            "Number of currently allocated flow entries for connection tracking.",
        ),
        ("nf_conntrack_max", "node_nf_conntrack_entries_limit", "Maximum size of connection tracking table."),
    ] {
        let text = host.proc(&format!("sys/net/netfilter/{file}")).map_err(no_data)?;
        out.gauge(metric, help, &[], number("nf_conntrack", &text)?);
    }
    let text = host.proc("net/stat/nf_conntrack").map_err(no_data)?;
    for (column, metric, help) in COLUMNS {
        out.gauge(metric, help, &[], sum_of_column(&text, column));
    }
    Ok(())
}

/// Sums a hexadecimal column over the lines, which are one a processor. An absent column counts 0.
fn sum_of_column(text: &str, column: &str) -> f64 {
    let mut lines = text.lines();
    let Some(i) = lines.next().and_then(|header| header.split_whitespace().position(|name| name == column))
    else {
        return 0.0;
    };
    lines
        .filter_map(|l| l.split_whitespace().nth(i))
        .filter_map(|v| u64::from_str_radix(v, 16).ok())
        .sum::<u64>() as f64
}
