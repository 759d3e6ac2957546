//! `node_entropy_*` from /proc/sys/kernel/random.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    for (file, metric, help) in [
        ("entropy_avail", "node_entropy_available_bits", "Bits of available entropy."),
        ("poolsize", "node_entropy_pool_size_bits", "Bits of entropy pool."),
    ] {
        let value = number("entropy", &host.proc(&format!("sys/kernel/random/{file}"))?)?;
        out.gauge(metric, help, &[], value);
    }
    Ok(())
}
