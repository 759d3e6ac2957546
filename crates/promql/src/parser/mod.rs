//! Tokens to syntax tree: recursive descent, with precedence climbing for operators.
//!
//! Grammar and error texts are those of Prometheus 3.14 (`promql/parser/generated_parser.y`, `parse.go`). Its parser is
//! generated, and on a fault unwinds to the nearest construct that knows how to complain; here a function that meets a
//! token it cannot use returns [`Stop::Unexpected`], and the nearest such construct turns that into an error in its own
//! words.
//!
//! Invariants: 1. No recursion is deeper than [`NESTING_MAX`], no tree higher than [`HEIGHT_MAX`].  2. A tree is returned only
//! where no error was found and the types fit.

mod aggregate;
mod binary;
mod duration;
mod error;
mod literal;
mod postfix;
mod primary;
mod selector;
mod series;
mod series_histogram;
#[cfg(test)]
mod tests;
mod with;

use model::{Labels, Matcher};

pub use error::{ParseError, ParseErrors, Position};
pub(crate) use literal::unquote;
pub use series::{SequenceValue, SeriesDescription, parse_series};

use crate::ast::{Expr, ExprKind, Span};
use crate::functions::extensions::Extensions;
use crate::lexer::{Lexer, Token, TokenKind};
use crate::typecheck;

/// The longest query that is read. Prometheus has no bound but that of the HTTP request, 10 MB.
pub const QUERY_BYTES_MAX: usize = 1 << 20;

/// The deepest nesting of parentheses, calls and signs: reading a level takes some kilobytes of stack without optimisation.
pub const NESTING_MAX: u32 = 128;

/// The highest syntax tree, which a chain such as `a or b or c …` reaches without any nesting: what walks a tree may
/// recurse.
pub const HEIGHT_MAX: u32 = 400;

/// What may be written besides the stable language; named as Prometheus's parser options are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseOptions {
    /// `promql-experimental-functions`: functions and aggregations that may still change.
    pub experimental_functions: bool,
    /// Arithmetic in the place of durations; always on since 3.14.
    pub duration_expr: bool,
    /// `promql-extended-range-selectors`: `anchored` and `smoothed`.
    pub extended_range_selectors: bool,
    /// `promql-binop-fill-modifiers`: `fill`, `fill_left`, `fill_right`.
    pub binop_fill_modifiers: bool,
    /// What is ours.
    pub extensions: Extensions,
}

/// Gives every part of an expression the same place.
fn respan(expr: &mut Expr, span: Span) {
    expr.span = span;
    match &mut expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) | ExprKind::Vector(_) => {}
        ExprKind::Matrix(matrix) => matrix.selector_span = span,
        ExprKind::Subquery(subquery) => respan(&mut subquery.expr, span),
        ExprKind::Call(call) => call.args.iter_mut().for_each(|arg| respan(arg, span)),
        ExprKind::Aggregate(aggregate) => {
            respan(&mut aggregate.expr, span);
            aggregate.param.iter_mut().for_each(|param| respan(param, span));
        }
        ExprKind::Binary(binary) => {
            binary.op_span = span;
            respan(&mut binary.left, span);
            respan(&mut binary.right, span);
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => respan(expr, span),
    }
}

impl ParseOptions {
    /// Everything that Prometheus can read.
    pub const ALL: ParseOptions = ParseOptions {
        experimental_functions: true,
        duration_expr: true,
        extended_range_selectors: true,
        binop_fill_modifiers: true,
        extensions: Extensions {
            time_zones: false,
            missing_from: false,
            with_templates: false,
            keep_metric_names: false,
        },
    };
}

impl Default for ParseOptions {
    /// What Prometheus 3.14 allows without flags.
    fn default() -> ParseOptions {
        ParseOptions {
            experimental_functions: false,
            duration_expr: true,
            extended_range_selectors: false,
            binop_fill_modifiers: false,
            extensions: Extensions::default(),
        }
    }
}

/// Reads and type-checks a query.
///
/// # Errors
/// All faults that were found, in Prometheus's words.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Expr, ParseErrors> {
    if options.extensions.with_templates
        && text.len() <= QUERY_BYTES_MAX
        && let Some(expanded) = with::expand(text)?
    {
        let plain = ParseOptions {
            extensions: Extensions { with_templates: false, ..options.extensions },
            ..*options
        };
        let mut expr = parse(&expanded, &plain)?;
        // Notes tell places in the text as it was sent, which has no place for what came from a template.
        respan(&mut expr, Span { start: 0, end: text.len() as u32 });
        return Ok(expr);
    }
    let mut parser = Parser::start(text, Lexer::new(text), options)?;
    let parsed = parser.query();
    let expr = parser.finish(parsed)?;
    typecheck::check(expr, text)
}

/// Reads one series selector, as in the `match[]` parameter. An empty selector is allowed here; the caller decides.
///
/// # Errors
/// As [`parse`].
pub fn parse_selector(text: &str) -> Result<Vec<Matcher>, ParseErrors> {
    let mut parser = Parser::start(text, Lexer::new(text), &ParseOptions::default())?;
    let parsed = parser.lone_selector();
    Ok(parser.finish(parsed)?.matchers)
}

/// Reads several series selectors.
///
/// # Errors
/// Those of the first selector that has any.
pub fn parse_selectors<S: AsRef<str>>(texts: &[S]) -> Result<Vec<Vec<Matcher>>, ParseErrors> {
    texts.iter().map(|text| parse_selector(text.as_ref())).collect()
}

/// Reads a series as `name{label="value"}`.
///
/// # Errors
/// As [`parse`].
pub fn parse_metric(text: &str) -> Result<Labels, ParseErrors> {
    let mut parser = Parser::start(text, Lexer::new(text), &ParseOptions::default())?;
    let parsed = parser.lone_metric();
    parser.finish(parsed)
}

/// Why a function gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The next token cannot be used, and nobody has complained yet.
    Unexpected,
    /// An error is recorded.
    Reported,
}

type Parsed<T> = Result<T, Stop>;

/// An expression and the height of its tree.
struct Node {
    expr: Expr,
    height: u32,
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    options: ParseOptions,
    /// The next token, once somebody has looked at it.
    ahead: Option<Token>,
    /// End of the last token that can end an expression: a closing bracket or a number.
    last_closing: u32,
    depth: u32,
    errors: Vec<ParseError>,
}

impl<'a> Parser<'a> {
    fn start(text: &'a str, lexer: Lexer<'a>, options: &ParseOptions) -> Result<Parser<'a>, ParseErrors> {
        if text.len() > QUERY_BYTES_MAX {
            let message = format!("query is {} bytes long, at most {QUERY_BYTES_MAX} are read", text.len());
            return Err(ParseErrors(vec![ParseError::new(Span::default(), message, text)]));
        }
        Ok(Parser {
            text,
            lexer,
            options: *options,
            ahead: None,
            last_closing: 0,
            depth: 0,
            errors: Vec::new(),
        })
    }

    fn finish<T>(mut self, parsed: Parsed<T>) -> Result<T, ParseErrors> {
        if parsed.is_err() {
            // Prometheus looks on for a place to resume, and meets what cannot even be read on the way.
            while !matches!(self.kind(), TokenKind::End | TokenKind::Error) {
                self.advance();
            }
        }
        match parsed {
            Ok(value) if self.errors.is_empty() => Ok(value),
            Ok(_) | Err(_) => Err(ParseErrors(self.errors)),
        }
    }

    fn query(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::End {
            self.error(Span::default(), "no expression found in input");
            return Err(Stop::Reported);
        }
        let parsed = self.expr(0).and_then(|node| self.end().map(|()| node.expr));
        parsed.map_err(|stop| self.complain(stop, "", ""))
    }

    fn lone_selector(&mut self) -> Parsed<crate::ast::VectorSelector> {
        let parsed = self.vector_selector().and_then(|(selector, _)| self.end().map(|()| selector));
        parsed.map_err(|stop| self.complain(stop, "", ""))
    }

    fn lone_metric(&mut self) -> Parsed<Labels> {
        let parsed = self.metric().and_then(|labels| self.end().map(|()| labels));
        parsed.map_err(|stop| self.complain(stop, "", ""))
    }

    fn end(&mut self) -> Parsed<()> {
        self.expect(TokenKind::End).map(|_| ())
    }

    /// Returns the next token without using it up. A lexer's error is recorded when it is first seen.
    fn peek(&mut self) -> Token {
        if let Some(token) = self.ahead {
            return token;
        }
        let token = self.lexer.next_token();
        if token.kind == TokenKind::Error {
            let span = Span { start: token.start, end: self.text.len() as u32 };
            let reason = self.lexer.error().to_owned();
            self.error(span, reason);
        }
        self.ahead = Some(token);
        token
    }

    fn kind(&mut self) -> TokenKind {
        self.peek().kind
    }

    /// Uses up the next token.
    fn advance(&mut self) -> Token {
        let token = self.peek();
        self.ahead = None;
        if matches!(
            token.kind,
            TokenKind::RightBrace
                | TokenKind::RightParen
                | TokenKind::RightBracket
                | TokenKind::Duration
                | TokenKind::Number
        ) {
            self.last_closing = token.end;
        }
        token
    }

    fn accept(&mut self, kind: TokenKind) -> Option<Token> {
        (self.kind() == kind).then(|| self.advance())
    }

    fn expect(&mut self, kind: TokenKind) -> Parsed<Token> {
        self.accept(kind).ok_or(Stop::Unexpected)
    }

    fn text_of(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(ParseError::new(span, message, self.text));
    }

    /// Records that the next token does not fit here, unless somebody complained already. Returns what to pass on.
    fn complain(&mut self, stop: Stop, context: &str, expected: &str) -> Stop {
        if stop == Stop::Reported {
            return stop;
        }
        let token = self.peek();
        if token.kind != TokenKind::Error {
            let mut message = format!("unexpected {}", token.kind.describe(self.text_of(token)));
            if !context.is_empty() {
                message.push_str(" in ");
                message.push_str(context);
            }
            if !expected.is_empty() {
                message.push_str(", expected ");
                message.push_str(expected);
            }
            self.error(token.span(), message);
        }
        Stop::Reported
    }

    /// Goes one level of nesting deeper; the caller takes it back from `depth` when done.
    fn descend(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth <= NESTING_MAX {
            return Ok(());
        }
        let span = self.peek().span();
        self.error(span, format!("expression is nested more than {NESTING_MAX} levels deep"));
        Err(Stop::Reported)
    }

    /// Checks the height that a node would have.
    fn check_height(&mut self, height: u32, span: Span) -> Parsed<()> {
        if height <= HEIGHT_MAX {
            return Ok(());
        }
        self.error(span, format!("expression is a chain of more than {HEIGHT_MAX} operations"));
        Err(Stop::Reported)
    }

    /// Builds a node one level above another.
    fn above(&mut self, height: u32, kind: ExprKind, span: Span) -> Parsed<Node> {
        let height = height + 1;
        self.check_height(height, span)?;
        Ok(Node { expr: Expr { kind, span }, height })
    }
}

impl Token {
    /// Where it stands.
    pub fn span(self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

impl Span {
    /// From the start of one to the end of another.
    pub fn to(self, last: Span) -> Span {
        Span { start: self.start, end: last.end }
    }
}
