//! The syntax tree as JSON, as `/api/v1/parse_query` of Prometheus 3.14 answers it (`web/api/v1/translate_ast.go`).
//!
//! Keys are sorted and `<`, `>`, `&` escaped, as Go writes maps. No serde: the tree is no wire format but for this one.

use std::fmt::Write as _;
use std::sync::Arc;

use model::Matcher;
use model::number::format_f;

use crate::ast::{
    Aggregate, At, Binary, Call, Cardinality, DurationExpr, DurationKind, DurationValue, Expr, ExprKind,
    RangeMode, Subquery, ValueType, VectorMatching, VectorSelector,
};

/// Returns an expression as a JSON object.
pub fn tree(expr: &Expr) -> String {
    let mut out = String::new();
    write_expr(&mut out, expr);
    out
}

/// Writes one object; fields must come sorted by name.
struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    fn new(out: &'a mut String) -> Object<'a> {
        out.push('{');
        Object { out, first: true }
    }

    fn key(&mut self, name: &str) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        write_string(self.out, name);
        self.out.push(':');
        self.out
    }

    fn string(&mut self, name: &str, value: &str) -> &mut Self {
        write_string(self.key(name), value);
        self
    }

    fn bool(&mut self, name: &str, value: bool) -> &mut Self {
        self.key(name).push_str(if value { "true" } else { "false" });
        self
    }

    fn integer(&mut self, name: &str, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.display(name, value),
            None => self.null(name),
        }
    }

    fn display(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        // Writing to a String cannot fail.
        self.key(name).write_fmt(format_args!("{value}")).unwrap_or_default();
        self
    }

    fn null(&mut self, name: &str) -> &mut Self {
        self.key(name).push_str("null");
        self
    }

    fn expr(&mut self, name: &str, expr: Option<&Expr>) -> &mut Self {
        match expr {
            Some(expr) => write_expr(self.key(name), expr),
            None => return self.null(name),
        }
        self
    }

    fn strings(&mut self, name: &str, values: &[Arc<str>]) -> &mut Self {
        write_list(self.key(name), values, |out, value| write_string(out, value));
        self
    }

    /// A duration: milliseconds in one field, arithmetic in the other.
    fn duration(&mut self, name: &str, value: Option<&DurationValue>) -> &mut Self {
        let (ms, expr) = match value {
            None => (0, None),
            Some(DurationValue::Constant(ms)) => (*ms, None),
            Some(DurationValue::Expr(expr)) => (0, Some(expr)),
        };
        self.display(name, ms);
        let name = format!("{name}Expr");
        match expr {
            Some(expr) => write_duration(self.key(&name), expr),
            None => {
                self.null(&name);
            }
        }
        self
    }

    fn end(&mut self) {
        self.out.push('}');
    }
}

fn write_expr(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Number { value, .. } => {
            Object::new(out).string("type", "numberLiteral").string("val", &format_f(*value)).end();
        }
        ExprKind::String(text) => {
            Object::new(out).string("type", "stringLiteral").string("val", text).end();
        }
        ExprKind::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            Object::new(out).string("type", "stringLiteral").string("val", &text).end();
        }
        ExprKind::Vector(selector) => {
            let mut object = Object::new(out);
            write_selector(&mut object, selector, None, "vectorSelector");
            object.end();
        }
        ExprKind::Matrix(matrix) => {
            let mut object = Object::new(out);
            write_selector(&mut object, &matrix.selector, Some(&matrix.range), "matrixSelector");
            object.end();
        }
        ExprKind::Subquery(subquery) => write_subquery(out, subquery),
        ExprKind::Call(call) => write_call(out, call),
        ExprKind::Aggregate(aggregate) => write_aggregate(out, aggregate),
        ExprKind::Binary(binary) => write_binary(out, binary),
        ExprKind::Unary { negative, expr } => {
            let op = if *negative { "-" } else { "+" };
            Object::new(out).expr("expr", Some(expr)).string("op", op).string("type", "unaryExpr").end();
        }
        ExprKind::Paren(inner) => {
            Object::new(out).expr("expr", Some(inner)).string("type", "parenExpr").end();
        }
    }
}

fn write_selector(
    object: &mut Object<'_>,
    selector: &VectorSelector,
    range: Option<&DurationValue>,
    kind: &str,
) {
    object.bool("anchored", selector.mode == RangeMode::Anchored);
    write_list(object.key("matchers"), &selector.matchers, write_matcher);
    object
        .string("name", selector.name.as_deref().unwrap_or_default())
        .duration("offset", selector.offset.as_ref());
    if range.is_some() {
        object.duration("range", range);
    }
    object.bool("smoothed", selector.mode == RangeMode::Smoothed);
    write_at(object, selector.at);
    object.string("type", kind);
}

/// Writes `startOrEnd` and `timestamp`.
fn write_at(object: &mut Object<'_>, at: Option<At>) {
    match at {
        Some(At::Start) => object.string("startOrEnd", "start"),
        Some(At::End) => object.string("startOrEnd", "end"),
        Some(At::Timestamp(_)) | None => object.null("startOrEnd"),
    };
    let timestamp = match at {
        Some(At::Timestamp(ms)) => Some(ms),
        Some(At::Start | At::End) | None => None,
    };
    object.integer("timestamp", timestamp);
}

fn write_matcher(out: &mut String, matcher: &Matcher) {
    Object::new(out)
        .string("name", &matcher.name)
        .string("type", matcher.op.as_str())
        .string("value", &matcher.value)
        .end();
}

fn write_subquery(out: &mut String, subquery: &Subquery) {
    let mut object = Object::new(out);
    object
        .expr("expr", Some(&subquery.expr))
        .duration("offset", subquery.offset.as_ref())
        .duration("range", Some(&subquery.range));
    // `startOrEnd` sorts before `step`, `timestamp` after it.
    match subquery.at {
        Some(At::Start) => object.string("startOrEnd", "start"),
        Some(At::End) => object.string("startOrEnd", "end"),
        Some(At::Timestamp(_)) | None => object.null("startOrEnd"),
    };
    object.duration("step", subquery.step.as_ref());
    let timestamp = match subquery.at {
        Some(At::Timestamp(ms)) => Some(ms),
        Some(At::Start | At::End) | None => None,
    };
    object.integer("timestamp", timestamp).string("type", "subquery").end();
}

fn write_call(out: &mut String, call: &Call) {
    let mut object = Object::new(out);
    write_list(object.key("args"), &call.args, write_expr);
    let mut function = Object::new(object.key("func"));
    write_list(function.key("argTypes"), call.function.args, |out, t| write_string(out, type_name(*t)));
    function
        .string("name", call.function.name)
        .string("returnType", type_name(call.function.returns))
        .display("variadic", call.function.variadic)
        .end();
    if call.function.keeps_name {
        object.display("keepMetricNames", true);
    }
    object.string("type", "call").end();
}

fn write_aggregate(out: &mut String, aggregate: &Aggregate) {
    Object::new(out)
        .expr("expr", Some(&aggregate.expr))
        .strings("grouping", &aggregate.grouping.labels)
        .string("op", aggregate.op.as_str())
        .expr("param", aggregate.param.as_ref())
        .string("type", "aggregation")
        .bool("without", aggregate.grouping.without)
        .end();
}

fn write_binary(out: &mut String, binary: &Binary) {
    let mut object = Object::new(out);
    object.bool("bool", binary.return_bool);
    if binary.keeps_name {
        object.bool("keepMetricNames", true);
    }
    object.expr("lhs", Some(&binary.left));
    match &binary.matching {
        Some(matching) => write_matching(object.key("matching"), matching),
        None => {
            object.null("matching");
        }
    }
    object
        .string("op", binary.op.as_str())
        .expr("rhs", Some(&binary.right))
        .string("type", "binaryExpr")
        .end();
}

fn write_matching(out: &mut String, matching: &VectorMatching) {
    let mut object = Object::new(out);
    object.string(
        "card",
        match matching.cardinality {
            Cardinality::OneToOne => "one-to-one",
            Cardinality::ManyToOne => "many-to-one",
            Cardinality::OneToMany => "one-to-many",
            Cardinality::ManyToMany => "many-to-many",
        },
    );
    let mut fills = Object::new(object.key("fillValues"));
    for (side, value) in [("lhs", matching.fill_left), ("rhs", matching.fill_right)] {
        match value.filter(|v| v.is_finite()) {
            Some(value) => fills.display(side, format_f(value)),
            None => fills.null(side),
        };
    }
    fills.end();
    object
        .strings("include", &matching.include)
        .strings("labels", &matching.labels)
        .bool("on", matching.on)
        .end();
}

fn write_duration(out: &mut String, expr: &DurationExpr) {
    let (op, left, right): (&str, Option<&DurationExpr>, Option<&DurationExpr>) = match &expr.kind {
        DurationKind::Number { seconds, duration } => {
            return Object::new(out)
                .bool("duration", *duration)
                .string("type", "numberLiteral")
                .string("val", &format_f(*seconds))
                .end();
        }
        DurationKind::Step => ("step", None, None),
        DurationKind::Range => ("range", None, None),
        DurationKind::Unary { negative, expr } => (if *negative { "-" } else { "+" }, None, Some(expr)),
        DurationKind::Binary { op, left, right } => (op.as_str(), Some(left), Some(right)),
        DurationKind::MinOf(left, right) => ("min_of", Some(left), Some(right)),
        DurationKind::MaxOf(left, right) => ("max_of", Some(left), Some(right)),
    };
    let mut object = Object::new(out);
    for (name, side) in [("lhs", left), ("op", None), ("rhs", right)] {
        match side {
            Some(side) => write_duration(object.key(name), side),
            None if name == "op" => {
                object.string(name, op);
            }
            None => {
                object.null(name);
            }
        }
    }
    object.string("type", "durationExpr").bool("wrapped", expr.wrapped).end();
}

fn write_list<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                out.write_fmt(format_args!("\\u{:04x}", c as u32)).unwrap_or_default();
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::None => "none",
        ValueType::Scalar => "scalar",
        ValueType::String => "string",
        ValueType::Vector => "vector",
        ValueType::Matrix => "matrix",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::{ParseOptions, parse};

    #[test]
    fn trees_are_what_prometheus_answers() {
        for (query, want) in [
            (
                "foo",
                r#"{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"foo"}],"name":"foo","offset":0,"offsetExpr":null,"smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"}"#,
            ),
            (
                "-(1 + 5m)",
                r#"{"expr":{"expr":{"bool":false,"lhs":{"type":"numberLiteral","val":"1"},"matching":null,"op":"+","rhs":{"type":"numberLiteral","val":"300"},"type":"binaryExpr"},"type":"parenExpr"},"op":"-","type":"unaryExpr"}"#,
            ),
            (
                "rate(foo[step() * 2] @ end())",
                r#"{"args":[{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"foo"}],"name":"foo","offset":0,"offsetExpr":null,"range":0,"rangeExpr":{"lhs":{"lhs":null,"op":"step","rhs":null,"type":"durationExpr","wrapped":false},"op":"*","rhs":{"duration":false,"type":"numberLiteral","val":"2"},"type":"durationExpr","wrapped":false},"smoothed":false,"startOrEnd":"end","timestamp":null,"type":"matrixSelector"}],"func":{"argTypes":["matrix"],"name":"rate","returnType":"vector","variadic":0},"type":"call"}"#,
            ),
            (
                r#"count_values by (a) ("x<y", b)"#,
                r#"{"expr":{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"b"}],"name":"b","offset":0,"offsetExpr":null,"smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"},"grouping":["a"],"op":"count_values","param":{"type":"stringLiteral","val":"x\u003cy"},"type":"aggregation","without":false}"#,
            ),
        ] {
            assert_eq!(tree(&parse(query, &ParseOptions::ALL).unwrap()), want, "{query}");
        }
        let expr = parse(
            "a * on (x) group_left (y) fill_left (2) max_over_time(b[5m:1m] offset 1m)",
            &ParseOptions::ALL,
        );
        let json = tree(&expr.unwrap());
        assert!(json.contains(r#""matching":{"card":"many-to-one","fillValues":{"lhs":2,"rhs":null},"include":["y"],"labels":["x"],"on":true}"#), "{json}");
        assert!(json.contains(r#""offset":60000,"offsetExpr":null,"range":300000,"rangeExpr":null,"startOrEnd":null,"step":60000,"stepExpr":null,"timestamp":null,"type":"subquery""#), "{json}");
    }
}
