//! `node_load1`, `node_load5`, `node_load15` from /proc/loadavg.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let loads = parse(&host.proc("loadavg")?)?;
    for (minutes, load) in ["1", "5", "15"].iter().zip(loads) {
        out.gauge(&format!("node_load{minutes}"), &format!("{minutes}m load average."), &[], load);
    }
    Ok(())
}

fn parse(text: &str) -> Result<[f64; 3], CollectError> {
    let mut fields = text.split_whitespace();
    let mut next = || number("loadavg", fields.next().unwrap_or_default());
    Ok([next()?, next()?, next()?])
}
