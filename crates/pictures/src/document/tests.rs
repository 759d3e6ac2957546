use serde_json::json;

use super::layout::compact;
use super::repeat::items;
use super::*;
use crate::variables::options::Choice;

fn read(doc: Value) -> Dashboard {
    Dashboard::read(&doc).unwrap()
}

#[test]
fn documents_of_any_age_become_panels() {
    let old = read(json!({"title": "t", "schemaVersion": 12, "rows": [
        {"title": "r", "showTitle": true, "height": "250px", "panels": [
            {"id": 1, "type": "graph", "span": 6, "targets": [{"expr": "a"}, {"refId": "A", "expr": "b"}]},
            {"id": 1, "type": "singlestat", "span": 8},
        ]},
        {"collapse": true, "panels": [{"type": "text", "content": "x"}]},
    ]}));
    let kinds: Vec<&str> = old.panels.iter().map(|panel| panel.kind.as_str()).collect();
    assert_eq!(kinds, ["row", "timeseries", "stat", "row"]);
    assert_eq!((old.panels[1].rect.w, old.panels[1].rect.y, old.panels[2].rect.y), (12, 1, 8));
    let letters: Vec<&str> = old.panels[1].targets.iter().map(|t| t.ref_id.as_str()).collect();
    assert_eq!(letters, ["B", "A"]);
    assert_ne!(old.panels[1].id, old.panels[2].id);
    assert!(old.panels[3].is_collapsed() && old.panels[3].inner[0].kind == "text");
}

#[test]
fn what_is_no_dashboard_is_refused() {
    for doc in [json!(null), json!([]), json!({}), json!({"title": "x", "elements": {}, "layout": {}})] {
        assert!(Dashboard::read(&doc).is_err(), "{doc}");
    }
    let many: Vec<Value> = (0..2001).map(|id| json!({"id": id})).collect();
    assert!(Dashboard::read(&json!({"panels": many})).is_err());
    assert_eq!(read(json!({"dashboard": {"title": "inner"}})).title, "inner");
}

#[test]
fn old_panels_keep_what_they_said() {
    let graph = migrate::panel(&json!({
        "type": "graph", "fill": 3, "stack": true, "nullPointMode": "connected", "thresholds": [{"value": 5, "op": "gt", "line": true}],
        "yaxes": [{"format": "bytes", "min": "0", "logBase": 1}, {"format": "percent"}],
        "legend": {"show": true, "values": true, "avg": true, "current": true, "alignAsTable": true, "rightSide": true},
        "seriesOverrides": [{"alias": "/b.*/", "yaxis": 2}, {"alias": "c", "lines": false}], "aliasColors": {"a": "#f00"},
    }));
    let cases = [
        ("type", json!("timeseries")),
        ("fieldConfig.defaults.unit", json!("bytes")),
        ("fieldConfig.defaults.min", json!(0.0)),
        ("fieldConfig.defaults.custom.fillOpacity", json!(30.0)),
        ("fieldConfig.defaults.custom.stacking.mode", json!("normal")),
        ("fieldConfig.defaults.custom.spanNulls", json!(true)),
        ("fieldConfig.defaults.custom.thresholdsStyle.mode", json!("line")),
        ("options.legend.calcs", json!(["mean", "lastNotNull"])),
        ("options.legend.placement", json!("right")),
    ];
    for (path, want) in cases {
        assert_eq!(at(&graph, path), &want, "{path}");
    }
    assert_eq!(list(&graph, "fieldConfig.overrides").len(), 3);
    let stat = migrate::panel(&json!({
        "type": "singlestat", "format": "none", "postfix": " req", "colorValue": true, "colors": ["green", "orange", "red"],
        "thresholds": "10, 20", "valueMaps": [{"value": "null", "text": "N/A"}, {"value": "1", "text": "up"}], "valueName": "current",
    }));
    assert_eq!(text(&stat, "fieldConfig.defaults.unit"), "suffix:req");
    assert_eq!(list(&stat, "fieldConfig.defaults.thresholds.steps").len(), 3);
    assert_eq!(list(&stat, "fieldConfig.defaults.mappings").len(), 2);
    assert_eq!(at(&stat, "options.reduceOptions.calcs"), &json!(["lastNotNull"]));
    let table = migrate::panel(&json!({
        "type": "table", "transform": "timeseries_aggregations", "columns": [{"value": "avg"}],
        "styles": [{"pattern": "Time", "type": "hidden"}, {"pattern": "/.*/", "type": "number", "unit": "s"}],
    }));
    assert_eq!(text(&table, "fieldConfig.defaults.unit"), "s");
    assert_eq!(at(&table, "transformations"), &json!([{"id": "reduce", "options": {"reducers": ["mean"]}}]));
}

#[test]
fn rectangles_rise_and_never_share_a_cell() {
    let rect = |x, y, w, h| Rect { x, y, w, h };
    let placed = compact(&[rect(0, 50, 12, 4), rect(12, 0, 12, 3), rect(0, 55, 24, 2), rect(0, 50, 6, 2)]);
    for (index, a) in placed.iter().enumerate() {
        for b in &placed[index + 1..] {
            let apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
            assert!(apart, "{a:?} {b:?}");
        }
    }
    assert_eq!(placed[0].y, 0);
}

#[test]
fn repeats_make_copies_beside_and_below() {
    let dashboard = read(json!({"panels": [
        {"id": 1, "type": "row", "repeat": "dc", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}},
        {"id": 2, "type": "stat", "repeat": "node", "maxPerRow": 2, "gridPos": {"x": 0, "y": 1, "w": 24, "h": 4}},
        {"id": 3, "type": "stat", "gridPos": {"x": 0, "y": 5, "w": 24, "h": 2}},
    ]}));
    let values = |name: &str| match name {
        "dc" => ["a", "b"].map(Choice::plain).to_vec(),
        "node" => ["1", "2", "3"].map(Choice::plain).to_vec(),
        _other => Vec::new(),
    };
    let found = items(&dashboard.panels, &values);
    assert_eq!(found.len(), 2 * (1 + 3 + 1));
    let copy = &found[2];
    assert_eq!(
        (copy.rect.x, copy.rect.w, copy.scope["node"].value.as_str(), copy.scope["dc"].value.as_str()),
        (12, 12, "2", "a")
    );
    assert_eq!(found[3].rect.y, 5);
    assert_eq!(found[4].rect.y, 9);
    assert_eq!(found[5].rect.y, 11);
}
