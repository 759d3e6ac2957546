//! Labels and matchers as they are typed.

use std::collections::BTreeMap;

use alerting::matchers::{Matcher, Syntax, parse_one};
use anyhow::bail;
use clap::ArgMatches;
use model::MatchOp;
use model::number::quote;
use serde_json::{Value, json};

use super::text;

/// Which syntax `--enable-feature` chooses.
pub(super) fn syntax(matches: &ArgMatches) -> anyhow::Result<Syntax> {
    let mut syntax = Syntax::Fallback;
    let names = text(matches, "enable-feature").unwrap_or_default();
    for name in names.split(',').filter(|name| !name.is_empty()) {
        syntax = match name {
            "classic-mode" => Syntax::Classic,
            "utf8-strict-mode" => Syntax::Utf8,
            other => {
                bail!("error parsing the feature flag list: unknown option {other:?} for --enable-feature")
            }
        };
    }
    Ok(syntax)
}

/// A first word that is no matcher is the value of `alertname`.
pub(super) fn with_alertname(typed: &[&str], syntax: Syntax) -> Vec<String> {
    let mut words: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
    if let Some(first) = words.first_mut().filter(|first| parse_one(first, syntax).is_err()) {
        *first = format!("alertname={}", quote(first));
    }
    words
}

/// Reads matchers.
pub(super) fn matchers(typed: &[String], syntax: Syntax) -> anyhow::Result<Vec<Matcher>> {
    typed.iter().map(|word| Ok(parse_one(word, syntax)?.value)).collect()
}

/// Reads `name=value` pairs; `what` names them in the error.
pub(super) fn pairs<T: AsRef<str>>(
    typed: &[T],
    what: &str,
    syntax: Syntax,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for word in typed {
        let matcher = parse_one(word.as_ref(), syntax)?.value;
        if matcher.op() != MatchOp::Equal {
            bail!("{what} must be specified as key=value pairs");
        }
        pairs.insert(matcher.name().to_owned(), matcher.value().to_owned());
    }
    Ok(pairs)
}

/// A matcher as the API takes it.
pub(super) fn document(matcher: &Matcher) -> Value {
    json!({
        "isEqual": matches!(matcher.op(), MatchOp::Equal | MatchOp::Regex),
        "isRegex": matches!(matcher.op(), MatchOp::Regex | MatchOp::NotRegex),
        "name": matcher.name(),
        "value": matcher.value(),
    })
}
