//! Exporters: metrics about things that cannot be scraped themselves, by family.
//!
//! [`node`] reads the host this process runs on, with node_exporter's names, labels, types and help texts.
//! A collector's reading of files is apart from its parsing, so that tests feed text and a fake host.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod node;
