//! Durations in ranges, steps and offsets, and arithmetic on them.

use super::literal::NumberLiteral;
use super::{Parsed, Parser, Stop};
use crate::ast::{BinaryOp, DurationExpr, DurationKind, DurationValue, Span};
use crate::lexer::{Keyword, TokenKind};

/// The most seconds that Go's `time.Duration` can hold, about 292 years.
const SECONDS_MAX: f64 = i64::MAX as f64 / 1e9;

/// Precedence of a sign before a duration, that of `*`.
const SIGN: u8 = 5;

impl DurationExpr {
    fn number(number: NumberLiteral, span: Span) -> DurationExpr {
        let kind = DurationKind::Number { seconds: number.value, duration: number.duration };
        DurationExpr { kind, span, wrapped: false }
    }

    /// What stands where an error was reported.
    fn zero() -> DurationExpr {
        DurationExpr::number(NumberLiteral { value: 0.0, duration: false }, Span::default())
    }

    /// Returns the seconds of a number that is not part of any arithmetic.
    fn plain_seconds(&self) -> Option<f64> {
        match &self.kind {
            DurationKind::Number { seconds, .. } => Some(*seconds),
            _arithmetic => None,
        }
    }

    /// Returns a plain number as milliseconds, anything else as it is.
    pub(super) fn into_value(self) -> DurationValue {
        match self.plain_seconds() {
            // Over nanoseconds and towards zero, as Prometheus does.
            Some(seconds) => DurationValue::Constant((seconds * 1e9).round() as i64 / 1_000_000),
            None => DurationValue::Expr(Box::new(self)),
        }
    }

    /// Puts parentheses around; a plain number becomes arithmetic by that.
    fn wrap(self, span: Span) -> DurationExpr {
        match &self.kind {
            DurationKind::Number { .. } => DurationExpr {
                kind: DurationKind::Unary { negative: false, expr: Box::new(self) },
                span,
                wrapped: true,
            },
            _arithmetic => DurationExpr { wrapped: true, ..self },
        }
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Add | Sub | Mul | Div | Mod | Pow)
}

fn sign(kind: TokenKind) -> Option<bool> {
    match kind {
        TokenKind::Binary(BinaryOp::Add) => Some(false),
        TokenKind::Binary(BinaryOp::Sub) => Some(true),
        _other => None,
    }
}

impl Parser<'_> {
    /// Reads a range or step, which must be greater than 0 where that is known already.
    pub(super) fn positive_duration(&mut self) -> Parsed<DurationValue> {
        let expr = self.duration_expr(0)?;
        if expr.plain_seconds().is_some_and(|seconds| seconds <= 0.0) {
            self.error(expr.span, "duration must be greater than 0");
        }
        Ok(expr.into_value())
    }

    /// Reads what follows `offset`. Without parentheses arithmetic ends at the first operator, so that
    /// `foo offset 5m + 3` is a sum of vectors.
    pub(super) fn offset_duration(&mut self) -> Parsed<DurationValue> {
        let first = self.peek();
        let Some(negative) = sign(first.kind) else {
            let expr = match first.kind {
                TokenKind::LeftParen => self.duration_expr(0)?,
                _simple => self.duration_operand()?,
            };
            return Ok(expr.into_value());
        };
        self.advance();
        let next = self.peek();
        let expr = match next.kind {
            TokenKind::Keyword(_) => {
                let inner = self.duration_operand()?;
                let span = first.span().to(inner.span);
                DurationExpr {
                    kind: DurationKind::Unary { negative, expr: Box::new(inner) },
                    span,
                    wrapped: false,
                }
            }
            TokenKind::LeftParen => {
                self.advance();
                let inner = self.duration_expr(0)?;
                self.expect(TokenKind::RightParen)?;
                let span = inner.span;
                self.apply_sign(negative, first.span(), inner.wrap(span))
            }
            TokenKind::Binary(_) => {
                let inner = self.duration_expr(SIGN + 1)?;
                let signed = self.apply_sign(negative, first.span(), inner);
                self.duration_rest(signed, 0)?
            }
            _number => {
                let (number, token) = self.number_or_duration()?;
                self.apply_sign(negative, first.span(), DurationExpr::number(number, token.span()))
            }
        };
        Ok(expr.into_value())
    }

    fn duration_expr(&mut self, precedence_min: u8) -> Parsed<DurationExpr> {
        self.descend()?;
        let span = self.peek().span();
        let left = match sign(self.kind()) {
            Some(negative) => {
                self.advance();
                let inner = self.duration_expr(SIGN + 1)?;
                self.apply_sign(negative, span, inner)
            }
            None => self.duration_operand()?,
        };
        let expr = self.duration_rest(left, precedence_min)?;
        self.depth -= 1;
        Ok(expr)
    }

    fn duration_rest(&mut self, mut left: DurationExpr, precedence_min: u8) -> Parsed<DurationExpr> {
        let mut links = self.depth;
        while let TokenKind::Binary(op) = self.kind() {
            if !is_arithmetic(op) || op.precedence() < precedence_min {
                break;
            }
            let op_span = self.advance().span();
            // Each operator makes the tree one level higher at most.
            links += 1;
            self.check_height(links, op_span)?;
            let right = self.duration_expr(op.precedence() + u8::from(!op.is_right_associative()))?;
            self.check_duration_expr(left.span);
            let divisor_is_zero = right.plain_seconds() == Some(0.0);
            let span = left.span.to(right.span);
            left = match op {
                BinaryOp::Div if divisor_is_zero => {
                    self.error(op_span, "division by zero");
                    DurationExpr::zero()
                }
                BinaryOp::Mod if divisor_is_zero => {
                    self.error(op_span, "modulo by zero");
                    DurationExpr::zero()
                }
                _other => DurationExpr {
                    kind: DurationKind::Binary { op, left: Box::new(left), right: Box::new(right) },
                    span,
                    wrapped: false,
                },
            };
        }
        Ok(left)
    }

    /// Reads a number, `step()`, `range()`, `min_of(…)`, `max_of(…)` or parentheses.
    fn duration_operand(&mut self) -> Parsed<DurationExpr> {
        let first = self.peek();
        let kind = match first.kind {
            TokenKind::LeftParen => {
                self.advance();
                let inner = self.duration_expr(0)?;
                let close = self.expect(TokenKind::RightParen)?;
                self.check_duration_expr(inner.span);
                return Ok(inner.wrap(first.span().to(close.span())));
            }
            TokenKind::Keyword(Keyword::Step) => self.empty_parentheses(DurationKind::Step)?,
            TokenKind::Keyword(Keyword::Range) => self.empty_parentheses(DurationKind::Range)?,
            TokenKind::Keyword(word @ (Keyword::MinOf | Keyword::MaxOf)) => {
                self.advance();
                self.expect(TokenKind::LeftParen)?;
                let left = Box::new(self.duration_expr(0)?);
                self.expect(TokenKind::Comma)?;
                let right = Box::new(self.duration_expr(0)?);
                self.expect(TokenKind::RightParen)?;
                match word {
                    Keyword::MinOf => DurationKind::MinOf(left, right),
                    _max => DurationKind::MaxOf(left, right),
                }
            }
            _number => {
                let (number, token) = self.number_or_duration()?;
                return Ok(self.in_range(DurationExpr::number(number, token.span()), token.span()));
            }
        };
        let span = Span { start: first.start, end: self.last_closing };
        self.check_duration_expr(span);
        Ok(DurationExpr { kind, span, wrapped: false })
    }

    fn empty_parentheses(&mut self, kind: DurationKind) -> Result<DurationKind, Stop> {
        self.advance();
        self.expect(TokenKind::LeftParen)?;
        self.expect(TokenKind::RightParen)?;
        Ok(kind)
    }

    /// Sets a sign before a duration; a plus before arithmetic leaves no trace.
    fn apply_sign(&mut self, negative: bool, sign: Span, expr: DurationExpr) -> DurationExpr {
        let span = sign.to(expr.span);
        match &expr.kind {
            &DurationKind::Number { seconds, duration } => {
                let value = if negative { -seconds } else { seconds };
                self.in_range(DurationExpr::number(NumberLiteral { value, duration }, span), sign)
            }
            _arithmetic if negative => DurationExpr {
                kind: DurationKind::Unary { negative: true, expr: Box::new(expr) },
                span,
                wrapped: false,
            },
            _arithmetic => expr,
        }
    }

    fn in_range(&mut self, expr: DurationExpr, span: Span) -> DurationExpr {
        if expr.plain_seconds().is_some_and(|seconds| seconds.abs() > SECONDS_MAX) {
            self.error(span, "duration out of range");
            return DurationExpr::zero();
        }
        expr
    }

    fn check_duration_expr(&mut self, span: Span) {
        if !self.options.duration_expr {
            self.error(span, "experimental duration expression is not enabled");
        }
    }
}
