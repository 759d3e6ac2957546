//! `node_uname_info` from the uname system call.

use super::error::CollectError;
use super::family::Families;
use super::host::Host;

pub(super) fn collect(_host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let uname = rustix::system::uname();
    let text = |field: &std::ffi::CStr| field.to_string_lossy().into_owned();
    let fields = [
        ("sysname", text(uname.sysname())),
        ("release", text(uname.release())),
        ("version", text(uname.version())),
        ("machine", text(uname.machine())),
        ("nodename", text(uname.nodename())),
        ("domainname", text(uname.domainname())),
    ];
    let labels: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    out.gauge(
        "node_uname_info",
        "Labeled system information as provided by the uname system call.",
        &labels,
        1.0,
    );
    Ok(())
}
