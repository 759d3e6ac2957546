//! `\d`, `\pL`, `\x41`, `\Q…\E`, `\b` and the like.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, Look};

use super::{Flags, Parser, RegexError, literal};

impl Parser<'_> {
    /// An escape outside a class. `at` stands on the backslash.
    pub(super) fn escape(&mut self, flags: Flags, parts: &mut Vec<Hir>) -> Result<(), RegexError> {
        let second = self.rest()[1..].chars().next();
        let look = match second {
            Some('A') => Some(Look::Start),
            Some('z') => Some(Look::End),
            Some('b') => Some(Look::WordAscii),
            Some('B') => Some(Look::WordAsciiNegate),
            _other => None,
        };
        if let Some(look) = look {
            self.at += 2;
            parts.push(Hir::look(look));
            return Ok(());
        }
        if second == Some('Q') {
            self.at += 2;
            let (quoted, skip) = match self.rest().find("\\E") {
                Some(end) => (&self.rest()[..end], end + 2),
                None => (self.rest(), self.rest().len()),
            };
            parts.extend(quoted.chars().map(|c| literal(c, flags)));
            self.at += skip;
            return Ok(());
        }
        if let Some(class) = self.class_escape(flags)? {
            parts.push(Hir::class(Class::Unicode(class)));
            return Ok(());
        }
        let c = self.char_escape()?;
        parts.push(literal(c, flags));
        Ok(())
    }

    /// `\d \D \s \S \w \W` (ASCII), `\pN`, `\p{Greek}`, `\P{^L}`; `None` if the escape is another.
    pub(super) fn class_escape(&mut self, flags: Flags) -> Result<Option<ClassUnicode>, RegexError> {
        let start = self.at;
        let Some(letter) = self.rest()[1..].chars().next() else { return Ok(None) };
        let mut class = match letter.to_ascii_lowercase() {
            'd' => ranges(&[('0', '9')]),
            's' => ranges(&[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')]),
            'w' => ranges(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
            'p' => {
                self.at += 2;
                return self.unicode_class(letter == 'P', start, flags).map(Some);
            }
            _other => return Ok(None),
        };
        self.at += 2;
        if letter.is_ascii_uppercase() {
            class.negate();
        }
        Ok(Some(class))
    }

    fn unicode_class(
        &mut self,
        negated: bool,
        start: usize,
        flags: Flags,
    ) -> Result<ClassUnicode, RegexError> {
        let bad = |parser: &Self, end: usize| {
            RegexError::new("invalid character class range", &parser.pattern[start..end])
        };
        let name = if self.eat("{") {
            let Some((name, _)) = self.rest().split_once('}') else {
                return Err(bad(self, self.pattern.len()));
            };
            self.at += name.len() + 1;
            name
        } else {
            let Some(c) = self.peek() else { return Err(bad(self, self.pattern.len())) };
            self.at += c.len_utf8();
            &self.pattern[self.at - c.len_utf8()..self.at]
        };
        let (name, caret) = name.strip_prefix('^').map_or((name, false), |n| (n, true));
        let mut class = named_class(name).ok_or_else(|| bad(self, self.at))?;
        if flags.fold_case {
            class.case_fold_simple();
        }
        if negated != caret {
            class.negate();
        }
        Ok(class)
    }

    /// An escape that stands for one character. `at` stands on the backslash.
    pub(super) fn char_escape(&mut self) -> Result<char, RegexError> {
        let start = self.at;
        self.bump();
        let Some(c) = self.bump() else {
            return Err(RegexError::new("trailing backslash at end of expression", ""));
        };
        let bad =
            |parser: &Self| RegexError::new("invalid escape sequence", &parser.pattern[start..parser.at]);
        match c {
            // A single digit from 1 to 7 is a backreference, which RE2 does not have; `\0` and `\12` are octal.
            '1'..='7' if !matches!(self.peek(), Some('0'..='7')) => Err(bad(self)),
            '0'..='7' => {
                let mut value = c as u32 - '0' as u32;
                for _more in 0..2 {
                    let Some(d @ '0'..='7') = self.peek() else { break };
                    value = value * 8 + (d as u32 - '0' as u32);
                    self.bump();
                }
                char::from_u32(value).ok_or_else(|| bad(self))
            }
            'x' => self.hex_escape().ok_or_else(|| bad(self)),
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\x0b'),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            _other => Err(bad(self)),
        }
    }

    /// `\x41` or `\x{1F600}`, after the `x`.
    fn hex_escape(&mut self) -> Option<char> {
        if self.eat("{") {
            let (digits, _) = self.rest().split_once('}')?;
            let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let value = u32::from_str_radix(digits, 16).ok().filter(|_| valid)?;
            self.at += digits.len() + 1;
            return char::from_u32(value);
        }
        let digits = self.rest().get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 2;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    }
}

pub(super) fn ranges(pairs: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(pairs.iter().map(|&(a, b)| ClassUnicodeRange::new(a, b)))
}

/// Looks a Unicode category or script up, by the tables of `regex-syntax`.
fn named_class(name: &str) -> Option<ClassUnicode> {
    if name == "Any" {
        return Some(super::any_char(true));
    }
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let hir = valid.then(|| regex_syntax::parse(&format!("\\p{{{name}}}")).ok()).flatten()?;
    match hir.into_kind() {
        regex_syntax::hir::HirKind::Class(Class::Unicode(class)) => Some(class),
        _others => None,
    }
}
