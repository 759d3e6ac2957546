//! Provisioning: data sources and dashboards from files, as Grafana's are written.
//!
//! [`read`] makes typed lists of YAML files, variables filled in; [`sources`] brings data sources in line with them; [`scan`]
//! finds dashboard files; [`apply`] brings the dashboards of a provider in line with what was found.
//!
//! Invariants: 1. A mistake in one file or one entry stops only that one, and is reported with its file.  2. What a provider
//! did not make it does not change or remove.  3. Files, their sizes and the depth of folders are bounded.

pub mod apply;
pub mod expand;
pub mod read;
pub mod scan;
pub mod sources;

#[cfg(test)]
mod tests;
