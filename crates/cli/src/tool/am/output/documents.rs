//! The server's documents, as far as tables show them.

use alerting::matchers::Matcher;
use anyhow::Context;
use jiff::Timestamp;
use model::MatchOp;
use serde_json::Value;
use template::gotime::Time;

/// Returns a text of a document; empty if it is not there.
pub(super) fn text(document: &Value, at: &str) -> String {
    document.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Returns when something begins or ends, to sort by it.
pub(super) fn moment(document: &Value, field: &str) -> Option<Timestamp> {
    document.get(field)?.as_str()?.parse().ok()
}

/// Prints a time of a document by one of Go's layouts.
pub(super) fn date(document: &Value, field: &str, layout: &str) -> String {
    let time = moment(document, field).map_or_else(Time::zero, |t| Time::from_ns(t.as_nanosecond()));
    time.format(layout)
}

/// An alert of `GET /alerts`.
pub(super) struct Alert<'a>(pub(super) &'a Value);

impl Alert<'_> {
    pub(super) fn text(&self, at: &str) -> String {
        text(self.0, at)
    }

    /// Returns labels or annotations, sorted.
    pub(super) fn pairs(&self, field: &str) -> String {
        let map = self.0.get(field).and_then(Value::as_object);
        let mut pairs: Vec<String> = map
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}=\"{}\"", value.as_str().unwrap_or_default()))
            .collect();
        pairs.sort();
        pairs.join(" ")
    }
}

/// A silence of `GET /silences`.
pub(super) struct Silence<'a>(pub(super) &'a Value);

impl Silence<'_> {
    pub(super) fn text(&self, at: &str) -> String {
        text(self.0, at)
    }

    /// Returns the matchers as they would be typed.
    pub(super) fn matchers(&self) -> anyhow::Result<Vec<String>> {
        let all = self.0.get("matchers").and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .map(|matcher| {
                let is =
                    |field: &str, otherwise| matcher.get(field).and_then(Value::as_bool).unwrap_or(otherwise);
                // Servers before 0.22 know no negative matchers.
                let op = match (is("isEqual", true), is("isRegex", false)) {
                    (true, false) => MatchOp::Equal,
                    (false, false) => MatchOp::NotEqual,
                    (true, true) => MatchOp::Regex,
                    (false, true) => MatchOp::NotRegex,
                };
                let (name, value) = (text(matcher, "/name"), text(matcher, "/value"));
                let matcher = Matcher::new(op, name, &value).with_context(|| format!("matcher {value:?}"))?;
                Ok(matcher.to_string())
            })
            .collect()
    }
}
