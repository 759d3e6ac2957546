//! Alternative names of a certificate, as text: DNS names, mail addresses, IP addresses, URIs.
//!
//! Format: X.509 v3 (RFC 5280, 4.2.1.6) in DER. The TLS library tells DNS names and URIs only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const NAME_MAIL: u8 = 0x81;
const NAME_DNS: u8 = 0x82;
const NAME_URI: u8 = 0x86;
const NAME_IP: u8 = 0x87;

/// Returns the names, empty if the certificate has none; `None` if it is no certificate.
pub(super) fn alternative_names(certificate: &[u8]) -> Option<Vec<String>> {
    let (_, certificate, _) = element(certificate)?;
    let (_, to_be_signed, _) = element(certificate)?;
    let Some(extensions) = children(to_be_signed).find(|(tag, _)| *tag == EXTENSIONS) else {
        return Some(Vec::new());
    };
    let (_, extensions, _) = element(extensions.1)?;
    for (_, extension) in children(extensions).filter(|(tag, _)| *tag == SEQUENCE) {
        let parts: Vec<(u8, &[u8])> = children(extension).collect();
        if parts.first() != Some(&(OBJECT_IDENTIFIER, SUBJECT_ALT_NAME)) {
            continue;
        }
        let (_, value) = parts.iter().find(|(tag, _)| *tag == OCTET_STRING)?;
        let (_, names, _) = element(value)?;
        return Some(children(names).filter_map(|(tag, content)| name(tag, content)).collect());
    }
    Some(Vec::new())
}

fn name(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        NAME_MAIL | NAME_DNS | NAME_URI => std::str::from_utf8(content).ok().map(str::to_owned),
        NAME_IP => {
            let v4 = <[u8; 4]>::try_from(content).map(|b| IpAddr::V4(Ipv4Addr::from(b)));
            let v6 = || <[u8; 16]>::try_from(content).map(|b| IpAddr::V6(Ipv6Addr::from(b)));
            v4.or_else(|_| v6()).ok().map(|ip| ip.to_string())
        }
        _ => None,
    }
}

/// Splits off the first element: its tag, its content, the rest.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let bytes = usize::from(first & 0x7f);
        // Four bytes of length are four gigabytes: more is no certificate.
        if bytes > 4 || bytes > rest.len() {
            return None;
        }
        let (length, rest) = rest.split_at(bytes);
        (length.iter().fold(0, |n, b| n << 8 | usize::from(*b)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn children(mut der: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, rest) = element(der)?;
        der = rest;
        Some((tag, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_kinds_of_names() {
        let names = ["a.example".to_owned(), "10.0.0.1".to_owned()];
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.subject_alt_names.push(rcgen::SanType::URI("spiffe://x/y".try_into().unwrap()));
        params.subject_alt_names.push(rcgen::SanType::Rfc822Name("m@x.example".try_into().unwrap()));
        let cert = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let names = alternative_names(cert.der()).unwrap();
        assert_eq!(names, ["a.example", "10.0.0.1", "spiffe://x/y", "m@x.example"]);
        for end in 0..cert.der().len() {
            alternative_names(&cert.der()[..end]); // no panic on anything cut short
        }
    }
}
