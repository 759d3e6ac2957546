//! Text to tokens. Tokens, and what is complained about, are those of Go's `text/template/parse/lex.go`.

use model::number::quote;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The text is the complaint; nothing follows.
    Error,
    Bool,
    /// A character that stands for itself, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    fn keyword(word: &str) -> Option<Kind> {
        Some(match word {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "nil" => Kind::Nil,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            _others => return None,
        })
    }

    fn is_keyword(self) -> bool {
        use Kind::{Block, Break, Continue, Define, Dot, Else, End, If, Nil, Range, Template, With};
        matches!(
            self,
            Block | Break | Continue | Dot | Define | Else | End | If | Nil | Range | Template | With
        )
    }
}

/// A token with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// Byte offset.
    pub(crate) pos: usize,
    /// The line at its start, from 1.
    pub(crate) line: usize,
}

impl Token {
    /// Prints it for messages, as Go does.
    pub(crate) fn describe(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => self.text.clone(),
            kind if kind.is_keyword() => format!("<{}>", self.text),
            _others if self.text.len() > 10 => {
                let short: String = self.text.chars().take(10).collect();
                format!("{}...", quote(&short))
            }
            _others => quote(&self.text),
        }
    }
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// Splits a text into tokens; the last one is `Eof` or `Error`.
pub(crate) fn lex(input: &str) -> Vec<Token> {
    let mut lexer = Lexer { input, pos: 0, start: 0, line: 1, parens: 0, tokens: Vec::new() };
    if let Err(complaint) = lexer.run() {
        let (pos, line) = (lexer.start, lexer.line);
        lexer.tokens.push(Token { kind: Kind::Error, text: complaint, pos, line });
    }
    lexer.tokens
}

struct Lexer<'i> {
    input: &'i str,
    pos: usize,
    /// Where the present token starts.
    start: usize,
    /// The line there.
    line: usize,
    parens: usize,
    tokens: Vec<Token>,
}

impl<'i> Lexer<'i> {
    fn rest(&self) -> &'i str {
        &self.input[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Forgets what was read since the last token.
    fn ignore(&mut self) {
        self.line += newlines(&self.input[self.start..self.pos]);
        self.start = self.pos;
    }

    fn emit(&mut self, kind: Kind) {
        let text = self.input[self.start..self.pos].to_owned();
        let token = Token { kind, text, pos: self.start, line: self.line };
        self.tokens.push(token);
        self.ignore();
    }

    fn run(&mut self) -> Result<(), String> {
        while self.text()? {
            while self.inside_action()? {}
        }
        self.emit(Kind::Eof);
        Ok(())
    }

    /// Reads up to an action. Tells whether there is one.
    fn text(&mut self) -> Result<bool, String> {
        loop {
            let Some(found) = self.rest().find("{{") else {
                self.pos = self.input.len();
                if self.pos > self.start {
                    self.emit(Kind::Text);
                }
                return Ok(false);
            };
            let delim = self.pos + found;
            let trim = has_left_trim(&self.input[delim + 2..]);
            let text = &self.input[self.start..delim];
            let kept = if trim { text.trim_end_matches(SPACES).len() } else { text.len() };
            self.pos = self.start + kept;
            if kept > 0 {
                self.emit(Kind::Text);
            }
            self.pos = delim;
            self.ignore();
            let after = delim + 2 + if trim { 2 } else { 0 };
            if self.input[after..].starts_with("/*") {
                self.pos = after;
                self.ignore();
                self.comment()?;
                continue;
            }
            self.pos = delim + 2;
            self.emit(Kind::LeftDelim);
            self.pos = after;
            self.ignore();
            self.parens = 0;
            return Ok(true);
        }
    }

    fn comment(&mut self) -> Result<(), String> {
        self.pos += 2;
        let Some(end) = self.rest().find("*/") else { return Err("unclosed comment".to_owned()) };
        self.pos += end + 2;
        let Some(trim) = self.right_delim() else {
            return Err("comment ends before closing delimiter".to_owned());
        };
        self.pos += if trim { 4 } else { 2 };
        if trim {
            self.skip_spaces();
        }
        self.ignore();
        Ok(())
    }

    /// Whether a right delimiter stands here, and if so whether it trims.
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_trim(rest) && rest[2..].starts_with("}}") {
            return Some(true);
        }
        rest.starts_with("}}").then_some(false)
    }

    fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start_matches(SPACES).len();
    }

    /// Reads the right delimiter that is known to stand here.
    fn close(&mut self, trim: bool) {
        if trim {
            self.pos += 2;
            self.ignore();
        }
        self.pos += 2;
        self.emit(Kind::RightDelim);
        if trim {
            self.skip_spaces();
            self.ignore();
        }
    }

    /// Reads one token of an action. Tells whether the action goes on.
    fn inside_action(&mut self) -> Result<bool, String> {
        if let Some(trim) = self.right_delim() {
            if self.parens > 0 {
                return Err("unclosed left paren".to_owned());
            }
            self.close(trim);
            return Ok(false);
        }
        let Some(c) = self.next() else { return Err("unclosed action".to_owned()) };
        match c {
            ' ' | '\t' | '\r' | '\n' => return Ok(self.space()),
            '=' => self.emit(Kind::Assign),
            ':' => {
                if self.next() != Some('=') {
                    return Err("expected :=".to_owned());
                }
                self.emit(Kind::Declare);
            }
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string")?,
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant")?,
            '`' => {
                let Some(end) = self.rest().find('`') else {
                    return Err("unterminated raw quoted string".to_owned());
                };
                self.pos += end + 1;
                self.emit(Kind::RawString);
            }
            '$' => self.name(Kind::Variable, Kind::Variable)?,
            '.' if self.peek().is_some_and(|next| !next.is_ascii_digit()) => {
                self.name(Kind::Field, Kind::Dot)?;
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.pos = self.start;
                self.number()?;
            }
            '(' => {
                self.emit(Kind::LeftParen);
                self.parens += 1;
            }
            ')' => {
                let Some(parens) = self.parens.checked_sub(1) else {
                    return Err("unexpected right paren".to_owned());
                };
                self.parens = parens;
                self.emit(Kind::RightParen);
            }
            c if is_alphanumeric(c) => self.identifier()?,
            c if (' '..='~').contains(&c) => self.emit(Kind::Char),
            c => return Err(format!("unrecognized character in action: {}", unicode(c))),
        }
        Ok(true)
    }

    /// Reads the rest of a run of spaces, and the trimming delimiter if it ends in one. Tells whether the action goes on.
    fn space(&mut self) -> bool {
        self.skip_spaces();
        // The last space may belong to a trimming delimiter.
        let last = self.pos - 1;
        if has_right_trim(&self.input[last..]) && self.input[last + 2..].starts_with("}}") {
            self.pos = last;
            if self.pos == self.start {
                if self.parens == 0 {
                    self.close(true);
                    return false;
                }
                return true; // the next step complains about the parenthesis
            }
        }
        self.emit(Kind::Space);
        true
    }

    fn quoted(&mut self, end: char, kind: Kind, complaint: &str) -> Result<(), String> {
        loop {
            let c = match self.next() {
                Some('\\') => match self.next() {
                    Some('\n') | None => None,
                    Some(_) => continue,
                },
                Some('\n') | None => None,
                Some(c) => Some(c),
            };
            match c {
                None => return Err(complaint.to_owned()),
                Some(c) if c == end => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    /// Reads a name after `.` or `$`; `bare` is what these are alone.
    fn name(&mut self, kind: Kind, bare: Kind) -> Result<(), String> {
        if self.at_terminator() {
            self.emit(bare);
            return Ok(());
        }
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return Err(self.bad_character());
        }
        self.emit(kind);
        Ok(())
    }

    fn identifier(&mut self) -> Result<(), String> {
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return Err(self.bad_character());
        }
        let word = &self.input[self.start..self.pos];
        let kind = match (Kind::keyword(word), word) {
            (Some(keyword), _) => keyword,
            (None, "true" | "false") => Kind::Bool,
            (None, _) => Kind::Identifier,
        };
        self.emit(kind);
        Ok(())
    }

    fn skip_alphanumeric(&mut self) {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
    }

    fn bad_character(&self) -> String {
        self.peek().map_or_else(|| "unclosed action".to_owned(), |c| format!("bad character {}", unicode(c)))
    }

    /// Whether a name may end here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(c) => {
                SPACES.contains(&c)
                    || matches!(c, '.' | ',' | '|' | ':' | ')' | '(')
                    || self.rest().starts_with("}}")
            }
        }
    }

    fn number(&mut self) -> Result<(), String> {
        let complain =
            |lexer: &Self| Err(format!("bad number syntax: {}", quote(&lexer.input[lexer.start..lexer.pos])));
        if !self.scan_number() {
            return complain(self);
        }
        if matches!(self.peek(), Some('+' | '-')) {
            if !self.scan_number() || !self.input[..self.pos].ends_with('i') {
                return complain(self);
            }
            self.emit(Kind::Complex);
        } else {
            self.emit(Kind::Number);
        }
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept(|c| matches!(c, '+' | '-'));
        let mut radix = 10;
        if self.accept(|c| c == '0') {
            radix = match self.peek() {
                Some('x' | 'X') => 16,
                Some('o' | 'O') => 8,
                Some('b' | 'B') => 2,
                Some(_) | None => 10,
            };
            if radix != 10 {
                self.next();
            }
        }
        let digits = |lexer: &mut Self, radix: u32| {
            while lexer.accept(|c| c.is_digit(radix) || c == '_') {}
        };
        digits(self, radix);
        if self.accept(|c| c == '.') {
            digits(self, radix);
        }
        let exponent: [char; 2] = if radix == 16 { ['p', 'P'] } else { ['e', 'E'] };
        if matches!(radix, 10 | 16) && self.accept(|c| exponent.contains(&c)) {
            self.accept(|c| matches!(c, '+' | '-'));
            digits(self, 10);
        }
        self.accept(|c| c == 'i');
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, fits: impl Fn(char) -> bool) -> bool {
        let found = self.peek().is_some_and(fits);
        if found {
            self.next();
        }
        found
    }
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn has_left_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && bytes[0] == b'-' && SPACES.contains(&char::from(bytes[1]))
}

fn has_right_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && SPACES.contains(&char::from(bytes[0])) && bytes[1] == b'-'
}

/// Prints a character as Go's `%#U`.
fn unicode(c: char) -> String {
    let quoted = quote(&c.to_string());
    let printable = quoted.trim_matches('"') == c.to_string();
    let code = u32::from(c);
    if printable { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}
