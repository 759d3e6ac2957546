//! One instrument per combination of label values.

use std::cmp::Ordering;
use std::sync::Arc;

use exposition::{Metric, MetricFamily, MetricValue};
use model::{Labels, MetricType};
use parking_lot::RwLock;

/// What a family can hold: an instrument that is cheap to clone, shares its value between clones, and can be read.
pub trait Instrument: Clone + Send + Sync + 'static {
    /// What a new instrument needs to know, such as bucket bounds.
    type Options: Send + Sync + 'static;
    /// Its type in the exposition.
    const KIND: MetricType;

    /// Builds an instrument at zero.
    fn new(options: &Self::Options) -> Self;

    /// Reads it.
    fn value(&self) -> MetricValue;
}

/// One instrument per combination of label values. Clones share the instruments.
///
/// `with` costs a read lock and a binary search: keep the instrument where it is used often.
#[derive(Clone)]
pub struct Family<M: Instrument>(Arc<Inner<M>>);

struct Inner<M: Instrument> {
    name: String,
    help: String,
    label_names: Box<[String]>,
    options: M::Options,
    /// Sorted by label values.
    members: RwLock<Vec<(Box<[String]>, M)>>,
}

impl<M: Instrument> Family<M> {
    pub(crate) fn new(name: &str, help: &str, label_names: &[&str], options: M::Options) -> Family<M> {
        Family(Arc::new(Inner {
            name: name.to_owned(),
            help: help.to_owned(),
            label_names: owned(label_names),
            options,
            members: RwLock::default(),
        }))
    }

    /// Returns the instrument for these label values, which it makes at zero when they are new. Values stand in the order
    /// of the label names.
    ///
    /// # Panics
    /// If there are more or fewer values than label names.
    pub fn with(&self, values: &[&str]) -> M {
        assert_eq!(
            values.len(),
            self.0.label_names.len(),
            "label values of metric {}: {values:?}",
            self.0.name
        );
        let members = self.0.members.read();
        if let Ok(i) = find(&members, values) {
            return members[i].1.clone();
        }
        drop(members);
        self.insert(values)
    }

    fn insert(&self, values: &[&str]) -> M {
        let mut members = self.0.members.write();
        match find(&members, values) {
            Ok(i) => members[i].1.clone(),
            Err(i) => {
                let instrument = M::new(&self.0.options);
                members.insert(i, (owned(values), instrument.clone()));
                instrument
            }
        }
    }

    /// Forgets the instrument for these label values. Tells whether there was one.
    pub fn remove(&self, values: &[&str]) -> bool {
        let mut members = self.0.members.write();
        find(&members, values).map(|i| members.remove(i)).is_ok()
    }

    /// Keeps only the instruments whose label values pass; for label values that follow the configuration.
    pub fn retain(&self, mut keep: impl FnMut(&[String]) -> bool) {
        self.0.members.write().retain(|(values, _)| keep(values));
    }

    pub(crate) fn gather(&self) -> MetricFamily {
        let members = self.0.members.read();
        let metrics = members.iter().map(|(values, instrument)| Metric {
            labels: Labels::from_pairs(self.0.label_names.iter().zip(values)),
            value: instrument.value(),
            timestamp_ms: None,
            start_ms: None,
            blank_labels: &[],
        });
        MetricFamily {
            name: self.0.name.clone(),
            help: self.0.help.clone(),
            kind: M::KIND,
            unit: String::new(),
            metrics: metrics.collect(),
        }
    }
}

fn owned(strings: &[&str]) -> Box<[String]> {
    strings.iter().map(|s| (*s).to_owned()).collect()
}

fn find<M>(members: &[(Box<[String]>, M)], values: &[&str]) -> Result<usize, usize> {
    members.binary_search_by(|(have, _)| compare(have, values))
}

fn compare(have: &[String], wanted: &[&str]) -> Ordering {
    have.iter().map(String::as_str).cmp(wanted.iter().copied())
}
