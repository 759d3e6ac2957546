//! What the program tells about itself: metrics, logs, build information.
//!
//! Main types: [`Registry`] (all metrics of one process or one test), its instruments [`Counter`], [`Gauge`],
//! [`Histogram`], [`Summary`], and [`Family`] (one instrument per combination of label values). [`process`] adds the
//! `process_*` metrics, [`build_info`] the version, [`log`] sets up logging.
//!
//! Invariants: 1. Updating an instrument takes no lock (a [`Summary`] takes a short one).  2. A name is registered once
//! per registry; doing it twice is a programmer error and panics.  3. [`Registry::gather`] returns families sorted by name
//! and metrics sorted by labels, so that two scrapes can be compared line by line.
//!
//! There is no global registry: `main` makes one and hands it down.
//!
//! ```
//! let registry = telemetry::Registry::new();
//! let refused = registry.counter_family("bongsu_refused_total", "Connections refused.", &["listener"]);
//! refused.with(&["web"]).inc();
//! assert_eq!(registry.gather()[0].name, "bongsu_refused_total");
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod build_info;
pub mod counter;
pub mod family;
pub mod gauge;
pub mod histogram;
pub mod log;
pub mod process;
pub mod registry;
pub mod summary;

pub use counter::Counter;
pub use family::Family;
pub use gauge::Gauge;
pub use histogram::Histogram;
pub use registry::Registry;
pub use summary::Summary;
