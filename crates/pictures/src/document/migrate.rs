//! Panels of old kinds and shapes become today's; those of today pass with small repairs.

use serde_json::{Map, Value, json};

use super::{graph, old_panels};
use crate::json::{as_number, at, flag, list, number, plain, put, text, text_or};

/// The panel in today's shape; keys that are not replaced are kept.
pub fn panel(written: &Value) -> Value {
    // A "table" with styles and no field config is the old table under its former name.
    let is_old = |key: &str| written.get(key).is_some();
    let is_old_table =
        text(written, "type") == "table" && !is_old("fieldConfig") && (is_old("styles") || is_old("columns"));
    let migrated = match text(written, "type") {
        _ if is_old_table => old_panels::table(written),
        "graph" => graph::migrate(written),
        "singlestat" | "grafana-singlestat-panel" => old_panels::singlestat(written),
        "table-old" => old_panels::table(written),
        "grafana-piechart-panel" => pie(written),
        "heatmap" => heatmap(written),
        "text" => words(written),
        _today => written.clone(),
    };
    repair(lift_field_options(migrated))
}

/// An object's members with others put over them.
pub fn with(panel: &Value, over: Value) -> Value {
    let mut members: Map<String, Value> = panel.as_object().cloned().unwrap_or_default();
    if let Value::Object(over) = over {
        members.extend(over);
    }
    Value::Object(members)
}

/// Gauges of version 6 kept their field config in `options.fieldOptions`.
fn lift_field_options(panel: Value) -> Value {
    let old = at(&panel, "options.fieldOptions");
    if !old.is_object() {
        return panel;
    }
    let mut defaults = at(old, "defaults").as_object().cloned().unwrap_or_default();
    if !defaults.contains_key("mappings") {
        defaults.insert("mappings".to_owned(), at(old, "mappings").clone());
    }
    if !defaults.contains_key("thresholds") && at(old, "thresholds").is_array() {
        let steps = list(old, "thresholds")
            .iter()
            .map(|s| json!({"color": text_or(s, "color", "green"), "value": at(s, "value")}));
        defaults
            .insert("thresholds".to_owned(), json!({"mode": "absolute", "steps": steps.collect::<Vec<_>>()}));
    }
    let calcs = if list(old, "calcs").is_empty() { json!(["lastNotNull"]) } else { at(old, "calcs").clone() };
    let mut options = at(&panel, "options").as_object().cloned().unwrap_or_default();
    options.insert(
        "reduceOptions".to_owned(),
        json!({"values": flag(old, "values"), "calcs": calcs, "fields": ""}),
    );
    let config = json!({"defaults": defaults, "overrides": list(old, "overrides")});
    with(&panel, json!({"options": options, "fieldConfig": config}))
}

/// Old numeric value mappings; a hidden legend said in the old way.
fn repair(panel: Value) -> Value {
    let mut panel = panel;
    let mapped = mappings(at(&panel, "fieldConfig.defaults.mappings"));
    let legend_hidden = text(&panel, "options.legend.displayMode") == "hidden";
    let Value::Object(members) = &mut panel else { return panel };
    if let Some(mapped) = mapped {
        put(members, "fieldConfig.defaults.mappings", mapped);
    }
    if legend_hidden {
        put(members, "options.legend.showLegend", false.into());
    }
    if let Some(Value::Array(overrides)) = panel.pointer_mut("/fieldConfig/overrides") {
        for property in overrides
            .iter_mut()
            .filter_map(|o| o.get_mut("properties"))
            .filter_map(Value::as_array_mut)
            .flatten()
        {
            if text(property, "id") == "mappings"
                && let Some(mapped) = mappings(at(property, "value"))
            {
                property["value"] = mapped;
            }
        }
    }
    panel
}

/// Value mappings in today's form; nothing if they are not a list.
pub fn mappings(written: &Value) -> Option<Value> {
    let mapping = |mapping: &Value| -> Option<Value> {
        if at(mapping, "type").is_string() {
            return Some(mapping.clone());
        }
        let mut result = json!({"text": plain(at(mapping, "text"))});
        if let Some(color) = at(mapping, "color").as_str() {
            result["color"] = color.into();
        }
        let is_range = match at(mapping, "type").as_i64() {
            Some(kind) => kind == 2,
            None => mapping.get("from").is_some(),
        };
        let null = || json!({"type": "special", "options": {"match": "null", "result": result}});
        if is_range {
            if [text(mapping, "from"), text(mapping, "to")].contains(&"null") {
                return Some(null());
            }
            let (from, to) = (number(mapping, "from"), number(mapping, "to"));
            return Some(json!({"type": "range", "options": {"from": from, "to": to, "result": result}}));
        }
        match plain(at(mapping, "value")).as_str() {
            "" => None,
            "null" => Some(null()),
            value => Some(json!({"type": "value", "options": {value: result}})),
        }
    };
    written.as_array().map(|all| all.iter().filter_map(mapping).collect::<Vec<_>>().into())
}

fn pie(panel: &Value) -> Value {
    let values: Vec<&str> = [("legend.values", "value"), ("legend.percentage", "percent")]
        .into_iter()
        .filter(|(key, _)| flag(panel, key))
        .map(|(_, word)| word)
        .collect();
    let calc = match text(panel, "valueName") {
        "" | "current" => "lastNotNull",
        "avg" => "mean",
        "total" => "sum",
        other => other,
    };
    let unit = text_or(panel, "format", "short");
    with(
        panel,
        json!({
            "type": "piechart",
            "fieldConfig": {"defaults": {"unit": unit, "color": {"mode": "palette-classic"}}, "overrides": []},
            "options": {
                "pieType": text_or(panel, "pieType", "pie"),
                "reduceOptions": {"calcs": [calc], "values": false, "fields": ""},
                "legend": {
                    "showLegend": at(panel, "legend.show") != &Value::Bool(false),
                    "displayMode": if values.is_empty() { "list" } else { "table" },
                    "placement": if text(panel, "legendType") == "Right side" { "right" } else { "bottom" },
                    "values": values,
                },
            },
        }),
    )
}

/// The heatmap before version 9 had its settings beside `options`.
fn heatmap(panel: &Value) -> Value {
    if panel.get("dataFormat").is_none() && panel.get("cards").is_none() {
        return panel.clone();
    }
    let scheme = text_or(panel, "color.colorScheme", "interpolateOranges").replace("interpolate", "");
    let exponent = as_number(at(panel, "color.exponent")).unwrap_or(0.5);
    with(
        panel,
        json!({
            "options": {
                "calculate": text(panel, "dataFormat") == "timeseries",
                "color": {
                    "mode": if text(panel, "color.mode") == "opacity" { "opacity" } else { "scheme" },
                    "scheme": scheme, "fill": text_or(panel, "color.cardColor", "dark-orange"), "exponent": exponent, "steps": 64,
                    "reverse": flag(panel, "reverseYBuckets"),
                },
                "yAxis": {"unit": text_or(panel, "yAxis.format", "short"), "decimals": at(panel, "yAxis.decimals")},
            },
        }),
    )
}

fn words(panel: &Value) -> Value {
    if panel.get("content").is_none() || !at(panel, "options.content").is_null() {
        return panel.clone();
    }
    with(
        panel,
        json!({"options": {"content": at(panel, "content"), "mode": text_or(panel, "mode", "markdown")}}),
    )
}
