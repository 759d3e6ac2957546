//! Prometheus's answers as frames.

use serde_json::{Map, Value, json};

use super::request::{Kind, Query};
use crate::error::SourceError;
use crate::frame::{Field, Frame, Numbers};
use crate::interval::text as duration;

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
) -> Result<Vec<Frame>, SourceError> {
    if answer["status"] != "success" {
        let text = |name: &str| answer[name].as_str().unwrap_or("");
        return Err(match (text("errorType"), text("error")) {
            ("", "") => SourceError::answer("it is not Prometheus's"),
            (kind, error) => SourceError::Refused(format!("{kind}: {error}")),
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
    let meta = |kind: &str, notices: &[Value]| -> Map<String, Value> {
        let mut meta = Map::new();
        meta.insert("type".to_owned(), kind.into());
        meta.insert("typeVersion".to_owned(), json!([0, 1]));
        meta.insert("custom".to_owned(), json!({ "resultType": result_type }));
        meta.insert("executedQueryString".to_owned(), executed.as_str().into());
        if !notices.is_empty() {
            meta.insert("notices".to_owned(), notices.into());
        }
        meta
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
        other => Err(SourceError::answer(format!("its result is of the unknown type {other:?}"))),
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

pub(crate) fn number(text: &Value) -> Option<f64> {
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

pub(crate) fn labels(series: &Value) -> Map<String, Value> {
    series["metric"].as_object().cloned().unwrap_or_default()
}

fn series_frame(
    query: &Query,
    series: &Value,
    points: &[Value],
    step_ms: Option<i64>,
    meta: Map<String, Value>,
) -> Frame {
    let labels = labels(series);
    let name = legend(&query.legend_format, &labels);
    let (mut times, mut values) = (Vec::with_capacity(points.len()), Numbers::default());
    for point in points {
        times.push(millis(&point[0]));
        values.push(number(&point[1]));
    }
    let mut time = Field::times("Time", times);
    if let Some(step_ms) = step_ms {
        time.config.insert("interval".to_owned(), step_ms.into());
    }
    let mut value = Field::numbers("Value", values.0);
    if let Some(metric) = labels.get("__name__").and_then(Value::as_str)
        && step_ms.is_some()
    {
        value.name = metric.to_owned();
    }
    value.labels = labels;
    value.config.insert("displayNameFromDS".to_owned(), name.as_str().into());
    Frame { ref_id: query.ref_id.clone(), name, meta, fields: vec![time, value] }
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

fn table(query: &Query, result: &[Value], meta: Map<String, Value>) -> Frame {
    let mut names: Vec<String> = result.iter().flat_map(|s| labels(s).into_iter().map(|(n, _)| n)).collect();
    names.sort();
    names.dedup();
    let times = result.iter().map(|series| millis(&series["value"][0])).collect();
    let mut fields = vec![Field::times("Time", times)];
    for name in names {
        let column = result.iter().map(|s| s["metric"][&name].as_str().unwrap_or("").to_owned()).collect();
        fields.push(Field::texts(&name, column));
    }
    let mut values = Numbers::default();
    result.iter().for_each(|series| values.push(number(&series["value"][1])));
    fields.push(Field::numbers("Value", values.0));
    Frame { ref_id: query.ref_id.clone(), name: String::new(), meta, fields }
}

fn exemplars(query: &Query, data: &Value) -> Frame {
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
    let mut fields = vec![Field::times("Time", times), Field::numbers("Value", values.0)];
    for name in names {
        let text = |(s, e): &(&Value, &Value)| {
            e["labels"][&name].as_str().or_else(|| s[&name].as_str()).unwrap_or("").to_owned()
        };
        fields.push(Field::texts(&name, all.iter().map(text).collect()));
    }
    let meta = Map::from_iter([
        ("custom".to_owned(), json!({ "resultType": "exemplar" })),
        ("dataTopic".to_owned(), "annotations".into()),
    ]);
    Frame { ref_id: query.ref_id.clone(), name: "exemplar".to_owned(), meta, fields }
}
