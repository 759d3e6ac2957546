//! `otlp`: how OpenTelemetry metrics become series.

use model::relabel::NameScheme;
use yaml::Value;
use yaml::write::Map;

/// How names of OpenTelemetry become names of Prometheus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the words of the configuration file")]
pub enum TranslationStrategy {
    #[default]
    UnderscoreEscapingWithSuffixes,
    UnderscoreEscapingWithoutSuffixes,
    NoUtf8EscapingWithSuffixes,
    NoTranslation,
}

impl TranslationStrategy {
    /// All strategies with their words.
    pub const ALL: [(&'static str, TranslationStrategy); 4] = [
        ("UnderscoreEscapingWithSuffixes", TranslationStrategy::UnderscoreEscapingWithSuffixes),
        ("UnderscoreEscapingWithoutSuffixes", TranslationStrategy::UnderscoreEscapingWithoutSuffixes),
        ("NoUTF8EscapingWithSuffixes", TranslationStrategy::NoUtf8EscapingWithSuffixes),
        ("NoTranslation", TranslationStrategy::NoTranslation),
    ];

    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            TranslationStrategy::UnderscoreEscapingWithSuffixes => "UnderscoreEscapingWithSuffixes",
            TranslationStrategy::UnderscoreEscapingWithoutSuffixes => "UnderscoreEscapingWithoutSuffixes",
            TranslationStrategy::NoUtf8EscapingWithSuffixes => "NoUTF8EscapingWithSuffixes",
            TranslationStrategy::NoTranslation => "NoTranslation",
        }
    }
}

/// `otlp`
#[derive(Clone, Debug, PartialEq)]
pub struct Otlp {
    /// Whether all resource attributes become labels.
    pub promote_all_resource_attributes: bool,
    /// Which ones do, if not all.
    pub promote_resource_attributes: Vec<String>,
    /// Which ones do not, if all others do.
    pub ignore_resource_attributes: Vec<String>,
    /// How names are translated.
    pub translation_strategy: TranslationStrategy,
    /// Whether attributes that identify the resource also stay in `target_info`.
    pub keep_identifying_resource_attributes: bool,
    /// Whether explicit histograms become native ones with custom buckets.
    pub convert_histograms_to_nhcb: bool,
    /// Whether the scope becomes labels.
    pub promote_scope_metadata: bool,
    /// Whether labels that start with `_` get `key_` in front.
    pub label_name_underscore_sanitization: bool,
    /// Whether several `_` in a row stay.
    pub label_name_preserve_multiple_underscores: bool,
}

impl Default for Otlp {
    fn default() -> Otlp {
        Otlp {
            promote_all_resource_attributes: false,
            promote_resource_attributes: Vec::new(),
            ignore_resource_attributes: Vec::new(),
            translation_strategy: TranslationStrategy::default(),
            keep_identifying_resource_attributes: false,
            convert_histograms_to_nhcb: false,
            promote_scope_metadata: false,
            label_name_underscore_sanitization: true,
            label_name_preserve_multiple_underscores: true,
        }
    }
}

impl Otlp {
    pub(crate) fn read(value: &Value<'_>, names: NameScheme) -> Option<Otlp> {
        value.fields(|f| {
            let all = f.or_default("promote_all_resource_attributes");
            let promote = f.get("promote_resource_attributes").map(|v| read_attributes(&v, "promoted"));
            let ignore = f.get("ignore_resource_attributes").map(|v| read_attributes(&v, "ignored"));
            let (promote, ignore) = (promote.unwrap_or_default(), ignore.unwrap_or_default());
            if all && !promote.is_empty() {
                let message = "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be \
                               configured simultaneously";
                f.problem("promote_resource_attributes", message);
            }
            if !all && !ignore.is_empty() {
                let message = "'ignore_resource_attributes' cannot be configured unless \
                               'promote_all_resource_attributes' is true";
                f.problem("ignore_resource_attributes", message);
            }
            let strategy = f.get("translation_strategy").filter(|v| !v.is_empty_text());
            let strategy = strategy.and_then(|v| v.one_of(&TranslationStrategy::ALL)).unwrap_or_default();
            let utf8 = matches!(
                strategy,
                TranslationStrategy::NoTranslation | TranslationStrategy::NoUtf8EscapingWithSuffixes
            );
            if utf8 && names == NameScheme::Legacy {
                let word = strategy.as_str();
                let message =
                    format!("OTLP translation strategy {word:?} is not allowed when UTF8 is disabled");
                f.problem("translation_strategy", message);
            }
            Some(Otlp {
                promote_all_resource_attributes: all,
                promote_resource_attributes: promote,
                ignore_resource_attributes: ignore,
                translation_strategy: strategy,
                keep_identifying_resource_attributes: f.or_default("keep_identifying_resource_attributes"),
                convert_histograms_to_nhcb: f.or_default("convert_histograms_to_nhcb"),
                promote_scope_metadata: f.or_default("promote_scope_metadata"),
                label_name_underscore_sanitization: f.or("label_name_underscore_sanitization", true),
                label_name_preserve_multiple_underscores: f
                    .or("label_name_preserve_multiple_underscores", true),
            })
        })
    }

    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put_if_set("promote_all_resource_attributes", self.promote_all_resource_attributes);
        map.put_if_set("promote_resource_attributes", self.promote_resource_attributes.clone());
        map.put_if_set("ignore_resource_attributes", self.ignore_resource_attributes.clone());
        map.put("translation_strategy", self.translation_strategy.as_str());
        map.put_if_set("keep_identifying_resource_attributes", self.keep_identifying_resource_attributes);
        map.put_if_set("convert_histograms_to_nhcb", self.convert_histograms_to_nhcb);
        map.put_if_set("promote_scope_metadata", self.promote_scope_metadata);
        // Printed even if false, which is not their default: what is printed reads back the same.
        map.put("label_name_underscore_sanitization", self.label_name_underscore_sanitization);
        map.put("label_name_preserve_multiple_underscores", self.label_name_preserve_multiple_underscores);
        map
    }
}

/// Reads attribute names: trimmed, not empty, none twice.
fn read_attributes(value: &Value<'_>, adjective: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for item in value.items().unwrap_or_default() {
        let Some(name) = item.text().map(str::trim) else { continue };
        if name.is_empty() {
            item.problem(format!("empty {adjective} OTel resource attribute"));
        } else if names.iter().any(|n| n == name) {
            item.problem(format!("duplicated {adjective} OTel resource attribute {name:?}"));
        }
        names.push(name.to_owned());
    }
    names
}
