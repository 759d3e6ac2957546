//! `storage.bongsu`: settings of the database that Prometheus does not have.
//!
//! ```yaml
//! storage:
//!   bongsu:
//!     dense_after: 7d            # blocks this old are written densely, where Prometheus does not see them; never by default
//!     retention:                 # of several rules that name a series the first counts
//!       - match: '{job="kube-state-metrics"}'
//!         keep: 15d              # omitted: as all others; 0s: for ever
//!       - match: '{__name__=~"node_.*"}'
//!         keep: 400d
//!         resolution: 5m         # from `after` on only buckets of this length are kept
//!         after: 7d
//!     series_limits:             # over a bound new series are refused; known ones keep their samples
//!       - label: job             # each job on its own
//!         max_series: 500000
//!       - label: tenant
//!         value: trial
//!         max_series: 10000
//! ```

use std::time::Duration;

use model::Matcher;
use tsdb::db::BLOCK_MS_DEFAULT;
use tsdb::tiers::{Downsample, Policy, Rule};
use yaml::write::Map;
use yaml::{Read, Value};

use crate::series_limits::{self, SeriesLimit};

/// Shortest bucket: shorter ones would hold hardly more than one sample each.
const RESOLUTION_MIN: Duration = Duration::from_secs(1);

/// `storage.bongsu`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bongsu {
    /// Age at which blocks are written densely; zero for never.
    pub dense_after: Duration,
    /// Retention and resolution by selector; the first rule that names a series counts.
    pub retention: Vec<RetentionRule>,
    /// Bounds on series by label.
    pub series_limits: Vec<SeriesLimit>,
}

/// What becomes of the series that a selector names.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionRule {
    /// The selector, as it was written.
    pub selector: String,
    /// All must pass.
    pub matchers: Vec<Matcher>,
    /// How long samples are kept: `None` as long as all others, zero for ever.
    pub keep: Option<Duration>,
    /// Length of the buckets that replace the samples, and the age at which they do.
    pub downsample: Option<(Duration, Duration)>,
}

impl Read for Bongsu {
    fn read(value: &Value<'_>) -> Option<Bongsu> {
        value.fields(|f| {
            let rules = f.get("retention").and_then(|v| v.items()).unwrap_or_default();
            Some(Bongsu {
                dense_after: f.or_default("dense_after"),
                retention: rules.iter().filter_map(RetentionRule::read).collect(),
                series_limits: series_limits::read(f),
            })
        })
    }
}

impl Read for RetentionRule {
    fn read(value: &Value<'_>) -> Option<RetentionRule> {
        value.fields(|f| {
            let selector: String = f.required("match")?;
            let matchers = match promql::parse_selector(&selector) {
                Ok(matchers) => matchers,
                Err(error) => {
                    f.problem("match", format!("{selector:?} is no series selector: {error}"));
                    return None;
                }
            };
            let keep: Option<Duration> = f.optional("keep");
            let resolution: Option<Duration> = f.optional("resolution");
            let after: Option<Duration> = f.optional("after");
            let downsample = match (resolution, after) {
                (Some(resolution), Some(after)) => Some((resolution, after)),
                (Some(_), None) => {
                    f.problem(
                        "resolution",
                        "a resolution needs \"after\", the age at which it replaces the samples",
                    );
                    None
                }
                (None, Some(_)) => {
                    f.problem("after", "\"after\" needs a resolution that replaces the samples at that age");
                    None
                }
                (None, None) => None,
            };
            if keep.is_none() && downsample.is_none() && resolution.is_none() && after.is_none() {
                f.problem(
                    "match",
                    "the rule says nothing: it needs \"keep\", or \"resolution\" and \"after\"",
                );
            }
            if let Some((resolution, after)) = downsample {
                check_resolution(f, resolution);
                if let Some(keep) = keep.filter(|k| !k.is_zero() && *k <= after) {
                    let (keep, after) = (shown(keep), shown(after));
                    f.problem(
                        "after",
                        format!("samples are kept for {keep} only, so nothing becomes {after} old"),
                    );
                }
            }
            Some(RetentionRule { selector, matchers, keep, downsample })
        })
    }
}

/// Buckets must not reach from one block into the next.
fn check_resolution(f: &yaml::Fields<'_>, resolution: Duration) {
    let ms = resolution.as_millis() as i64;
    if resolution < RESOLUTION_MIN || BLOCK_MS_DEFAULT % ms.max(1) != 0 {
        let message = format!(
            "must be a whole part of 2h and at least 1s, such as 5m or 1h, not {}",
            shown(resolution)
        );
        f.problem("resolution", message);
    }
}

fn shown(duration: Duration) -> String {
    model::duration::format_ms(duration.as_millis() as i64)
}

impl Bongsu {
    /// Returns what the database is told.
    pub fn policy(&self) -> Policy {
        let rule = |rule: &RetentionRule| Rule {
            selector: rule.selector.clone(),
            matchers: rule.matchers.clone(),
            keep_ms: rule.keep.map(ms),
            downsample: rule
                .downsample
                .map(|(resolution, after)| Downsample { resolution_ms: ms(resolution), after_ms: ms(after) }),
        };
        Policy { dense_after_ms: ms(self.dense_after), rules: self.retention.iter().map(rule).collect() }
    }

    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        super::storage::put_duration(&mut map, "dense_after", self.dense_after);
        map.put_if_set("retention", self.retention.iter().map(RetentionRule::to_yaml).collect::<Vec<_>>());
        map.put_if_set("series_limits", series_limits::to_yaml(&self.series_limits));
        map
    }
}

impl RetentionRule {
    fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("match", &self.selector);
        map.put_if_some("keep", self.keep);
        map.put_if_some("resolution", self.downsample.map(|(resolution, _)| resolution));
        map.put_if_some("after", self.downsample.map(|(_, after)| after));
        map
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
