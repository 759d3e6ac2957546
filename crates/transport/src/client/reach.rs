//! Where a client may connect to.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

/// Tells whether a client may connect to an address.
pub type AddressGuard = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Where a client connects to.
#[derive(Clone)]
pub(super) enum Reach {
    /// The URL's host, whatever its address.
    Anywhere,
    /// The URL's host, if all its addresses are allowed.
    Guarded(AddressGuard),
    /// This socket in place of every host.
    Socket(Arc<Path>),
}
