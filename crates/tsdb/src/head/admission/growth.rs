//! What refused series have in common: which metrics, jobs and instances they are of, and which label has ever new values.
//!
//! Everything is bounded, as this is used while memory runs short. The most frequent are kept by the space-saving method: a new name
//! takes the place of the least frequent and its count, so what is really frequent is never lost. Different values
//! are estimated from a small bitmap of their hashes.

use hashbrown::HashMap;
use model::Labels;
use model::labels::METRIC_NAME;
use rapidhash::v3::rapidhash_v3;

/// Names that are counted at a time.
const NAMES_MAX: usize = 64;
/// Labels whose values are estimated.
const LABELS_MAX: usize = 128;
/// Bits of a label's bitmap: estimates up to some four thousand different values, and "at least" that beyond.
const BITS: usize = 1024;
/// Labels that say where a series comes from.
const ORIGINS: [&str; 3] = [METRIC_NAME, "job", "instance"];

/// A label's values, roughly.
#[derive(Debug)]
struct Values {
    bits: [u64; BITS / 64],
    /// One of them, to show.
    sample: Box<str>,
}

/// Notes on refused series.
#[derive(Debug, Default)]
pub struct Growth {
    /// Refused series by (label, value), for the labels in [`ORIGINS`].
    frequent: HashMap<(usize, Box<str>), u64>,
    values: HashMap<Box<str>, Values>,
}

/// What refused series have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explosion {
    /// Series by `label=value` of their metric, job and instance, most frequent first.
    pub origins: Vec<(String, u64)>,
    /// Labels by the estimated number of their values, each with one value, most first.
    pub labels: Vec<(String, u64, String)>,
}

impl Growth {
    /// Notes a refused series.
    pub fn note(&mut self, labels: &Labels) {
        for (origin, name) in ORIGINS.iter().enumerate() {
            let value = labels.get(name);
            if !value.is_empty() {
                self.note_frequent(origin, value);
            }
        }
        for (name, value) in labels.iter().filter(|(name, _)| *name != METRIC_NAME) {
            let bit = rapidhash_v3(value.as_bytes()) as usize % BITS;
            if let Some(values) = self.values.get_mut(name) {
                values.bits[bit / 64] |= 1 << (bit % 64);
            } else if self.values.len() < LABELS_MAX {
                let mut values = Values { bits: [0; BITS / 64], sample: value.into() };
                values.bits[bit / 64] |= 1 << (bit % 64);
                self.values.insert(name.into(), values);
            }
        }
    }

    fn note_frequent(&mut self, origin: usize, value: &str) {
        let key = (origin, Box::from(value));
        if let Some(count) = self.frequent.get_mut(&key) {
            *count += 1;
            return;
        }
        let mut count = 1;
        if self.frequent.len() >= NAMES_MAX
            && let Some((least, n)) =
                self.frequent.iter().min_by_key(|(_, n)| **n).map(|(k, n)| (k.clone(), *n))
        {
            self.frequent.remove(&least);
            count += n;
        }
        self.frequent.insert(key, count);
    }

    /// Returns the `limit` most of each kind.
    pub fn explosion(&self, limit: usize) -> Explosion {
        let mut origins: Vec<(String, u64)> = self
            .frequent
            .iter()
            .map(|((origin, value), count)| (format!("{}={value}", ORIGINS[*origin]), *count))
            .collect();
        origins.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        origins.truncate(limit);
        let mut labels: Vec<(String, u64, String)> = self
            .values
            .iter()
            .map(|(name, v)| (name.to_string(), v.estimate(), v.sample.to_string()))
            .collect();
        labels.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        labels.truncate(limit);
        Explosion { origins, labels }
    }
}

impl Values {
    /// Estimates the number of different values from the share of bits still unset (linear counting).
    fn estimate(&self) -> u64 {
        let unset = self.bits.iter().map(|w| w.count_zeros()).sum::<u32>().max(1);
        (BITS as f64 * (BITS as f64 / f64::from(unset)).ln()).round() as u64
    }
}
