//! `node_filefd_allocated` and `node_filefd_maximum` from /proc/sys/fs/file-nr.

use super::error::{CollectError, number};
use super::family::Families;
use super::host::Host;

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let text = host.proc("sys/fs/file-nr")?;
    let fields: Vec<&str> = text.split_whitespace().collect();
    // The second field has been zero since Linux 2.6.
    let &[allocated, _, maximum] = fields.as_slice() else {
        return Err(CollectError::Parse { what: "file-nr", found: text });
    };
    for (name, value) in [("allocated", allocated), ("maximum", maximum)] {
        let help = format!("File descriptor statistics: {name}.");
        out.gauge(&format!("node_filefd_{name}"), &help, &[], number("file-nr", value)?);
    }
    Ok(())
}
