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
//!       - match: '{__name__=~"istio_.*"}'
//!         tiers:                 # several, each coarser and later than the one before
//!           - {resolution: 5m, after: 7d}
//!           - {resolution: 1h, after: 90d}
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
    /// Lengths of the buckets that replace the samples, and the ages at which they do; both rise.
    pub downsample: Vec<(Duration, Duration)>,
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
            let downsample = tiers(f);
            if ["keep", "resolution", "after", "tiers"].iter().all(|key| f.get(key).is_none()) {
                f.problem(
                    "match",
                    "the rule says nothing: it needs \"keep\", \"resolution\" and \"after\", or \"tiers\"",
                );
            }
            if let (Some(keep), Some((_, after))) = (keep.filter(|k| !k.is_zero()), downsample.last())
                && keep <= *after
            {
                let (keep, after) = (shown(keep), shown(*after));
                f.problem(
                    "after",
                    format!("samples are kept for {keep} only, so nothing becomes {after} old"),
                );
            }
            Some(RetentionRule { selector, matchers, keep, downsample })
        })
    }
}

/// Reads `resolution` and `after`, or the list `tiers` of such pairs.
fn tiers(f: &yaml::Fields<'_>) -> Vec<(Duration, Duration)> {
    let mut tiers: Vec<(Duration, Duration)> = tier(f).into_iter().collect();
    let several = f.get("tiers").and_then(|v| v.items()).unwrap_or_default();
    if !several.is_empty() && !tiers.is_empty() {
        f.problem("tiers", "the rule has a \"resolution\" already: write it as the first of the tiers");
    }
    for value in &several {
        let read = value.fields(|f| {
            let read = tier(f);
            if let (Some((resolution, after)), Some(&(finer, before))) = (read, tiers.last()) {
                if after <= before {
                    f.problem(
                        "after",
                        format!("must be more than {}, that of the tier before", shown(before)),
                    );
                }
                if resolution <= finer || resolution.as_millis() % finer.as_millis().max(1) != 0 {
                    let finer = shown(finer);
                    f.problem(
                        "resolution",
                        format!("must be a multiple of {finer}, that of the tier before"),
                    );
                }
            }
            read
        });
        tiers.extend(read);
    }
    tiers
}

/// Reads the length of buckets and the age at which they replace what is finer.
fn tier(f: &yaml::Fields<'_>) -> Option<(Duration, Duration)> {
    match (f.optional("resolution"), f.optional("after")) {
        (Some(resolution), Some(after)) => {
            check_resolution(f, resolution);
            Some((resolution, after))
        }
        (Some(_), None) => {
            f.problem("resolution", "a resolution needs \"after\", the age at which it replaces the samples");
            None
        }
        (None, Some(_)) => {
            f.problem("after", "\"after\" needs a resolution that replaces the samples at that age");
            None
        }
        (None, None) => None,
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
                .iter()
                .map(|(resolution, after)| Downsample {
                    resolution_ms: ms(*resolution),
                    after_ms: ms(*after),
                })
                .collect(),
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
        let tier = |map: &mut Map, (resolution, after): (Duration, Duration)| {
            map.put("resolution", resolution);
            map.put("after", after);
        };
        if let [one] = self.downsample[..] {
            tier(&mut map, one);
        } else {
            let tiers = self.downsample.iter().map(|one| {
                let mut map = Map::new();
                tier(&mut map, *one);
                map
            });
            map.put_if_set("tiers", tiers.collect::<Vec<_>>());
        }
        map
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
