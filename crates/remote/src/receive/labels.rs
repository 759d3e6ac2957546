//! From borrowed pairs to a checked label set.

use model::Labels;
use model::labels::METRIC_NAME;

/// Name and value of a label as they stand in a message.
pub type Pair<'a> = (&'a [u8], &'a [u8]);

/// Why pairs do not name a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelsError {
    /// No metric name, an empty label name, or bytes that are not UTF-8.
    Invalid {
        /// The set, as well as it can be shown.
        shown: String,
    },
    /// A name that stands there twice.
    Duplicate {
        /// The set.
        shown: String,
        /// The name.
        name: String,
    },
    /// References into the symbol table that lead nowhere.
    References {
        /// What is wrong, in Prometheus's words.
        text: String,
    },
}

/// Builds the label set of a series from pairs in any order.
///
/// # Errors
/// [`LabelsError::Invalid`], [`LabelsError::Duplicate`].
pub fn series(mut pairs: Vec<Pair<'_>>) -> Result<Labels, LabelsError> {
    pairs.sort_by_key(|(name, _)| *name);
    if let Some(twice) = pairs.windows(2).find(|w| w[0].0 == w[1].0) {
        let name = String::from_utf8_lossy(twice[0].0).into_owned();
        return Err(LabelsError::Duplicate { shown: shown(&pairs), name });
    }
    let has_name = pairs.iter().any(|(name, value)| *name == METRIC_NAME.as_bytes() && !value.is_empty());
    let mut checked = Vec::with_capacity(pairs.len());
    for (name, value) in &pairs {
        let (Ok(name), Ok(value)) = (std::str::from_utf8(name), std::str::from_utf8(value)) else {
            return Err(LabelsError::Invalid { shown: shown(&pairs) });
        };
        if name.is_empty() {
            return Err(LabelsError::Invalid { shown: shown(&pairs) });
        }
        // An empty value is an absent label.
        if !value.is_empty() {
            checked.push((name, value));
        }
    }
    if !has_name {
        return Err(LabelsError::Invalid { shown: shown(&pairs) });
    }
    Ok(Labels::from_sorted(checked))
}

/// Builds the labels of an exemplar, which need no name.
pub fn exemplar(pairs: &[Pair<'_>]) -> Labels {
    Labels::from_pairs(pairs.iter().map(|(n, v)| (String::from_utf8_lossy(n), String::from_utf8_lossy(v))))
}

fn shown(pairs: &[Pair<'_>]) -> String {
    exemplar(pairs).to_string()
}
