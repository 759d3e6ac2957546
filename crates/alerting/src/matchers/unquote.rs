//! Double-quoted texts as Go's `strconv.Unquote` reads them.

/// Returns the text between the quotes with its escapes replaced, or `None` if Go would refuse it or it is not UTF-8.
pub(super) fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, &mut out)?,
            '\n' | '"' => return None,
            other => push(&mut out, other),
        }
    }
    String::from_utf8(out).ok()
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn escape(chars: &mut std::str::Chars<'_>, out: &mut Vec<u8>) -> Option<()> {
    let byte = match chars.next()? {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '"' => b'"',
        'x' => u8::try_from(digits(chars, 2, 16, 0)?).ok()?,
        first @ '0'..='7' => u8::try_from(digits(chars, 2, 8, first.to_digit(8)?)?).ok()?,
        unicode @ ('u' | 'U') => {
            let count = if unicode == 'u' { 4 } else { 8 };
            push(out, char::from_u32(digits(chars, count, 16, 0)?)?);
            return Some(());
        }
        _other => return None,
    };
    out.push(byte);
    Some(())
}

fn digits(chars: &mut std::str::Chars<'_>, count: usize, radix: u32, start: u32) -> Option<u32> {
    let mut value = start;
    for _ in 0..count {
        value = value.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?)?;
    }
    Some(value)
}
