//! Differences that are proven to be Prometheus 2.42's, by asking it.
//!
//! - *One part, two values.* It adds series up in the order of a map, so the last digits of a sum change from one evaluation to the next; of `a != a`
//!   or `a % a` they are all that is left. Proof: asked for the operand `!= ` itself, it finds steps where that is so.
//! - *At a jump.* `avg_over_time` and `avg` of 2.42 keep a running mean, 3.x divides a sum: 3068.5 becomes 3068.4999999999995. Before a rounding or
//!   a comparison the last digits decide, and a steep function magnifies them. Proof: asked for what is rounded or compared, both give the same but for the last digits, and for one of
//!   these values the digits alone make the results differ.

use promql::ast::{BinaryOp, Expr, ExprKind};
use promql::{ParseOptions, parse};

use crate::answer::{self, Answer};
use crate::servers::Server;

/// Returns why a difference is none of ours, if that can be shown.
pub fn reason(
    [theirs, ours]: &[Server; 2],
    expression: &str,
    path: &str,
    times: &[(&str, &str)],
) -> Option<&'static str> {
    let expr = parse(expression, &ParseOptions::default()).ok()?;
    let ask = |server: &Server, query: &str| {
        answer::read(&server.get(path, &[&[("query", query)], times].concat()))
    };
    let mut parts = Vec::new();
    parts_of(&expr, &mut parts);
    parts.into_iter().find_map(|part| match part {
        // Evaluations differ only now and then.
        Part::SameOperands(operand) => (0..5)
            .any(|_| ask(theirs, &format!("({operand}) != ({operand})")).is_something())
            .then_some("2.42 gives one part two values"),
        Part::Jump(argument, jump) => {
            let (theirs, ours) = (ask(theirs, &argument), ask(ours, &argument));
            let same = answer::compare(&theirs, &ours).is_ok();
            let (Answer::Series(theirs), Answer::Series(ours)) = (theirs, ours) else { return None };
            let values = theirs.values().zip(ours.values()).flat_map(|(a, b)| a.iter().zip(b));
            let apart = values.into_iter().any(|(a, b)| !answer::same(jump.side(a.1), jump.side(b.1)));
            (same && apart).then_some("2.42's last digits decide at a jump")
        }
    })
}

/// A part of an expression that makes much of last digits.
#[derive(Debug, PartialEq)]
enum Part {
    /// An operation of something with itself.
    SameOperands(String),
    /// What is rounded or compared, and how.
    Jump(String, Jump),
}

/// Where a small difference makes a large one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(unpredictable_function_pointer_comparisons, reason = "tests compare what is no function")]
enum Jump {
    Round,
    Floor,
    Ceil,
    /// Compared with a number.
    Against(f64),
    /// A function that is steep somewhere.
    Steep(Function),
}

/// A function of one number.
type Function = fn(f64) -> f64;

/// Functions that are steep somewhere, by name.
const STEEP: [(&str, Function); 8] = [
    ("acos", f64::acos),
    ("acosh", acosh),
    ("asin", f64::asin),
    ("atanh", atanh),
    ("ln", f64::ln),
    ("log10", f64::log10),
    ("log2", f64::log2),
    ("tan", f64::tan),
];

/// Exact where it is steep, just above 1, which the standard library's is not.
fn acosh(x: f64) -> f64 {
    (x - 1.0 + ((x - 1.0) * (x + 1.0)).sqrt()).ln_1p()
}

/// Exact where it is steep, at both ends, which the standard library's is not.
fn atanh(x: f64) -> f64 {
    ((1.0 + x) / (1.0 - x)).ln() / 2.0
}

impl Jump {
    /// A number that two values share if they fall on the same side.
    fn side(self, x: f64) -> f64 {
        let side = match self {
            Jump::Round => (x + 0.5).floor(),
            Jump::Floor => x.floor(),
            Jump::Ceil => x.ceil(),
            Jump::Against(bound) if x == bound => 0.0,
            Jump::Against(bound) => (x - bound).signum(),
            Jump::Steep(function) => function(x),
        };
        if side.is_nan() { 0.0 } else { side }
    }
}

fn parts_of(expr: &Expr, parts: &mut Vec<Part>) {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => {}
        ExprKind::Vector(_) | ExprKind::Matrix(_) => {}
        ExprKind::Subquery(subquery) => parts_of(&subquery.expr, parts),
        ExprKind::Call(call) => {
            let jump = match (call.function.name, &call.args[..]) {
                ("round", [_]) => Some(Jump::Round),
                ("floor", [_]) => Some(Jump::Floor),
                ("ceil", [_]) => Some(Jump::Ceil),
                ("sgn", [_]) => Some(Jump::Against(0.0)),
                (name, [_]) => STEEP.iter().find(|(n, _)| *n == name).map(|(_, f)| Jump::Steep(*f)),
                _ => None,
            };
            if let (Some(jump), Some(argument)) = (jump, call.args.first()) {
                parts.push(Part::Jump(argument.to_string(), jump));
            }
            call.args.iter().for_each(|arg| parts_of(arg, parts));
        }
        ExprKind::Aggregate(aggregate) => {
            aggregate.param.iter().for_each(|param| parts_of(param, parts));
            parts_of(&aggregate.expr, parts);
        }
        ExprKind::Binary(binary) => {
            let (left, right) = (binary.left.to_string(), binary.right.to_string());
            let number = |expr: &Expr| match expr.kind {
                ExprKind::Number { value, .. } => Some(Jump::Against(value)),
                _ => None,
            };
            if left == right {
                parts.push(Part::SameOperands(left));
            } else if compares(binary.op) {
                parts.extend(number(&binary.right).map(|jump| Part::Jump(left, jump)));
                parts.extend(number(&binary.left).map(|jump| Part::Jump(right, jump)));
            }
            parts_of(&binary.left, parts);
            parts_of(&binary.right, parts);
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => parts_of(expr, parts),
    }
}

fn compares(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Eq | Ne | Gt | Lt | Ge | Le)
}

#[test]
fn finds_what_makes_much_of_last_digits() {
    let jump = |argument: &str, jump: Jump| Part::Jump(argument.to_owned(), jump);
    for (expression, expected) in [
        ("max(sum(a)) != max(sum(a))", vec![Part::SameOperands("max(sum(a))".to_owned())]),
        ("a + b", vec![]),
        ("a > b", vec![]),
        ("a > 5", vec![jump("a", Jump::Against(5.0))]),
        ("5 <= bool a", vec![jump("a", Jump::Against(5.0))]),
        ("count_values(\"v\", round(-a))", vec![jump("-a", Jump::Round)]),
        ("round(a, 5)", vec![]),
        (
            "-(ceil(a) % ceil(a))",
            vec![Part::SameOperands("ceil(a)".to_owned()), jump("a", Jump::Ceil), jump("a", Jump::Ceil)],
        ),
        ("max_over_time(sgn(a)[5m:1m])", vec![jump("a", Jump::Against(0.0))]),
    ] {
        let mut parts = Vec::new();
        parts_of(&parse(expression, &ParseOptions::default()).unwrap(), &mut parts);
        assert_eq!(parts, expected, "{expression}");
    }
}

#[test]
fn last_digits_fall_on_sides() {
    for (jump, a, b, apart) in [
        (Jump::Round, 3068.5, 3_068.499_999_999_999_5, true),
        (Jump::Round, 3068.4, 3_068.399_999_999_999_6, false),
        (Jump::Floor, 2.0, 1.999_999_999_999_999_8, true),
        (Jump::Ceil, 2.0, 2.000_000_000_000_000_4, true),
        (Jump::Against(5.0), 5.0, 5.000_000_000_000_001, true),
        (Jump::Against(5.0), 6.0, 6.000_000_000_000_001, false),
        (Jump::Against(5.0), f64::NAN, f64::NAN, false),
        (Jump::Steep(atanh), -1.0 + 1.2e-16, -1.0 + 2.3e-16, true),
        (Jump::Steep(atanh), 0.5, 0.500_000_000_000_000_1, false),
    ] {
        assert_eq!(!answer::same(jump.side(a), jump.side(b)), apart, "{jump:?} of {a} and {b}");
    }
}
