//! `label_replace`, `label_join`: the labels change, the values do not.

use model::labels::METRIC_NAME;
use model::regex::Regex;

use super::{argument, text};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::labels::{Head, Repeated};
use crate::exec::source::{Map, Vector, distinct, map};
use crate::exec::{Frame, Work};
use crate::plan::Call;

/// Tells whether a name cannot be a label's. Bytes that are no UTF-8 (`"\xff"`) arrive here as U+FFFD.
fn is_invalid_name(name: &str) -> bool {
    name.is_empty() || name.contains(char::REPLACEMENT_CHARACTER)
}

/// Evaluates `label_replace(v, dst, replacement, src, regex)`.
pub(super) fn label_replace<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (target, replacement) = (text(call, 1)?, text(call, 2)?);
    let (source, pattern) = (text(call, 3)?, text(call, 4)?);
    let regex = Regex::anchored(pattern).map_err(|_| {
        QueryError::Execution(format!("invalid regular expression in label_replace(): {pattern}"))
    })?;
    if is_invalid_name(target) {
        return Err(QueryError::Execution(format!(
            "invalid destination label name in label_replace(): {target}"
        )));
    }
    let change =
        Relabel { target, value: move |head: &Head| regex.replace(head.labels.get(source), replacement) };
    distinct(frame, map(frame.vector(argument(call, 0)?)?, change), Repeated::Join)
}

/// Evaluates `label_join(v, dst, separator, src…)`.
pub(super) fn label_join<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (target, separator) = (text(call, 1)?, text(call, 2)?);
    let sources = (3..call.args.len()).map(|i| text(call, i)).collect::<Result<Vec<_>, _>>()?;
    for (what, name) in sources.iter().map(|s| ("source", *s)).chain([("destination", target)]) {
        if is_invalid_name(name) {
            return Err(QueryError::Execution(format!("invalid {what} label name in label_join(): {name}")));
        }
    }
    let change = Relabel {
        target,
        value: move |head: &Head| {
            let values: Vec<&str> = sources.iter().map(|s| head.labels.get(s)).collect();
            Some(values.join(separator))
        },
    };
    distinct(frame, map(frame.vector(argument(call, 0)?)?, change), Repeated::Join)
}

/// Sets one label to what a function finds, if it finds something.
struct Relabel<'a, F> {
    target: &'a str,
    value: F,
}

impl<F: Fn(&Head) -> Option<String> + Send + Sync> Map for Relabel<'_, F> {
    fn head(&self, head: Head) -> Head {
        match (self.value)(&head) {
            None => head,
            Some(value) => Head {
                labels: head.labels.builder().set(self.target, value).labels(),
                // A name that was asked for stays.
                drop_name: head.drop_name && self.target != METRIC_NAME,
            },
        }
    }

    fn apply(&self, _: &mut Column, _: &mut Work) -> Result<(), QueryError> {
        Ok(())
    }

    fn keeps_labels(&self) -> bool {
        false
    }
}
