//! Target groups as JSON, as files and HTTP servers tell them.

use model::Labels;
use serde_json::Value;

use crate::TargetGroup;

/// The label that holds a target's host and port.
pub(super) const ADDRESS_LABEL: &str = "__address__";

/// Reads `[{"targets": ["host:port", …], "labels": {"name": "value", …}}, …]`. Sources are left empty. All or nothing.
pub(super) fn from_json(text: &[u8]) -> Result<Vec<TargetGroup>, String> {
    match serde_json::from_slice(text).map_err(|e| e.to_string())? {
        Value::Array(groups) => groups.iter().enumerate().map(|(i, group)| one(i, group)).collect(),
        Value::Null => Ok(Vec::new()),
        other => Err(format!("expected a list of target groups, got {}", kind(&other))),
    }
}

fn one(index: usize, group: &Value) -> Result<TargetGroup, String> {
    let Value::Object(fields) = group else {
        return Err(match group {
            Value::Null => format!("nil target group item found (group {index})"),
            other => format!("expected target group {index} to be an object, got {}", kind(other)),
        });
    };
    let (mut targets, mut labels) = (Vec::new(), Vec::new());
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("targets" | "labels", Value::Null) => {}
            ("targets", Value::Array(addresses)) => {
                for address in addresses {
                    let address = text(address, index, "a target")?;
                    targets.push(Labels::from_pairs([(ADDRESS_LABEL, address)]));
                }
            }
            ("labels", Value::Object(pairs)) => {
                for (name, value) in pairs {
                    if name.is_empty() {
                        return Err(format!("\"\" is not a valid label name (group {index})"));
                    }
                    labels.push((name.as_str(), text(value, index, "a label value")?));
                }
            }
            ("targets", other) => {
                return Err(format!("expected targets of group {index} to be a list, got {}", kind(other)));
            }
            ("labels", other) => {
                return Err(format!("expected labels of group {index} to be an object, got {}", kind(other)));
            }
            (unknown, _) => return Err(format!("unknown field {unknown:?} in target group {index}")),
        }
    }
    Ok(TargetGroup { source: String::new(), labels: Labels::from_pairs(labels), targets })
}

fn text<'a>(value: &'a Value, index: usize, what: &str) -> Result<&'a str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("expected {what} of group {index} to be a string, got {}", kind(value)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Names the groups after where they come from, adds a label that tells it, and appends an empty group for each source
/// that was there the last time and is not any more. Returns the number of groups told of.
pub(super) fn name_after(
    origin: &str,
    origin_label: &str,
    groups: &mut Vec<TargetGroup>,
    former_count: usize,
) -> usize {
    let source = |i: usize| format!("{origin}:{i}");
    for (i, group) in groups.iter_mut().enumerate() {
        group.source = source(i);
        group.labels = group.labels.builder().set(origin_label, origin).labels();
    }
    let count = groups.len();
    let gone = (count..former_count).map(|i| TargetGroup {
        source: source(i),
        labels: Labels::empty(),
        targets: Vec::new(),
    });
    groups.extend(gone);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_groups() {
        let text = br#"[{"targets":["a:1","b:2"],"labels":{"x":"y","e":""}},{"labels":null},{}]"#;
        let mut groups = from_json(text).unwrap();
        assert_eq!(name_after("f", "__meta_f", &mut groups, 5), 3);
        let shown: Vec<String> =
            groups.iter().map(|g| format!("{} {} {:?}", g.source, g.labels, g.targets)).collect();
        assert_eq!(
            shown,
            [
                r#"f:0 {__meta_f="f", x="y"} [{__address__="a:1"}, {__address__="b:2"}]"#,
                r#"f:1 {__meta_f="f"} []"#,
                r#"f:2 {__meta_f="f"} []"#,
                r#"f:3 {} []"#,
                r#"f:4 {} []"#,
            ]
        );
        assert_eq!(from_json(b"[]"), Ok(Vec::new()));
        assert_eq!(from_json(b"null"), Ok(Vec::new()));
    }

    #[test]
    fn refuses_the_rest() {
        for (text, want) in [
            ("{}", "expected a list of target groups, got an object"),
            ("[null]", "nil target group item found"),
            ("[1]", "expected target group 0 to be an object, got a number"),
            (r#"[{"targets":"a:1"}]"#, "expected targets of group 0 to be a list, got a string"),
            (r#"[{},{"targets":[1]}]"#, "expected a target of group 1 to be a string, got a number"),
            (r#"[{"labels":{"a":1}}]"#, "expected a label value of group 0 to be a string, got a number"),
            (r#"[{"labels":{"":"x"}}]"#, "is not a valid label name"),
            (r#"[{"target":["a:1"]}]"#, r#"unknown field "target" in target group 0"#),
            ("[{]", "line 1 column 3"),
        ] {
            let error = from_json(text.as_bytes()).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
