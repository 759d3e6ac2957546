//! Tokens to syntax tree. Grammar and complaints are those of Go's `text/template/parse/parse.go`.
//!
//! Invariant: no recursion is deeper than [`NESTING_MAX`]; `else if` chains do not nest.

use crate::ast::{List, NodeKind};
use crate::error::ParseError;
use crate::lex::{Kind, Token, lex};
use crate::unquote::unquote;

mod action;
mod number;
mod pipeline;

/// The deepest nesting of actions and parentheses.
const NESTING_MAX: usize = 60;

/// What a text defines.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// The text outside definitions.
    pub(crate) root: List,
    /// Named templates in the order defined.
    pub(crate) definitions: Vec<(String, List)>,
}

/// Reads a text. `is_function` tells which functions there are.
pub(crate) fn parse(
    name: &str,
    text: &str,
    is_function: &dyn Fn(&str) -> bool,
) -> Result<Parsed, ParseError> {
    let mut parser = Parser {
        name,
        text,
        is_function,
        tokens: lex(text),
        next: 0,
        furthest: 0,
        variables: vec!["$".to_owned()],
        ranges: 0,
        depth: 0,
        action_line: None,
        definitions: Vec::new(),
    };
    let root = parser.top_level()?;
    Ok(Parsed { root, definitions: parser.definitions })
}

/// Whether a list holds nothing but space.
pub(crate) fn is_empty(list: &List) -> bool {
    list.iter().all(|node| matches!(&node.kind, NodeKind::Text(text) if text.trim().is_empty()))
}

struct Parser<'p> {
    name: &'p str,
    text: &'p str,
    is_function: &'p dyn Fn(&str) -> bool,
    tokens: Vec<Token>,
    /// Index of the next token.
    next: usize,
    /// Index behind the last token that was looked at: complaints name its line.
    furthest: usize,
    variables: Vec<String>,
    ranges: usize,
    depth: usize,
    /// Where the present action began.
    action_line: Option<usize>,
    definitions: Vec<(String, List)>,
}

type Result1<T> = Result<T, ParseError>;

impl Parser<'_> {
    fn token(&mut self) -> Token {
        let last = self.tokens.len().saturating_sub(1);
        let i = self.next.min(last);
        self.next = (i + 1).min(self.tokens.len());
        self.furthest = self.furthest.max(i + 1);
        self.tokens[i].clone()
    }

    fn peek(&mut self) -> Token {
        let before = self.next;
        let token = self.token();
        self.next = before;
        token
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.token();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    /// Looks at the next token that is no space; spaces before it are consumed.
    fn peek_non_space(&mut self) -> Token {
        while self.peek().kind == Kind::Space {
            self.token();
        }
        self.peek()
    }

    fn complain<T>(&self, message: impl Into<String>) -> Result1<T> {
        let token = self.tokens.get(self.furthest.saturating_sub(1));
        let (line, pos) = token.map_or((1, 0), |t| (t.line, t.pos));
        let line_start = self.text[..pos].rfind('\n').map_or(0, |i| i + 1);
        let column = pos - line_start + 1;
        Err(ParseError { name: self.name.to_owned(), line, column, message: message.into() })
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Result1<T> {
        if token.kind != Kind::Error {
            return self.complain(format!("unexpected {} in {context}", token.describe()));
        }
        let mut message = token.text.clone();
        if let Some(line) = self.action_line.filter(|line| *line != token.line) {
            let started = if message.ends_with(" action") { "" } else { " in action" };
            message.push_str(&format!("{started} started at {}:{line}", self.name));
        }
        self.complain(message)
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result1<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    /// Runs `parse` one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result1<T>) -> Result1<T> {
        if self.depth >= NESTING_MAX {
            return self.complain(format!("nested deeper than {NESTING_MAX} levels"));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn string(&self, token: &Token, context: &str) -> Result1<String> {
        match token.kind {
            Kind::String | Kind::RawString => match unquote(&token.text) {
                Some(text) => Ok(text),
                None => self.complain("invalid syntax"),
            },
            _others => self.unexpected(token, context),
        }
    }
}
