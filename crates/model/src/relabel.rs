//! Relabelling: rules that rewrite, keep or drop a label set.
//!
//! Source: Prometheus 3.14 `model/relabel/relabel.go`. A [`Config`] that exists is valid: [`Config::new`] checks it.

use md5::{Digest, Md5};

use crate::labels::{LabelsBuilder, is_legacy_label_name};
use crate::number::quote;
use crate::regex::Regex;

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[allow(
    missing_docs,
    reason = "the words of the configuration file; docs/configuration of Prometheus explains each"
)]
pub enum Action {
    #[default]
    Replace,
    Keep,
    Drop,
    KeepEqual,
    DropEqual,
    HashMod,
    LabelMap,
    LabelDrop,
    LabelKeep,
    Lowercase,
    Uppercase,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 11] = [
        Action::Replace,
        Action::Keep,
        Action::Drop,
        Action::KeepEqual,
        Action::DropEqual,
        Action::HashMod,
        Action::LabelMap,
        Action::LabelDrop,
        Action::LabelKeep,
        Action::Lowercase,
        Action::Uppercase,
    ];

    /// Returns the word used in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Replace => "replace",
            Action::Keep => "keep",
            Action::Drop => "drop",
            Action::KeepEqual => "keepequal",
            Action::DropEqual => "dropequal",
            Action::HashMod => "hashmod",
            Action::LabelMap => "labelmap",
            Action::LabelDrop => "labeldrop",
            Action::LabelKeep => "labelkeep",
            Action::Lowercase => "lowercase",
            Action::Uppercase => "uppercase",
        }
    }

    /// Reads the word, in any case, as Prometheus does.
    pub fn from_word(word: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|a| a.as_str().eq_ignore_ascii_case(word))
    }
}

/// Which label names are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum NameScheme {
    /// Any non-empty UTF-8 text.
    #[default]
    Utf8,
    /// `[a-zA-Z_][a-zA-Z0-9_]*`
    Legacy,
}

impl NameScheme {
    /// Tells whether a label may have this name.
    pub fn allows_label(self, name: &str) -> bool {
        match self {
            NameScheme::Utf8 => !name.is_empty(),
            NameScheme::Legacy => is_legacy_label_name(name),
        }
    }
}

/// A rule as written: `None` where a field was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields of relabel_config, see Prometheus's docs/configuration")]
pub struct Fields {
    pub source_labels: Option<Vec<String>>,
    pub separator: Option<String>,
    pub regex: Option<String>,
    pub modulus: Option<u64>,
    pub target_label: Option<String>,
    pub replacement: Option<String>,
    pub action: Action,
}

/// A valid rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What it does.
    pub action: Action,
    /// Labels whose values are joined.
    pub source_labels: Vec<String>,
    /// What joins them; `;` by default.
    pub separator: String,
    /// What the joined value (or, for `labelmap`, `labeldrop`, `labelkeep`, each label name) is held against; `(.*)` by default.
    pub regex: Regex,
    /// Divisor of `hashmod`; never 0 for it.
    pub modulus: u64,
    /// Label written to. May hold `$1` for `replace`.
    pub target_label: String,
    /// What is written; `$1` by default.
    pub replacement: String,
    /// Names that may be written.
    pub names: NameScheme,
}

/// Why a rule is refused, in Prometheus's words, and the field at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// Name of the field at fault.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
}

const DEFAULT_REGEX: &str = "(.*)";
const DEFAULT_SEPARATOR: &str = ";";
const DEFAULT_REPLACEMENT: &str = "$1";

impl Config {
    /// Checks a rule and prepares it.
    ///
    /// # Errors
    /// [`ConfigError`]: a bad regex, a missing or needless field, an invalid label name.
    pub fn new(fields: Fields, names: NameScheme) -> Result<Config, ConfigError> {
        check(&fields, names)?;
        let pattern = fields.regex.as_deref().unwrap_or(DEFAULT_REGEX);
        let regex =
            Regex::anchored(pattern).map_err(|e| ConfigError { field: "regex", message: e.to_string() })?;
        Ok(Config {
            action: fields.action,
            source_labels: fields.source_labels.unwrap_or_default(),
            separator: fields.separator.unwrap_or_else(|| DEFAULT_SEPARATOR.to_owned()),
            regex,
            modulus: fields.modulus.unwrap_or(0),
            target_label: fields.target_label.unwrap_or_default(),
            replacement: fields.replacement.unwrap_or_else(|| DEFAULT_REPLACEMENT.to_owned()),
            names,
        })
    }

    /// Applies the rule. Returns `false` if the label set is to be dropped; it may then be half changed.
    pub fn apply(&self, labels: &mut LabelsBuilder) -> bool {
        match self.action {
            Action::Keep => return self.regex.is_match(&self.joined(labels)),
            Action::Drop => return !self.regex.is_match(&self.joined(labels)),
            Action::KeepEqual => return labels.get(&self.target_label) == self.joined(labels),
            Action::DropEqual => return labels.get(&self.target_label) != self.joined(labels),
            Action::Replace => self.replace(labels),
            Action::Lowercase => {
                let value = self.joined(labels).to_lowercase();
                labels.set(self.target_label.as_str(), value);
            }
            Action::Uppercase => {
                let value = self.joined(labels).to_uppercase();
                labels.set(self.target_label.as_str(), value);
            }
            Action::HashMod => {
                let value = hash_mod(&self.joined(labels), self.modulus);
                labels.set(self.target_label.as_str(), value.to_string());
            }
            Action::LabelMap => {
                let mapped: Vec<(String, String)> = labels
                    .pairs()
                    .filter_map(|(n, v)| Some((self.regex.replace(n, &self.replacement)?, v.to_owned())))
                    .collect();
                for (name, value) in mapped {
                    labels.set(name, value);
                }
            }
            Action::LabelDrop => self.remove_names(labels, true),
            Action::LabelKeep => self.remove_names(labels, false),
        }
        true
    }

    fn joined(&self, labels: &LabelsBuilder) -> String {
        let mut out = String::new();
        for (i, name) in self.source_labels.iter().enumerate() {
            if i > 0 {
                out.push_str(&self.separator);
            }
            out.push_str(labels.get(name));
        }
        out
    }

    fn replace(&self, labels: &mut LabelsBuilder) {
        let value = self.joined(labels);
        let Some(target) = self.regex.replace(&value, &self.target_label) else { return };
        if !self.names.allows_label(&target) {
            return;
        }
        let replacement = self.regex.replace(&value, &self.replacement).unwrap_or_default();
        labels.set(target, replacement);
    }

    fn remove_names(&self, labels: &mut LabelsBuilder, matching: bool) {
        let gone: Vec<String> = labels
            .pairs()
            .filter(|(n, _)| self.regex.is_match(n) == matching)
            .map(|(n, _)| n.to_owned())
            .collect();
        for name in gone {
            labels.del(&name);
        }
    }
}

/// Applies rules in turn. Returns `false` as soon as one drops the label set.
pub fn apply_all(rules: &[Config], labels: &mut LabelsBuilder) -> bool {
    rules.iter().all(|rule| rule.apply(labels))
}

/// The remainder of the last 8 bytes (big endian) of the value's MD5: the same shard that Prometheus picks.
fn hash_mod(value: &str, modulus: u64) -> u64 {
    let digest = Md5::digest(value.as_bytes());
    let mut last = [0; 8];
    last.copy_from_slice(&digest[8..]);
    u64::from_be_bytes(last) % modulus
}

fn check(f: &Fields, names: NameScheme) -> Result<(), ConfigError> {
    use Action::{
        DropEqual, HashMod, KeepEqual, LabelDrop, LabelKeep, LabelMap, Lowercase, Replace, Uppercase,
    };
    let err = |field, message| Err(ConfigError { field, message });
    let action = f.action.as_str();
    let target = f.target_label.as_deref().unwrap_or_default();
    let replacement = f.replacement.as_deref().unwrap_or(DEFAULT_REPLACEMENT);
    let writes_target = matches!(f.action, Replace | HashMod | Lowercase | Uppercase | KeepEqual | DropEqual);
    let has_variable = |text: &str| text.contains('$');
    let default = |value: &Option<String>, default: &str| value.as_deref().is_none_or(|v| v == default);
    let only_defaults = default(&f.separator, DEFAULT_SEPARATOR)
        && default(&f.replacement, DEFAULT_REPLACEMENT)
        && f.modulus.unwrap_or(0) == 0;

    if f.action == HashMod && f.modulus.unwrap_or(0) == 0 {
        return err("modulus", "relabel configuration for hashmod requires non-zero modulus".to_owned());
    }
    if writes_target && target.is_empty() {
        return err(
            "target_label",
            format!("relabel configuration for {action} action requires 'target_label' value"),
        );
    }
    let target_ok = match f.action {
        Replace if has_variable(target) => is_name_template(target, names),
        _others => names.allows_label(target),
    };
    if writes_target && !target_ok {
        return err(
            "target_label",
            format!("{} is invalid 'target_label' for {action} action", quote(target)),
        );
    }
    if matches!(f.action, Lowercase | Uppercase | KeepEqual | DropEqual) && replacement != DEFAULT_REPLACEMENT
    {
        return err("replacement", format!("'replacement' can not be set for {action} action"));
    }
    if f.action == LabelMap && !is_name_template(replacement, names) {
        return err(
            "replacement",
            format!("{} is invalid 'replacement' for {action} action", quote(replacement)),
        );
    }
    if matches!(f.action, DropEqual | KeepEqual) && !(only_defaults && default(&f.regex, DEFAULT_REGEX)) {
        let message =
            format!("{action} action requires only 'source_labels' and `target_label`, and no other fields");
        return err("action", message);
    }
    if matches!(f.action, LabelDrop | LabelKeep)
        && !(only_defaults && f.source_labels.is_none() && target.is_empty())
    {
        return err("action", format!("{action} action requires only 'regex', and no other fields"));
    }
    Ok(())
}

/// Whether a text is a label name that may hold `$1` or `${name}`.
fn is_name_template(text: &str, names: NameScheme) -> bool {
    if names == NameScheme::Utf8 {
        return names.allows_label(text);
    }
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c.is_ascii_alphabetic() || c == '_' || (c.is_ascii_digit() && rest.len() + 1 < text.len()) {
            continue;
        }
        let Some(reference) = (c == '$').then_some(rest) else { return false };
        let (braced, name) = reference.strip_prefix('{').map_or((false, reference), |r| (true, r));
        let len = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        rest = &name[len..];
        if len == 0 {
            return false;
        }
        if braced {
            match rest.strip_prefix('}') {
                Some(after) => rest = after,
                None => return false,
            }
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests;
