//! Bracket classes: `[a-z]`, `[^[:digit:]_]`, `[]-]`.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::escape::ranges;
use super::{Flags, Parser, RegexError};

impl Parser<'_> {
    /// A class in brackets. `at` stands on the `[`. A negated class matches line breaks, as with Go's Perl flags.
    pub(super) fn bracket_class(&mut self, flags: Flags) -> Result<ClassUnicode, RegexError> {
        let start = self.at;
        self.bump();
        let negated = self.eat("^");
        let mut class = ClassUnicode::empty();
        let mut first = true;
        loop {
            match self.peek() {
                None => return Err(RegexError::new("missing closing ]", &self.pattern[start..])),
                Some(']') if !first => break,
                Some(_) => self.class_item(&mut class, flags)?,
            }
            first = false;
        }
        self.bump();
        if negated {
            class.negate();
        }
        Ok(class)
    }

    fn class_item(&mut self, class: &mut ClassUnicode, flags: Flags) -> Result<(), RegexError> {
        if self.rest().starts_with("[:")
            && let Some(named) = self.posix_class()?
        {
            class.union(&named);
            return Ok(());
        }
        if self.rest().starts_with('\\')
            && let Some(escaped) = self.class_escape(flags)?
        {
            class.union(&escaped);
            return Ok(());
        }
        let start = self.at;
        let low = self.class_char()?;
        let mut high = low;
        // A `-` just before the closing bracket stands for itself.
        if self.rest().starts_with('-') && !self.rest()[1..].starts_with(']') && self.rest().len() > 1 {
            self.bump();
            high = self.class_char()?;
            if high < low {
                return Err(RegexError::new("invalid character class range", &self.pattern[start..self.at]));
            }
        }
        let mut range = ClassUnicode::new([ClassUnicodeRange::new(low, high)]);
        if flags.fold_case {
            range.case_fold_simple();
        }
        class.union(&range);
        Ok(())
    }

    fn class_char(&mut self) -> Result<char, RegexError> {
        if self.rest().starts_with('\\') {
            return self.char_escape();
        }
        self.bump().ok_or_else(|| RegexError::new("missing closing ]", self.pattern))
    }

    /// `[:alpha:]`, `[:^digit:]`; `None` if there is no `:]`, and the bracket is an ordinary character.
    fn posix_class(&mut self) -> Result<Option<ClassUnicode>, RegexError> {
        let Some(end) = self.rest()[2..].find(":]") else { return Ok(None) };
        let whole = &self.rest()[..end + 4];
        let name = &whole[2..end + 2];
        let (name, negated) = name.strip_prefix('^').map_or((name, false), |n| (n, true));
        let mut class = match name {
            "alnum" => ranges(&[('0', '9'), ('A', 'Z'), ('a', 'z')]),
            "alpha" => ranges(&[('A', 'Z'), ('a', 'z')]),
            "ascii" => ranges(&[('\0', '\x7f')]),
            "blank" => ranges(&[('\t', '\t'), (' ', ' ')]),
            "cntrl" => ranges(&[('\0', '\x1f'), ('\x7f', '\x7f')]),
            "digit" => ranges(&[('0', '9')]),
            "graph" => ranges(&[('!', '~')]),
            "lower" => ranges(&[('a', 'z')]),
            "print" => ranges(&[(' ', '~')]),
            "punct" => ranges(&[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
            "space" => ranges(&[('\t', '\r'), (' ', ' ')]),
            "upper" => ranges(&[('A', 'Z')]),
            "word" => ranges(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
            "xdigit" => ranges(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
            _unknown => return Err(RegexError::new("invalid character class range", whole)),
        };
        self.at += whole.len();
        if negated {
            class.negate();
        }
        Ok(Some(class))
    }
}
