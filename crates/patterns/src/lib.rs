//! File patterns, by the rules of Go's `filepath.Glob`: in the configurations of Prometheus and of Alertmanager alike.

#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::io;
use std::path::{Path, PathBuf};

/// Returns the files that a pattern names, sorted within each directory. `*` stands for any characters but `/`, `?` for one,
/// `[a-z]` and `[^a-z]` for one of a class, `\` takes the next character as it is. A pattern that names nothing is no error.
///
/// # Errors
/// A pattern with an unclosed class. Directories that cannot be read are passed over, as in Go.
pub fn glob(pattern: &str) -> io::Result<Vec<PathBuf>> {
    let (mut found, rest) = match pattern.strip_prefix('/') {
        Some(rest) => (vec![PathBuf::from("/")], rest),
        None => (vec![PathBuf::new()], pattern),
    };
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        if !part.contains(['*', '?', '[', '\\']) {
            found = found
                .into_iter()
                .map(|dir| dir.join(part))
                .filter(|p| p.symlink_metadata().is_ok())
                .collect();
            continue;
        }
        let part: Vec<char> = part.chars().collect();
        matches(&part, &[])
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "syntax error in pattern"))?;
        found = found.iter().flat_map(|dir| entries(dir, &part)).collect();
    }
    Ok(found)
}

/// Returns what in a directory matches, sorted by name.
fn entries(dir: &Path, part: &[char]) -> Vec<PathBuf> {
    let listed = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let Ok(entries) = std::fs::read_dir(listed) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| matches(part, &name.chars().collect::<Vec<_>>()) == Some(true))
        .collect();
    names.sort();
    names.into_iter().map(|name| dir.join(name)).collect()
}

/// Tells whether a name matches; `None` if the pattern is malformed. Looks at the whole pattern in any case.
fn matches(pattern: &[char], name: &[char]) -> Option<bool> {
    let Some((first, rest)) = pattern.split_first() else { return Some(name.is_empty()) };
    match first {
        '*' => {
            let mut any = matches(rest, name)?;
            for skipped in 1..=name.len() {
                any = any || matches(rest, &name[skipped..])?;
            }
            Some(any)
        }
        '[' => {
            let (class, rest) = split_class(rest)?;
            let hit = name.first().is_some_and(|c| in_class(class, *c));
            Some(matches(rest, name.get(1..).unwrap_or(&[]))? && hit)
        }
        '\\' => {
            let (literal, rest) = rest.split_first()?;
            let hit = name.first() == Some(literal);
            Some(matches(rest, name.get(1..).unwrap_or(&[]))? && hit)
        }
        single => {
            let hit = name.first().is_some_and(|c| *single == '?' || c == single);
            Some(matches(rest, name.get(1..).unwrap_or(&[]))? && hit)
        }
    }
}

fn split_class(pattern: &[char]) -> Option<(&[char], &[char])> {
    let end = pattern.iter().skip(1).position(|c| *c == ']')? + 1;
    Some((&pattern[..end], &pattern[end + 1..]))
}

fn in_class(class: &[char], c: char) -> bool {
    let (negated, mut ranges) = match class {
        ['^', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut hit = false;
    while let Some((low, rest)) = ranges.split_first() {
        let (high, rest) = match rest {
            ['-', high, rest @ ..] => (high, rest),
            rest => (low, rest),
        };
        hit |= (*low..=*high).contains(&c);
        ranges = rest;
    }
    hit != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_like_go() {
        let matches =
            |p: &str, n: &str| matches(&p.chars().collect::<Vec<_>>(), &n.chars().collect::<Vec<_>>());
        for (pattern, name, expected) in [
            ("*", "", Some(true)),
            ("*.yml", "a.yml", Some(true)),
            ("*.yml", "a.yaml", Some(false)),
            ("a*b*c", "a-b-b-c", Some(true)),
            ("a?c", "abc", Some(true)),
            ("a?c", "ac", Some(false)),
            ("[a-c]x", "bx", Some(true)),
            ("[^a-c]x", "bx", Some(false)),
            ("\\*", "*", Some(true)),
            ("\\*", "a", Some(false)),
            ("[a", "a", None),
            ("x[", "", None),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn lists_sorted_files() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.yml", "a.yml", "c.json"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let found = glob(&format!("{}/{pattern}", dir.path().display())).unwrap();
            found.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names("*.yml"), ["a.yml", "b.yml"]);
        assert_eq!(names("c.json"), ["c.json"]);
        assert!(names("d*").is_empty() && names("nowhere/*").is_empty() && names("d.yml").is_empty());
        glob(&format!("{}/[a", dir.path().display())).unwrap_err();
    }
}
