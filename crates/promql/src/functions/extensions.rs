//! What we add to the language, each behind a feature of its own: a query that Prometheus reads means the same with all of them on.
//!
//! - `promql-time-zones`: functions of dates take the name of a time zone as their last argument: `hour(x, "Asia/Seoul")`, `day_of_week("Europe/Paris")`.
//! - `promql-missing-from`: `missing_from(selector, window)` is 1 for each series that had a sample in the window and has none now, with its labels.
//! - `promql-keep-metric-names`: `rate(x[5m]) keep_metric_names` keeps the name that functions of one value or one window drop;
//!   `(a / b) keep_metric_names` keeps that of the left side, or of the side with many series.
//! - `promql-with-templates`: a query may begin with MetricsQL's `WITH (name = expression, …)`; see `parser/with.rs`.

use std::sync::LazyLock;

use crate::ast::{
    Binary, BinaryOp, Call, Cardinality, DurationValue, Expr, ExprKind, MatrixSelector, RangeMode, ValueType,
    VectorMatching,
};
use crate::error::QueryError;
use crate::functions::evaluation::{Evaluation, evaluation};
use crate::functions::{ALL, Signature, find};

/// Extensions that are switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// `promql-time-zones`
    pub time_zones: bool,
    /// `promql-missing-from`
    pub missing_from: bool,
    /// `promql-with-templates`
    pub with_templates: bool,
    /// `promql-keep-metric-names`
    pub keep_metric_names: bool,
}

impl Extensions {
    /// All of them.
    pub const ALL: Extensions =
        Extensions { time_zones: true, missing_from: true, with_templates: true, keep_metric_names: true };
}

/// The name of the function.
const MISSING_FROM: &str = "missing_from";

static MISSING_FROM_SIGNATURE: Signature =
    Signature::new(MISSING_FROM, &[ValueType::Vector, ValueType::Scalar], ValueType::Vector);

/// A signature with a zone, and one where the zone is all that is written.
macro_rules! zoned {
    ($($name:literal)*) => {
        &[$((
            Signature::new($name, &[ValueType::Vector, ValueType::String], ValueType::Vector),
            Signature::new($name, &[ValueType::String], ValueType::Vector),
        )),*]
    };
}

static ZONED: &[(Signature, Signature)] = zoned! {
    "day_of_month" "day_of_week" "day_of_year" "days_in_month" "hour" "minute" "month" "year"
};

/// Finds a function that only the extensions have.
pub(crate) fn extension(name: &str, extensions: Extensions) -> Option<&'static Signature> {
    (extensions.missing_from && name == MISSING_FROM).then_some(&MISSING_FROM_SIGNATURE)
}

/// Finds the signature of a function of dates whose last argument is a string.
pub(crate) fn with_zone(name: &str, args: &[Expr], extensions: Extensions) -> Option<&'static Signature> {
    let zone = args.last().filter(|arg| matches!(arg.kind, ExprKind::String(_)));
    zone.filter(|_| extensions.time_zones)?;
    let (two, one) = ZONED.iter().find(|(two, _)| two.name == name)?;
    match args.len() {
        1 => Some(one),
        2 => Some(two),
        _more => None,
    }
}

/// What stands after a call that keeps the name.
pub(crate) const KEEP_METRIC_NAMES: &str = "keep_metric_names";

/// The functions that can keep the name: those whose every result comes from one series.
static KEPT: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let one_series = |f: &&Signature| {
        use Evaluation::{Clamp, ClampMax, ClampMin, Date, Float, Histogram, Range, Round};
        matches!(
            evaluation(f.name),
            Some(Range(_) | Float(_) | Histogram(_) | Date(_) | Clamp | ClampMax | ClampMin | Round)
        )
    };
    let kept = |f: &Signature| Signature {
        name: f.name,
        args: f.args,
        variadic: f.variadic,
        returns: f.returns,
        experimental: f.experimental,
        keeps_name: true,
        plan_name: Box::leak(format!("{} {KEEP_METRIC_NAMES}", f.name).into_boxed_str()),
    };
    ALL.iter().filter(one_series).map(kept).collect()
});

/// Finds the function that does the same and keeps the name, if there is one.
pub(crate) fn kept(function: &Signature) -> Option<&'static Signature> {
    KEPT.iter().find(|f| f.name == function.name && f.args == function.args)
}

/// Tells whether the function of a plan keeps the name.
pub(crate) fn keeps_name(plan_name: &str) -> bool {
    plan_name.ends_with(KEEP_METRIC_NAMES)
}

/// Says what is wrong with the arguments of an extension, and with which.
pub(crate) fn fault(function: &Signature, args: &[Expr]) -> Option<(usize, String)> {
    if function.name == MISSING_FROM {
        return match args {
            [selector, _] if !matches!(selector.kind, ExprKind::Vector(_)) => Some((
                0,
                "missing_from() looks for the series of a selector, not of an expression".to_owned(),
            )),
            [_, window] if window_ms(window).is_none() => {
                Some((1, "missing_from() needs a positive duration such as 1h as its window".to_owned()))
            }
            _fits => None,
        };
    }
    let zone = args.len().checked_sub(1).filter(|_| function.args.last() == Some(&ValueType::String))?;
    match &args[zone].kind {
        ExprKind::String(name) if ZONED.iter().any(|(two, _)| two.name == function.name) => {
            super::zone::Zone::find(name).is_none().then(|| {
                let name = model::number::quote(name);
                (zone, format!("unknown time zone {name}; names are those of the IANA database, such as \"Europe/Berlin\""))
            })
        }
        _other => None,
    }
}

fn window_ms(window: &Expr) -> Option<i64> {
    match &window.kind {
        ExprKind::Number { value, .. } if (0.001..=9e12).contains(value) => Some((value * 1000.0) as i64),
        _other => None,
    }
}

/// What a call of `missing_from` stands for: `present_over_time(selector[window]) unless selector`. `None` for other calls.
///
/// # Errors
/// A call whose arguments do not fit; the parser lets none pass.
pub(crate) fn missing_from(expr: &Expr) -> Result<Option<Expr>, QueryError> {
    let ExprKind::Call(call) = &expr.kind else { return Ok(None) };
    if call.function.name != MISSING_FROM {
        return Ok(None);
    }
    let (Some(selector), Some(window)) = (call.args.first(), call.args.get(1).and_then(window_ms)) else {
        return Err(QueryError::Invalid("missing_from() needs a selector and a duration".to_owned()));
    };
    let (ExprKind::Vector(vector), Some(function)) = (&selector.kind, find("present_over_time")) else {
        return Err(QueryError::Invalid("missing_from() needs a selector".to_owned()));
    };
    let at = |kind| Expr { kind, span: expr.span };
    let mut inner = vector.clone();
    inner.mode = RangeMode::Plain;
    let matrix = MatrixSelector {
        selector: inner,
        selector_span: selector.span,
        range: DurationValue::Constant(window),
    };
    let left = at(ExprKind::Call(Call { function, args: vec![at(ExprKind::Matrix(matrix))] }));
    let matching = VectorMatching {
        cardinality: Cardinality::ManyToMany,
        on: false,
        labels: Vec::new(),
        include: Vec::new(),
        fill_left: None,
        fill_right: None,
    };
    let binary = Binary {
        op: BinaryOp::Unless,
        left,
        right: selector.clone(),
        return_bool: false,
        matching: Some(matching),
        op_span: expr.span,
        keeps_name: false,
    };
    Ok(Some(at(ExprKind::Binary(Box::new(binary)))))
}

#[cfg(test)]
mod tests {
    use crate::promqltest::{Options, run};
    use crate::{ParseOptions, parse};

    use super::*;

    fn with(extensions: Extensions) -> ParseOptions {
        ParseOptions { extensions, ..ParseOptions::ALL }
    }

    #[test]
    fn scripts_pass() {
        let options = Options { parse: with(Extensions::ALL), ..Options::default() };
        for (name, text) in [
            ("time_zones", include_str!("../../testdata/time_zones.test")),
            ("missing_from", include_str!("../../testdata/missing_from.test")),
            ("keep_metric_names", include_str!("../../testdata/keep_metric_names.test")),
        ] {
            let report = run(text, &options);
            assert!(report.faults.is_empty(), "{name}: {:?}", report.faults);
            assert!(report.evals.len() > 3, "{name}");
            for eval in &report.evals {
                assert!(eval.failure.is_none(), "{name}:{}: {}: {:?}", eval.line, eval.query, eval.failure);
            }
        }
    }

    #[test]
    fn without_their_feature_they_are_unknown() {
        for (text, want) in [
            ("missing_from(up, 1h)", "1:1: parse error: unknown function with name \"missing_from\""),
            (
                "hour(up, \"Asia/Seoul\")",
                "1:1: parse error: expected at most 1 argument(s) in call to \"hour\", got 2",
            ),
            (
                "hour(\"Asia/Seoul\")",
                "1:6: parse error: expected type instant vector in call to function \"hour\", got string",
            ),
        ] {
            let error = parse(text, &ParseOptions::ALL).unwrap_err().to_string();
            assert!(
                error.contains(want.trim_start_matches("1:1: ").trim_start_matches("1:6: ")),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn wrong_arguments_are_told_with_their_place() {
        for (text, want) in [
            (
                "missing_from(sum(up), 1h)",
                "1:14: parse error: missing_from() looks for the series of a selector",
            ),
            ("missing_from(up, -1)", "1:18: parse error: missing_from() needs a positive duration"),
            ("missing_from(up, time())", "1:18: parse error: missing_from() needs a positive duration"),
            (
                "missing_from(up)",
                "1:1: parse error: expected 2 argument(s) in call to \"missing_from\", got 1",
            ),
            ("hour(up, \"Mars/Olympus\")", "1:10: parse error: unknown time zone \"Mars/Olympus\""),
            (
                "year(1, \"UTC\")",
                "1:6: parse error: expected type instant vector in call to function \"year\", got scalar",
            ),
            (
                "absent(up) keep_metric_names",
                "1:12: parse error: keep_metric_names cannot stand after absent()",
            ),
            ("sum(up) keep_metric_names", "unexpected"),
            (
                "(up) keep_metric_names",
                "1:6: parse error: keep_metric_names can only stand after an operation",
            ),
            (
                "(1 + 2) keep_metric_names",
                "1:9: parse error: keep_metric_names can only stand after an operation",
            ),
            ("(up and up) keep_metric_names", "1:13: parse error: keep_metric_names can only stand after"),
            ("hour(up, \"UTC\", \"UTC\")", "1:1: parse error: expected at most 1 argument(s)"),
        ] {
            let error = parse(text, &with(Extensions::ALL)).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn they_print_back_to_themselves() {
        for text in [
            "missing_from(up{job=\"a\"} offset 5m, 1h)",
            "hour(up, \"Asia/Seoul\") > 8",
            "day_of_week(\"Europe/Berlin\")",
            "hour()",
            "minute(vector(1))",
            "rate(up[5m]) keep_metric_names / abs(up) keep_metric_names",
            "(up * 2) keep_metric_names",
            "abs((up + on (job) up) keep_metric_names)",
        ] {
            assert_eq!(parse(text, &with(Extensions::ALL)).unwrap().to_string(), text);
        }
    }
}
