//! The whole configuration file: `prometheus.yml` as Prometheus 3.14 reads it, validated, complete and typed.
//!
//! Main types: [`Config`] (the parts' configurations composed; everything inherited and defaulted is filled in), [`Loaded`]
//! (a configuration with its warnings and its fingerprint), [`Problems`] (all that is wrong, with file, line and column),
//! [`JobDiff`] (what a reload changes).
//!
//! Each component reads its own part (`scrape::Config`, `discovery::Config`, `remote::config`, `transport::config`); this
//! crate reads `global`, puts the parts together, follows `scrape_config_files`, and checks what concerns several parts, such
//! as job names. It reads files while loading and nothing later; it opens no sockets and starts nothing. Files that a
//! configuration only names (`*_file`) are not opened: whoever uses them does, and [`Config::missing_files`] looks for them.
//!
//! ```
//! use config::{Config, Options};
//! let text = "scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: ['localhost:9100']\n";
//! let loaded = Config::parse(text, "prometheus.yml".as_ref(), &Options::default()).expect("it is valid");
//! assert_eq!(loaded.config.jobs().next().map(|job| job.scrape_interval.as_secs()), Some(60));
//! let problems = Config::parse("scrape_config: []\n", "prometheus.yml".as_ref(), &Options::default()).unwrap_err();
//! assert_eq!(
//!     problems.to_string(),
//!     "prometheus.yml:1:1: scrape_config: unknown field \"scrape_config\" (did you mean \"scrape_configs\"?)"
//! );
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alerting;
mod bongsu;
mod builtin;
mod diff;
mod expand;
mod files;
mod fingerprint;
mod global;
mod include;
mod load;
mod otlp;
mod print;
mod retention_rule;
mod root;
mod series_limits;
mod storage;
mod tracing;

pub use alerting::{Alerting, Alertmanager};
pub use bongsu::Bongsu;
pub use builtin::BuiltIn;
pub use diff::JobDiff;
pub use files::{MissingFile, Severity};
pub use fingerprint::fingerprint;
pub use global::Global;
pub use load::{Loaded, Options};
pub use otlp::{Otlp, TranslationStrategy};
pub use patterns::glob;
pub use retention_rule::{RetentionRule, Tier, TierTime};
pub use root::Config;
pub use series_limits::SeriesLimit;
pub use storage::{FloatEncoding, Retention, Storage};
pub use tracing::{Tracing, TracingClient};
pub use yaml::{Problem, Problems};

#[cfg(test)]
mod tests;
