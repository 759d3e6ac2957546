//! The functions of PromQL: one list, read by the parser, the evaluator and the documentation.

pub(crate) mod evaluation;
pub mod extensions;
pub(crate) mod histogram;
pub(crate) mod histogram_ranges;
pub(crate) mod interpolation;
pub(crate) mod math;
pub(crate) mod native_quantile;
pub(crate) mod over_time;
pub(crate) mod quantile;
pub(crate) mod rates;
pub(crate) mod regression;
pub(crate) mod time;
pub(crate) mod zone;

use crate::ast::ValueType;

/// What a function takes and returns.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name in queries.
    pub name: &'static str,
    /// Types of the arguments; optional ones last.
    pub args: &'static [ValueType],
    /// 0: exactly `args`; n > 0: the last of `args` may be left out, or stand up to n times; −1: any number of times.
    pub variadic: i32,
    /// Type of the result.
    pub returns: ValueType,
    /// Behind `promql-experimental-functions`.
    pub experimental: bool,
    /// The result keeps the metric's name: `rate(x[5m]) keep_metric_names`.
    pub keeps_name: bool,
    /// How plans call it: what differs has another name there.
    pub(crate) plan_name: &'static str,
}

impl Signature {
    const fn new(name: &'static str, args: &'static [ValueType], returns: ValueType) -> Signature {
        Signature {
            name,
            args,
            variadic: 0,
            returns,
            experimental: false,
            keeps_name: false,
            plan_name: name,
        }
    }

    const fn variadic(self, variadic: i32) -> Signature {
        Signature { variadic, ..self }
    }

    const fn experimental(self) -> Signature {
        Signature { experimental: true, ..self }
    }
}

/// Finds a function by its exact name.
pub fn find(name: &str) -> Option<&'static Signature> {
    ALL.binary_search_by(|f| f.name.cmp(name)).ok().map(|i| &ALL[i])
}

/// Every function of Prometheus 3.14, sorted by name.
pub static ALL: &[Signature] = {
    use ValueType::{Matrix as M, Scalar as N, String as S, Vector as V};
    &[
        Signature::new("abs", &[V], V),
        Signature::new("absent", &[V], V),
        Signature::new("absent_over_time", &[M], V),
        Signature::new("acos", &[V], V),
        Signature::new("acosh", &[V], V),
        Signature::new("asin", &[V], V),
        Signature::new("asinh", &[V], V),
        Signature::new("atan", &[V], V),
        Signature::new("atanh", &[V], V),
        Signature::new("avg_over_time", &[M], V),
        Signature::new("ceil", &[V], V),
        Signature::new("changes", &[M], V),
        Signature::new("clamp", &[V, N, N], V),
        Signature::new("clamp_max", &[V, N], V),
        Signature::new("clamp_min", &[V, N], V),
        Signature::new("cos", &[V], V),
        Signature::new("cosh", &[V], V),
        Signature::new("count_over_time", &[M], V),
        Signature::new("day_of_month", &[V], V).variadic(1),
        Signature::new("day_of_week", &[V], V).variadic(1),
        Signature::new("day_of_year", &[V], V).variadic(1),
        Signature::new("days_in_month", &[V], V).variadic(1),
        Signature::new("deg", &[V], V),
        Signature::new("delta", &[M], V),
        Signature::new("deriv", &[M], V),
        Signature::new("double_exponential_smoothing", &[M, N, N], V).experimental(),
        Signature::new("end", &[], N).experimental(),
        Signature::new("exp", &[V], V),
        Signature::new("first_over_time", &[M], V),
        Signature::new("floor", &[V], V),
        Signature::new("histogram_avg", &[V], V),
        Signature::new("histogram_count", &[V], V),
        Signature::new("histogram_fraction", &[N, N, V], V),
        Signature::new("histogram_quantile", &[N, V], V),
        Signature::new("histogram_quantiles", &[V, S, N, N], V).variadic(9).experimental(),
        Signature::new("histogram_stddev", &[V], V),
        Signature::new("histogram_stdvar", &[V], V),
        Signature::new("histogram_sum", &[V], V),
        Signature::new("hour", &[V], V).variadic(1),
        Signature::new("idelta", &[M], V),
        Signature::new("increase", &[M], V),
        Signature::new("info", &[V, V], V).variadic(1).experimental(),
        Signature::new("irate", &[M], V),
        Signature::new("label_join", &[V, S, S, S], V).variadic(-1),
        Signature::new("label_replace", &[V, S, S, S, S], V),
        Signature::new("last_over_time", &[M], V),
        Signature::new("ln", &[V], V),
        Signature::new("log10", &[V], V),
        Signature::new("log2", &[V], V),
        Signature::new("mad_over_time", &[M], V).experimental(),
        Signature::new("max_of", &[N, N], N).experimental(),
        Signature::new("max_over_time", &[M], V),
        Signature::new("min_of", &[N, N], N).experimental(),
        Signature::new("min_over_time", &[M], V),
        Signature::new("minute", &[V], V).variadic(1),
        Signature::new("month", &[V], V).variadic(1),
        Signature::new("pi", &[], N),
        Signature::new("predict_linear", &[M, N], V),
        Signature::new("present_over_time", &[M], V),
        Signature::new("quantile_over_time", &[N, M], V),
        Signature::new("rad", &[V], V),
        Signature::new("range", &[], N).experimental(),
        Signature::new("rate", &[M], V),
        Signature::new("resets", &[M], V),
        Signature::new("round", &[V, N], V).variadic(1),
        Signature::new("scalar", &[V], N),
        Signature::new("sgn", &[V], V),
        Signature::new("sin", &[V], V),
        Signature::new("sinh", &[V], V),
        Signature::new("sort", &[V], V),
        Signature::new("sort_by_label", &[V, S], V).variadic(-1).experimental(),
        Signature::new("sort_by_label_desc", &[V, S], V).variadic(-1).experimental(),
        Signature::new("sort_desc", &[V], V),
        Signature::new("sqrt", &[V], V),
        Signature::new("start", &[], N).experimental(),
        Signature::new("start_timestamp", &[V], V).experimental(),
        Signature::new("stddev_over_time", &[M], V),
        Signature::new("stdvar_over_time", &[M], V),
        Signature::new("step", &[], N).experimental(),
        Signature::new("sum_over_time", &[M], V),
        Signature::new("tan", &[V], V),
        Signature::new("tanh", &[V], V),
        Signature::new("time", &[], N),
        Signature::new("timestamp", &[V], V),
        Signature::new("ts_of_first_over_time", &[M], V).experimental(),
        Signature::new("ts_of_last_over_time", &[M], V).experimental(),
        Signature::new("ts_of_max_over_time", &[M], V).experimental(),
        Signature::new("ts_of_min_over_time", &[M], V).experimental(),
        Signature::new("vector", &[N], V),
        Signature::new("year", &[V], V).variadic(1),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_complete() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert_eq!(ALL.len(), 90);
        assert_eq!(find("rate").map(|f| f.returns), Some(ValueType::Vector));
        assert_eq!(find("Rate"), None);
    }
}
