//! Prometheus's answers as frames, and Grafana's queries as Prometheus's parameters.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Column, Field, Numbers, frame};
use crate::time_range::{INTERVAL_MS_MAX, interval_ms};

/// Most steps of a range query; Prometheus refuses more.
const STEPS_MAX: i64 = 11_000;
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

fn duration(ms: i64) -> String {
    if ms % 1000 == 0 { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
}

/// Makes frames of an answer.
///
/// # Errors
/// What the data source said, or that it did not answer as Prometheus does.
pub fn frames(
    query: &Query,
    kind: Kind,
    step_ms: i64,
    executed: &str,
    answer: &Value,
) -> Result<Vec<Value>, String> {
    if answer["status"] != "success" {
        let text = |name: &str| answer[name].as_str().unwrap_or("");
        return Err(match (text("errorType"), text("error")) {
            ("", "") => "the data source's answer is not Prometheus's".to_owned(),
            (kind, error) => format!("{kind}: {error}"),
        });
    }
    let notices = notices(answer);
    let data = &answer["data"];
    if kind == Kind::Exemplars {
        return Ok(vec![exemplars(query, data)]);
    }
    let result_type = data["resultType"].as_str().unwrap_or("");
    let executed = match kind {
        Kind::Range => format!("Expr: {executed}\nStep: {}", duration(step_ms)),
        Kind::Instant | Kind::Exemplars => format!("Expr: {executed}"),
    };
    let meta = |kind: &str, notices: &[Value]| {
        let mut meta = Map::new();
        meta.insert("type".to_owned(), kind.into());
        meta.insert("typeVersion".to_owned(), json!([0, 1]));
        meta.insert("custom".to_owned(), json!({ "resultType": result_type }));
        meta.insert("executedQueryString".to_owned(), executed.as_str().into());
        if !notices.is_empty() {
            meta.insert("notices".to_owned(), notices.into());
        }
        Value::Object(meta)
    };
    let result = data["result"].as_array().map(Vec::as_slice).unwrap_or_default();
    match result_type {
        "matrix" => Ok(result
            .iter()
            .map(|series| {
                let points = series["values"].as_array().map(Vec::as_slice).unwrap_or_default();
                series_frame(query, series, points, Some(step_ms), meta("timeseries-multi", &notices))
            })
            .collect()),
        "vector" if query.format == "table" => Ok(vec![table(query, result, meta("table", &notices))]),
        "vector" => Ok(result
            .iter()
            .map(|series| {
                let point = std::slice::from_ref(&series["value"]);
                series_frame(query, series, point, None, meta("numeric-multi", &notices))
            })
            .collect()),
        "scalar" | "string" => {
            let point = std::slice::from_ref(&data["result"]);
            Ok(vec![series_frame(query, &Value::Null, point, None, meta("numeric-multi", &notices))])
        }
        other => Err(format!("the data source answers with {other:?}, which is not known")),
    }
}

fn notices(answer: &Value) -> Vec<Value> {
    let of = |name: &str, severity: &str| {
        let texts = answer[name].as_array().map(Vec::as_slice).unwrap_or_default();
        texts.iter().map(|text| json!({ "severity": severity, "text": text })).collect::<Vec<_>>()
    };
    let mut notices = of("warnings", "warning");
    notices.extend(of("infos", "info"));
    notices
}

fn number(text: &Value) -> Option<f64> {
    match text.as_str()? {
        "NaN" => Some(f64::NAN),
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        digits => digits.parse().ok(),
    }
}

fn millis(time: &Value) -> i64 {
    (time.as_f64().unwrap_or(0.0) * 1000.0).round() as i64
}

fn labels(series: &Value) -> Map<String, Value> {
    series["metric"].as_object().cloned().unwrap_or_default()
}

fn series_frame(query: &Query, series: &Value, points: &[Value], step_ms: Option<i64>, meta: Value) -> Value {
    let labels = labels(series);
    let name = legend(&query.legend_format, &labels);
    let (mut times, mut values) = (Vec::with_capacity(points.len()), Numbers::default());
    for point in points {
        times.push(millis(&point[0]));
        values.push(number(&point[1]));
    }
    let mut time = Field::new("Time", Column::Time(times));
    if let Some(step_ms) = step_ms {
        time.config.insert("interval".to_owned(), step_ms.into());
    }
    let mut value = Field::new("Value", Column::Number(values));
    if let Some(metric) = labels.get("__name__").and_then(Value::as_str)
        && step_ms.is_some()
    {
        value.name = metric.to_owned();
    }
    value.labels = labels;
    value.config.insert("displayNameFromDS".to_owned(), name.as_str().into());
    frame(&query.ref_id, &name, meta, vec![time, value])
}

/// What a series is called: its legend with labels filled in, or its labels as a selector.
pub fn legend(format: &str, labels: &Map<String, Value>) -> String {
    if format.is_empty() || format == "__auto" {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let name = labels.get("__name__").map(text).unwrap_or_default();
        let rest = labels.iter().filter(|(label, _)| *label != "__name__");
        let pairs: Vec<String> =
            rest.map(|(label, value)| format!("{label}={}", Value::from(text(value)))).collect();
        return match (name.as_str(), pairs.is_empty()) {
            ("", true) => "{}".to_owned(),
            (name, true) => name.to_owned(),
            (name, false) => format!("{name}{{{}}}", pairs.join(", ")),
        };
    }
    let mut name = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        name.push_str(before);
        let Some((label, after)) = after.split_once("}}") else {
            name.push_str("{{");
            rest = after;
            continue;
        };
        name.push_str(labels.get(label.trim()).and_then(Value::as_str).unwrap_or(""));
        rest = after;
    }
    name.push_str(rest);
    name
}

fn table(query: &Query, result: &[Value], meta: Value) -> Value {
    let mut names: Vec<String> = result.iter().flat_map(|s| labels(s).into_iter().map(|(n, _)| n)).collect();
    names.sort();
    names.dedup();
    let times = result.iter().map(|series| millis(&series["value"][0])).collect();
    let mut fields = vec![Field::new("Time", Column::Time(times))];
    for name in names {
        let column = result.iter().map(|s| s["metric"][&name].as_str().unwrap_or("").to_owned()).collect();
        fields.push(Field::new(&name, Column::Text(column)));
    }
    let mut values = Numbers::default();
    result.iter().for_each(|series| values.push(number(&series["value"][1])));
    fields.push(Field::new("Value", Column::Number(values)));
    frame(&query.ref_id, "", meta, fields)
}

fn exemplars(query: &Query, data: &Value) -> Value {
    let series = data.as_array().map(Vec::as_slice).unwrap_or_default();
    let all: Vec<(&Value, &Value)> = series
        .iter()
        .flat_map(|s| {
            let exemplars = s["exemplars"].as_array().map(Vec::as_slice).unwrap_or_default();
            exemplars.iter().map(move |e| (&s["seriesLabels"], e))
        })
        .collect();
    let pairs = |v: &Value| v.as_object().cloned().unwrap_or_default();
    let mut names: Vec<String> = all
        .iter()
        .flat_map(|(s, e)| pairs(s).into_iter().chain(pairs(&e["labels"])))
        .map(|(n, _)| n)
        .collect();
    names.sort();
    names.dedup();
    let times = all.iter().map(|(_, e)| millis(&e["timestamp"])).collect();
    let mut values = Numbers::default();
    all.iter().for_each(|(_, e)| values.push(number(&e["value"])));
    let mut fields =
        vec![Field::new("Time", Column::Time(times)), Field::new("Value", Column::Number(values))];
    for name in names {
        let text = |(s, e): &(&Value, &Value)| {
            e["labels"][&name].as_str().or_else(|| s[&name].as_str()).unwrap_or("").to_owned()
        };
        fields.push(Field::new(&name, Column::Text(all.iter().map(text).collect())));
    }
    let meta = json!({ "custom": { "resultType": "exemplar" }, "dataTopic": "annotations" });
    frame(&query.ref_id, "exemplar", meta, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(value: Value) -> Query {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_range_becomes_a_frame_a_series() {
        let q = query(json!({"refId": "A", "expr": "up", "legendFormat": "{{ job }} is {{nothing}}{{"}));
        let answer = json!({"status": "success", "data": {"resultType": "matrix", "result": [
            {"metric": {"__name__": "up", "job": "node"}, "values": [[1.5, "1"], [2, "NaN"], [3, "+Inf"], [4, "-Inf"]]},
        ]}});
        let frames = frames(&q, Kind::Range, 1000, "up", &answer).unwrap();
        let want = json!([{
            "schema": {
                "refId": "A", "name": "node is {{",
                "meta": {"type": "timeseries-multi", "typeVersion": [0, 1], "custom": {"resultType": "matrix"},
                         "executedQueryString": "Expr: up\nStep: 1s"},
                "fields": [
                    {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}, "config": {"interval": 1000}},
                    {"name": "up", "type": "number", "typeInfo": {"frame": "float64"},
                     "labels": {"__name__": "up", "job": "node"}, "config": {"displayNameFromDS": "node is {{"}},
                ],
            },
            "data": {"values": [[1500, 2000, 3000, 4000], [1.0, null, null, null]],
                     "entities": [null, {"NaN": [1], "Inf": [2], "NegInf": [3]}]},
        }]);
        assert_eq!(Value::from(frames), want);
    }

    #[test]
    fn a_table_has_a_column_a_label() {
        let q = query(json!({"refId": "B", "format": "table", "instant": true}));
        assert_eq!(q.kinds(), [Kind::Instant]);
        let answer = json!({"status": "success", "warnings": ["w"], "data": {"resultType": "vector", "result": [
            {"metric": {"a": "1"}, "value": [5, "7"]}, {"metric": {"b": "2"}, "value": [5, "8"]},
        ]}});
        let frames = frames(&q, Kind::Instant, 0, "x", &answer).unwrap();
        assert_eq!(frames[0]["data"]["values"], json!([[5000, 5000], ["1", ""], ["", "2"], [7.0, 8.0]]));
        assert_eq!(frames[0]["schema"]["meta"]["notices"], json!([{"severity": "warning", "text": "w"}]));
    }

    #[test]
    fn exemplars_and_scalars_are_frames_too() {
        let answer = json!({"status": "success", "data": [
            {"seriesLabels": {"job": "a"}, "exemplars": [{"labels": {"traceID": "t"}, "value": "2", "timestamp": 1}]},
        ]});
        let frame = frames(&Query::default(), Kind::Exemplars, 0, "", &answer).unwrap().remove(0);
        assert_eq!(frame["data"]["values"], json!([[1000], [2.0], ["a"], ["t"]]));
        let answer = json!({"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}});
        let frame = frames(&Query::default(), Kind::Instant, 0, "", &answer).unwrap().remove(0);
        assert_eq!(frame["data"]["values"], json!([[1000], [3.0]]));
    }

    #[test]
    fn errors_are_the_data_sources() {
        let answer = json!({"status": "error", "errorType": "bad_data", "error": "parse error"});
        let error = frames(&Query::default(), Kind::Range, 1, "", &answer).unwrap_err();
        assert_eq!(error, "bad_data: parse error");
        assert!(frames(&Query::default(), Kind::Range, 1, "", &json!([])).is_err());
    }

    #[test]
    fn steps_and_variables_follow_the_panel() {
        let hour = 3_600_000;
        let cases = [
            (json!({"intervalMs": 30000}), hour, "", 30_000),
            (json!({"intervalMs": 1000}), hour, "", 15_000),
            (json!({"intervalMs": 1000}), hour, "5s", 5_000),
            (json!({"intervalMs": 1000, "interval": "1m"}), hour, "5s", 60_000),
            (json!({"intervalMs": 1000, "interval": "10s", "intervalFactor": 2}), hour, "", 20_000),
            (json!({"maxDataPoints": 60}), hour, "", 60_000),
            (json!({"intervalMs": 1000, "interval": "1s"}), 24 * hour, "", 8_000),
        ];
        for (value, range, source, want) in cases {
            assert_eq!(query(value.clone()).step_ms(0, range, source), want, "{value}");
        }
        let q = query(
            json!({"expr": "rate(x[$__rate_interval]) + $__interval_ms + $__range_s + x[${__range}] $__interval $__to"}),
        );
        let text = q.expanded((0, hour), 30_000, "15s");
        assert_eq!(text, "rate(x[60s]) + 30000 + 3600 + x[3600s] 30s 3600000");
        let p = q.parameters(Kind::Range, (1_234, 65_000), 10_000, "");
        assert_eq!(&p[1..], [("start", "0".into()), ("end", "60".into()), ("step", "10".into())]);
    }
}
