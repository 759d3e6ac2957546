//! `sum by (a) (…)`, `topk(5, …) without (b)`.

use super::{Node, Parsed, Parser, Stop};
use crate::ast::{Aggregate, AggregateOp, ExprKind, Grouping, Span};
use crate::lexer::{Keyword, Token, TokenKind};

impl AggregateOp {
    /// The operator's name.
    pub fn as_str(self) -> &'static str {
        match self {
            AggregateOp::Sum => "sum",
            AggregateOp::Avg => "avg",
            AggregateOp::Min => "min",
            AggregateOp::Max => "max",
            AggregateOp::Count => "count",
            AggregateOp::Group => "group",
            AggregateOp::Stddev => "stddev",
            AggregateOp::Stdvar => "stdvar",
            AggregateOp::Topk => "topk",
            AggregateOp::Bottomk => "bottomk",
            AggregateOp::CountValues => "count_values",
            AggregateOp::Quantile => "quantile",
            AggregateOp::Limitk => "limitk",
            AggregateOp::LimitRatio => "limit_ratio",
        }
    }

    /// Tells whether it takes a parameter before the vector.
    pub fn has_parameter(self) -> bool {
        use AggregateOp::*;
        matches!(self, Topk | Bottomk | CountValues | Quantile | Limitk | LimitRatio)
    }

    /// Tells whether it may still change.
    pub fn is_experimental(self) -> bool {
        matches!(self, AggregateOp::Limitk | AggregateOp::LimitRatio)
    }
}

const NO_ARGUMENTS: &str = "no arguments for aggregate expression provided";

impl Parser<'_> {
    /// Reads what follows the operator's name.
    pub(super) fn aggregation(&mut self, op: AggregateOp, name: Token) -> Parsed<Node> {
        let parsed = self.aggregation_body(op, name);
        parsed.map_err(|stop| {
            if stop == Stop::Unexpected {
                self.complain(stop, "aggregation", "");
                self.error(Span { start: name.start, end: self.last_closing.max(name.start) }, NO_ARGUMENTS);
            }
            Stop::Reported
        })
    }

    fn aggregation_body(&mut self, op: AggregateOp, name: Token) -> Parsed<Node> {
        let before = self.grouping()?;
        let (mut args, height) = self.call_arguments()?;
        let grouping = match before {
            Some(grouping) => Some(grouping),
            None => self.grouping()?,
        };
        let span = Span { start: name.start, end: self.last_closing };
        let wanted = 1 + usize::from(op.has_parameter());
        if args.is_empty() {
            self.error(span, NO_ARGUMENTS);
        } else if op.is_experimental() && !self.options.experimental_functions {
            let name = op.as_str();
            self.error(
                span,
                format!("{name}() is experimental and must be enabled with --enable-feature=promql-experimental-functions"),
            );
        } else if args.len() != wanted {
            let got = args.len();
            self.error(
                span,
                format!("wrong number of arguments for aggregate expression provided, expected {wanted}, got {got}"),
            );
        }
        if args.len() != wanted {
            // Stands for the aggregation until the errors are returned.
            return self.above(height, ExprKind::String(String::new()), span);
        }
        let param = op.has_parameter().then(|| args.remove(0));
        let expr = args.remove(0);
        let grouping = grouping.unwrap_or(Grouping { without: false, labels: Vec::new() });
        self.above(height, ExprKind::Aggregate(Box::new(Aggregate { op, expr, param, grouping })), span)
    }

    /// Reads `by (…)` or `without (…)` if it stands here.
    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let without = match self.kind() {
            TokenKind::Keyword(Keyword::By) => false,
            TokenKind::Keyword(Keyword::Without) => true,
            _other => return Ok(None),
        };
        self.advance();
        Ok(Some(Grouping { without, labels: self.grouping_labels()? }))
    }
}
