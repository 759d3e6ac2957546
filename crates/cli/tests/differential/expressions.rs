//! Random expressions out of what Prometheus 2.42 knows.

use crate::random::Random;

const SELECTORS: [&str; 14] = [
    "requests_total",
    r#"requests_total{code="200"}"#,
    r#"requests_total{code=~"4..|5.."}"#,
    r#"requests_total{job!="api"}"#,
    r#"requests_total{instance!~"a.*|c.*"}"#,
    "temperature",
    r#"temperature{zone="north"}"#,
    r#"{__name__=~"temp.*",job="web"}"#,
    "latency_seconds_bucket",
    r#"latency_seconds_bucket{job="api"}"#,
    "build_info",
    "odd",
    "born_seconds",
    r#"nothing{a="b"}"#,
];
const OF_VECTOR: [&str; 32] = [
    "year",
    "day_of_year",
    "days_in_month",
    "abs",
    "absent",
    "ceil",
    "exp",
    "floor",
    "ln",
    "log2",
    "log10",
    "sgn",
    "sqrt",
    "sort",
    "sort_desc",
    "timestamp",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cosh",
    "sinh",
    "tanh",
    "deg",
    "rad",
    "day_of_month",
    "day_of_week",
    "hour",
    "minute",
    "month",
];
const PERIODIC: [&str; 3] = ["sin", "cos", "tan"];
const OF_RANGE: [&str; 17] = [
    "irate",
    "delta",
    "idelta",
    "deriv",
    "changes",
    "resets",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "last_over_time",
    "present_over_time",
    "absent_over_time",
    "avg_over_time",
];
const AGGREGATIONS: [&str; 8] = ["sum", "avg", "min", "max", "count", "group", "sum", "count"];
const GROUPINGS: [&str; 9] = [
    "",
    "by (job)",
    "by (job, instance)",
    "by (instance, zone, code)",
    "by ()",
    "without (instance)",
    "without (job, le)",
    "without ()",
    "by (__name__)",
];
/// Of what never falls near zero: where a counter would have been zero, 3.x extrapolates differently.
const OF_COUNTER: [&str; 2] = ["rate", "increase"];
const COUNTERS: [&str; 3] =
    ["requests_total", r#"requests_total{code=~"4..|5.."}"#, "latency_seconds_bucket"];
const ARITHMETIC: [&str; 5] = ["+", "-", "*", "/", "%"];
const COMPARISONS: [&str; 6] = ["==", "!=", ">", "<", ">=", "<="];
const SETS: [&str; 3] = ["and", "or", "unless"];
const MATCHINGS: [&str; 9] = [
    "",
    "on (job, instance)",
    "ignoring (code)",
    "ignoring (zone, code)",
    "on (instance) group_left",
    "on (job, instance) group_left (version)",
    "on (job, instance) group_right (zone)",
    "on ()",
    "ignoring (code, zone, le, version) group_left",
];
const RANGES: [&str; 6] = ["20s", "1m", "3m", "5m", "10m", "1h"];
const NUMBERS: [&str; 12] =
    ["0", "1", "2", "-1", "0.5", "3.25", "1e3", "NaN", "Inf", "-Inf", "100", "time()"];

/// Writes one expression.
pub struct Writer<'r> {
    random: &'r mut Random,
}

impl<'r> Writer<'r> {
    pub fn new(random: &'r mut Random) -> Writer<'r> {
        Writer { random }
    }

    /// An instant vector (seldom a scalar) with up to `depth` nodes above its selectors.
    pub fn vector(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.selector();
        }
        let below = depth - 1;
        match self.random.below(20) {
            0 => self.selector(),
            1..=5 => self.of_range(below),
            6 => format!("{}({})", self.random.pick(&OF_VECTOR), self.vector(below)),
            // Of a large number they tell the last digits, in which sums may differ.
            7 => format!("{}(clamp({}, -9, 9))", self.random.pick(&PERIODIC), self.vector(below)),
            8 => self.other_call(below),
            9..=13 => self.aggregation(below),
            14..=16 => self.with_vector(below),
            17 => self.with_scalar(below),
            18 => format!("-{}", self.of_range(below)),
            _ => format!("({})", self.vector(below)),
        }
    }

    fn selector(&mut self) -> String {
        let selector = self.random.pick(&SELECTORS);
        format!("{selector}{}", self.modifiers())
    }

    fn modifiers(&mut self) -> &'static str {
        match self.random.below(12) {
            0 => " offset 2m",
            1 => " offset -90s",
            2 => " @ 1795132300.25",
            3 => " @ end()",
            4 => " @ start() offset 1m",
            _ => "",
        }
    }

    fn range(&mut self, depth: usize) -> String {
        let range = self.random.pick(&RANGES);
        if depth > 0 && self.random.once_in(4) {
            // Inner steps stand at whole seconds, windows begin 137 ms after them.
            let step = self.random.pick(&["", "30s", "1m", "17s"]);
            let inner = self.vector(depth - 1);
            return format!(
                "({inner})[{range}:{step}]{}",
                self.random.pick(&["", "", " offset 1m", " @ end()"])
            );
        }
        format!("{}[{range}]{}", self.random.pick(&SELECTORS), self.modifiers())
    }

    fn of_range(&mut self, depth: usize) -> String {
        if self.random.once_in(3) {
            let (counter, range) = (self.random.pick(&COUNTERS), self.random.pick(&RANGES));
            return format!("{}({counter}[{range}]{})", self.random.pick(&OF_COUNTER), self.modifiers());
        }
        let range = self.range(depth);
        match self.random.below(14) {
            // With `@`, 2.42 moves the window of these along with the steps.
            0 => {
                let (selector, range) = (self.random.pick(&SELECTORS), self.random.pick(&RANGES));
                format!("quantile_over_time({}, {selector}[{range}])", self.scalar())
            }
            1 => {
                let (selector, range) = (self.random.pick(&SELECTORS), self.random.pick(&RANGES));
                format!("predict_linear({selector}[{range}] offset 1m, {})", self.scalar())
            }
            _ => format!("{}({range})", self.random.pick(&OF_RANGE)),
        }
    }

    fn other_call(&mut self, depth: usize) -> String {
        let vector = self.vector(depth);
        match self.random.below(11) {
            0 => format!("clamp({vector}, {}, {})", self.scalar(), self.scalar()),
            1 => format!("clamp_max({vector}, {})", self.scalar()),
            2 => format!("clamp_min({vector}, {})", self.scalar()),
            3 => format!("round({vector}, {})", self.random.pick(&["1", "0.5", "10", "-3", "0.01"])),
            4 => format!("round({vector})"),
            5 => format!("vector(scalar({vector}))"),
            6 => format!(r#"label_replace({vector}, "zone", "$1-x", "instance", "(.*):.*")"#),
            7 => format!(r#"label_replace({vector}, "job", "all", "", "")"#),
            8 => format!(r#"label_join({vector}, "both", "/", "job", "instance", "none")"#),
            9 => {
                let quantile = self.scalar();
                let range = self.random.pick(&RANGES);
                let grouping = self.random.pick(&["by (le)", "by (le, job)", "without (instance)"]);
                format!(
                    "histogram_quantile({quantile}, sum {grouping} (rate(latency_seconds_bucket[{range}])))"
                )
            }
            _ => format!("histogram_quantile({}, latency_seconds_bucket{})", self.scalar(), self.modifiers()),
        }
    }

    fn aggregation(&mut self, depth: usize) -> String {
        let vector = self.vector(depth);
        let grouping = self.random.pick(&GROUPINGS);
        match self.random.below(10) {
            // Sums come out differently in the last bit; a rounded value cannot tell, and ties are not broken.
            0 => {
                format!("topk {grouping} ({}, {})", self.random.pick(&["1", "2", "5", "0"]), self.distinct())
            }
            1 => format!("bottomk {grouping} ({}, {})", self.random.pick(&["1", "3", "7"]), self.distinct()),
            2 => format!("quantile {grouping} ({}, {vector})", self.scalar()),
            3 => {
                // 2.42 forgets labels of a longer `by` from one step to the next.
                let grouping = self.random.pick(&["", "by (job)", "without (job, le)"]);
                format!(r#"count_values {grouping} ("value", round(clamp({vector}, -1e6, 1e6)))"#)
            }
            // 3.x has no deviation where there are infinities.
            4 => {
                let op = self.random.pick(&["stddev", "stdvar"]);
                format!("{op} {grouping} (({vector}) > -1e15 < 1e15)")
            }
            _ => format!("{} {grouping} ({vector})", self.random.pick(&AGGREGATIONS)),
        }
    }

    /// A vector without equal values, of which any could be chosen.
    fn distinct(&mut self) -> &'static str {
        self.random.pick(&[
            "temperature",
            "born_seconds",
            r#"temperature{zone="north"} * 2"#,
            "requests_total offset 1m",
        ])
    }

    fn with_vector(&mut self, depth: usize) -> String {
        let left = self.vector(depth);
        let right = if self.random.once_in(3) { left.clone() } else { self.vector(depth) };
        match self.random.below(6) {
            0..=1 => {
                let on = self.random.pick(&["", "on (job)", "ignoring (code, zone)", "on ()"]);
                format!("({left}) {} {on} ({right})", self.random.pick(&SETS))
            }
            2 if self.random.once_in(2) => {
                let matching = self.random.pick(&MATCHINGS);
                format!("({left}) {} bool {matching} ({right})", self.random.pick(&COMPARISONS))
            }
            2 => {
                // Each with one partner: 2.42 overlooks several where the comparison does not hold.
                let side = |vector| format!("max by (job, instance) ({vector})");
                format!("{} {} {}", side(left), self.random.pick(&COMPARISONS), side(right))
            }
            3 if self.random.once_in(4) => {
                // Between vectors without names: 2.42 keeps them.
                let side = |vector| format!("sum by (job, instance) ({vector})");
                format!("{} atan2 {}", side(left), side(right))
            }
            3 => {
                let joined = self.random.pick(&["requests_total", "temperature", "odd"]);
                let operator = self.random.pick(&ARITHMETIC);
                format!("{joined} {operator} on (job, instance) group_left (version) build_info")
            }
            _ => {
                let matching = self.random.pick(&MATCHINGS);
                format!("({left}) {} {matching} ({right})", self.random.pick(&ARITHMETIC))
            }
        }
    }

    fn with_scalar(&mut self, depth: usize) -> String {
        let (vector, scalar) = (self.vector(depth), self.scalar());
        let operator = match self.random.below(3) {
            0 => self.random.pick(&COMPARISONS).to_owned(),
            1 => format!("{} bool", self.random.pick(&COMPARISONS)),
            _ if self.random.once_in(8) => return format!("abs({vector}) ^ 1.5"),
            _ => self.random.pick(&ARITHMETIC).to_owned(),
        };
        if self.random.once_in(3) {
            format!("{scalar} {operator} ({vector})")
        } else {
            format!("({vector}) {operator} {scalar}")
        }
    }

    fn scalar(&mut self) -> String {
        match self.random.below(8) {
            0 => "(0.5 + 0.25)".to_owned(),
            1 => "scalar(avg(temperature))".to_owned(),
            2 => format!("-({})", self.random.pick(&NUMBERS)),
            3..=4 => "0.9".to_owned(),
            _ => self.random.pick(&NUMBERS).to_owned(),
        }
    }
}
