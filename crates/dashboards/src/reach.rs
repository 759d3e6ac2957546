//! Which addresses a data source may have.
//!
//! Whoever may make a data source makes the server ask other hosts. Ordinary networks are what data sources live in; the
//! addresses below never hold one, and some of them give the keys of the whole cloud account to whoever asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses outside the link-local networks at which clouds answer with credentials.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)), // Alibaba
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),   // Azure
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),     // Oracle
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)), // AWS
];

/// Tells whether a data source may be asked at an address.
pub fn allowed(address: IpAddr) -> bool {
    let address = match address {
        IpAddr::V6(six) => embedded(six).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let odd = match address {
        IpAddr::V4(four) => {
            four.is_link_local() || four.is_multicast() || four.is_broadcast() || four.octets()[0] == 0
        }
        IpAddr::V6(six) => six.is_unicast_link_local() || six.is_multicast() || six.is_unspecified(),
    };
    !odd && !METADATA.contains(&address)
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (64:ff9b::/96), 6to4 (2002::/16).
fn embedded(six: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = six.segments();
    let four = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(four(g, h)),
        // `::` and `::1` are themselves.
        (0, 0, 0, 0, 0, 0) if g != 0 => Some(four(g, h)),
        (0x2002, ..) => Some(four(b, c)),
        _ordinary => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_and_metadata_addresses_are_refused_in_every_spelling() {
        let cases = [
            ("127.0.0.1", true),
            ("::1", true),
            ("10.1.2.3", true),
            ("192.168.0.1", true),
            ("8.8.8.8", true),
            ("fd12::1", true),
            ("2001:db8::1", true),
            ("169.254.169.254", false),
            ("169.254.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::a9fe:a9fe", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("2002:a9fe:a9fe::1", false),
            ("fe80::1", false),
            ("fd00:ec2::254", false),
            ("100.100.100.200", false),
            ("168.63.129.16", false),
            ("192.0.0.192", false),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("::", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("ff02::1", false),
        ];
        for (address, want) in cases {
            assert_eq!(allowed(address.parse().unwrap()), want, "{address}");
        }
    }
}
