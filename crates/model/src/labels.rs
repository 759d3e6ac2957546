//! Label sets: immutable, sorted by name, one allocation, cheap to clone.
//!
//! # Layout
//! All pairs stand one after another in a single `Arc<str>`: length of name, name, length of value, value.
//! A length is written base 64 in ASCII bytes, low group first: bits 0–5 are payload, bit 6 says "more follow".
//! Every byte of a length is below 0x80, so the whole buffer is valid UTF-8 and slices of it need no second check.
//!
//! Invariants: 1. Names strictly increase (byte order).  2. No value is empty: an empty label is an absent label.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

/// The label that holds the metric name.
pub const METRIC_NAME: &str = "__name__";
/// The label that holds a classic histogram's upper bucket bound.
pub const BUCKET_LABEL: &str = "le";
/// The label that holds a summary's quantile.
pub const QUANTILE_LABEL: &str = "quantile";

/// An immutable label set, sorted by name, without empty values.
#[derive(Clone)]
pub struct Labels(Arc<str>);

static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(""));

impl Labels {
    /// Returns the label set without labels.
    pub fn empty() -> Labels {
        Labels(EMPTY.clone())
    }

    /// Builds a label set from pairs in any order. Pairs with an empty value are left out; of two pairs with
    /// one name the last wins (use [`LabelsBuilder`] where a duplicate must be an error).
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Labels {
        let mut pairs: Vec<(N, V)> = pairs.into_iter().collect();
        pairs.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref())); // stable: the last of equals stays last
        let mut buf = String::new();
        for (i, (name, value)) in pairs.iter().enumerate() {
            let overridden = pairs.get(i + 1).is_some_and(|next| next.0.as_ref() == name.as_ref());
            if !overridden && !value.as_ref().is_empty() {
                push_pair(&mut buf, name.as_ref(), value.as_ref());
            }
        }
        Labels::from_encoded(&buf)
    }

    /// Builds a label set from pairs that are already strictly sorted by name and have no empty values.
    /// Costs one pass and one allocation; debug builds assert the order.
    pub fn from_sorted<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
        let mut buf = String::with_capacity(128);
        let mut previous: Option<&str> = None;
        for (name, value) in pairs {
            debug_assert!(
                previous.is_none_or(|p| p < name),
                "names must strictly increase: {previous:?}, {name:?}"
            );
            debug_assert!(!value.is_empty(), "label {name:?} has an empty value");
            previous = Some(name);
            push_pair(&mut buf, name, value);
        }
        Labels::from_encoded(&buf)
    }

    fn from_encoded(buf: &str) -> Labels {
        if buf.is_empty() { Labels::empty() } else { Labels(Arc::from(buf)) }
    }

    /// Returns the value of a label, or `""` if the set does not have it.
    pub fn get(&self, name: &str) -> &str {
        for (n, v) in self.iter() {
            match n.cmp(name) {
                Ordering::Less => {}
                Ordering::Equal => return v,
                Ordering::Greater => break,
            }
        }
        ""
    }

    /// Returns the metric name, or `""`.
    pub fn name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// Tells whether the set has the label.
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Returns the pairs, sorted by name.
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.0 }
    }

    /// Returns the number of labels. Costs a pass over the set.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Tells whether there are no labels.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes the label set takes on the heap, without the reference counts.
    pub fn heap_bytes(&self) -> usize {
        self.0.len()
    }

    /// Returns a 64-bit hash of the whole set. Equal sets have equal hashes within one process run; never store it.
    pub fn hash(&self) -> u64 {
        rapidhash::v3::rapidhash_v3(self.0.as_bytes())
    }

    /// Returns the set with only the named labels. `names` need not be sorted.
    pub fn keep<S: AsRef<str>>(&self, names: &[S]) -> Labels {
        self.filtered(|n| names.iter().any(|k| k.as_ref() == n))
    }

    /// Returns the set without the named labels. `names` need not be sorted.
    pub fn without<S: AsRef<str>>(&self, names: &[S]) -> Labels {
        self.filtered(|n| !names.iter().any(|k| k.as_ref() == n))
    }

    /// Returns the set without the metric name.
    pub fn without_name(&self) -> Labels {
        if self.has(METRIC_NAME) { self.filtered(|n| n != METRIC_NAME) } else { self.clone() }
    }

    /// Returns the set with only those labels whose name passes.
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Labels {
        let mut buf = String::with_capacity(self.0.len());
        for (n, v) in self.iter() {
            if keep(n) {
                push_pair(&mut buf, n, v);
            }
        }
        Labels::from_encoded(&buf)
    }

    /// Starts a changed copy.
    pub fn builder(&self) -> LabelsBuilder {
        LabelsBuilder::new(self.clone())
    }
}

fn push_pair(buf: &mut String, name: &str, value: &str) {
    push_len(buf, name.len());
    buf.push_str(name);
    push_len(buf, value.len());
    buf.push_str(value);
}

fn push_len(buf: &mut String, mut n: usize) {
    while n >= 64 {
        buf.push((64 | (n & 63) as u8) as char);
        n >>= 6;
    }
    buf.push(n as u8 as char);
}

/// Splits one length-prefixed string off the front.
fn take<'a>(s: &mut &'a str) -> Option<&'a str> {
    let bytes = s.as_bytes();
    let (mut len, mut shift, mut i) = (0usize, 0, 0);
    loop {
        let b = *bytes.get(i)?;
        len |= ((b & 63) as usize) << shift;
        i += 1;
        if b & 64 == 0 {
            break;
        }
        shift += 6;
    }
    let head = &s[i..i + len];
    *s = &s[i + len..];
    Some(head)
}

/// Pairs of a label set in name order.
#[derive(Clone)]
pub struct Iter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let name = take(&mut self.rest)?;
        let value = take(&mut self.rest)?;
        Some((name, value))
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Labels {
        Labels::from_pairs(pairs)
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Labels) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}
impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0.as_bytes());
    }
}

/// Orders as Prometheus's `labels.Compare`: pair by pair, names before values, a prefix before the longer set.
impl Ord for Labels {
    fn cmp(&self, other: &Labels) -> Ordering {
        self.iter().cmp(other.iter())
    }
}
impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Labels) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Labels {
    fn default() -> Labels {
        Labels::empty()
    }
}

/// Prints as Prometheus's `labels.Labels.String`: `{a="x", b="y"}`, UTF-8 names quoted.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (n, v)) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            if is_legacy_label_name(n) {
                f.write_str(n)?
            } else {
                f.write_str(&crate::number::quote(n))?
            }
            write!(f, "={}", crate::number::quote(v))?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A label set under change. Setting a label to `""` removes it.
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    base: Labels,
    changed: Vec<(String, String)>,
}

impl LabelsBuilder {
    /// Starts from a base set.
    pub fn new(base: Labels) -> LabelsBuilder {
        LabelsBuilder { base, changed: Vec::new() }
    }

    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.changed.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = value,
            None => self.changed.push((name, value)),
        }
        self
    }

    /// Removes a label.
    pub fn del(&mut self, name: &str) -> &mut Self {
        self.set(name, "")
    }

    /// Returns a label's present value, or `""`.
    pub fn get(&self, name: &str) -> &str {
        match self.changed.iter().find(|(n, _)| n == name) {
            Some((_, v)) => v,
            None => self.base.get(name),
        }
    }

    /// Returns all present pairs, in no particular order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.base.iter().filter(|(n, _)| !self.changed.iter().any(|(c, _)| c == n));
        kept.chain(self.changed.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.as_str(), v.as_str())))
    }

    /// Returns the finished set. Free if nothing was changed.
    pub fn labels(&self) -> Labels {
        if self.changed.is_empty() { self.base.clone() } else { Labels::from_pairs(self.pairs()) }
    }
}

/// Tells whether a label name matches `[a-zA-Z_][a-zA-Z0-9_]*`, the rule before UTF-8 names.
pub fn is_legacy_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Tells whether a metric name matches `[a-zA-Z_:][a-zA-Z0-9_:]*`, the rule before UTF-8 names.
pub fn is_legacy_metric_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b':')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_drops_empty_and_finds() {
        let l = Labels::from_pairs([("b", "2"), ("a", "1"), ("c", ""), ("b", "3")]);
        assert_eq!(l.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "3")]);
        assert_eq!((l.get("b"), l.get("c"), l.get("zz"), l.len()), ("3", "", "", 2));
    }

    #[test]
    fn long_values_round_trip() {
        for n in [1, 63, 64, 65, 4095, 4096, 300_000] {
            let v = "é".repeat(n);
            let l = Labels::from_pairs([("a", v.as_str()), ("b", "x")]);
            assert_eq!((l.get("a").len(), l.get("b")), (2 * n, "x"));
        }
    }

    #[test]
    fn orders_like_prometheus() {
        let l = |p: &[(&str, &str)]| Labels::from_pairs(p.iter().copied());
        assert!(l(&[("a", "1")]) < l(&[("a", "1"), ("b", "1")]));
        assert!(l(&[("a", "2")]) > l(&[("a", "1"), ("b", "1")]));
        assert!(l(&[("aa", "1")]) > l(&[("a", "9")]));
        assert!(Labels::empty() < l(&[("a", "1")]));
    }

    #[test]
    fn builder_sets_and_removes() {
        let base = Labels::from_pairs([("a", "1"), ("b", "2")]);
        let l = base.builder().set("c", "3").del("a").set("b", "4").labels();
        assert_eq!(l.to_string(), r#"{b="4", c="3"}"#);
    }
}
