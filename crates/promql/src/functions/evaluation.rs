//! What evaluates each function of the signature list.

use model::histogram::FloatHistogram;

use super::time::Date;
use super::{histogram, math, over_time, rates, regression, time};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::Windows;
use crate::notes::Notes;

/// Computes one series' column from its windows. The column comes in absent at all steps.
pub(crate) type RangeKernel = fn(&Windows<'_>, &mut Column, &mut Notes) -> Result<(), QueryError>;

/// How a function is evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Evaluation {
    /// Series by series, from windows of samples.
    Range(RangeKernel),
    /// As `Range`, then one series of the steps where no series has a value.
    AbsentOverTime(RangeKernel),
    /// Float by float; histograms are dropped.
    Float(fn(f64) -> f64),
    /// Histogram by histogram; floats are dropped.
    Histogram(fn(&FloatHistogram) -> f64),
    /// From the date that a float stands for, or the step's.
    Date(fn(&Date) -> f64),
    /// A number known before the query runs.
    Folded(Folded),
    /// `max_of`, `min_of`.
    ScalarPair(fn(f64, f64) -> f64),
    /// `absent`
    Absent,
    /// `clamp`
    Clamp,
    /// `clamp_max`
    ClampMax,
    /// `clamp_min`
    ClampMin,
    /// `histogram_fraction`
    HistogramFraction,
    /// `histogram_quantile`
    HistogramQuantile,
    /// `histogram_quantiles`
    HistogramQuantiles,
    /// `info`
    Info,
    /// `label_join`
    LabelJoin,
    /// `label_replace`
    LabelReplace,
    /// `round`
    Round,
    /// `scalar`
    Scalar,
    /// `sort`, `sort_desc`
    Sort { descending: bool },
    /// `sort_by_label`, `sort_by_label_desc`
    SortByLabel { descending: bool },
    /// `start_timestamp`
    StartTimestamp,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `vector`
    Vector,
}

/// Functions that are numbers once the query's times are known.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the variants are the functions' names")]
pub(crate) enum Folded {
    Start,
    End,
    Range,
    Step,
    Pi,
}

impl Evaluation {
    /// Tells whether the value can differ between steps although the arguments do not.
    pub(crate) fn depends_on_time(self, name: &str) -> bool {
        matches!(self, Evaluation::Date(_) | Evaluation::Time | Evaluation::Timestamp)
            || name == "predict_linear"
    }
}

/// Finds how a function is evaluated; `None` for a name that is not in the list.
pub(crate) fn evaluation(name: &str) -> Option<Evaluation> {
    use Evaluation::*;
    Some(match name {
        "abs" => Float(f64::abs),
        "absent" => Absent,
        "absent_over_time" => AbsentOverTime(over_time::present),
        "acos" => Float(f64::acos),
        "acosh" => Float(math::acosh),
        "asin" => Float(f64::asin),
        "asinh" => Float(math::asinh),
        "atan" => Float(f64::atan),
        "atanh" => Float(math::atanh),
        "avg_over_time" => Range(over_time::avg),
        "ceil" => Float(f64::ceil),
        "changes" => Range(rates::changes),
        "clamp" => Clamp,
        "clamp_max" => ClampMax,
        "clamp_min" => ClampMin,
        "cos" => Float(f64::cos),
        "cosh" => Float(f64::cosh),
        "count_over_time" => Range(over_time::count),
        "day_of_month" => Date(time::day_of_month),
        "day_of_week" => Date(time::day_of_week),
        "day_of_year" => Date(time::day_of_year),
        "days_in_month" => Date(time::days_in_month),
        "deg" => Float(math::deg),
        "delta" => Range(rates::delta),
        "deriv" => Range(regression::deriv),
        "double_exponential_smoothing" => Range(regression::double_exponential_smoothing),
        "end" => Folded(self::Folded::End),
        "exp" => Float(f64::exp),
        "first_over_time" => Range(over_time::first),
        "floor" => Float(f64::floor),
        "histogram_avg" => Histogram(histogram::avg),
        "histogram_count" => Histogram(histogram::count),
        "histogram_fraction" => HistogramFraction,
        "histogram_quantile" => HistogramQuantile,
        "histogram_quantiles" => HistogramQuantiles,
        "histogram_stddev" => Histogram(histogram::stddev),
        "histogram_stdvar" => Histogram(histogram::stdvar),
        "histogram_sum" => Histogram(histogram::sum),
        "hour" => Date(time::hour),
        "idelta" => Range(rates::idelta),
        "increase" => Range(rates::increase),
        "info" => Info,
        "irate" => Range(rates::irate),
        "label_join" => LabelJoin,
        "label_replace" => LabelReplace,
        "last_over_time" => Range(over_time::last),
        "ln" => Float(f64::ln),
        "log10" => Float(f64::log10),
        "log2" => Float(f64::log2),
        "mad_over_time" => Range(over_time::mad),
        "max_of" => ScalarPair(math::max),
        "max_over_time" => Range(over_time::max),
        "min_of" => ScalarPair(math::min),
        "min_over_time" => Range(over_time::min),
        "minute" => Date(time::minute),
        "month" => Date(time::month),
        "pi" => Folded(self::Folded::Pi),
        "predict_linear" => Range(regression::predict_linear),
        "present_over_time" => Range(over_time::present),
        "quantile_over_time" => Range(over_time::quantile),
        "rad" => Float(math::rad),
        "range" => Folded(self::Folded::Range),
        "rate" => Range(rates::rate),
        "resets" => Range(rates::resets),
        "round" => Round,
        "scalar" => Scalar,
        "sgn" => Float(math::sgn),
        "sin" => Float(f64::sin),
        "sinh" => Float(f64::sinh),
        "sort" => Sort { descending: false },
        "sort_by_label" => SortByLabel { descending: false },
        "sort_by_label_desc" => SortByLabel { descending: true },
        "sort_desc" => Sort { descending: true },
        "sqrt" => Float(f64::sqrt),
        "start" => Folded(self::Folded::Start),
        "start_timestamp" => StartTimestamp,
        "stddev_over_time" => Range(over_time::stddev),
        "stdvar_over_time" => Range(over_time::stdvar),
        "step" => Folded(self::Folded::Step),
        "sum_over_time" => Range(over_time::sum),
        "tan" => Float(f64::tan),
        "tanh" => Float(f64::tanh),
        "time" => Time,
        "timestamp" => Timestamp,
        "ts_of_first_over_time" => Range(over_time::ts_of_first),
        "ts_of_last_over_time" => Range(over_time::ts_of_last),
        "ts_of_max_over_time" => Range(over_time::ts_of_max),
        "ts_of_min_over_time" => Range(over_time::ts_of_min),
        "vector" => Vector,
        "year" => Date(time::year),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_evaluated() {
        for signature in crate::functions::ALL {
            assert!(evaluation(signature.name).is_some(), "{}", signature.name);
        }
    }
}
