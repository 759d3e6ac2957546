//! Environment variables in text, by the rules of Go's `os.Expand`.

/// Replaces `$name`, `${name}` and shell's one-character variables by what `lookup` returns, and `$$` by `$`.
/// A `$` before anything else stays; `${}` and an unclosed `${` vanish.
pub(crate) fn expand(text: &str, lookup: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if rest.is_empty() {
            out.push('$');
            break;
        }
        let (name, len) = variable(rest);
        match name {
            Some("$") => out.push('$'),
            Some(name) => out.push_str(&lookup(name)),
            None if len == 0 => out.push('$'),
            None => {}
        }
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

/// Returns the name behind a `$` and how long it is as written. No name but a length is bad syntax, which vanishes.
fn variable(text: &str) -> (Option<&str>, usize) {
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.find('}') {
            Some(0) => (None, 2),
            Some(end) => (Some(&inner[..end]), end + 2),
            None => (None, 1),
        };
    }
    let special = |c: char| matches!(c, '*' | '#' | '$' | '@' | '!' | '?' | '-' | '0'..='9');
    if text.starts_with(special) {
        return (Some(&text[..1]), 1);
    }
    let len = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    (Some(&text[..len]).filter(|name| !name.is_empty()), len)
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn follows_the_shell_as_go_does() {
        let lookup = |name: &str| match name {
            "FOO" => "bar".to_owned(),
            "1" => "one".to_owned(),
            other => format!("<{other}>"),
        };
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("$FOO", "bar"),
            ("a${FOO}b", "abarb"),
            ("$FOO_x", "<FOO_x>"),
            ("$FOO-x", "bar-x"),
            ("$$FOO", "$FOO"),
            ("$$$FOO", "$bar"),
            ("${$}", "$"),
            ("$12", "one2"),
            ("cost: 5$", "cost: 5$"),
            ("a $ b", "a $ b"),
            ("${}x", "x"),
            ("${x", "x"),
            ("$é", "$é"),
            ("${é}", "<é>"),
        ] {
            assert_eq!(expand(text, lookup), expected, "{text}");
        }
    }
}
