//! The syntax tree of PromQL. Every node knows the byte span it was read from.
//!
//! Mirrors Prometheus 3.14 `promql/parser/ast.go`; names of enum variants are the language's own words.

use std::sync::Arc;

use model::Matcher;

/// A half-open range of byte offsets in the query text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The type of an expression's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// No value (as in an aggregation without a parameter).
    None,
    /// One number per step.
    Scalar,
    /// A string.
    String,
    /// One sample per series and step.
    Vector,
    /// A range of samples per series.
    Matrix,
}

impl ValueType {
    /// Returns the name used in error messages: `instant vector`, `range vector`, …
    pub fn documented(self) -> &'static str {
        match self {
            ValueType::None => "none",
            ValueType::Scalar => "scalar",
            ValueType::String => "string",
            ValueType::Vector => "instant vector",
            ValueType::Matrix => "range vector",
        }
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are told by the variant's own line")]
pub enum ExprKind {
    /// `1.5`; `duration` tells that it was written as a duration (`5m` = 300).
    Number { value: f64, duration: bool },
    /// `"text"`.
    String(String),
    /// `"a\xff"`: a string that is no UTF-8.
    Bytes(Vec<u8>),
    /// `metric{a="b"} @ t offset d`.
    Vector(VectorSelector),
    /// `selector[range]`.
    Matrix(MatrixSelector),
    /// `expr[range:step] @ t offset d`.
    Subquery(Box<Subquery>),
    /// `f(args…)`.
    Call(Call),
    /// `sum by (a) (expr)`.
    Aggregate(Box<Aggregate>),
    /// `a + on (x) group_left (y) b`.
    Binary(Box<Binary>),
    /// `-expr`, `+expr`.
    Unary { negative: bool, expr: Box<Expr> },
    /// `(expr)`.
    Paren(Box<Expr>),
}

/// A time that an offset or range was given with: a constant, or an expression worked out when the query runs.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationValue {
    /// Milliseconds; negative only in offsets.
    Constant(i64),
    /// Arithmetic on durations, `step()`, `range()`, `min_of()`, `max_of()`.
    Expr(Box<DurationExpr>),
}

/// Arithmetic in a duration's place.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationExpr {
    /// What it is.
    pub kind: DurationKind,
    /// Where it stands.
    pub span: Span,
    /// Whether it was written in parentheses.
    pub wrapped: bool,
}

/// The kinds of duration arithmetic. Numbers are seconds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are told by the variant's own line")]
pub enum DurationKind {
    /// A number or duration literal.
    Number { seconds: f64, duration: bool },
    /// `step()`.
    Step,
    /// `range()`.
    Range,
    /// `-x`, `+x`.
    Unary { negative: bool, expr: Box<DurationExpr> },
    /// `a + b` with one of `+ - * / % ^`.
    Binary { op: BinaryOp, left: Box<DurationExpr>, right: Box<DurationExpr> },
    /// `min_of(a, b)`.
    MinOf(Box<DurationExpr>, Box<DurationExpr>),
    /// `max_of(a, b)`.
    MaxOf(Box<DurationExpr>, Box<DurationExpr>),
}

/// The `@` modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Milliseconds since the epoch.
    Timestamp(i64),
    /// `@ start()`.
    Start,
    /// `@ end()`.
    End,
}

/// How a range selector treats its boundaries (experimental).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RangeMode {
    /// Samples inside the range only.
    #[default]
    Plain,
    /// `anchored`: with the last sample at or before the range's start.
    Anchored,
    /// `smoothed`: with values interpolated at both ends.
    Smoothed,
}

impl RangeMode {
    /// The modifier as written; empty for the plain mode.
    pub fn as_str(self) -> &'static str {
        match self {
            RangeMode::Plain => "",
            RangeMode::Anchored => "anchored",
            RangeMode::Smoothed => "smoothed",
        }
    }
}

/// An instant selector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSelector {
    /// The name written before the braces, if any. The matchers hold it too.
    pub name: Option<Arc<str>>,
    /// All matchers, the name's included (last, as Prometheus appends it).
    pub matchers: Vec<Matcher>,
    /// `offset`, if written.
    pub offset: Option<DurationValue>,
    /// `@`, if written.
    pub at: Option<At>,
    /// `anchored` or `smoothed`, if written.
    pub mode: RangeMode,
    /// MetricsQL-free: `true` when selected histogram buckets may be skipped (only count and sum are needed).
    pub skip_histogram_buckets: bool,
}

impl VectorSelector {
    /// A selector without name or matchers.
    pub(crate) fn empty() -> VectorSelector {
        VectorSelector {
            name: None,
            matchers: Vec::new(),
            offset: None,
            at: None,
            mode: RangeMode::Plain,
            skip_histogram_buckets: false,
        }
    }
}

/// A range selector.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSelector {
    /// Which series.
    pub selector: VectorSelector,
    /// Span of the inner selector.
    pub selector_span: Span,
    /// How far back.
    pub range: DurationValue,
}

/// A subquery.
#[derive(Clone, Debug, PartialEq)]
pub struct Subquery {
    /// The inner expression.
    pub expr: Expr,
    /// How far back.
    pub range: DurationValue,
    /// The inner step; `None` takes the default evaluation interval.
    pub step: Option<DurationValue>,
    /// `offset`, if written.
    pub offset: Option<DurationValue>,
    /// `@`, if written.
    pub at: Option<At>,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function; see `functions`.
    pub function: &'static crate::functions::Signature,
    /// Its arguments.
    pub args: Vec<Expr>,
}

/// The aggregation operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum AggregateOp {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    CountValues,
    Quantile,
    Limitk,
    LimitRatio,
}

/// `by` or `without`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// `true` for `without`.
    pub without: bool,
    /// Label names as written.
    pub labels: Vec<Arc<str>>,
}

/// An aggregation.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub op: AggregateOp,
    /// The vector.
    pub expr: Expr,
    /// `k`, the quantile, or the label of `count_values`.
    pub param: Option<Expr>,
    /// `by ()` where nothing was written.
    pub grouping: Grouping,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    And,
    Or,
    Unless,
    /// `</`: upper part of a histogram trimmed away.
    TrimUpper,
    /// `>/`: lower part trimmed away.
    TrimLower,
}

impl BinaryOp {
    /// `== != > < >= <=`.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Eq | Ne | Gt | Lt | Ge | Le)
    }
    /// `and or unless`.
    pub fn is_set(self) -> bool {
        matches!(self, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless)
    }
    /// The operator as written.
    pub fn as_str(self) -> &'static str {
        use BinaryOp::*;
        match self {
            Add => "+",
            Sub => "-",
            Mul => "*",
            Div => "/",
            Mod => "%",
            Pow => "^",
            Atan2 => "atan2",
            Eq => "==",
            Ne => "!=",
            Gt => ">",
            Lt => "<",
            Ge => ">=",
            Le => "<=",
            And => "and",
            Or => "or",
            Unless => "unless",
            TrimUpper => "</",
            TrimLower => ">/",
        }
    }
}

/// How many series of each side may match one of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// One to one.
    OneToOne,
    /// `group_left`.
    ManyToOne,
    /// `group_right`.
    OneToMany,
    /// Set operators.
    ManyToMany,
}

/// How two vectors are matched.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorMatching {
    /// One-to-one, …
    pub cardinality: Cardinality,
    /// `true` for `on`, `false` for `ignoring` (also where neither was written).
    pub on: bool,
    /// Labels of `on` or `ignoring`.
    pub labels: Vec<Arc<str>>,
    /// Labels of `group_left` or `group_right`.
    pub include: Vec<Arc<str>>,
    /// `fill_left`: value for a missing left side (experimental).
    pub fill_left: Option<f64>,
    /// `fill_right`.
    pub fill_right: Option<f64>,
}

/// A binary operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Which.
    pub op: BinaryOp,
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
    /// `bool`.
    pub return_bool: bool,
    /// Only between two vectors.
    pub matching: Option<VectorMatching>,
    /// Where the operator stands.
    pub op_span: Span,
    /// The results keep the metric's name: `(a + b) keep_metric_names`. The operation then stands in parentheses.
    pub keeps_name: bool,
}

impl Expr {
    /// Returns the type of the value.
    pub fn value_type(&self) -> ValueType {
        match &self.kind {
            ExprKind::Number { .. } => ValueType::Scalar,
            ExprKind::String(_) | ExprKind::Bytes(_) => ValueType::String,
            ExprKind::Vector(_) | ExprKind::Aggregate(_) => ValueType::Vector,
            ExprKind::Matrix(_) | ExprKind::Subquery(_) => ValueType::Matrix,
            ExprKind::Call(c) => c.function.returns,
            ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => expr.value_type(),
            ExprKind::Binary(b) => match (b.left.value_type(), b.right.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
        }
    }
}
