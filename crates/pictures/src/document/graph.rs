//! `graph`, the time series panel before version 8, becomes `timeseries`, `histogram` or `bargauge`.

use serde_json::{Map, Value, json};

use super::migrate::with;
use crate::field::reduce::canonical;
use crate::json::{at, flag, flag_or, list, members, number, text, text_or};

/// The panel in today's shape.
pub fn migrate(panel: &Value) -> Value {
    let mut overrides: Vec<Value> = members(panel, "aliasColors")
        .map(|(alias, color)| rule(alias, vec![("color", json!({"mode": "fixed", "fixedColor": color}))]))
        .collect();
    overrides
        .extend(list(panel, "seriesOverrides").iter().filter_map(|written| series_override(written, panel)));
    let config = json!({"defaults": defaults(panel), "overrides": overrides});
    let (kind, options) = match text(panel, "xaxis.mode") {
        "histogram" => ("histogram", json!({"legend": legend(panel), "combine": true})),
        "series" => {
            let calc = list(panel, "xaxis.values").first().and_then(Value::as_str).unwrap_or("current");
            let reduce = json!({"calcs": [canonical(calc)], "values": false, "fields": ""});
            ("bargauge", json!({"orientation": "vertical", "displayMode": "basic", "reduceOptions": reduce}))
        }
        _time => ("timeseries", json!({"legend": legend(panel)})),
    };
    with(panel, json!({"type": kind, "fieldConfig": config, "options": options}))
}

/// The two axes; before version 7 of the schema formats stood in `y_formats` and limits in `grid`.
fn axis(panel: &Value, place: usize) -> Value {
    if let Some(axis) = list(panel, "yaxes").get(place) {
        return axis.clone();
    }
    let side = if place == 0 { "left" } else { "right" };
    let of_grid = |what: &str| at(panel, &format!("grid.{side}{what}")).clone();
    let format = list(panel, "y_formats").get(place).cloned().unwrap_or(Value::Null);
    json!({"format": format, "logBase": of_grid("LogBase"), "min": of_grid("Min"), "max": of_grid("Max")})
}

fn defaults(panel: &Value) -> Value {
    let left = axis(panel, 0);
    let bars = flag(panel, "bars");
    let lines = flag_or(panel, "lines", !bars);
    let points = flag(panel, "points");
    let null_mode = text(panel, "nullPointMode");
    let stacking = match (flag(panel, "stack"), flag(panel, "percentage")) {
        (true, true) => "percent",
        (true, false) => "normal",
        (false, _) => "none",
    };
    let fill = number(panel, "fill").unwrap_or(1.0) * 10.0;
    let mut custom = json!({
        "drawStyle": if lines { "line" } else if bars { "bars" } else if points { "points" } else { "line" },
        "lineInterpolation": if flag(panel, "steppedLine") { "stepAfter" } else { "linear" },
        "lineWidth": if lines || bars { number(panel, "linewidth").unwrap_or(1.0) } else { 0.0 },
        "fillOpacity": if lines { fill } else if bars { 100.0 } else { 0.0 },
        "showPoints": if points { "always" } else { "never" },
        "pointSize": number(panel, "pointradius").unwrap_or(2.0) * 2.0,
        "spanNulls": null_mode == "connected",
        "stacking": {"mode": stacking, "group": "A"},
        "axisPlacement": if at(&left, "show") == &Value::Bool(false) { "hidden" } else { "auto" },
        "axisLabel": text(&left, "label"),
    });
    if flag(panel, "dashes") {
        let length = |key: &str| number(panel, key).unwrap_or(10.0);
        custom["lineStyle"] = json!({"fill": "dash", "dash": [length("dashLength"), length("spaceLength")]});
    }
    if let Some(log) = number(&left, "logBase").filter(|log| *log > 1.0) {
        custom["scaleDistribution"] = json!({"type": "log", "log": log});
    }
    let mut out = json!({"unit": text_or(&left, "format", "short"), "color": {"mode": "palette-classic"}});
    let decimals = number(panel, "decimals").or_else(|| number(&left, "decimals"));
    for (key, value) in [("decimals", decimals), ("min", number(&left, "min")), ("max", number(&left, "max"))]
    {
        if let Some(value) = value {
            out[key] = value.into();
        }
    }
    let thresholds = list(panel, "thresholds");
    if !thresholds.is_empty() {
        let has = |key: &str| thresholds.iter().any(|threshold| flag(threshold, key));
        let style = if has("fill") { if has("line") { "line+area" } else { "area" } } else { "line" };
        custom["thresholdsStyle"] = json!({"mode": style});
        out["thresholds"] = steps(thresholds);
    }
    out["custom"] = custom;
    out
}

/// Old thresholds say "above" or "below" a value; today's are steps upwards.
fn steps(thresholds: &[Value]) -> Value {
    let color = |threshold: &Value| match text(threshold, "colorMode") {
        "custom" => text_or(threshold, "fillColor", text_or(threshold, "lineColor", "red")).to_owned(),
        "ok" => "green".to_owned(),
        "warning" => "orange".to_owned(),
        _critical => "red".to_owned(),
    };
    let mut sorted: Vec<(f64, &Value)> =
        thresholds.iter().filter_map(|t| number(t, "value").map(|value| (value, t))).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut steps: Vec<Value> = Vec::new();
    for (value, threshold) in sorted {
        let (below, above) = match text(threshold, "op") {
            "lt" => (color(threshold), "transparent".to_owned()),
            _above => ("transparent".to_owned(), color(threshold)),
        };
        if steps.is_empty() {
            steps.push(json!({"value": null, "color": below}));
        }
        steps.push(json!({"value": value, "color": above}));
    }
    json!({"mode": "absolute", "steps": steps})
}

fn rule(alias: &str, properties: Vec<(&str, Value)>) -> Value {
    let is_pattern = alias.len() > 1 && alias.starts_with('/') && alias[1..].contains('/');
    let matcher = if is_pattern { "byRegexp" } else { "byName" };
    let properties: Vec<Value> =
        properties.into_iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
    json!({"matcher": {"id": matcher, "options": alias}, "properties": properties})
}

fn series_override(written: &Value, panel: &Value) -> Option<Value> {
    let alias = Some(text(written, "alias")).filter(|alias| !alias.is_empty())?;
    let mut out: Vec<(&str, Value)> = Vec::new();
    for (key, value) in written.as_object()? {
        let amount = |other: f64| crate::json::as_number(value).unwrap_or(other);
        let is_on = value.as_bool() == Some(true);
        match key.as_str() {
            "yaxis" if value.as_i64() == Some(2) => {
                let right = axis(panel, 1);
                out.push(("custom.axisPlacement", "right".into()));
                let also =
                    [("unit", "format"), ("min", "min"), ("max", "max"), ("custom.axisLabel", "label")];
                out.extend(
                    also.into_iter()
                        .map(|(id, key)| (id, at(&right, key).clone()))
                        .filter(|(_, v)| !v.is_null()),
                );
            }
            "fill" => out.push(("custom.fillOpacity", (amount(0.0) * 10.0).into())),
            "linewidth" => out.push(("custom.lineWidth", amount(1.0).into())),
            "color" => out.push(("color", json!({"mode": "fixed", "fixedColor": value}))),
            "transform" => out.push(("custom.transform", value.clone())),
            "stack" if value.as_bool() == Some(false) => {
                out.push(("custom.stacking", json!({"mode": "none"})))
            }
            "stack" => {
                let group = value.as_str().unwrap_or("A");
                out.push(("custom.stacking", json!({"mode": "normal", "group": group})));
            }
            "bars" if is_on => out.push(("custom.drawStyle", "bars".into())),
            "lines" if is_on => out.push(("custom.drawStyle", "line".into())),
            "lines" if !flag(written, "bars") && !flag(written, "points") => {
                out.push(("custom.lineWidth", 0.into()))
            }
            "points" if is_on => out.push(("custom.showPoints", "always".into())),
            "pointradius" => out.push(("custom.pointSize", (amount(2.0) * 2.0).into())),
            "steppedLine" => {
                let shape = if is_on { "stepAfter" } else { "linear" };
                out.push(("custom.lineInterpolation", shape.into()));
            }
            "nullPointMode" => out.push(("custom.spanNulls", (value == "connected").into())),
            "dashes" if is_on => out.push(("custom.lineStyle", json!({"fill": "dash", "dash": [10, 10]}))),
            "legend" if value.as_bool() == Some(false) => out.push(("custom.hideFrom.legend", true.into())),
            "hiddenSeries" if is_on => out.push(("custom.hideFrom.viz", true.into())),
            "fillBelowTo" => out.push(("custom.fillBelowTo", value.clone())),
            _other => {}
        }
    }
    Some(rule(alias, out))
}

fn legend(panel: &Value) -> Value {
    let written = at(panel, "legend");
    let calcs: Vec<&str> =
        [("avg", "mean"), ("current", "lastNotNull"), ("max", "max"), ("min", "min"), ("total", "sum")]
            .into_iter()
            .filter(|(key, _)| flag(written, key))
            .map(|(_, calc)| calc)
            .collect();
    let mut out: Map<String, Value> = Map::new();
    out.insert("showLegend".to_owned(), flag_or(written, "show", true).into());
    out.insert("displayMode".to_owned(), if flag(written, "alignAsTable") { "table" } else { "list" }.into());
    out.insert("placement".to_owned(), if flag(written, "rightSide") { "right" } else { "bottom" }.into());
    let sort = match text(written, "sort") {
        "avg" => "mean",
        "current" => "lastNotNull",
        "total" => "sum",
        other => other,
    };
    if !sort.is_empty() {
        out.insert("sortBy".to_owned(), sort.into());
        out.insert("sortDesc".to_owned(), flag(written, "sortDesc").into());
    }
    out.insert(
        "calcs".to_owned(),
        if flag(written, "values") { calcs.into() } else { Value::Array(Vec::new()) },
    );
    Value::Object(out)
}
