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
//!       - match: '{__name__=~"http_.*"}'
//!         keep: 15d
//!         tiers:                 # with `keep` buckets stand beside the samples from the start, and queries choose
//!           - {resolution: 5m, keep: 90d}
//!           - {resolution: 1h, keep: 400d}
//!     series_limits:             # over a bound new series are refused; known ones keep their samples
//!       - label: job             # each job on its own
//!         max_series: 500000
//!       - label: tenant
//!         value: trial
//!         max_series: 10000
//! ```

use std::time::Duration;

use tsdb::tiers::Policy;
use yaml::write::Map;
use yaml::{Read, Value};

use crate::retention_rule::RetentionRule;
use crate::series_limits::{self, SeriesLimit};

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

impl Bongsu {
    /// Returns what the database is told.
    pub fn policy(&self) -> Policy {
        Policy {
            dense_after_ms: ms(self.dense_after),
            rules: self.retention.iter().map(RetentionRule::rule).collect(),
        }
    }

    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        super::storage::put_duration(&mut map, "dense_after", self.dense_after);
        map.put_if_set("retention", self.retention.iter().map(RetentionRule::to_yaml).collect::<Vec<_>>());
        map.put_if_set("series_limits", series_limits::to_yaml(&self.series_limits));
        map
    }
}

pub(crate) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
