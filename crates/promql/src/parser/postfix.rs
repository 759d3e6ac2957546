//! What may follow an expression: `[range]`, `[range:step]`, `offset`, `@`, `anchored`, `smoothed`.

use super::{Node, Parsed, Parser, Stop};
use crate::ast::{At, DurationValue, ExprKind, MatrixSelector, RangeMode, Span, Subquery, VectorSelector};
use crate::lexer::{Keyword, Token, TokenKind};

const DURATION: &str = "number, duration, step(), or range()";
const ONLY_SELECTORS: &str = "ranges only allowed for vector selectors";
const TOGETHER: &str = "anchored and smoothed modifiers cannot be used together";

/// Stands as the selector's span in a range that was put behind something else; the error is recorded already.
const BROKEN: Span = Span { start: u32::MAX, end: 0 };

impl Parser<'_> {
    pub(super) fn postfix(&mut self, mut node: Node) -> Parsed<Node> {
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::Keyword(Keyword::Offset) => {
                    self.advance();
                    let offset =
                        self.offset_duration().map_err(|stop| self.complain(stop, "offset", DURATION))?;
                    self.set_offset(&mut node, offset);
                }
                TokenKind::At => {
                    self.advance();
                    self.at(&mut node).map_err(|stop| self.complain(stop, "@", "timestamp"))?;
                }
                TokenKind::LeftBracket => {
                    self.advance();
                    node = self.range(node, token)?;
                }
                TokenKind::Keyword(Keyword::Anchored) => {
                    self.advance();
                    self.set_mode(&mut node, RangeMode::Anchored);
                }
                TokenKind::Keyword(Keyword::Smoothed) => {
                    self.advance();
                    self.set_mode(&mut node, RangeMode::Smoothed);
                }
                _other => return Ok(node),
            }
        }
    }

    /// Reads what follows `[`.
    fn range(&mut self, node: Node, open: Token) -> Parsed<Node> {
        let range = self
            .positive_duration()
            .map_err(|stop| self.complain(stop, "subquery or range selector", DURATION))?;
        if let Some(close) = self.accept(TokenKind::RightBracket) {
            return self.matrix(node, range, open.span().to(close.span()));
        }
        if self.accept(TokenKind::Colon).is_none() {
            return Err(self.complain(Stop::Unexpected, "subquery or range", "\":\" or \"]\""));
        }
        let step = if self.kind() == TokenKind::RightBracket {
            None
        } else {
            let expected = "number, duration, step(), range(), or \"]\"";
            let step = self.positive_duration();
            Some(step.map_err(|stop| self.complain(stop, "subquery selector", expected))?)
        };
        let Some(close) = self.accept(TokenKind::RightBracket) else {
            return Err(self.complain(Stop::Unexpected, "subquery selector", "\"]\""));
        };
        let span = node.expr.span.to(close.span());
        let subquery = Subquery { expr: node.expr, range, step, offset: None, at: None };
        self.above(node.height, ExprKind::Subquery(Box::new(subquery)), span)
    }

    fn matrix(&mut self, node: Node, range: DurationValue, brackets: Span) -> Parsed<Node> {
        let span = node.expr.span.to(brackets);
        let (selector, selector_span) = match node.expr.kind {
            ExprKind::Vector(selector) => {
                if selector.offset.is_some() {
                    self.error(brackets, "no offset modifiers allowed before range");
                } else if selector.at.is_some() {
                    self.error(brackets, "no @ modifiers allowed before range");
                }
                (selector, node.expr.span)
            }
            _other => {
                self.error(brackets, ONLY_SELECTORS);
                (VectorSelector::empty(), BROKEN)
            }
        };
        self.above(node.height, ExprKind::Matrix(MatrixSelector { selector, selector_span, range }), span)
    }

    fn set_offset(&mut self, node: &mut Node, offset: DurationValue) {
        let span = node.expr.span;
        let slot = match &mut node.expr.kind {
            ExprKind::Vector(selector) => &mut selector.offset,
            ExprKind::Matrix(matrix) if matrix.selector_span == BROKEN => {
                return self.error(span, ONLY_SELECTORS);
            }
            ExprKind::Matrix(matrix) => &mut matrix.selector.offset,
            ExprKind::Subquery(subquery) => &mut subquery.offset,
            _other => {
                return self.error(
                    span,
                    "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
                );
            }
        };
        if slot.is_some() {
            self.error(span, "offset may not be set multiple times");
        } else if offset != DurationValue::Constant(0) {
            *slot = Some(offset);
        }
        node.expr.span.end = self.last_closing;
    }

    /// Reads what follows `@`.
    fn at(&mut self, node: &mut Node) -> Parsed<()> {
        let at = match self.kind() {
            TokenKind::Keyword(word @ (Keyword::Start | Keyword::End)) => {
                self.advance();
                self.expect(TokenKind::LeftParen)?;
                self.expect(TokenKind::RightParen)?;
                if word == Keyword::Start { At::Start } else { At::End }
            }
            _number => {
                let seconds = self.signed_number()?;
                let span = node.expr.span;
                if !seconds.is_finite() || seconds >= i64::MAX as f64 || seconds <= i64::MIN as f64 {
                    let shown = if seconds.is_finite() {
                        format!("{seconds:.6}")
                    } else {
                        model::number::format_g(seconds)
                    };
                    self.error(span, format!("timestamp out of bounds for @ modifier: {shown}"));
                }
                At::Timestamp((seconds * 1000.0).round() as i64)
            }
        };
        self.set_at(node, at);
        Ok(())
    }

    fn set_at(&mut self, node: &mut Node, at: At) {
        let span = node.expr.span;
        let slot = match &mut node.expr.kind {
            ExprKind::Vector(selector) => &mut selector.at,
            ExprKind::Matrix(matrix) if matrix.selector_span == BROKEN => {
                return self.error(span, ONLY_SELECTORS);
            }
            ExprKind::Matrix(matrix) => &mut matrix.selector.at,
            ExprKind::Subquery(subquery) => &mut subquery.at,
            _other => {
                return self.error(
                    span,
                    "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
                );
            }
        };
        if slot.is_some() {
            return self.error(span, "@ <timestamp> may not be set multiple times");
        }
        *slot = Some(at);
        node.expr.span.end = self.last_closing;
    }

    fn set_mode(&mut self, node: &mut Node, mode: RangeMode) {
        let (span, name) = (node.expr.span, mode.as_str());
        if !self.options.extended_range_selectors {
            return self.error(span, format!("{name} modifier is experimental and not enabled"));
        }
        let slot = match &mut node.expr.kind {
            ExprKind::Vector(selector) => &mut selector.mode,
            ExprKind::Matrix(matrix) => &mut matrix.selector.mode,
            ExprKind::Subquery(_) => {
                return self.error(span, format!("{name} modifier is not supported for subqueries"));
            }
            _other => return self.error(span, format!("{name} modifier not implemented")),
        };
        if *slot != RangeMode::Plain && *slot != mode {
            self.error(span, TOGETHER);
        } else {
            *slot = mode;
        }
    }
}
