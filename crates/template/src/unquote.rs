//! String and character literals, as Go's `strconv.Unquote` reads them.

/// Reads a literal with its quotes: `"…"` or `` `…` ``. `None` for what Go calls invalid syntax.
pub(crate) fn unquote(literal: &str) -> Option<String> {
    let quote = literal.chars().next()?;
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    if !literal.ends_with(quote) || literal.len() < 2 {
        return None;
    }
    match quote {
        '`' => Some(inner.replace('\r', "")),
        '"' => {
            let mut bytes = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while !rest.is_empty() {
                let (unit, after) = next_char(rest, '"')?;
                match unit {
                    Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    Unit::Byte(b) => bytes.push(b),
                }
                rest = after;
            }
            Some(
                String::from_utf8(bytes)
                    .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
            )
        }
        _other_quote => None,
    }
}

/// Reads a character constant with its quotes. `Err` holds Go's message.
pub(crate) fn unquote_char(literal: &str) -> Result<i64, String> {
    let inner = literal.strip_prefix('\'').unwrap_or(literal);
    let (unit, tail) = next_char(inner, '\'').ok_or_else(|| "invalid syntax".to_owned())?;
    if tail != "'" {
        return Err(format!("malformed character constant: {literal}"));
    }
    Ok(match unit {
        Unit::Char(c) => i64::from(u32::from(c)),
        Unit::Byte(b) => i64::from(b),
    })
}

enum Unit {
    Char(char),
    /// `\x` and octal escapes name bytes, not characters.
    Byte(u8),
}

fn next_char(text: &str, quote: char) -> Option<(Unit, &str)> {
    let first = text.chars().next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Char(first), &text[first.len_utf8()..]));
    }
    let escape = text[1..].chars().next()?;
    let after = &text[1 + escape.len_utf8()..];
    let plain = |c: char| Some((Unit::Char(c), after));
    match escape {
        'a' => plain('\x07'),
        'b' => plain('\x08'),
        'f' => plain('\x0c'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'v' => plain('\x0b'),
        '\\' => plain('\\'),
        '\'' | '"' if escape == quote => plain(escape),
        'x' => digits(after, 2, 16).and_then(|(n, rest)| Some((Unit::Byte(u8::try_from(n).ok()?), rest))),
        'u' => digits(after, 4, 16).and_then(|(n, rest)| Some((Unit::Char(char::from_u32(n)?), rest))),
        'U' => digits(after, 8, 16).and_then(|(n, rest)| Some((Unit::Char(char::from_u32(n)?), rest))),
        '0'..='7' => {
            digits(&text[1..], 3, 8).and_then(|(n, rest)| Some((Unit::Byte(u8::try_from(n).ok()?), rest)))
        }
        _unknown => None,
    }
}

fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let number = text.get(..count)?;
    if !number.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some((u32::from_str_radix(number, radix).ok()?, &text[count..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        for (literal, want) in [
            (r#""""#, Some("")),
            (r#""a\tb\"\\""#, Some("a\tb\"\\")),
            (r#""\x41\101\u00e9\U0001F600""#, Some("AAé😀")),
            (r#""\xc3\xa9""#, Some("é")),
            ("`a\\n`", Some("a\\n")),
            (r#""\'""#, None),
            (r#""\q""#, None),
            (r#""\ud800""#, None),
            (r#""\x4""#, None),
            ("\"", None),
        ] {
            assert_eq!(unquote(literal).as_deref(), want, "{literal}");
        }
        assert_eq!(unquote_char("'a'"), Ok(97));
        assert_eq!(unquote_char(r"'\n'"), Ok(10));
        assert_eq!(unquote_char("'ab'"), Err("malformed character constant: 'ab'".to_owned()));
        assert_eq!(unquote_char("''"), Err("invalid syntax".to_owned()));
    }
}
