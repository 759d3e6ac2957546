//! Query parameters: filters by matcher, switches, receivers.

use alerting::matchers::{Matchers, Syntax, parse_one};
use model::{Labels, Regex};

use super::Refusal;

/// The parameters of a request, in their order.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(query: Option<&str>) -> Params {
        Params(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// Returns all values of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Returns the last value of a parameter.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Returns a switch; all are on unless switched off.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Refusal> {
        match self.all(name).last() {
            None => Ok(true),
            Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Ok(true),
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(false),
            Some(other) => {
                Err(Refusal::Malformed(format!("{name} in query must be of type boolean: {other:?}")))
            }
        }
    }

    /// Returns matchers, all of which must pass.
    pub(super) fn matchers(&self, name: &str, what: &str, syntax: Syntax) -> Result<Matchers, Refusal> {
        let one = |text| parse_one(text, syntax).map(|parsed| parsed.value);
        let all: Result<Vec<_>, _> = self.all(name).map(one).collect();
        all.map(Matchers).map_err(|error| Refusal::bad_request(format!("{what}{error}")))
    }

    /// Reads the parameters that pick receivers.
    pub(super) fn receivers(&self, syntax: Syntax) -> Result<ReceiverFilter, Refusal> {
        let name =
            match self.all("receiver").last() {
                None => None,
                Some(pattern) => Some(Regex::anchored(pattern).map_err(|error| {
                    Refusal::bad_request(format!("failed to parse receiver param: {error}"))
                })?),
            };
        let what = "failed to parse receiver_matchers param: ";
        Ok(ReceiverFilter { name, matchers: self.matchers("receiver_matchers", what, syntax)? })
    }
}

/// Which receivers are meant.
pub(super) struct ReceiverFilter {
    name: Option<Regex>,
    matchers: Matchers,
}

impl ReceiverFilter {
    /// Tells whether a receiver with this name and these labels is meant.
    pub(super) fn takes(&self, name: &str, labels: Option<&Labels>) -> bool {
        let named = self.name.as_ref().is_none_or(|pattern| pattern.is_match(name));
        let labelled =
            self.matchers.0.is_empty() || labels.is_some_and(|labels| self.matchers.match_labels(labels));
        named && labelled
    }
}
