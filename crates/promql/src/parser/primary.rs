//! What an expression can start with: literals, selectors, calls, parentheses.

use model::number::quote;

use super::selector::is_metric_name;
use super::{Node, Parsed, Parser, Stop};
use crate::ast::{BinaryOp, Call, Expr, ExprKind, Span, ValueType};
use crate::functions::{self, extensions};
use crate::lexer::{Keyword, Token, TokenKind};

/// Tells whether an expression can start with a token.
pub(super) fn starts_expression(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Number
        | TokenKind::Duration
        | TokenKind::String
        | TokenKind::LeftParen
        | TokenKind::LeftBrace
        | TokenKind::Binary(BinaryOp::Add | BinaryOp::Sub) => true,
        kind => is_metric_name(kind),
    }
}

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Node> {
        let token = self.peek();
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                let (number, _) = self.number_or_duration()?;
                let kind = ExprKind::Number { value: number.value, duration: number.duration };
                self.above(0, kind, token.span())
            }
            TokenKind::String => {
                self.advance();
                let kind = match self.unquoted_bytes(token) {
                    Ok(text) => ExprKind::String(text),
                    Err(bytes) => ExprKind::Bytes(bytes),
                };
                self.above(0, kind, token.span())
            }
            TokenKind::LeftParen => {
                self.advance();
                let mut inner = self.expr(0)?;
                let close = self.expect(TokenKind::RightParen)?;
                let mut span = token.span().to(close.span());
                if let Some(after) = self.keep_metric_names() {
                    span.end = after.end;
                    self.keep_name_of(&mut inner.expr, after);
                }
                self.above(inner.height, ExprKind::Paren(Box::new(inner.expr)), span)
            }
            TokenKind::LeftBrace => self.selector(None),
            kind if is_metric_name(kind) => self.word(token),
            _other => Err(Stop::Unexpected),
        }
    }

    fn selector(&mut self, name: Option<Token>) -> Parsed<Node> {
        let (selector, span) = self.vector_selector_named(name)?;
        self.above(0, ExprKind::Vector(selector), span)
    }

    /// Reads what starts with a word: what follows it tells whether it is an aggregation, a call, or a metric.
    fn word(&mut self, token: Token) -> Parsed<Node> {
        self.advance();
        match (token.kind, self.kind()) {
            (
                TokenKind::Aggregate(op),
                TokenKind::LeftParen | TokenKind::Keyword(Keyword::By | Keyword::Without),
            ) => self.aggregation(op, token),
            (
                TokenKind::Identifier
                | TokenKind::Keyword(
                    Keyword::Start
                    | Keyword::End
                    | Keyword::Step
                    | Keyword::Range
                    | Keyword::MaxOf
                    | Keyword::MinOf,
                ),
                TokenKind::LeftParen,
            ) => self.call(token),
            _metric => self.selector(Some(token)),
        }
    }

    fn call(&mut self, name: Token) -> Parsed<Node> {
        let (args, height) = self.call_arguments()?;
        let mut span = Span { start: name.start, end: self.last_closing };
        let text = self.text_of(name);
        let extensions = self.options.extensions;
        let found = extensions::with_zone(text, &args, extensions)
            .or_else(|| functions::find(text))
            .or_else(|| extensions::extension(text, extensions));
        let Some(mut function) = found else {
            self.error(name.span(), format!("unknown function with name {}", quote(text)));
            // Stands for the call until the errors are returned.
            return self.above(height, ExprKind::String(String::new()), span);
        };
        if function.experimental && !self.options.experimental_functions {
            self.error(name.span(), format!("function {} is not enabled", quote(text)));
        }
        if let Some((i, fault)) = extensions::fault(function, &args) {
            self.error(args[i].span, fault);
        }
        if let Some(after) = self.keep_metric_names() {
            span.end = after.end;
            match extensions::kept(function) {
                Some(kept) => function = kept,
                None => self.error(
                    after,
                    format!(
                        "keep_metric_names cannot stand after {text}(), which has no series to keep a name of"
                    ),
                ),
            }
        }
        self.above(height, ExprKind::Call(Call { function, args }), span)
    }

    /// Reads `keep_metric_names`, if it comes next and is switched on.
    fn keep_metric_names(&mut self) -> Option<Span> {
        let next = self.peek();
        let is_next = self.options.extensions.keep_metric_names
            && next.kind == TokenKind::Identifier
            && self.text_of(next) == extensions::KEEP_METRIC_NAMES;
        if is_next {
            self.advance();
        }
        is_next.then(|| next.span())
    }

    /// Has an operation keep the metric's name.
    fn keep_name_of(&mut self, expr: &mut Expr, word: Span) {
        match &mut expr.kind {
            ExprKind::Binary(binary)
                if !binary.op.is_set()
                    && [&binary.left, &binary.right].iter().any(|e| e.value_type() == ValueType::Vector) =>
            {
                binary.keeps_name = true;
            }
            _other => self.error(
                word,
                "keep_metric_names can only stand after an operation with a vector, in parentheses",
            ),
        }
    }

    /// Reads `(a, b, …)` and returns the arguments and the height of the highest.
    pub(super) fn call_arguments(&mut self) -> Parsed<(Vec<Expr>, u32)> {
        self.expect(TokenKind::LeftParen)?;
        let (mut args, mut height) = (Vec::new(), 0);
        if self.accept(TokenKind::RightParen).is_some() {
            return Ok((args, height));
        }
        loop {
            let node = self.expr(0)?;
            height = height.max(node.height);
            args.push(node.expr);
            let mut comma = self.accept(TokenKind::Comma);
            while let Some(token) = comma
                && !starts_expression(self.kind())
            {
                self.error(token.span(), "trailing commas not allowed in function call args");
                comma = self.accept(TokenKind::Comma);
            }
            if comma.is_none() {
                self.expect(TokenKind::RightParen)?;
                return Ok((args, height));
            }
        }
    }
}
