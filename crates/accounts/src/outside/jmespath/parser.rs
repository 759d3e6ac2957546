//! From tokens to a tree: top-down operator precedence, as the specification's own implementations do it.

use serde_json::Value;

use super::functions::Function;
use super::lexer::{Token, tokens, wrong};
use super::{DEPTH_MAX, PathError};

/// A part of an expression. A projection's second part is asked of each element.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `@`
    Current,
    Field(String),
    Index(i64),
    Slice(Option<i64>, Option<i64>, i64),
    Literal(Value),
    /// `a.b`, `a | b`: the second asked of the first's value.
    Then(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(Box<Node>, Comparison, Box<Node>),
    /// `a[*].b`
    Project(Box<Node>, Box<Node>),
    /// `a.*.b`
    ProjectValues(Box<Node>, Box<Node>),
    /// `a[?b].c`
    Filter(Box<Node>, Box<Node>, Box<Node>),
    /// `a[]`
    Flatten(Box<Node>),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{x: a, y: b}`
    Hash(Vec<(String, Node)>),
    Call(Function, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What binds less than this ends a projection.
const PROJECTION_STOP: u8 = 10;

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node, PathError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        other => Err(parser.unexpected(&other.clone())),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn is_next(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(next) if *next == sign)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn wrong(&self, reason: &str) -> PathError {
        wrong(self.text, self.tokens[self.at.min(self.tokens.len() - 1)].0, reason)
    }

    fn unexpected(&self, token: &Token) -> PathError {
        self.wrong(&match token {
            Token::End => "the expression ends too early".to_owned(),
            Token::Sign(sign) => format!("{sign} is not expected here"),
            Token::Name(name) => format!("{name:?} is not expected here"),
            Token::Number(number) => format!("{number} is not expected here"),
            Token::Literal(value) => format!("{value} is not expected here"),
        })
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), PathError> {
        if self.is_next(sign) {
            self.next();
            return Ok(());
        }
        Err(self.wrong(&format!("{sign} is expected here")))
    }

    fn expression(&mut self, binding: u8) -> Result<Node, PathError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.wrong("it nests too deeply"));
        }
        let first = self.first()?;
        let whole = self.continued(first, binding)?;
        self.depth -= 1;
        Ok(whole)
    }

    /// What can stand at the beginning.
    fn first(&mut self) -> Result<Node, PathError> {
        let at = self.at;
        match self.next() {
            Token::Name(name) if self.is_next("(") => self.call(&name, at),
            Token::Name(name) => Ok(Node::Field(name)),
            Token::Literal(value) => Ok(Node::Literal(value)),
            Token::Sign("@") => Ok(Node::Current),
            Token::Sign("!") => Ok(Node::Not(self.expression(45)?.into())),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("*") => Ok(Node::ProjectValues(Node::Current.into(), self.projected(20)?.into())),
            Token::Sign("[") if self.is_index() => self.index(Node::Current),
            Token::Sign("[") => self.list(),
            Token::Sign("[]") => {
                Ok(Node::Project(Node::Flatten(Node::Current.into()).into(), self.projected(9)?.into()))
            }
            Token::Sign("[?") => self.filter(Node::Current),
            Token::Sign("{") => self.hash(),
            other => {
                self.at = at;
                Err(self.unexpected(&other))
            }
        }
    }

    /// What can follow something.
    fn further(&mut self, left: Node, sign: &str) -> Result<Node, PathError> {
        let left = Box::new(left);
        let comparison = match sign {
            "." if self.is_next("*") => {
                self.next();
                return Ok(Node::ProjectValues(left, self.projected(20)?.into()));
            }
            "." => return Ok(Node::Then(left, self.after_dot()?.into())),
            "|" => return Ok(Node::Then(left, self.expression(1)?.into())),
            "||" => return Ok(Node::Or(left, self.expression(2)?.into())),
            "&&" => return Ok(Node::And(left, self.expression(3)?.into())),
            "[]" => return Ok(Node::Project(Node::Flatten(left).into(), self.projected(9)?.into())),
            "[?" => return self.filter(*left),
            "[" => return self.index(*left),
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            other => return Err(self.wrong(&format!("{other} is not expected here"))),
        };
        Ok(Node::Compare(left, comparison, self.expression(5)?.into()))
    }

    fn after_dot(&mut self) -> Result<Node, PathError> {
        match self.peek() {
            Token::Name(_) => self.expression(40),
            Token::Sign("[") => {
                self.next();
                self.list()
            }
            Token::Sign("{") => {
                self.next();
                self.hash()
            }
            other => Err(self.unexpected(&other.clone())),
        }
    }

    /// What is asked of each element of a projection.
    fn projected(&mut self, binding: u8) -> Result<Node, PathError> {
        match self.peek() {
            Token::Sign(sign) if power(sign) >= PROJECTION_STOP => match *sign {
                "." => {
                    self.next();
                    self.projected_field(binding)
                }
                _bracket => self.continued(Node::Current, binding),
            },
            Token::End | Token::Sign(_) => Ok(Node::Current),
            other => Err(self.unexpected(&other.clone())),
        }
    }

    fn projected_field(&mut self, binding: u8) -> Result<Node, PathError> {
        match self.peek() {
            Token::Name(_) | Token::Sign("*") => self.expression(binding),
            _list_or_hash => {
                let first = self.after_dot()?;
                self.continued(first, binding)
            }
        }
    }

    /// Goes on from something as far as the binding allows.
    fn continued(&mut self, mut left: Node, binding: u8) -> Result<Node, PathError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.wrong("it nests too deeply"));
        }
        while let Token::Sign(sign) = *self.peek()
            && power(sign) > binding
        {
            self.next();
            left = self.further(left, sign)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn is_index(&self) -> bool {
        let second = self.tokens.get(self.at + 1).map(|(_, token)| token);
        match self.peek() {
            Token::Number(_) | Token::Sign(":") => true,
            Token::Sign("*") => second == Some(&Token::Sign("]")),
            Token::Sign(_) | Token::Name(_) | Token::Literal(_) | Token::End => false,
        }
    }

    /// After `[`: an index, a slice, or `*`.
    fn index(&mut self, left: Node) -> Result<Node, PathError> {
        if self.is_next("*") {
            self.next();
            self.expect("]")?;
            return Ok(Node::Project(left.into(), self.projected(20)?.into()));
        }
        let mut parts = [None; 3];
        let mut colons = 0;
        loop {
            match self.next() {
                Token::Number(number) if parts[colons].is_none() => parts[colons] = Some(number),
                Token::Sign(":") if colons < 2 => colons += 1,
                Token::Sign("]") => break,
                other => return Err(self.unexpected(&other)),
            }
        }
        match (colons, parts) {
            (0, [Some(index), ..]) => Ok(Node::Then(left.into(), Node::Index(index).into())),
            (0, _) => Err(self.wrong("an index is expected here")),
            (_, [_, _, Some(0)]) => Err(self.wrong("a slice cannot have steps of 0")),
            (_, [from, to, step]) => {
                let slice = Node::Then(left.into(), Node::Slice(from, to, step.unwrap_or(1)).into());
                Ok(Node::Project(slice.into(), self.projected(20)?.into()))
            }
        }
    }

    fn filter(&mut self, left: Node) -> Result<Node, PathError> {
        let condition = self.expression(0)?;
        self.expect("]")?;
        Ok(Node::Filter(left.into(), condition.into(), self.projected(21)?.into()))
    }

    fn list(&mut self) -> Result<Node, PathError> {
        let mut parts = vec![self.expression(0)?];
        while self.is_next(",") {
            self.next();
            parts.push(self.expression(0)?);
        }
        self.expect("]")?;
        Ok(Node::List(parts))
    }

    fn hash(&mut self) -> Result<Node, PathError> {
        let mut parts = Vec::new();
        loop {
            let name = match self.next() {
                Token::Name(name) => name,
                other => return Err(self.unexpected(&other)),
            };
            self.expect(":")?;
            parts.push((name, self.expression(0)?));
            if !self.is_next(",") {
                break;
            }
            self.next();
        }
        self.expect("}")?;
        Ok(Node::Hash(parts))
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Node, PathError> {
        let Some(function) = Function::named(name) else {
            self.at = at;
            return Err(self.wrong(&format!("there is no function {name}()")));
        };
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.is_next(")") {
            arguments.push(self.expression(0)?);
            if !self.is_next(")") {
                self.expect(",")?;
            }
        }
        self.expect(")")?;
        if !function.takes(arguments.len()) {
            self.at = at;
            return Err(self.wrong(&format!("{name}() does not take {} arguments", arguments.len())));
        }
        Ok(Node::Call(function, arguments))
    }
}

/// How tightly something binds to what stands before it; 0 for what ends an expression.
fn power(sign: &str) -> u8 {
    match sign {
        "|" => 1,
        "||" => 2,
        "&&" => 3,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 5,
        "[]" => 9,
        "*" => 20,
        "[?" => 21,
        "." => 40,
        "[" => 55,
        _ends => 0,
    }
}
