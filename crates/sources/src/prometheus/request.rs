//! Grafana's queries as Prometheus's parameters.

use serde::Deserialize;

use crate::interval::{INTERVAL_MS_MAX, STEPS_MAX, parse_ms as interval_ms, text as duration};

/// The step of a query that says nothing, Grafana's default scrape interval.
const INTERVAL_DEFAULT_MS: i64 = 15_000;
/// Points that a panel has room for if it does not say.
const POINTS_DEFAULT: i64 = 1_000;

/// A query as a panel sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Query {
    /// Its letter.
    pub ref_id: String,
    /// The expression.
    pub expr: String,
    /// Whether a range is wanted.
    pub range: Option<bool>,
    /// Whether the value at the end is wanted.
    pub instant: Option<bool>,
    /// Whether exemplars are wanted.
    pub exemplar: bool,
    /// `time_series`, `table` or `heatmap`.
    pub format: String,
    /// How series are called.
    pub legend_format: String,
    /// The shortest step: `15s`.
    pub interval: String,
    /// The step that the panel has room for.
    pub interval_ms: Option<f64>,
    /// Points that the panel has room for.
    pub max_data_points: Option<f64>,
    /// The shortest step is multiplied with it.
    pub interval_factor: i64,
}

/// Which request a query makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `/api/v1/query_range`
    Range,
    /// `/api/v1/query`
    Instant,
    /// `/api/v1/query_exemplars`
    Exemplars,
}

impl Kind {
    /// The endpoint below `/api/v1/`.
    pub fn endpoint(self) -> &'static str {
        match self {
            Kind::Range => "query_range",
            Kind::Instant => "query",
            Kind::Exemplars => "query_exemplars",
        }
    }
}

impl Query {
    /// The requests that answer this query.
    pub fn kinds(&self) -> Vec<Kind> {
        let instant = self.instant.unwrap_or(false);
        let range = self.range.unwrap_or(!instant);
        let wanted = [(range, Kind::Range), (instant, Kind::Instant), (self.exemplar, Kind::Exemplars)];
        wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, kind)| kind).collect()
    }

    /// The step for a range, in milliseconds: what the panel has room for, but not less than the data source's interval.
    pub fn step_ms(&self, from_ms: i64, to_ms: i64, source_interval: &str) -> i64 {
        let range = (to_ms - from_ms).max(1);
        let points = self.max_data_points.map_or(POINTS_DEFAULT, |p| (p as i64).max(1));
        let room = self.interval_ms.map_or(range / points, |ms| ms as i64);
        let least = interval_ms(&self.interval)
            .or_else(|| interval_ms(source_interval))
            .unwrap_or(INTERVAL_DEFAULT_MS)
            .saturating_mul(self.interval_factor.clamp(1, 1000));
        let bounded = range / STEPS_MAX + 1;
        let step = room.max(least).clamp(1, INTERVAL_MS_MAX);
        // A step that would make too many points is rounded up to whole seconds.
        if step >= bounded { step } else { (bounded + 999) / 1000 * 1000 }
    }

    /// The parameters of a request, as a form has them.
    pub fn parameters(
        &self,
        kind: Kind,
        (from_ms, to_ms): (i64, i64),
        step_ms: i64,
        source_interval: &str,
    ) -> Vec<(&'static str, String)> {
        let expr = self.expanded((from_ms, to_ms), step_ms, source_interval);
        let mut parameters = vec![("query", expr)];
        match kind {
            Kind::Instant => parameters.push(("time", seconds(to_ms))),
            Kind::Exemplars => {
                parameters.extend([("start", seconds(from_ms)), ("end", seconds(to_ms))]);
            }
            Kind::Range => {
                // On whole steps, so that a refresh asks for the same times again.
                let (from, to) = (from_ms.div_euclid(step_ms) * step_ms, to_ms.div_euclid(step_ms) * step_ms);
                parameters.extend([
                    ("start", seconds(from)),
                    ("end", seconds(to)),
                    ("step", seconds(step_ms)),
                ]);
            }
        }
        parameters
    }

    /// The expression with the built-in variables filled in.
    pub fn expanded(&self, (from_ms, to_ms): (i64, i64), step_ms: i64, source_interval: &str) -> String {
        let scrape_ms = interval_ms(&self.interval)
            .or_else(|| interval_ms(source_interval))
            .unwrap_or(INTERVAL_DEFAULT_MS);
        let rate_ms = (step_ms + scrape_ms).max(4 * scrape_ms);
        let range_ms = (to_ms - from_ms).max(0);
        let range_s = (range_ms as f64 / 1000.0).round() as i64;
        // Longer names first: `$__range` begins `$__range_s`.
        let variables = [
            ("rate_interval_ms", rate_ms.to_string()),
            ("rate_interval", duration(rate_ms)),
            ("interval_ms", step_ms.to_string()),
            ("interval", duration(step_ms)),
            ("range_ms", range_ms.to_string()),
            ("range_s", range_s.to_string()),
            ("range", format!("{range_s}s")),
            ("from", from_ms.to_string()),
            ("to", to_ms.to_string()),
        ];
        let mut expr = self.expr.clone();
        if !expr.contains("$__") && !expr.contains("${__") {
            return expr;
        }
        for (name, value) in variables {
            expr = expr.replace(&format!("${{__{name}}}"), &value).replace(&format!("$__{name}"), &value);
        }
        expr
    }
}

fn seconds(ms: i64) -> String {
    (ms as f64 / 1000.0).to_string()
}
