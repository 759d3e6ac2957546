//! Values of any shape whose texts are templates: `payload`, `details`, `fields`.
//!
//! A text that becomes a number, a list or a mapping once it is rendered is sent as one: `{{ .Alerts | toJson }}` brings the
//! alerts themselves. What came out of a template is never rendered again.
//!
//! Source: `DeepCopyWithTemplate` in `template/template.go` of Alertmanager 0.34.

use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use yaml::scalar::Resolved;
use yaml::{Kind, Node, Read, Report, Value};

use super::templates::{Templates, Texts};

/// A value. Mappings print in the order of their keys, as Go's do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

impl Tree {
    fn of(node: &Node) -> Tree {
        match &node.kind {
            Kind::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => Tree::Null,
                Resolved::Bool(b) => Tree::Bool(b),
                Resolved::Integer(n) => Tree::Integer(n),
                Resolved::Float(n) => Tree::Float(n),
                Resolved::Text => Tree::Text(scalar.text.clone()),
            },
            Kind::Sequence(items) => Tree::List(items.iter().map(Tree::of).collect()),
            Kind::Mapping(entries) => {
                Tree::Map(entries.iter().map(|e| (e.key.clone(), Tree::of(&e.value))).collect())
            }
        }
    }

    /// Reads JSON.
    pub(super) fn json(text: &str) -> Option<Tree> {
        fn of(value: serde_json::Value) -> Tree {
            match value {
                serde_json::Value::Null => Tree::Null,
                serde_json::Value::Bool(b) => Tree::Bool(b),
                serde_json::Value::Number(n) => match (n.as_i128(), n.as_f64()) {
                    (Some(n), _) => Tree::Integer(n),
                    (None, Some(n)) => Tree::Float(n),
                    (None, None) => Tree::Null,
                },
                serde_json::Value::String(text) => Tree::Text(text),
                serde_json::Value::Array(items) => Tree::List(items.into_iter().map(of).collect()),
                serde_json::Value::Object(fields) => {
                    Tree::Map(fields.into_iter().map(|(name, value)| (name, of(value))).collect())
                }
            }
        }
        serde_json::from_str(text).ok().map(of)
    }

    /// Renders all texts, keys too.
    pub(super) fn render(&self, texts: &Texts<'_>) -> Tree {
        match self {
            Tree::Null | Tree::Bool(_) | Tree::Integer(_) | Tree::Float(_) => self.clone(),
            Tree::Text(text) => Tree::read_rendered(texts.text(text)),
            Tree::List(items) => Tree::List(items.iter().map(|item| item.render(texts)).collect()),
            Tree::Map(entries) => Tree::render_map(entries, texts),
        }
    }

    /// Renders the values of a mapping and their keys.
    pub(super) fn render_map(entries: &BTreeMap<String, Tree>, texts: &Texts<'_>) -> Tree {
        Tree::Map(entries.iter().map(|(key, value)| (texts.text(key), value.render(texts))).collect())
    }

    /// Reads a rendered text: what is no YAML, or only a text in it, stays as it is.
    fn read_rendered(text: String) -> Tree {
        let report = Report::new("");
        match yaml::parse(&text, &report).map(|node| Tree::of(&node)) {
            Some(Tree::Text(_)) | None => Tree::Text(text),
            Some(_) if report.problem_count() > 0 => Tree::Text(text),
            Some(tree) => tree,
        }
    }

    /// Reports texts that are no templates.
    fn check(&self, value: &Value<'_>) {
        let check = |text: &str| {
            if let Err(error) = Templates::check(text) {
                value.problem(error);
            }
        };
        match self {
            Tree::Null | Tree::Bool(_) | Tree::Integer(_) | Tree::Float(_) => {}
            Tree::Text(text) => check(text),
            Tree::List(items) => items.iter().for_each(|item| item.check(value)),
            Tree::Map(entries) => entries.iter().for_each(|(key, entry)| {
                check(key);
                entry.check(value);
            }),
        }
    }
}

impl Read for Tree {
    fn read(value: &Value<'_>) -> Option<Tree> {
        let tree = Tree::of(value.node());
        tree.check(value);
        Some(tree)
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Null => serializer.serialize_unit(),
            Tree::Bool(b) => serializer.serialize_bool(*b),
            Tree::Integer(n) => match (i64::try_from(*n), u64::try_from(*n)) {
                (Ok(n), _) => serializer.serialize_i64(n),
                (Err(_), Ok(n)) => serializer.serialize_u64(n),
                (Err(_), Err(_)) => serializer.serialize_f64(*n as f64),
            },
            // Go prints whole numbers without a point.
            Tree::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => serializer.serialize_i64(*n as i64),
            Tree::Float(n) => serializer.serialize_f64(*n),
            Tree::Text(text) => serializer.serialize_str(text),
            Tree::List(items) => serializer.collect_seq(items),
            Tree::Map(entries) => serializer.collect_map(entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::noticed;

    fn rendered(text: &str) -> Result<String, String> {
        let read = |value: &Value<'_>| Tree::read(value);
        let (tree, _) = yaml::read_document(text, "t.yml", "/".as_ref(), read).map_err(|e| e.to_string())?;
        noticed(|notice| {
            let texts = notice.texts();
            let document = serde_json::to_string(&tree.render(&texts)).unwrap();
            texts.finish().map(|()| document)
        })
    }

    #[test]
    fn texts_become_what_they_say() {
        for (text, expected) in [
            (
                "{b: 1, a: [true, null, 1.5, 2.0, text], '{{ .Status }}': x}",
                r#"{"a":[true,null,1.5,2,"text"],"b":1,"firing":"x"}"#,
            ),
            ("'{{ .CommonLabels | toJson }}'", r#"{"job":"a<b","severity":"page"}"#),
            ("'{{ len .Alerts }}'", "2"),
            ("'[{{ .Status }}] {{ .CommonLabels.job }}'", r#""[firing] a<b""#),
            ("a: '{{ .Status }}:'", r#"{"a":{"firing":null}}"#), // as upstream
            ("a: ''", r#"{"a":null}"#),
            ("'{a: 1, a: 2}'", r#""{a: 1, a: 2}""#),
            ("a: '{{ \"{{ .Status }}\" }}'", r#"{"a":"{{ .Status }}"}"#),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(rendered(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(rendered("a: '{{ template \"none\" . }}'").unwrap_err().contains("none"));
        assert!(rendered("a: ['{{ if }}']").unwrap_err().contains("missing value for if"));
    }
}
