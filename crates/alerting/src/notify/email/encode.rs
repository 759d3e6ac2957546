//! Text as mail carries it: quoted-printable bodies and Q-encoded headers, byte for byte as Go writes them.

/// Lines of a body are no longer, with the sign of a soft break.
const LINE_BYTES_MAX: usize = 76;
/// What fits between the signs of an encoded word.
const WORD_BYTES_MAX: usize = 75 - "=?utf-8?q?".len() - "?=".len();
const WORD_BEGIN: &str = "=?utf-8?q?";
const WORD_END: &str = "?=";

/// Encodes a body; lines end with CR LF.
pub(super) fn quoted_printable(text: &str) -> String {
    let mut out = Body::default();
    let mut after_cr = false;
    for byte in text.bytes() {
        match byte {
            b'\n' if after_cr => {}
            b'\n' | b'\r' => out.end_line(),
            b' ' | b'\t' | b'!'..=b'<' | b'>'..=b'~' => out.plain(byte),
            other => out.escaped(other),
        }
        after_cr = byte == b'\r';
    }
    out.escape_last_blank();
    out.text.push_str(&out.line);
    out.text
}

#[derive(Default)]
struct Body {
    text: String,
    line: String,
}

impl Body {
    fn plain(&mut self, byte: u8) {
        if self.line.len() == LINE_BYTES_MAX - 1 {
            self.break_softly();
        }
        self.line.push(char::from(byte));
    }

    fn escaped(&mut self, byte: u8) {
        if LINE_BYTES_MAX - 1 - self.line.len() < 3 {
            self.break_softly();
        }
        self.line.push_str(&format!("={byte:02X}"));
    }

    fn break_softly(&mut self) {
        self.line.push('=');
        self.write_line();
    }

    fn end_line(&mut self) {
        self.escape_last_blank();
        self.write_line();
    }

    fn write_line(&mut self) {
        self.text.push_str(&self.line);
        self.text.push_str("\r\n");
        self.line.clear();
    }

    /// Blanks at the end of a line are lost on the way.
    fn escape_last_blank(&mut self) {
        if let Some(blank) = self.line.pop_if_blank() {
            self.escaped(blank);
        }
    }
}

trait PopBlank {
    fn pop_if_blank(&mut self) -> Option<u8>;
}

impl PopBlank for String {
    fn pop_if_blank(&mut self) -> Option<u8> {
        let last = *self.as_bytes().last()?;
        matches!(last, b' ' | b'\t').then(|| {
            self.pop();
            last
        })
    }
}

/// Encodes a header's value if it has to be. So no value can end its header.
pub(super) fn header(text: &str) -> String {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t') {
        return text.to_owned();
    }
    let mut out = WORD_BEGIN.to_owned();
    let mut length = 0;
    for c in text.chars() {
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).as_bytes();
        let plain = (' '..='~').contains(&c) && !matches!(c, '=' | '?' | '_');
        let encoded = if plain { 1 } else { 3 * bytes.len() };
        if length + encoded > WORD_BYTES_MAX {
            out.push_str(WORD_END);
            out.push(' ');
            out.push_str(WORD_BEGIN);
            length = 0;
        }
        match c {
            ' ' => out.push('_'),
            c if plain => out.push(c),
            _others => bytes.iter().for_each(|byte| out.push_str(&format!("={byte:02X}"))),
        }
        length += encoded;
    }
    out.push_str(WORD_END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        for (text, expected) in [
            ("plain = text", "plain =3D text"),
            ("봉", "=EB=B4=89"),
            ("a \nb\t\r\nc\rd ", "a=20\r\nb=09\r\nc\r\nd=20"),
            ("\n\n", "\r\n\r\n"),
        ] {
            assert_eq!(quoted_printable(text), expected, "{text:?}");
        }
        let long = quoted_printable(&"x".repeat(160));
        let lines: Vec<usize> = long.split("\r\n").map(str::len).collect();
        assert_eq!(lines, [76, 76, 10]);
        assert!(long.starts_with(&("x".repeat(75) + "=\r\n")));
        let long = quoted_printable(&"é".repeat(40));
        assert!(long.split("\r\n").all(|line| line.len() <= 76), "{long}");
    }

    #[test]
    fn headers() {
        for (text, expected) in [
            ("[FIRING:1] down", "[FIRING:1] down"),
            ("봉수 _", "=?utf-8?q?=EB=B4=89=EC=88=98_=5F?="),
            ("a\r\nBcc: x@y", "=?utf-8?q?a=0D=0ABcc:_x@y?="),
        ] {
            assert_eq!(header(text), expected);
        }
        let long = header(&"봉수대".repeat(20));
        assert!(long.split(' ').all(|word| word.len() <= 75 && word.ends_with("?=")), "{long}");
    }
}
