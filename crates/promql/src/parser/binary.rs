//! Operators between and before expressions.

use super::{Node, Parsed, Parser};
use crate::ast::{Binary, BinaryOp, Cardinality, ExprKind, VectorMatching};
use crate::lexer::{Keyword, TokenKind};

/// Precedence of `*` and its like: a sign before an expression binds as tightly.
const PRODUCT: u8 = 5;

impl BinaryOp {
    /// How tightly it binds; more is tighter.
    pub(crate) fn precedence(self) -> u8 {
        use BinaryOp::*;
        match self {
            Or => 1,
            And | Unless => 2,
            Eq | Ne | Gt | Lt | Ge | Le | TrimUpper | TrimLower => 3,
            Add | Sub => 4,
            Mul | Div | Mod | Atan2 => PRODUCT,
            Pow => 6,
        }
    }

    /// Whether `a ^ b ^ c` is `a ^ (b ^ c)`.
    pub(crate) fn is_right_associative(self) -> bool {
        self == BinaryOp::Pow
    }
}

impl Parser<'_> {
    /// Reads an expression whose operators all bind at least as tightly as `precedence_min`.
    pub(super) fn expr(&mut self, precedence_min: u8) -> Parsed<Node> {
        self.descend()?;
        let mut left = self.operand()?;
        while let TokenKind::Binary(op) = self.kind() {
            let precedence = op.precedence();
            if precedence < precedence_min {
                break;
            }
            left = self.binary(left, op)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Parsed<Node> {
        let token = self.peek();
        let negative = match token.kind {
            TokenKind::Binary(BinaryOp::Add) => false,
            TokenKind::Binary(BinaryOp::Sub) => true,
            _primary => {
                let primary = self.primary()?;
                return self.postfix(primary);
            }
        };
        self.advance();
        let mut operand = self.expr(PRODUCT + 1)?;
        let span = token.span().to(operand.expr.span);
        if let ExprKind::Number { value, .. } = &mut operand.expr.kind {
            if negative {
                *value = -*value;
            }
            operand.expr.span = span;
            return Ok(operand);
        }
        let kind = ExprKind::Unary { negative, expr: Box::new(operand.expr) };
        self.above(operand.height, kind, span)
    }

    fn binary(&mut self, left: Node, op: BinaryOp) -> Parsed<Node> {
        let op_span = self.advance().span();
        let return_bool = self.accept(TokenKind::Keyword(Keyword::Bool)).is_some();
        let matching = self.matching()?;
        let right = self.expr(op.precedence() + u8::from(!op.is_right_associative()))?;
        let span = left.expr.span.to(right.expr.span);
        let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
        if fills && !self.options.binop_fill_modifiers {
            self.error(span, "binop fill modifiers are experimental and not enabled");
        }
        let height = left.height.max(right.height);
        let binary = Binary {
            op,
            left: left.expr,
            right: right.expr,
            return_bool,
            matching: Some(matching),
            op_span,
            keeps_name: false,
        };
        self.above(height, ExprKind::Binary(Box::new(binary)), span)
    }

    /// Reads `on (…)`, `ignoring (…)`, `group_left (…)`, `fill (…)` and their like.
    fn matching(&mut self) -> Parsed<VectorMatching> {
        let mut matching = VectorMatching {
            cardinality: Cardinality::OneToOne,
            on: false,
            labels: Vec::new(),
            include: Vec::new(),
            fill_left: None,
            fill_right: None,
        };
        if let TokenKind::Keyword(word @ (Keyword::On | Keyword::Ignoring)) = self.kind() {
            self.advance();
            matching.on = word == Keyword::On;
            matching.labels = self.grouping_labels()?;
            matching.cardinality = match self.kind() {
                TokenKind::Keyword(Keyword::GroupLeft) => Cardinality::ManyToOne,
                TokenKind::Keyword(Keyword::GroupRight) => Cardinality::OneToMany,
                _no_group => Cardinality::OneToOne,
            };
            if matching.cardinality != Cardinality::OneToOne {
                self.advance();
                matching.include = self.optional_grouping_labels()?;
            }
        }
        match self.kind() {
            TokenKind::Keyword(Keyword::Fill) => {
                let value = self.fill_value()?;
                (matching.fill_left, matching.fill_right) = (Some(value), Some(value));
            }
            TokenKind::Keyword(Keyword::FillLeft) => {
                matching.fill_left = Some(self.fill_value()?);
                if self.kind() == TokenKind::Keyword(Keyword::FillRight) {
                    matching.fill_right = Some(self.fill_value()?);
                }
            }
            TokenKind::Keyword(Keyword::FillRight) => {
                matching.fill_right = Some(self.fill_value()?);
                if self.kind() == TokenKind::Keyword(Keyword::FillLeft) {
                    matching.fill_left = Some(self.fill_value()?);
                }
            }
            _no_fill => {}
        }
        Ok(matching)
    }

    fn fill_value(&mut self) -> Parsed<f64> {
        self.advance();
        self.expect(TokenKind::LeftParen)?;
        let value = self.signed_number()?;
        self.expect(TokenKind::RightParen)?;
        Ok(value)
    }
}
