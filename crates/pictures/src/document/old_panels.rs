//! `singlestat` becomes `stat` or `gauge`; the old table becomes today's with overrides for its column styles.

use serde_json::{Value, json};

use super::migrate::{mappings, with};
use crate::field::reduce::canonical;
use crate::json::{as_number, at, flag, list, number, text, text_or};

fn steps(colors: &[Value], limits: impl Iterator<Item = f64>) -> Value {
    let color =
        |place: usize, other: &str| colors.get(place).and_then(Value::as_str).unwrap_or(other).to_owned();
    let mut steps = vec![json!({"color": color(0, "green"), "value": null})];
    steps.extend(
        limits.enumerate().map(|(place, value)| json!({"color": color(place + 1, "red"), "value": value})),
    );
    json!({"mode": "absolute", "steps": steps})
}

fn old_mappings(values: &[Value], ranges: &[Value]) -> Value {
    let value = |m: &Value| json!({"type": 1, "value": at(m, "value"), "text": at(m, "text")});
    let range =
        |m: &Value| json!({"type": 2, "from": at(m, "from"), "to": at(m, "to"), "text": at(m, "text")});
    let all: Vec<Value> = values.iter().map(value).chain(ranges.iter().map(range)).collect();
    mappings(&all.into()).unwrap_or_default()
}

/// The panel as a `stat`, or a `gauge` if it showed one.
pub fn singlestat(panel: &Value) -> Value {
    let is_gauge = flag(panel, "gauge.show");
    let colored = flag(panel, "colorValue") || flag(panel, "colorBackground") || is_gauge;
    let (values, ranges) = match at(panel, "mappingType").as_i64() {
        Some(2) => (&[][..], list(panel, "rangeMaps")),
        Some(_) | None => (list(panel, "valueMaps"), &[][..]),
    };
    // A free prefix or postfix is kept as a unit where the unit itself says nothing.
    let format = text_or(panel, "format", "none");
    let unit = match (format, text(panel, "postfix").trim(), text(panel, "prefix").trim()) {
        ("none" | "short", "", "") => format.to_owned(),
        ("none" | "short", "", prefix) => format!("prefix:{prefix}"),
        ("none" | "short", postfix, _) => format!("suffix:{postfix}"),
        (format, ..) => format.to_owned(),
    };
    let mut defaults = json!({
        "unit": unit,
        "mappings": old_mappings(values, ranges),
        "color": if colored { json!({"mode": "thresholds"}) } else { json!({"mode": "fixed", "fixedColor": "text"}) },
    });
    if !list(panel, "colors").is_empty() {
        let limits = text(panel, "thresholds").split(',').filter_map(|limit| limit.trim().parse().ok());
        defaults["thresholds"] = steps(list(panel, "colors"), limits);
    }
    if let Some(decimals) = number(panel, "decimals") {
        defaults["decimals"] = decimals.into();
    }
    if is_gauge {
        defaults["min"] = number(panel, "gauge.minValue").unwrap_or(0.0).into();
        defaults["max"] = number(panel, "gauge.maxValue").unwrap_or(100.0).into();
    }
    if !text(panel, "nullText").is_empty() {
        defaults["noValue"] = text(panel, "nullText").into();
    }
    let calc = match text_or(panel, "valueName", "avg") {
        "first" => "firstNotNull",
        "last_time" | "name" => "lastNotNull",
        other => canonical(other),
    };
    let reduce = json!({"calcs": [calc], "values": false, "fields": text(panel, "tableColumn")});
    let options = match is_gauge {
        true => json!({
            "reduceOptions": reduce,
            "showThresholdMarkers": at(panel, "gauge.thresholdMarkers") != &Value::Bool(false),
            "showThresholdLabels": flag(panel, "gauge.thresholdLabels"),
        }),
        false => json!({
            "reduceOptions": reduce,
            "colorMode": if flag(panel, "colorBackground") { "background" } else if flag(panel, "colorValue") { "value" } else { "none" },
            "graphMode": if flag(panel, "sparkline.show") { "area" } else { "none" },
            "orientation": "horizontal",
            "textMode": if text(panel, "valueName") == "name" { "name" } else { "auto" },
        }),
    };
    let kind = if is_gauge { "gauge" } else { "stat" };
    with(
        panel,
        json!({"type": kind, "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options}),
    )
}

/// The panel as today's `table`: column styles become overrides, `transform` becomes transformations.
pub fn table(panel: &Value) -> Value {
    let styles = list(panel, "styles");
    let base = styles.iter().find(|style| text(style, "pattern") == "/.*/");
    let mut defaults = json!({"custom": {"align": "auto"}});
    for (id, value) in base.map(properties).unwrap_or_default() {
        if matches!(id, "unit" | "decimals") {
            defaults[id] = value;
        }
    }
    let overrides: Vec<Value> = styles
        .iter()
        .filter(|style| !matches!(text(style, "pattern"), "" | "/.*/"))
        .map(|style| {
            let pattern = text(style, "pattern");
            let is_pattern = pattern.len() > 1 && pattern.starts_with('/') && pattern.ends_with('/');
            let properties: Vec<Value> =
                properties(style).into_iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
            let matcher = if is_pattern { "byRegexp" } else { "byName" };
            json!({"matcher": {"id": matcher, "options": pattern}, "properties": properties})
        })
        .collect();
    let mut transformations = list(panel, "transformations").to_vec();
    match text(panel, "transform") {
        "timeseries_to_columns" => {
            transformations.push(json!({"id": "joinByField", "options": {"byField": "Time"}}))
        }
        "timeseries_to_rows" => transformations.push(json!({"id": "seriesToRows", "options": {}})),
        "timeseries_aggregations" => {
            let calcs: Vec<&str> =
                list(panel, "columns").iter().map(|c| canonical(text(c, "value"))).collect();
            transformations.push(json!({"id": "reduce", "options": {"reducers": calcs}}));
        }
        "table" => transformations.push(json!({"id": "merge", "options": {}})),
        // `json` and `annotations` have no counterpart: the raw table is shown.
        _other => {}
    }
    with(
        panel,
        json!({
            "type": "table", "transformations": transformations,
            "fieldConfig": {"defaults": defaults, "overrides": overrides},
        }),
    )
}

fn properties(style: &Value) -> Vec<(&'static str, Value)> {
    let mut out: Vec<(&'static str, Value)> = Vec::new();
    if !text(style, "alias").is_empty() {
        out.push(("displayName", text(style, "alias").into()));
    }
    match text(style, "type") {
        "hidden" => out.push(("custom.hidden", true.into())),
        "date" => {
            out.push(("unit", format!("time:{}", text_or(style, "dateFormat", "YYYY-MM-DD HH:mm:ss")).into()))
        }
        "number" => {
            if !text(style, "unit").is_empty() {
                out.push(("unit", text(style, "unit").into()));
            }
            if let Some(decimals) = number(style, "decimals") {
                out.push(("decimals", decimals.into()));
            }
        }
        _text => {}
    }
    let (values, ranges) = (list(style, "valueMaps"), list(style, "rangeMaps"));
    if !values.is_empty() || !ranges.is_empty() {
        out.push(("mappings", old_mappings(values, ranges)));
    }
    let mode = text(style, "colorMode");
    match mode {
        "cell" | "row" => {
            out.push((
                "custom.cellOptions",
                json!({"type": "color-background", "applyToRow": mode == "row"}),
            ));
        }
        "value" => out.push(("custom.cellOptions", json!({"type": "color-text"}))),
        _none => {}
    }
    if !mode.is_empty() && !list(style, "colors").is_empty() {
        out.push((
            "thresholds",
            steps(list(style, "colors"), list(style, "thresholds").iter().filter_map(as_number)),
        ));
    }
    if !matches!(text(style, "align"), "" | "auto") {
        out.push(("custom.align", text(style, "align").into()));
    }
    out
}
