use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::json;

use super::*;
use crate::json::{list, members, number, text_or};

/// What the web UI's engine answers; see `web/src/dashboards/data/golden.test.ts`.
fn engine() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/engine.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn look() -> Arc<Look> {
    Arc::new(Look {
        dark: true,
        korean: false,
        clock: Clock { zone: TimeZone::UTC, now_ms: 1_700_000_000_000 },
    })
}

fn cells(values: &[Value]) -> Vec<Cell> {
    values.iter().map(|value| value.as_f64().map_or(Cell::Null, Cell::Number)).collect()
}

fn table(fields: Vec<Field>, config: Value) -> Table {
    let frame = Frame { ref_id: "A".to_owned(), fields, ..Frame::default() };
    decorate(vec![frame], &Value::Null, &config, &look(), &|text, _, _| text.to_owned()).remove(0)
}

fn one(values: Vec<Cell>, defaults: Value) -> Column {
    table(vec![Field::new("v", Kind::Number, values)], json!({"defaults": defaults})).columns.remove(0)
}

#[test]
fn numbers_read_as_the_web_ui_writes_them() {
    let engine = engine();
    let values = cells(list(&engine, "values"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in list(&engine, "texts") {
        let mut defaults = json!({"unit": text(row, "unit")});
        if let Some(decimals) = number(row, "decimals") {
            defaults["decimals"] = decimals.into();
        }
        let column = one(values.clone(), defaults);
        for (value, want) in values.iter().zip(list(row, "texts")) {
            count += 1;
            let found = column.show(value, None).text;
            // Past the end of its calendar the engine gives up on hours.
            if want.as_str().is_some_and(|want| want.contains("Invalid date")) {
                continue;
            }
            if Some(found.as_str()) != want.as_str() {
                wrong.push(format!(
                    "{} {:?} {value:?}: {found:?}, want {want}",
                    text(row, "unit"),
                    row["decimals"]
                ));
            }
        }
    }
    assert!(count > 10_000, "{count}");
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(60)].join("\n")
    );
}

#[test]
fn reductions_are_those_of_the_web_ui() {
    for row in list(&engine(), "reductions") {
        let column = one(cells(list(row, "values")), json!({}));
        for (calc, want) in members(row, "calcs") {
            let found = column.calc(calc);
            let same = match (&found, want) {
                (Cell::Number(found), want) => {
                    want.as_f64().is_some_and(|w| (found - w).abs() <= 1e-9 * w.abs().max(1.0))
                }
                (Cell::Bool(found), want) => want.as_bool() == Some(*found),
                (Cell::Null, want) => want.is_null(),
                (Cell::Text(_), _) => false,
            };
            // Without any number the engine answers zeros for some; there is nothing to be shown then.
            // For the least above zero of nothing above zero it answers the greatest number there is.
            let is_empty = list(row, "values").iter().all(Value::is_null) || want.as_f64() == Some(f64::MAX);
            assert!(same || is_empty, "{calc} of {}: {found:?}, want {want}", row["values"]);
        }
    }
}

#[test]
fn colours_are_those_of_the_web_ui() {
    let engine = engine();
    for row in list(&engine, "colors") {
        let dark = flag(row, "dark");
        for (name, want) in members(row, "named") {
            assert_eq!(color::named(name, dark).to_string(), want.as_str().unwrap(), "{name} {dark}");
        }
        for (index, want) in list(row, "palette").iter().enumerate() {
            assert_eq!(color::classic(index, dark).to_string(), want.as_str().unwrap(), "{index} {dark}");
        }
    }
    for row in list(&engine, "schemes") {
        let column = one(
            vec![Cell::Number(0.0), Cell::Number(100.0)],
            json!({"color": {"mode": text(row, "mode")}, "min": 0, "max": 100}),
        );
        for (value, want) in [0.0, 12.0, 25.0, 50.0, 66.0, 100.0].into_iter().zip(list(row, "colors")) {
            let found = column.show(&Cell::Number(value), None).color;
            let want = color::named(want.as_str().unwrap(), true);
            let near = found.rgb.iter().zip(&want.rgb).all(|(a, b)| a.abs_diff(*b) <= 1);
            assert!(near, "{} at {value}: {found}, want {want}", text(row, "mode"));
        }
    }
}

#[test]
fn fields_are_called_by_what_tells_them_apart() {
    let field = |name: &str, labels: &[(&str, &str)], legend: &str| {
        let mut field = Field::new(name, Kind::Number, Vec::new());
        field.labels =
            labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>();
        if !legend.is_empty() {
            field.config.insert("displayNameFromDS".to_owned(), legend.into());
        }
        field
    };
    let cases: [(Vec<Field>, &[&str]); 5] = [
        (vec![field("Value", &[("job", "a")], ""), field("Value", &[("job", "b")], "")], &["a", "b"]),
        (vec![field("Value", &[("job", "a"), ("x", "1")], "")], &["{job=\"a\", x=\"1\"}"]),
        (vec![field("Value", &[("job", "a")], "legend")], &["legend"]),
        (vec![field("Value", &[], ""), field("Value", &[], "")], &["Value 1", "Value 2"]),
        (vec![field("up", &[("job", "a")], "")], &["up a"]),
    ];
    for (fields, want) in cases {
        let titles: Vec<String> = table(fields, json!({})).columns.into_iter().map(|c| c.title).collect();
        assert_eq!(titles, want);
    }
}

#[test]
fn overrides_hit_the_fields_that_they_name() {
    let fields = || {
        vec![
            Field::new("a", Kind::Number, vec![Cell::Number(5.0)]),
            Field::new("bb", Kind::Number, vec![Cell::Number(50.0)]),
            Field::new("c", Kind::Text, vec![Cell::Text("x".to_owned())]),
        ]
    };
    let cases = [
        (json!({"id": "byName", "options": "a"}), [true, false, false]),
        (json!({"id": "byNames", "options": {"mode": "exclude", "names": ["a"]}}), [false, true, true]),
        (json!({"id": "byRegexp", "options": "/^b+$/"}), [false, true, false]),
        (json!({"id": "byRegexp", "options": "(?<!unreadable"}), [false, false, false]),
        (json!({"id": "byType", "options": "string"}), [false, false, true]),
        (json!({"id": "numeric"}), [true, true, false]),
        (json!({"id": "byFrameRefID", "options": "A"}), [true, true, true]),
        (
            json!({"id": "byValue", "options": {"reducer": "last", "op": "gt", "value": 10}}),
            [false, true, false],
        ),
        (json!({"id": "nobody knows"}), [false, false, false]),
    ];
    for (matcher, want) in cases {
        let rule = json!({"matcher": matcher, "properties": [{"id": "custom.hideFrom.viz", "value": true}]});
        let found = table(fields(), json!({"overrides": [rule]}));
        let hidden: Vec<bool> = found.columns.iter().map(|c| c.hidden_from("viz")).collect();
        assert_eq!(hidden, want, "{matcher}");
    }
}

#[test]
fn mappings_and_thresholds_say_text_and_colour() {
    let column = one(
        vec![Cell::Number(0.0), Cell::Number(100.0)],
        json!({
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "percentage", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 50}]},
            "mappings": [
                {"type": "value", "options": {"1": {"text": "켜짐", "color": "blue"}}},
                {"type": "range", "options": {"from": 10, "to": 20, "result": {"text": "low"}}},
                {"type": "special", "options": {"match": "null+nan", "result": {"text": "none"}}},
            ],
        }),
    );
    let cases = [
        (Cell::Number(1.0), "켜짐", "blue"),
        (Cell::Number(15.0), "low", "green"),
        (Cell::Number(60.0), "60", "red"),
        (Cell::Null, "none", "green"),
        (Cell::Number(f64::NAN), "none", "green"),
    ];
    for (cell, want, color) in cases {
        let shown = column.show(&cell, None);
        assert_eq!((shown.text.as_str(), shown.color), (want, color::named(color, true)), "{cell:?}");
    }
    assert_eq!(column.steps()[1].0, 50.0);
}

#[test]
fn instants_follow_patterns_and_zones() {
    let seoul = TimeZone::get("Asia/Seoul").unwrap();
    let at = 1_700_000_000_123.0;
    let cases = [
        ("YYYY-MM-DD HH:mm:ss.SSS", "2023-11-15 07:13:20.123"),
        ("MM/DD h:mm a", "11/15 7:13 am"),
        ("[at] D MMM YY, dddd", "at 15 Nov 23, Wednesday"),
        ("Z", "+09:00"),
        ("X", "1700000000"),
    ];
    for (pattern, want) in cases {
        assert_eq!(time_text::format(at, pattern, &seoul), want, "{pattern}");
    }
    for (ago, want) in [
        (10.0, "a few seconds ago"),
        (120.0, "2 minutes ago"),
        (-7200.0, "in 2 hours"),
        (90_000.0, "a day ago"),
    ] {
        assert_eq!(time_text::from_now(at - ago * 1000.0, at as i64), want);
    }
}

#[test]
fn patterns_are_read_as_browsers_write_them() {
    use pattern::Pattern;
    assert!(Pattern::new("/A.c/i").unwrap().is_match("xabcx"));
    assert!(Pattern::new("").is_none() && Pattern::new("/(?=ahead)/").is_none());
    assert_eq!(
        Pattern::new("/(\\d+)-(\\w+)/").unwrap().replace("12-ab 3-c", "$2:$1 $& $x", false),
        "ab:12 12-ab $x 3-c"
    );
    let found = Pattern::new("/(?<text>\\w+)=(?<value>\\d+)/").unwrap().matches("a=1");
    assert_eq!((found[0].text.as_deref(), found[0].value.as_deref()), (Some("a"), Some("1")));
    assert_eq!(text_or(&json!({"a": ""}), "a", "b"), "b");
}
