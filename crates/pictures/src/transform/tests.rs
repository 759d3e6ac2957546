use serde_json::json;

use super::*;
use crate::frame::{Cell, Kind};

fn texts(name: &str, values: &[&str]) -> Field {
    Field::new(name, Kind::Text, values.iter().map(|v| Cell::Text((*v).to_owned())).collect())
}

fn numbers(name: &str, values: &[f64]) -> Field {
    Field::new(name, Kind::Number, values.iter().map(|v| Cell::Number(*v)).collect())
}

fn frame(letter: &str, fields: Vec<Field>) -> Frame {
    Frame { ref_id: letter.to_owned(), fields, ..Frame::default() }
}

fn applied(frames: Vec<Frame>, id: &str, options: Value) -> Vec<Frame> {
    let (made, problems) = apply(frames, &[json!({"id": id, "options": options})], &|text| text.to_owned());
    assert!(problems.is_empty(), "{problems:?}");
    made
}

/// Columns as `name=value,value`.
fn shown(frames: &[Frame]) -> Vec<String> {
    let column = |field: &Field, frame: &Frame| {
        let values: Vec<String> = field.values.iter().map(Cell::plain).collect();
        format!("{}={}", super::shown(field, frame, frames), values.join(","))
    };
    frames.iter().flat_map(|frame| frame.fields.iter().map(move |field| column(field, frame))).collect()
}

#[test]
fn columns_are_left_out_ordered_and_renamed() {
    let frames = vec![frame("A", vec![texts("a", &["x"]), numbers("b", &[1.0]), numbers("c", &[2.0])])];
    let options =
        json!({"excludeByName": {"a": true}, "indexByName": {"c": 0, "b": 1}, "renameByName": {"c": "셋"}});
    assert_eq!(shown(&applied(frames.clone(), "organize", options)), ["셋=2", "b=1"]);
    let options = json!({"include": {"pattern": "/[ab]/"}, "exclude": {"names": ["a"]}});
    assert_eq!(shown(&applied(frames.clone(), "filterFieldsByName", options)), ["b=1"]);
    let options = json!({"regex": "(.)", "renamePattern": "<$1>"});
    assert_eq!(shown(&applied(frames.clone(), "renameByRegex", options)), ["<a>=x", "<b>=1", "<c>=2"]);
    let options = json!({"conversions": [{"targetField": "b", "destinationType": "string"}]});
    assert_eq!(applied(frames, "convertFieldType", options)[0].fields[1].kind, Kind::Text);
}

#[test]
fn frames_are_merged_and_joined() {
    let left = frame("A", vec![texts("node", &["n1", "n2"]), numbers("Value #A", &[1.0, 2.0])]);
    let right = frame("B", vec![texts("node", &["n2", "n3"]), numbers("Value #B", &[20.0, 30.0])]);
    let merged = applied(vec![left.clone(), right.clone()], "merge", json!({}));
    assert_eq!(shown(&merged), ["node=n1,n2,n3", "Value #A=1,2,", "Value #B=,20,30"]);
    let outer = applied(vec![left.clone(), right.clone()], "joinByField", json!({"byField": "node"}));
    assert_eq!(shown(&outer), ["node=n1,n2,n3", "Value #A=1,2,", "Value #B=,20,30"]);
    let inner = applied(vec![left, right], "seriesToColumns", json!({"byField": "node", "mode": "inner"}));
    assert_eq!(shown(&inner), ["node=n2", "Value #A=2", "Value #B=20"]);
}

#[test]
fn rows_are_grouped_and_reduced() {
    let table = frame("A", vec![texts("k", &["x", "y", "x"]), numbers("v", &[1.0, 2.0, 5.0])]);
    let options = json!({"fields": {"k": {"operation": "groupby"}, "v": {"operation": "aggregate", "aggregations": ["sum", "count"]}}});
    assert_eq!(
        shown(&applied(vec![table.clone()], "groupBy", options)),
        ["k=x,y", "v (sum)=6,2", "v (count)=2,1"]
    );
    let options = json!({"reducers": ["max", "lastNotNull"]});
    assert_eq!(
        shown(&applied(vec![table.clone()], "reduce", options)),
        ["Field=k,v", "Max=,5", "Last *=x,5"]
    );
    let options = json!({"reducers": ["sum"], "mode": "reduceFields"});
    assert_eq!(shown(&applied(vec![table.clone()], "reduce", options)), ["k=", "v=8"]);
    let options = json!({"rowField": "k", "columnField": "k", "valueField": "v"});
    assert_eq!(shown(&applied(vec![table], "groupingToMatrix", options)), ["k\\k=x,y", "x=5,", "y=,2"]);
}

#[test]
fn columns_are_computed() {
    let table = || vec![frame("A", vec![numbers("a", &[6.0, 1.0]), numbers("b", &[3.0, 0.0])])];
    let cases = [
        (
            json!({"mode": "binary", "binary": {"left": "a", "operator": "/", "right": "b"}, "alias": "r"}),
            "r=2,",
        ),
        (
            json!({"mode": "binary", "binary": {"left": {"matcher": {"options": "a"}}, "operator": "*", "right": {"fixed": "2"}}}),
            "a * 2=12,2",
        ),
        (json!({"mode": "reduceRow", "reduce": {"reducer": "sum"}}), "Total=9,1"),
        (json!({"mode": "unary", "unary": {"operator": "floor", "fieldName": "a"}}), "floor(a)=6,1"),
        (json!({"mode": "index"}), "Row=0,1"),
        (json!({"mode": "cumulativeFunctions", "cumulative": {"field": "a"}}), "cumulative a=6,7"),
    ];
    for (options, want) in cases {
        assert_eq!(
            shown(&applied(table(), "calculateField", options.clone())).pop().unwrap(),
            want,
            "{options}"
        );
    }
}

#[test]
fn rows_are_filtered_sorted_and_cut() {
    let table = || vec![frame("A", vec![texts("k", &["n10", "n2", "m"]), numbers("v", &[1.0, 3.0, 2.0])])];
    let by = |id: &str, value: Value| json!({"type": "include", "filters": [{"fieldName": "v", "config": {"id": id, "options": {"value": value}}}]});
    assert_eq!(shown(&applied(table(), "filterByValue", by("greater", json!(1)))), ["k=n2,m", "v=3,2"]);
    assert_eq!(shown(&applied(table(), "sortBy", json!({"sort": [{"field": "k"}]})))[0], "k=m,n2,n10");
    assert_eq!(shown(&applied(table(), "limit", json!({"limitField": 1}))), ["k=n10", "v=1"]);
    assert_eq!(applied(table(), "filterByRefId", json!({"include": "B"})).len(), 0);
}

#[test]
fn labels_rows_and_fields_become_one_another() {
    let mut series = numbers("Value", &[7.0]);
    series.labels.insert("job".to_owned(), "a".to_owned());
    let time = Field::new("Time", Kind::Time, vec![Cell::Number(1.0)]);
    let frames = || vec![frame("A", vec![time.clone(), series.clone()])];
    assert_eq!(shown(&applied(frames(), "labelsToFields", json!({}))), ["Time=1", "Value=7", "job=a"]);
    assert_eq!(shown(&applied(frames(), "seriesToRows", json!({}))), ["Time=1", "Metric=a", "Value=7"]);
    assert_eq!(shown(&applied(frames(), "joinByLabels", json!({"value": "job"}))), ["a=7"]);
    let rows = vec![frame("A", vec![texts("n", &["x", "y"]), numbers("v", &[1.0, 2.0])])];
    assert_eq!(shown(&applied(rows.clone(), "rowsToFields", json!({}))), ["x=1", "y=2"]);
    assert_eq!(applied(rows, "partitionByValues", json!({"fields": ["n"]})).len(), 2);
    let texts = vec![frame("A", vec![texts("j", &["{\"a\": 1}", "broken"])])];
    assert_eq!(shown(&applied(texts, "extractFields", json!({"source": "j", "format": "json"})))[1], "a=1,");
}

#[test]
fn what_is_not_known_is_named_and_changes_nothing() {
    let frames = vec![frame("A", vec![numbers("a", &[1.0])])];
    let steps = [json!({"id": "smoothing"}), json!({"id": "merge", "disabled": true})];
    let (made, problems) = apply(frames.clone(), &steps, &|text| text.to_owned());
    assert_eq!((made, problems), (frames, vec!["smoothing".to_owned()]));
}
