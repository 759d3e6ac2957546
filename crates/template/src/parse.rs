//! Tokens to syntax tree. Grammar and complaints are those of Go's `text/template/parse/parse.go`.
//!
//! Invariant: no recursion is deeper than [`NESTING_MAX`]; `else if` chains do not nest.

use model::number::{parse_float, quote};

use crate::ast::{Arg, ArgKind, Branches, Command, List, Node, NodeKind, Number, Pipe};
use crate::error::ParseError;
use crate::lex::{Kind, Token, lex};
use crate::unquote::{unquote, unquote_char};

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

/// What ends a list.
enum Stop {
    End,
    /// The token behind `else`, if that is `if` or `with`.
    Else(Option<Kind>),
}

impl Stop {
    fn describe(&self) -> &'static str {
        match self {
            Stop::End => "{{end}}",
            Stop::Else(_) => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    Stop(Stop),
}

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

    fn top_level(&mut self) -> Result1<List> {
        let mut root = List::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim {
                let before = self.next;
                self.token();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.next = before;
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::Stop(stop) => return self.complain(format!("unexpected {}", stop.describe())),
            }
        }
        Ok(root)
    }

    /// `{{define "name"}} … {{end}}`, `define` being read.
    fn definition(&mut self) -> Result1<()> {
        let token = self.next_non_space();
        let name = self.string(&token, "define clause")?;
        self.expect(Kind::RightDelim, "define clause")?;
        self.body_of(name, "define clause")
    }

    /// Reads the body of a named template, which sees no variables but its own, up to its `{{end}}`.
    fn body_of(&mut self, name: String, context: &str) -> Result1<()> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, stop) = self.nested(Self::list)?;
        if !matches!(stop, Stop::End) {
            return self.complain(format!("unexpected {} in {context}", stop.describe()));
        }
        self.variables = outer;
        self.ranges = ranges;
        match self.definitions.iter_mut().find(|(known, _)| *known == name) {
            Some(known) if is_empty(&known.1) => known.1 = body,
            Some(_) if is_empty(&body) => {}
            Some(_) => {
                let message = format!("template: multiple definition of template {}", quote(&name));
                return self.complain(message);
            }
            None => self.definitions.push((name, body)),
        }
        Ok(())
    }

    /// Reads up to `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Result1<(List, Stop)> {
        let mut list = List::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Stop(stop) => return Ok((list, stop)),
            }
        }
        self.complain("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result1<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node { pos: token.pos, kind: NodeKind::Text(token.text) })),
            Kind::LeftDelim => {
                self.action_line = Some(token.line);
                let item = self.action();
                self.action_line = None;
                item
            }
            _others => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Result1<Item> {
        let before = self.next;
        let token = self.next_non_space();
        // Go places `template` and `block` at the name, and what has a pipeline at that.
        let pos = match token.kind {
            Kind::Break | Kind::Continue => token.pos,
            _others => self.peek_non_space().pos,
        };
        let kind = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump("{{break}}", NodeKind::Break)?,
            Kind::Continue => self.jump("{{continue}}", NodeKind::Continue)?,
            Kind::Else => return self.else_control().map(Item::Stop),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::Stop(Stop::End));
            }
            Kind::If => NodeKind::If(self.nested(|p| p.branches("if", Kind::If))?),
            Kind::With => NodeKind::With(self.nested(|p| p.branches("with", Kind::With))?),
            Kind::Range => self.nested(Self::range)?,
            Kind::Template => self.template()?,
            _others => {
                self.next = before;
                let first = self.peek_non_space().pos;
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                return Ok(Item::Node(Node { pos: first, kind: NodeKind::Action(pipe) }));
            }
        };
        Ok(Item::Node(Node { pos, kind }))
    }

    fn jump(&mut self, word: &str, kind: NodeKind) -> Result1<NodeKind> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return self.unexpected(&token, word);
        }
        if self.ranges == 0 {
            return self.complain(format!("{word} outside {{{{range}}}}"));
        }
        Ok(kind)
    }

    /// `else` is read; an `if` or `with` behind it stays to be read.
    fn else_control(&mut self) -> Result1<Stop> {
        let token = self.peek_non_space();
        if matches!(token.kind, Kind::If | Kind::With) {
            return Ok(Stop::Else(Some(token.kind)));
        }
        self.expect(Kind::RightDelim, "else")?;
        Ok(Stop::Else(None))
    }

    /// `if` or `with`, with what `else` follows.
    fn branches(&mut self, word: &str, kind: Kind) -> Result1<Branches> {
        let mark = self.variables.len();
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let pipe = self.pipeline(word, Kind::RightDelim)?;
            let (body, stop) = self.list()?;
            branches.push((pipe, body));
            match stop {
                Stop::End => break,
                Stop::Else(Some(next)) if next == kind => {
                    self.token();
                }
                Stop::Else(Some(_)) => {
                    let token = self.peek();
                    return self.unexpected(&token, "else");
                }
                Stop::Else(None) => {
                    otherwise = Some(self.last_list()?);
                    break;
                }
            }
        }
        self.variables.truncate(mark);
        Ok(Branches { branches, otherwise })
    }

    /// Reads what stands between a lone `{{else}}` and `{{end}}`.
    fn last_list(&mut self) -> Result1<List> {
        let (list, stop) = self.list()?;
        match stop {
            Stop::End => Ok(list),
            Stop::Else(_) => self.complain(format!("expected end; found {}", stop.describe())),
        }
    }

    fn range(&mut self) -> Result1<NodeKind> {
        let mark = self.variables.len();
        let pipe = self.pipeline("range", Kind::RightDelim)?;
        self.ranges += 1;
        let (body, stop) = self.list()?;
        self.ranges -= 1;
        let otherwise = match stop {
            Stop::End => None,
            Stop::Else(None) => Some(self.last_list()?),
            Stop::Else(Some(_)) => {
                let token = self.peek();
                return self.unexpected(&token, "else");
            }
        };
        self.variables.truncate(mark);
        Ok(NodeKind::Range { pipe, body, otherwise })
    }

    fn block(&mut self) -> Result1<NodeKind> {
        let token = self.next_non_space();
        let name = self.string(&token, "block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        self.body_of(name.clone(), "block clause")?;
        Ok(NodeKind::Template { name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Result1<NodeKind> {
        let token = self.next_non_space();
        let name = self.string(&token, "template clause")?;
        let before = self.next;
        if self.next_non_space().kind == Kind::RightDelim {
            return Ok(NodeKind::Template { name, pipe: None });
        }
        self.next = before;
        let pipe = self.pipeline("template clause", Kind::RightDelim)?;
        Ok(NodeKind::Template { name, pipe: Some(pipe) })
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

    fn pipeline(&mut self, context: &str, end: Kind) -> Result1<Pipe> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe { pos, assign: false, variables: Vec::new(), commands: Vec::new() };
        self.declarations(context, &mut pipe)?;
        loop {
            let before = self.next;
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.next = before;
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _others => return self.unexpected(&token, context),
            }
        }
    }

    /// `$x :=`, `$x =`, and for ranges `$i, $x :=`.
    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Result1<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let before = self.next;
            self.token();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assign = next.kind == Kind::Assign;
                    self.token();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    return Ok(());
                }
                Kind::Char if next.text == "," => {
                    self.token();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return self.complain(format!("too many declarations in {context}"));
                    }
                    match self.peek_non_space().kind {
                        Kind::Variable | Kind::RightDelim | Kind::RightParen => {}
                        _others => return self.complain("range can only initialize variables"),
                    }
                }
                _others => {
                    self.next = before;
                    return Ok(());
                }
            }
        }
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result1<()> {
        if pipe.commands.is_empty() {
            return self.complain(format!("missing value for {context}"));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.args.first().map(|arg| &arg.kind);
            if let Some(
                ArgKind::Bool(_) | ArgKind::Dot | ArgKind::Nil | ArgKind::Number(_) | ArgKind::String { .. },
            ) = first
            {
                return self.complain(format!("non executable command in pipeline stage {}", i + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result1<Command> {
        let pos = self.peek_non_space().pos;
        let mut command = Command { pos, args: Vec::new() };
        loop {
            self.peek_non_space();
            command.args.extend(self.operand()?);
            let before = self.next;
            let token = self.token();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.next = before,
                Kind::Pipe => {}
                _others => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if command.args.is_empty() {
            return self.complain("empty command");
        }
        Ok(command)
    }

    /// A term and the fields behind it; `None` if none stands here.
    fn operand(&mut self) -> Result1<Option<Arg>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(field_name(&self.token().text));
        }
        let kind = match term.kind {
            ArgKind::Field(mut names) => {
                names.extend(fields);
                ArgKind::Field(names)
            }
            ArgKind::Variable(mut names) => {
                names.extend(fields);
                ArgKind::Variable(names)
            }
            ArgKind::Bool(_) | ArgKind::String { .. } | ArgKind::Number(_) | ArgKind::Nil | ArgKind::Dot => {
                let text = quote(&term.to_string());
                return self.complain(format!("unexpected . after term {text}"));
            }
            ArgKind::Identifier(_) | ArgKind::Chain(..) | ArgKind::Pipe(_) => {
                ArgKind::Chain(Box::new(term), fields)
            }
        };
        Ok(Some(Arg { pos: first.pos, kind }))
    }

    fn term(&mut self) -> Result1<Option<Arg>> {
        let before = self.next;
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier => {
                if !(self.is_function)(&token.text) {
                    return self.complain(format!("function {} not defined", quote(&token.text)));
                }
                ArgKind::Identifier(token.text)
            }
            Kind::Dot => ArgKind::Dot,
            Kind::Nil => ArgKind::Nil,
            Kind::Variable => {
                if !self.variables.contains(&token.text) {
                    return self.complain(format!("undefined variable {}", quote(&token.text)));
                }
                ArgKind::Variable(vec![token.text])
            }
            Kind::Field => ArgKind::Field(vec![field_name(&token.text)]),
            Kind::Bool => ArgKind::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => match number(&token) {
                Ok(number) => ArgKind::Number(number),
                Err(message) => return self.complain(message),
            },
            Kind::LeftParen => {
                let pipe = self.nested(|p| p.pipeline("parenthesized pipeline", Kind::RightParen))?;
                // As Go's pipelines, it stands where its first word does.
                return Ok(Some(Arg { pos: pipe.pos, kind: ArgKind::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => {
                let text = self.string(&token, "operand")?;
                ArgKind::String { quoted: token.text, text }
            }
            _others => {
                self.next = before;
                return Ok(None);
            }
        };
        Ok(Some(Arg { pos: token.pos, kind }))
    }
}

fn field_name(text: &str) -> String {
    text.trim_start_matches('.').to_owned()
}

fn number(token: &Token) -> Result<Number, String> {
    let text = token.text.clone();
    match token.kind {
        Kind::CharConstant => {
            let c = unquote_char(&text)?;
            return Ok(Number { text, int: Some(c), uint: u64::try_from(c).ok(), float: Some(c as f64) });
        }
        Kind::Complex => return Err(format!("complex numbers are not supported: {}", quote(&text))),
        _others => {}
    }
    let mut uint = if text.starts_with(['+', '-']) { None } else { parse_uint(&text) };
    let mut int = parse_int(&text);
    if int == Some(0) {
        uint = Some(0);
    }
    let mut float = int.map(|n| n as f64).or(uint.map(|n| n as f64));
    if float.is_none() {
        float = parse_float(&text).filter(|f| f.is_finite());
        if let Some(f) = float {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(&text)));
            }
            int = (f.fract() == 0.0 && f.abs() < 9.2e18).then_some(f as i64);
            uint = (f.fract() == 0.0 && (0.0..1.8e19).contains(&f)).then_some(f as u64);
        }
    }
    if float.is_none() {
        return Err(format!("illegal number syntax: {}", quote(&text)));
    }
    Ok(Number { text, int, uint, float })
}

/// Reads a whole number with Go's prefixes, underscores between digits allowed.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix, prefixed) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16, true),
        [b'0', b'b', ..] => (&lower[2..], 2, true),
        [b'0', b'o', ..] => (&lower[2..], 8, true),
        [b'0', _, ..] => (&lower[1..], 8, true),
        _decimal => (lower.as_str(), 10, false),
    };
    let misplaced = digits.ends_with('_') || digits.contains("__") || (!prefixed && digits.starts_with('_'));
    if misplaced || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

fn parse_int(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(rest) => {
            let n = parse_uint(rest)?;
            0i64.checked_sub_unsigned(n)
        }
        None => i64::try_from(parse_uint(text.strip_prefix('+').unwrap_or(text))?).ok(),
    }
}
