//! Names outside `[a-zA-Z_:][a-zA-Z0-9_:]*` for readers that know only those.
//!
//! Source: `prometheus/common` `model/metric.go`, `EscapeName` and `UnescapeName`.

use std::borrow::Cow;
use std::fmt::Write as _;

use model::Labels;
use model::labels::{METRIC_NAME, is_legacy_metric_name};

use crate::family::MetricFamily;

/// How names are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EscapingScheme {
    /// Not at all: the reader knows UTF-8 names.
    #[default]
    AllowUtf8,
    /// Each character outside becomes `_`.
    Underscores,
    /// `.` becomes `_dot_`, `_` becomes `__`, others become `__`.
    Dots,
    /// `U__` goes before, `_` becomes `__`, others become their code point: `_2e_`.
    Values,
}

impl EscapingScheme {
    /// All schemes with the words used in `Accept` and `Content-Type`.
    pub const ALL: [(&'static str, EscapingScheme); 4] = [
        ("allow-utf-8", EscapingScheme::AllowUtf8),
        ("underscores", EscapingScheme::Underscores),
        ("dots", EscapingScheme::Dots),
        ("values", EscapingScheme::Values),
    ];

    /// Finds a scheme by its word.
    pub fn from_word(word: &str) -> Option<EscapingScheme> {
        EscapingScheme::ALL.iter().find(|(w, _)| *w == word).map(|(_, scheme)| *scheme)
    }

    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            EscapingScheme::AllowUtf8 => "allow-utf-8",
            EscapingScheme::Underscores => "underscores",
            EscapingScheme::Dots => "dots",
            EscapingScheme::Values => "values",
        }
    }

    /// Escapes a name.
    pub fn escape(self, name: &str) -> Cow<'_, str> {
        if name.is_empty() || (self != EscapingScheme::Dots && is_legacy_metric_name(name)) {
            return Cow::Borrowed(name);
        }
        let mut out = String::with_capacity(name.len() + 8);
        if self == EscapingScheme::Values {
            out.push_str("U__");
        }
        for (i, c) in name.chars().enumerate() {
            let plain = c.is_ascii_alphabetic() || c == '_' || c == ':' || (c.is_ascii_digit() && i > 0);
            match self {
                EscapingScheme::AllowUtf8 => return Cow::Borrowed(name),
                EscapingScheme::Underscores => out.push(if plain { c } else { '_' }),
                EscapingScheme::Dots if c == '.' => out.push_str("_dot_"),
                EscapingScheme::Dots | EscapingScheme::Values if c == '_' => out.push_str("__"),
                EscapingScheme::Dots | EscapingScheme::Values if plain => out.push(c),
                EscapingScheme::Dots => out.push_str("__"),
                EscapingScheme::Values => {
                    write!(out, "_{:x}_", c as u32).expect("writing to a string cannot fail");
                }
            }
        }
        Cow::Owned(out)
    }

    /// Undoes [`EscapingScheme::escape`] as far as the scheme allows; a name that was not escaped comes back as it is.
    pub fn unescape(self, name: &str) -> Cow<'_, str> {
        match self {
            EscapingScheme::AllowUtf8 | EscapingScheme::Underscores => Cow::Borrowed(name),
            EscapingScheme::Dots => Cow::Owned(name.replace("_dot_", ".").replace("__", "_")),
            EscapingScheme::Values => unescape_values(name).map_or(Cow::Borrowed(name), Cow::Owned),
        }
    }

    /// Returns a family with names that the reader knows; the same one if nothing needs to change.
    pub fn escape_family(self, family: &MetricFamily) -> Cow<'_, MetricFamily> {
        let legacy = |labels: &Labels| labels.iter().all(|(name, _)| is_legacy_metric_name(name));
        if self == EscapingScheme::AllowUtf8
            || (is_legacy_metric_name(&family.name) && family.metrics.iter().all(|m| legacy(&m.labels)))
        {
            return Cow::Borrowed(family);
        }
        // Names that are fine already stay, also where the scheme would change their underscores.
        let escape = |name: &str| match is_legacy_metric_name(name) {
            true => name.to_owned(),
            false => self.escape(name).into_owned(),
        };
        let mut out = family.clone();
        out.name = escape(&family.name);
        for metric in &mut out.metrics {
            metric.labels = Labels::from_pairs(
                metric
                    .labels
                    .iter()
                    .map(|(n, v)| (escape(n), if n == METRIC_NAME { escape(v) } else { v.to_owned() })),
            );
        }
        Cow::Owned(out)
    }
}

fn unescape_values(name: &str) -> Option<String> {
    let mut rest = name.strip_prefix("U__")?;
    let mut out = String::with_capacity(rest.len());
    while let Some(at) = rest.find('_') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('_') {
            out.push('_');
            rest = after;
            continue;
        }
        // A code point has at most six digits.
        let (digits, after) = rest.split_once('_')?;
        if digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_the_original_does() {
        // name, underscores, dots, values
        for (name, underscores, dots, values) in [
            ("", "", "", ""),
            ("no:escaping_required", "no:escaping_required", "no:escaping__required", "no:escaping_required"),
            (
                "mysystem.prod.west.cpu.load",
                "mysystem_prod_west_cpu_load",
                "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
                "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
            ),
            (
                "mysystem.prod.west.cpu.load_total",
                "mysystem_prod_west_cpu_load_total",
                "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
                "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
            ),
            ("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum"),
            ("label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_"),
            ("花火", "__", "____", "U___82b1__706b_"),
            ("0abc", "_abc", "__abc", "U___30_abc"),
        ] {
            assert_eq!(EscapingScheme::Underscores.escape(name), underscores);
            assert_eq!(EscapingScheme::Dots.escape(name), dots);
            assert_eq!(EscapingScheme::Values.escape(name), values);
            assert_eq!(EscapingScheme::AllowUtf8.escape(name), name);
            assert_eq!(EscapingScheme::Values.unescape(values), name);
        }
        assert_eq!(EscapingScheme::Dots.unescape("a_dot_b__c"), "a.b_c");
    }

    #[test]
    fn leaves_names_that_were_not_escaped() {
        for name in [
            "plain",
            "U__unfinished_2e",
            "U__no_code_point_110000_",
            "U__too_long_1234567_",
            "U__x_",
            "U__bad_zz_",
        ] {
            assert_eq!(EscapingScheme::Values.unescape(name), name);
        }
    }
}
