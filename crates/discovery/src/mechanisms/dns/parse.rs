//! Target groups from DNS records, and the names to ask for.

use std::net::IpAddr;

use model::Labels;

use crate::TargetGroup;
use crate::mechanisms::groups::ADDRESS_LABEL;

/// A record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A or AAAA.
    Address(IpAddr),
    /// SRV: host and port.
    Service(String, u16),
    /// MX: host.
    Mail(String),
    /// NS: host.
    NameServer(String),
}

/// Builds the group of a name. Host names are written with their final dot in meta labels and without it in addresses.
pub(super) fn group(name: &str, port: u16, answers: &[Answer]) -> TargetGroup {
    let target = |answer: &Answer| {
        let mut labels = vec![("__meta_dns_name", name.to_owned())];
        let address = match answer {
            Answer::Address(ip) => host_port(&ip.to_string(), port),
            Answer::Service(host, port) => {
                labels.push(("__meta_dns_srv_record_target", host.clone()));
                labels.push(("__meta_dns_srv_record_port", port.to_string()));
                host_port(host, *port)
            }
            Answer::Mail(host) => {
                labels.push(("__meta_dns_mx_record_target", host.clone()));
                host_port(host, port)
            }
            Answer::NameServer(host) => {
                labels.push(("__meta_dns_ns_record_target", host.clone()));
                host_port(host, port)
            }
        };
        labels.push((ADDRESS_LABEL, address));
        Labels::from_pairs(labels)
    };
    TargetGroup {
        source: name.to_owned(),
        labels: Labels::empty(),
        targets: answers.iter().map(target).collect(),
    }
}

fn host_port(host: &str, port: u16) -> String {
    let host = host.trim_end_matches('.');
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Returns the full names to ask for in turn, as the C library's resolver does with search domains.
pub(super) fn candidates(name: &str, search: &[String], ndots: usize) -> Vec<String> {
    if name.ends_with('.') {
        return vec![name.to_owned()];
    }
    let full = |domain: &String| format!("{name}.{}.", domain.trim_matches('.'));
    let searched = search.iter().filter(|domain| !domain.trim_matches('.').is_empty()).map(full);
    let alone = format!("{name}.");
    if name.matches('.').count() >= ndots {
        std::iter::once(alone).chain(searched).collect()
    } else {
        searched.chain([alone]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_groups() {
        let answers = [
            Answer::Address("192.0.2.1".parse().unwrap()),
            Answer::Address("2001:db8::1".parse().unwrap()),
            Answer::Service("db1.example.".to_owned(), 3306),
            Answer::Mail("mail.example.".to_owned()),
            Answer::NameServer("ns.example.".to_owned()),
        ];
        let group = group("web.example", 80, &answers);
        let shown: Vec<String> = group.targets.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                r#"{__address__="192.0.2.1:80", __meta_dns_name="web.example"}"#,
                r#"{__address__="[2001:db8::1]:80", __meta_dns_name="web.example"}"#,
                r#"{__address__="db1.example:3306", __meta_dns_name="web.example", __meta_dns_srv_record_port="3306", __meta_dns_srv_record_target="db1.example."}"#,
                r#"{__address__="mail.example:80", __meta_dns_mx_record_target="mail.example.", __meta_dns_name="web.example"}"#,
                r#"{__address__="ns.example:80", __meta_dns_name="web.example", __meta_dns_ns_record_target="ns.example."}"#,
            ]
        );
        assert_eq!(group.source, "web.example");
    }

    #[test]
    fn searches_domains() {
        let search = ["a.example".to_owned(), "b.example.".to_owned()];
        let names = |name, ndots| candidates(name, &search, ndots);
        assert_eq!(names("web", 1), ["web.a.example.", "web.b.example.", "web."]);
        assert_eq!(names("web.prod", 1), ["web.prod.", "web.prod.a.example.", "web.prod.b.example."]);
        assert_eq!(names("web.prod", 5), ["web.prod.a.example.", "web.prod.b.example.", "web.prod."]);
        assert_eq!(names("web.", 5), ["web."]);
    }
}
