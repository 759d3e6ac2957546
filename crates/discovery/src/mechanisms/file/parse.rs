//! Target groups in a file's text.

use std::path::Path;

use yaml::{Context, Report, Value};

use crate::TargetGroup;
use crate::mechanisms::{groups, static_};

/// Reads a file's groups by its ending. Sources are not meaningful yet.
pub(super) fn groups_of(path: &Path, text: &str) -> Result<Vec<TargetGroup>, String> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    if ending == "json" { groups::from_json(text.as_bytes()) } else { from_yaml(path, text) }
}

fn from_yaml(path: &Path, text: &str) -> Result<Vec<TargetGroup>, String> {
    let report = Report::new(path.display().to_string());
    let groups = yaml::parse(text, &report).map(|node| {
        let directory = path.parent().unwrap_or(Path::new("."));
        let root = Value::root(&node, Context { report: &report, directory });
        if root.is_null() {
            return Vec::new();
        }
        let mut groups = Vec::new();
        for (index, item) in root.items().unwrap_or_default().iter().enumerate() {
            if item.is_null() {
                item.problem("nil target group item found");
            }
            groups.extend(static_::read_group(item, index));
        }
        groups
    });
    report.finish().map_err(|problems| problems.to_string())?;
    Ok(groups.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(name: &str, text: &str) -> Result<Vec<String>, String> {
        let groups = groups_of(Path::new(name), text)?;
        Ok(groups.iter().map(|g| format!("{} {:?}", g.labels, g.targets)).collect())
    }

    #[test]
    fn reads_yaml_and_json_alike() {
        let want = [r#"{job="x"} [{__address__="a:1"}, {__address__="b:2"}]"#];
        let yaml = "- targets: ['a:1', b:2]\n  labels: {job: x}\n";
        assert_eq!(show("f.yml", yaml).unwrap(), want);
        assert_eq!(show("f.YAML", yaml).unwrap(), want);
        assert_eq!(show("f.json", r#"[{"targets":["a:1","b:2"],"labels":{"job":"x"}}]"#).unwrap(), want);
        assert_eq!(show("f.yml", "").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn tells_where_yaml_is_wrong() {
        for (text, want) in [
            ("- target: [a]\n", "f.yml:1:3"),
            ("- targets: a\n", "f.yml:1:12"),
            ("-\n", "nil target group item found"),
            ("a: b\n", "f.yml:1:1"),
            ("- [\n", "f.yml:"),
        ] {
            let error = show("f.yml", text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
