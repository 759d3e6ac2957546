//! Whether the parts of an expression fit together. Messages and their order are those of Prometheus 3.14
//! (`promql/parser/parse.go`, `checkAST`).
//!
//! Checking also settles how vectors are matched: set operators become many-to-many, and an operator with a scalar on
//! either side loses its matching.

use model::labels::METRIC_NAME;
use model::number::quote;

use crate::ast::{
    Aggregate, AggregateOp, Binary, Call, Cardinality, Expr, ExprKind, Span, ValueType, VectorSelector,
};
use crate::parser::{ParseError, ParseErrors};

/// Checks a whole expression.
pub(crate) fn check(mut expr: Expr, text: &str) -> Result<Expr, ParseErrors> {
    let mut checker = Checker { text, errors: Vec::new() };
    checker.expr(&mut expr);
    if checker.errors.is_empty() { Ok(expr) } else { Err(ParseErrors(checker.errors)) }
}

struct Checker<'a> {
    text: &'a str,
    errors: Vec<ParseError>,
}

impl Checker<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(ParseError::new(span, message, self.text));
    }

    fn expr(&mut self, expr: &mut Expr) -> ValueType {
        let span = expr.span;
        match &mut expr.kind {
            ExprKind::Number { .. } => ValueType::Scalar,
            ExprKind::String(_) | ExprKind::Bytes(_) => ValueType::String,
            ExprKind::Vector(selector) => {
                self.selector(selector, span, false);
                ValueType::Vector
            }
            ExprKind::Matrix(matrix) => {
                self.selector(&matrix.selector, matrix.selector_span, false);
                ValueType::Matrix
            }
            ExprKind::Subquery(subquery) => {
                let got = self.expr(&mut subquery.expr);
                if got != ValueType::Vector {
                    let got = plain_name(got);
                    self.error(
                        span,
                        format!("subquery is only allowed on instant vector, got {got} instead"),
                    );
                }
                ValueType::Matrix
            }
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Binary(binary) => self.binary(binary, span),
            ExprKind::Unary { expr, .. } => {
                let got = self.expr(expr);
                if !matches!(got, ValueType::Scalar | ValueType::Vector) {
                    let got = quote(got.documented());
                    self.error(
                        span,
                        format!("unary expression only allowed on expressions of type scalar or instant vector, got {got}"),
                    );
                }
                got
            }
            ExprKind::Paren(inner) => self.expr(inner),
        }
    }

    fn expect(&mut self, expr: &mut Expr, want: ValueType, context: &str) {
        let got = self.expr(expr);
        if got != want {
            let (want, got) = (want.documented(), got.documented());
            self.error(expr.span, format!("expected type {want} in {context}, got {got}"));
        }
    }

    fn selector(&mut self, selector: &VectorSelector, span: Span, empty_allowed: bool) {
        if let Some(name) = &selector.name {
            // The last matcher is that of the name before the braces.
            let inner = selector.matchers.split_last().map_or(&[][..], |(_, inner)| inner);
            for matcher in inner.iter().filter(|m| *m.name == *METRIC_NAME) {
                let (name, value) = (quote(name), quote(&matcher.value));
                self.error(span, format!("metric name must not be set twice: {name} or {value}"));
            }
        } else if !empty_allowed && selector.matchers.iter().all(|m| m.matches_empty()) {
            self.error(span, "vector selector must contain at least one non-empty matcher");
        }
    }

    fn aggregate(&mut self, aggregate: &mut Aggregate) -> ValueType {
        self.expect(&mut aggregate.expr, ValueType::Vector, "aggregation expression");
        if let Some(param) = &mut aggregate.param {
            let want = match aggregate.op {
                AggregateOp::CountValues => ValueType::String,
                _numeric => ValueType::Scalar,
            };
            self.expect(param, want, "aggregation parameter");
        }
        ValueType::Vector
    }

    fn call(&mut self, call: &mut Call, span: Span) -> ValueType {
        let function = call.function;
        let (name, got) = (quote(function.name), call.args.len());
        let wanted = function.args.len();
        if function.variadic == 0 {
            if got != wanted {
                self.error(span, format!("expected {wanted} argument(s) in call to {name}, got {got}"));
            }
        } else {
            let least = wanted - 1;
            let most = usize::try_from(function.variadic).ok().map(|more| least + more);
            if got < least {
                self.error(
                    span,
                    format!("expected at least {least} argument(s) in call to {name}, got {got}"),
                );
            } else if let Some(most) = most.filter(|most| got > *most) {
                self.error(span, format!("expected at most {most} argument(s) in call to {name}, got {got}"));
            }
        }
        let is_info = function.name == "info";
        if is_info && let Some(second) = call.args.get(1) {
            self.info_selector(second, span);
        }
        for (i, arg) in call.args.iter_mut().enumerate() {
            if i >= wanted && function.variadic == 0 {
                break;
            }
            let Some(want) = function.args.get(i).or(function.args.last()) else {
                break;
            };
            let got = match &arg.kind {
                ExprKind::Vector(selector) if is_info && i == 1 => {
                    self.selector(selector, arg.span, true);
                    ValueType::Vector
                }
                _other => self.expr(arg),
            };
            if got != *want {
                let (want, got) = (want.documented(), got.documented());
                self.error(arg.span, format!("expected type {want} in call to function {name}, got {got}"));
            }
        }
        function.returns
    }

    /// The second argument of `info` must be a selector without a metric name; it may match everything.
    fn info_selector(&mut self, arg: &Expr, call: Span) {
        let got = arg.value_type();
        if got != ValueType::Vector {
            let got = got.documented();
            self.error(call, format!("expected type instant vector in call to function \"info\", got {got}"));
        }
        match &arg.kind {
            ExprKind::Vector(selector) if selector.name.is_some() => {
                self.error(arg.span, "expected label selectors only, got vector selector instead");
            }
            ExprKind::Vector(_) => {}
            _other => self.error(arg.span, "expected label selectors only"),
        }
    }

    fn binary(&mut self, binary: &mut Binary, span: Span) -> ValueType {
        let (left, right) = (self.expr(&mut binary.left), self.expr(&mut binary.right));
        let (op, op_span) = (binary.op, self.operator_span(binary));
        let name = quote(op.as_str());
        let scalars = left == ValueType::Scalar && right == ValueType::Scalar;
        if binary.return_bool && !op.is_comparison() {
            self.error(op_span, "bool modifier can only be used on comparison operators");
        }
        if op.is_comparison() && !binary.return_bool && scalars {
            self.error(op_span, "comparisons between scalars must use BOOL modifier");
        }
        if let Some(matching) = &mut binary.matching {
            if op.is_set() && matching.cardinality == Cardinality::OneToOne {
                matching.cardinality = Cardinality::ManyToMany;
            }
            if matching.on {
                for label in matching.labels.iter().filter(|l| matching.include.contains(l)) {
                    let label = quote(label);
                    self.error(
                        op_span,
                        format!("label {label} must not occur in ON and GROUP clause at once"),
                    );
                }
            }
        }
        for (got, side) in [(left, &binary.left), (right, &binary.right)] {
            if !matches!(got, ValueType::Scalar | ValueType::Vector) {
                self.error(side.span, "binary expression must contain only scalar and instant vector types");
            }
        }
        let both_vectors = left == ValueType::Vector && right == ValueType::Vector;
        if let Some(matching) = &binary.matching {
            let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
            if !both_vectors {
                if !matching.labels.is_empty() {
                    self.error(span, "vector matching only allowed between instant vectors");
                }
                if fills {
                    self.error(span, "filling in missing series only allowed between instant vectors");
                }
                binary.matching = None;
            } else if op.is_set() {
                if matching.cardinality != Cardinality::ManyToMany {
                    self.error(span, format!("no grouping allowed for {name} operation"));
                    self.error(span, "set operations must always be many-to-many");
                }
                if fills {
                    self.error(span, "filling in missing series not allowed for set operators");
                }
            }
        }
        if op.is_set() && (left == ValueType::Scalar || right == ValueType::Scalar) {
            self.error(span, format!("set operator {name} not allowed in binary scalar expression"));
        }
        if scalars { ValueType::Scalar } else { ValueType::Vector }
    }

    /// The text between the operands without the white space around it; its last byte is the end (inclusive).
    fn operator_span(&self, binary: &Binary) -> Span {
        let (left_end, right_start) = (binary.left.span.end, binary.right.span.start);
        let between = self.text.get(left_end as usize..right_start as usize).unwrap_or_default();
        let lead = between.len() - between.trim_start_matches(is_space).len();
        let tail = between.len() - between.trim_end_matches(is_space).len();
        Span { start: left_end + lead as u32, end: (right_start - tail as u32).saturating_sub(1) }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The name of a type in the HTTP API, which one message uses.
fn plain_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::None => "none",
        ValueType::Scalar => "scalar",
        ValueType::String => "string",
        ValueType::Vector => "vector",
        ValueType::Matrix => "matrix",
    }
}
