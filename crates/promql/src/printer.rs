//! Syntax tree to text: on one line ([`std::fmt::Display`]) and laid out for reading ([`Expr::pretty`]).
//!
//! Both are what Prometheus 3.14 prints (`promql/parser/{printer,prettier}.go`), and parse back to an equal tree.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use model::labels::{METRIC_NAME, is_legacy_label_name};
use model::number::{format_f, format_g, quote};
use model::{MatchOp, Matcher};

use crate::ast::{
    Aggregate, At, Binary, Call, Cardinality, DurationExpr, DurationKind, DurationValue, Expr, ExprKind,
    MatrixSelector, RangeMode, Subquery, VectorMatching, VectorSelector,
};
use crate::number::quote_bytes;

/// Expressions up to this length stay on one line.
const LINE_BYTES_MAX: usize = 100;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number { value, duration } => f.write_str(&number(*value, *duration)),
            ExprKind::String(text) => f.write_str(&readable(quote(text))),
            ExprKind::Bytes(bytes) => f.write_str(&readable(quote_bytes(bytes))),
            ExprKind::Vector(selector) => selector.fmt(f),
            ExprKind::Matrix(matrix) => matrix.fmt(f),
            ExprKind::Subquery(subquery) => write!(f, "{}{}", subquery.expr, subquery_suffix(subquery)),
            ExprKind::Call(call) => {
                f.write_str(call.function.name)?;
                arguments(f, call)
            }
            ExprKind::Aggregate(aggregate) => {
                write!(f, "{}(", aggregate_head(aggregate))?;
                if let Some(param) = &aggregate.param {
                    write!(f, "{param}, ")?;
                }
                write!(f, "{})", aggregate.expr)
            }
            ExprKind::Binary(binary) => {
                write!(f, "{} {} {}", binary.left, operator(binary), binary.right)
            }
            ExprKind::Unary { negative, expr } => write!(f, "{}{expr}", sign(*negative)),
            ExprKind::Paren(inner) => write!(f, "({inner}){}", name_kept(inner)),
        }
    }
}

/// What stands after an operation in parentheses that keeps the name.
fn name_kept(inner: &Expr) -> &'static str {
    match &inner.kind {
        ExprKind::Binary(binary) if binary.keeps_name => " keep_metric_names",
        _other => "",
    }
}

/// A string that holds U+FFFD as such cannot be read back.
fn readable(quoted: String) -> String {
    if quoted.contains(char::REPLACEMENT_CHARACTER) { quoted.replace('\u{fffd}', "\\ufffd") } else { quoted }
}

fn arguments(f: &mut Formatter<'_>, call: &Call) -> fmt::Result {
    f.write_str("(")?;
    for (i, arg) in call.args.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        arg.fmt(f)?;
    }
    f.write_str(")")?;
    f.write_str(keeping(call))
}

/// What stands after a call that keeps the metric's name.
fn keeping(call: &Call) -> &'static str {
    if call.function.keeps_name { " keep_metric_names" } else { "" }
}

impl Display for VectorSelector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        bare_selector(f, self)?;
        at(f, self.at)?;
        mode(f, self.mode)?;
        offset(f, &self.offset)
    }
}

impl Display for MatrixSelector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        bare_selector(f, &self.selector)?;
        write!(f, "[{}]", self.range)?;
        mode(f, self.selector.mode)?;
        at(f, self.selector.at)?;
        offset(f, &self.selector.offset)
    }
}

/// Name and matchers, sorted as text. The matcher that stands for the name is left out.
fn bare_selector(f: &mut Formatter<'_>, selector: &VectorSelector) -> fmt::Result {
    let name = selector.name.as_deref().unwrap_or_default();
    let is_the_name = |m: &&Matcher| {
        m.op == MatchOp::Equal && *m.name == *METRIC_NAME && *m.value == *name && !name.is_empty()
    };
    let mut matchers: Vec<String> =
        selector.matchers.iter().filter(|m| !is_the_name(m)).map(|m| readable(m.to_string())).collect();
    f.write_str(name)?;
    if !matchers.is_empty() {
        matchers.sort_unstable();
        write!(f, "{{{}}}", matchers.join(","))?;
    }
    Ok(())
}

fn at(f: &mut Formatter<'_>, at: Option<At>) -> fmt::Result {
    match at {
        Some(At::Timestamp(ms)) => write!(f, " @ {:.3}", ms as f64 / 1000.0),
        Some(At::Start) => f.write_str(" @ start()"),
        Some(At::End) => f.write_str(" @ end()"),
        None => Ok(()),
    }
}

fn mode(f: &mut Formatter<'_>, mode: RangeMode) -> fmt::Result {
    match mode {
        RangeMode::Plain => Ok(()),
        RangeMode::Anchored | RangeMode::Smoothed => write!(f, " {}", mode.as_str()),
    }
}

fn offset(f: &mut Formatter<'_>, offset: &Option<DurationValue>) -> fmt::Result {
    match offset {
        None | Some(DurationValue::Constant(0)) => Ok(()),
        Some(offset) => write!(f, " offset {offset}"),
    }
}

/// `[range:step] @ t offset d`.
fn subquery_suffix(subquery: &Subquery) -> String {
    struct Suffix<'a>(&'a Subquery);
    impl Display for Suffix<'_> {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write!(f, "[{}:", self.0.range)?;
            if let Some(step) = &self.0.step {
                step.fmt(f)?;
            }
            f.write_str("]")?;
            at(f, self.0.at)?;
            offset(f, &self.0.offset)
        }
    }
    Suffix(subquery).to_string()
}

fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "+" }
}

fn number(value: f64, duration: bool) -> String {
    if duration {
        // Over nanoseconds and towards zero, as Go converts.
        let ms = (value.abs() * 1e9) as i64 / 1_000_000;
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", model::duration::format_ms(ms));
    }
    format_f(value)
}

impl Display for DurationValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            DurationValue::Constant(ms) => f.write_str(&model::duration::format_ms(*ms)),
            DurationValue::Expr(expr) => expr.fmt(f),
        }
    }
}

impl Display for DurationExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.wrapped {
            f.write_str("(")?;
        }
        match &self.kind {
            DurationKind::Number { seconds, duration } => f.write_str(&number(*seconds, *duration))?,
            DurationKind::Step => f.write_str("step()")?,
            DurationKind::Range => f.write_str("range()")?,
            DurationKind::Unary { negative: true, expr } => write!(f, "-{expr}")?,
            DurationKind::Unary { negative: false, expr } => expr.fmt(f)?,
            DurationKind::Binary { op, left, right } => write!(f, "{left} {} {right}", op.as_str())?,
            DurationKind::MinOf(left, right) => write!(f, "min_of({left}, {right})")?,
            DurationKind::MaxOf(left, right) => write!(f, "max_of({left}, {right})")?,
        }
        if self.wrapped {
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// `sum by (a, b) `, with the space before the parenthesis where labels are named.
fn aggregate_head(aggregate: &Aggregate) -> String {
    let op = aggregate.op.as_str();
    let labels = label_list(&aggregate.grouping.labels);
    if aggregate.grouping.without {
        format!("{op} without ({labels}) ")
    } else if labels.is_empty() {
        op.to_owned()
    } else {
        format!("{op} by ({labels}) ")
    }
}

fn label_list(labels: &[Arc<str>]) -> String {
    let shown = |label: &Arc<str>| {
        if is_legacy_label_name(label) { label.to_string() } else { quote(label) }
    };
    labels.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// `== bool on (a) group_left (b)`.
fn operator(binary: &Binary) -> String {
    let mut out = binary.op.as_str().to_owned();
    if binary.return_bool {
        out.push_str(" bool");
    }
    if let Some(matching) = &binary.matching {
        push_matching(&mut out, matching);
    }
    out
}

fn push_matching(out: &mut String, matching: &VectorMatching) {
    let group = match matching.cardinality {
        Cardinality::ManyToOne => Some("left"),
        Cardinality::OneToMany => Some("right"),
        Cardinality::OneToOne | Cardinality::ManyToMany => None,
    };
    if !matching.labels.is_empty() || matching.on || group.is_some() {
        let word = if matching.on { "on" } else { "ignoring" };
        out.push_str(&format!(" {word} ({})", label_list(&matching.labels)));
    }
    if let Some(group) = group {
        out.push_str(&format!(" group_{group} ({})", label_list(&matching.include)));
    }
    match (matching.fill_left, matching.fill_right) {
        (Some(left), Some(right)) if left == right => out.push_str(&format!(" fill ({})", format_g(left))),
        (left, right) => {
            for (word, value) in [("left", left), ("right", right)] {
                if let Some(value) = value {
                    out.push_str(&format!(" fill_{word} ({})", format_g(value)));
                }
            }
        }
    }
}

impl Expr {
    /// Lays the expression out over several lines where it is longer than a hundred bytes.
    pub fn pretty(&self) -> String {
        pretty_at(self, 0)
    }
}

fn pretty_at(expr: &Expr, level: usize) -> String {
    let indent = "  ".repeat(level);
    let line = expr.to_string();
    if let ExprKind::Unary { negative, expr } = &expr.kind {
        return format!("{indent}{}{}", sign(*negative), pretty_at(expr, level).trim());
    }
    let fits = line.len() <= LINE_BYTES_MAX;
    match &expr.kind {
        // A short subquery is the one thing that is not indented.
        ExprKind::Subquery(_) if fits => line,
        ExprKind::Subquery(subquery) => {
            format!("{}{}", pretty_at(&subquery.expr, level), subquery_suffix(subquery))
        }
        ExprKind::Aggregate(aggregate) if !fits => {
            let param = aggregate.param.as_ref().map(|param| format!("{},\n", pretty_at(param, level + 1)));
            let head = aggregate_head(aggregate);
            let inner = pretty_at(&aggregate.expr, level + 1);
            format!("{indent}{head}(\n{}{inner}\n{indent})", param.unwrap_or_default())
        }
        ExprKind::Binary(binary) if !fits => {
            let (left, right) = (pretty_at(&binary.left, level + 1), pretty_at(&binary.right, level + 1));
            format!("{left}\n{indent}{}\n{right}", operator(binary))
        }
        ExprKind::Call(call) if !fits => {
            let args: Vec<String> = call.args.iter().map(|arg| pretty_at(arg, level + 1)).collect();
            let (name, keeping) = (call.function.name, keeping(call));
            format!("{indent}{name}(\n{}\n{indent}){keeping}", args.join(",\n"))
        }
        ExprKind::Paren(inner) if !fits => {
            format!("{indent}(\n{}\n{indent}){}", pretty_at(inner, level + 1), name_kept(inner))
        }
        ExprKind::Number { .. }
        | ExprKind::String(_)
        | ExprKind::Bytes(_)
        | ExprKind::Vector(_)
        | ExprKind::Matrix(_)
        | ExprKind::Call(_)
        | ExprKind::Aggregate(_)
        | ExprKind::Binary(_)
        | ExprKind::Paren(_)
        | ExprKind::Unary { .. } => indent + &line,
    }
}
