//! File name patterns as Go's `filepath.Glob` understands them, in the last part of a path.

use std::path::{Path, PathBuf};

/// Returns the files that fit, sorted. A directory that cannot be read has none, as in Go.
pub(super) fn files(pattern: &str) -> Vec<PathBuf> {
    let path = Path::new(pattern);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    if !name.contains(['*', '?', '[', '\\']) {
        return if path.exists() { vec![path.to_owned()] } else { Vec::new() };
    }
    let directory = directory(pattern);
    let Ok(entries) = std::fs::read_dir(&directory) else { return Vec::new() };
    let fits = |entry: &std::fs::DirEntry| entry.file_name().to_str().is_some_and(|n| matches(name, n));
    let names = entries.filter_map(Result::ok).filter(fits).map(|entry| entry.file_name());
    // Not the entry's own path: a pattern without directory must give names without one.
    let mut found: Vec<PathBuf> = names.map(|n| path.with_file_name(n)).collect();
    found.sort();
    found
}

/// Returns the directory in which a pattern's files lie.
pub(super) fn directory(pattern: &str) -> PathBuf {
    match Path::new(pattern).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Tells whether a whole name fits: `*` any characters, `?` one, `[a-z]` and `[^a-z]` one of a class, `\` takes the next
/// character as it is. A malformed pattern fits nothing.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where to go on when the rest does not fit: let the last star take one character more.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
            continue;
        }
        if p == pattern.len() && n == name.len() {
            return true;
        }
        let taken = name.get(n).and_then(|c| one(&pattern[p..], *c));
        match (taken, star) {
            (Some(used), _) => (p, n) = (p + used, n + 1),
            (None, Some((after, from))) if from < name.len() => {
                (p, n) = (after, from + 1);
                star = Some((after, from + 1));
            }
            (None, Some(_) | None) => return false,
        }
    }
}

/// Matches one character; returns how much of the pattern it used up.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '\\' => (pattern.get(1) == Some(&c)).then_some(2),
        '[' => {
            let (used, hit) = class(&pattern[1..], c)?;
            hit.then_some(used + 1)
        }
        literal => (*literal == c).then_some(1),
    }
}

/// Matches a class behind its `[`; returns how much it used, `]` included, and whether the character is in it.
fn class(pattern: &[char], c: char) -> Option<(usize, bool)> {
    let negated = pattern.first() == Some(&'^');
    let mut at = usize::from(negated);
    let mut hit = false;
    let start = at;
    loop {
        if pattern.get(at) == Some(&']') && at > start {
            return Some((at + 1, hit != negated));
        }
        let low = letter(pattern, &mut at)?;
        let high = if pattern.get(at) == Some(&'-') {
            at += 1;
            letter(pattern, &mut at)?
        } else {
            low
        };
        hit |= (low..=high).contains(&c);
    }
}

fn letter(pattern: &[char], at: &mut usize) -> Option<char> {
    if pattern.get(*at) == Some(&'\\') {
        *at += 1;
    }
    let letter = *pattern.get(*at)?;
    *at += 1;
    Some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_like_go() {
        for (pattern, name, want) in [
            ("*.yml", "a.yml", true),
            ("*.yml", ".yml", true),
            ("*.yml", "a.yaml", false),
            ("a*b*c.json", "axxbyyc.json", true),
            ("a*b*c.json", "axxbyy.json", false),
            ("t?.json", "t1.json", true),
            ("t?.json", "t.json", false),
            ("[a-c]x.yml", "bx.yml", true),
            ("[^a-c]x.yml", "bx.yml", false),
            ("[^a-c]x.yml", "dx.yml", true),
            ("\\*.yml", "*.yml", true),
            ("\\*.yml", "a.yml", false),
            ("[a.yml", "a.yml", false),
            ("x.yml", "x.yml", true),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}
