//! Who a member is.

use std::net::SocketAddr;

/// Longest name in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// A member: where it is reached, what it is called, and which of its lives this is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The advertised address. There is one member at an address.
    pub address: SocketAddr,
    /// Members wait for one another in the order of their names.
    pub name: String,
    /// Of two identities with the same address the one with the higher number is true: a restarted member has a higher one
    /// than before, and one that was declared dead takes the next.
    pub generation: u64,
}

impl foca::Identity for Identity {
    type Addr = SocketAddr;

    fn renew(&self) -> Option<Identity> {
        let generation = self.generation.checked_add(1)?;
        Some(Identity { generation, ..self.clone() })
    }

    fn addr(&self) -> SocketAddr {
        self.address
    }

    fn win_addr_conflict(&self, adversary: &Identity) -> bool {
        (self.generation, &self.name) > (adversary.generation, &adversary.name)
    }
}
