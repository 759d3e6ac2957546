//! A rule of `storage.bongsu.retention`: how long the series that a selector names are kept, and in what resolutions.

use std::time::Duration;

use model::Matcher;
use tsdb::db::BLOCK_MS_DEFAULT;
use tsdb::tiers::{Beside, Downsample, Rule};
use yaml::write::Map;
use yaml::{Read, Value};

use crate::bongsu::ms;

/// Shortest bucket: shorter ones would hold hardly more than one sample each.
const RESOLUTION_MIN: Duration = Duration::from_secs(1);

/// What becomes of the series that a selector names.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionRule {
    /// The selector, as it was written.
    pub selector: String,
    /// All must pass.
    pub matchers: Vec<Matcher>,
    /// How long samples are kept: `None` as long as all others, zero for ever.
    pub keep: Option<Duration>,
    /// Buckets, by rising length; all replace what is finer, or all stand beside it.
    pub tiers: Vec<Tier>,
}

/// Buckets of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Their length.
    pub resolution: Duration,
    /// When they come and go.
    pub time: TierTime,
}

/// When buckets come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierTime {
    /// At this age they replace what is finer.
    After(Duration),
    /// They stand beside the samples from the start and are kept for this time, zero for ever.
    Keep(Duration),
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
            let tiers = tiers(f);
            if ["keep", "resolution", "after", "tiers"].iter().all(|key| f.get(key).is_none()) {
                f.problem(
                    "match",
                    "the rule says nothing: it needs \"keep\", \"resolution\" and \"after\", or \"tiers\"",
                );
            }
            if let (Some(keep), Some(Tier { time: TierTime::After(after), .. })) =
                (keep.filter(|k| !k.is_zero()), tiers.last())
                && keep <= *after
            {
                let (keep, after) = (shown(keep), shown(*after));
                f.problem(
                    "after",
                    format!("samples are kept for {keep} only, so nothing becomes {after} old"),
                );
            }
            Some(RetentionRule { selector, matchers, keep, tiers })
        })
    }
}

/// Reads `resolution` and `after`, or the list `tiers`.
fn tiers(f: &yaml::Fields<'_>) -> Vec<Tier> {
    let mut tiers: Vec<Tier> = one_tier(f).into_iter().collect();
    let several = f.get("tiers").and_then(|v| v.items()).unwrap_or_default();
    if !several.is_empty() && !tiers.is_empty() {
        f.problem("tiers", "the rule has a \"resolution\" already: write it as the first of the tiers");
    }
    for value in &several {
        let read = value.fields(|f| {
            let read = tier_of_several(f);
            if let (Some(tier), Some(before)) = (read, tiers.last()) {
                check_order(f, tier, *before);
            }
            read
        });
        tiers.extend(read);
    }
    tiers
}

/// Reads the pair that stands in the rule itself, where `keep` is that of the samples.
fn one_tier(f: &yaml::Fields<'_>) -> Option<Tier> {
    match (f.optional("resolution"), f.optional("after")) {
        (Some(resolution), Some(after)) => {
            check_resolution(f, resolution);
            Some(Tier { resolution, time: TierTime::After(after) })
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

fn tier_of_several(f: &yaml::Fields<'_>) -> Option<Tier> {
    let keep: Option<Duration> = f.optional("keep");
    let Some(keep) = keep else {
        if f.get("resolution").is_some() && f.get("after").is_none() {
            let needs = "a resolution needs \"after\", the age at which it replaces the samples, or \"keep\", how long it \
                         stands beside them";
            f.problem("resolution", needs);
            return None;
        }
        return one_tier(f);
    };
    if f.get("after").is_some() {
        f.problem("keep", "a tier replaces the samples \"after\" an age or is kept beside them, not both");
        return None;
    }
    let resolution = f.required("resolution")?;
    check_resolution(f, resolution);
    Some(Tier { resolution, time: TierTime::Keep(keep) })
}

fn check_order(f: &yaml::Fields<'_>, tier: Tier, before: Tier) {
    match (before.time, tier.time) {
        (TierTime::After(before), TierTime::After(after)) if after <= before => {
            f.problem("after", format!("must be more than {}, that of the tier before", shown(before)));
        }
        (TierTime::After(_), TierTime::Keep(_)) => {
            f.problem("keep", "the tier before replaces the samples, so none can stand beside them");
        }
        (TierTime::Keep(_), TierTime::After(_)) => {
            f.problem("after", "the tier before stands beside the samples, so this one cannot replace them");
        }
        (TierTime::After(_), TierTime::After(_)) | (TierTime::Keep(_), TierTime::Keep(_)) => {}
    }
    let finer = before.resolution;
    if tier.resolution <= finer || !tier.resolution.as_millis().is_multiple_of(finer.as_millis().max(1)) {
        f.problem("resolution", format!("must be a multiple of {}, that of the tier before", shown(finer)));
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

impl RetentionRule {
    /// Returns what the database is told.
    pub(crate) fn rule(&self) -> Rule {
        let (mut downsample, mut beside) = (Vec::new(), Vec::new());
        for tier in &self.tiers {
            let resolution_ms = ms(tier.resolution);
            match tier.time {
                TierTime::After(after) => downsample.push(Downsample { resolution_ms, after_ms: ms(after) }),
                TierTime::Keep(keep) => beside.push(Beside { resolution_ms, keep_ms: ms(keep) }),
            }
        }
        Rule {
            selector: self.selector.clone(),
            matchers: self.matchers.clone(),
            keep_ms: self.keep.map(ms),
            downsample,
            beside,
        }
    }

    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("match", &self.selector);
        map.put_if_some("keep", self.keep);
        if let [one @ Tier { time: TierTime::After(_), .. }] = &self.tiers[..] {
            one.put(&mut map);
        } else {
            let tiers = self.tiers.iter().map(|one| {
                let mut map = Map::new();
                one.put(&mut map);
                map
            });
            map.put_if_set("tiers", tiers.collect::<Vec<_>>());
        }
        map
    }
}

impl Tier {
    fn put(&self, map: &mut Map) {
        map.put("resolution", self.resolution);
        match self.time {
            TierTime::After(after) => map.put("after", after),
            TierTime::Keep(keep) => map.put("keep", keep),
        };
    }
}
