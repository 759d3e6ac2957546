//! Expressions as the specification and Grafana's documentation have them, and what they find.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Expression, PathError};

fn find(expression: &str, data: &Value) -> Result<Value, PathError> {
    Expression::parse(expression)?.search(data)
}

#[test]
fn roles_as_teams_write_them() {
    let by_group =
        "contains(groups[*], 'admin') && 'Admin' || contains(groups[*], 'editor') && 'Editor' || 'Viewer'";
    let strict =
        "contains(info.roles[*], 'admin') && 'GrafanaAdmin' || contains(info.roles[*], 'dev') && 'Editor'";
    let by_mail =
        "email == 'kim@example.com' && 'Admin' || ends_with(email, '@example.com') && 'Editor' || 'None'";
    let realm = "contains(realm_access.roles[], 'ops') && 'Admin' || resource_access.grafana.roles[0]";
    let quoted = r#""https://x.example/roles"[0]"#;
    let github = "contains(groups[*], '@my-org/ops') && 'Admin' || 'Viewer'";
    let filter = "groups[?starts_with(@, 'grafana-')] | [0]";
    let cases = [
        (by_group, json!({"groups": ["x", "admin"]}), json!("Admin")),
        (by_group, json!({"groups": ["editor"]}), json!("Editor")),
        (by_group, json!({"groups": []}), json!("Viewer")),
        (strict, json!({"info": {"roles": ["admin"]}}), json!("GrafanaAdmin")),
        (strict, json!({"info": {"roles": ["other"]}}), json!(false)),
        (by_mail, json!({"email": "kim@example.com"}), json!("Admin")),
        (by_mail, json!({"email": "lee@example.com"}), json!("Editor")),
        (by_mail, json!({"email": "lee@example.org"}), json!("None")),
        (realm, json!({"realm_access": {"roles": ["ops"]}}), json!("Admin")),
        (
            realm,
            json!({"realm_access": {"roles": []}, "resource_access": {"grafana": {"roles": ["Editor"]}}}),
            json!("Editor"),
        ),
        (quoted, json!({"https://x.example/roles": ["Editor"]}), json!("Editor")),
        (github, json!({"groups": ["@my-org/ops"]}), json!("Admin")),
        (filter, json!({"groups": ["a", "grafana-b"]}), json!("grafana-b")),
    ];
    for (expression, data, want) in cases {
        assert_eq!(find(expression, &data), Ok(want), "{expression} {data}");
    }
    // Groups that are missing cannot be looked into: the one who logs in gets no role from it.
    assert_eq!(find(by_group, &json!({})), Err(PathError::Argument { function: "contains", given: "null" }));
}

/// After the examples of the specification.
#[test]
fn the_language_is_the_specifications() {
    let data = json!({
        "a": {"b": {"c": {"d": "value"}}}, "list": [0, 1, 2, 3, 4, 5], "nested": [[0, 1], 2, [3, [4]]],
        "people": [{"n": "a", "age": 30}, {"n": "b", "age": 50}, {"n": "c"}, {"age": 25, "n": "d"}],
        "ops": {"x": {"n": 1}, "y": {"n": 2}, "z": {}}, "with space": 1, "true": true, "empty": [], "text": "abc",
        "rows": [{"in": [{"s": 1}, {"s": 2}]}, {"in": [{"s": 3}]}], "nothing": null,
    });
    let cases = [
        ("a.b.c.d", json!("value")),
        ("a.x.c", json!(null)),
        ("\"with space\"", json!(1)),
        ("list[0]", json!(0)),
        ("list[-1]", json!(5)),
        ("list[9]", json!(null)),
        ("list[1:3]", json!([1, 2])),
        ("list[::2]", json!([0, 2, 4])),
        ("list[::-1]", json!([5, 4, 3, 2, 1, 0])),
        ("list[-2:]", json!([4, 5])),
        ("list[10:]", json!([])),
        ("text[0:1]", json!(null)),
        ("people[*].n", json!(["a", "b", "c", "d"])),
        ("people[*].age", json!([30, 50, 25])),
        ("people[:2].n", json!(["a", "b"])),
        ("people[?age > `28`].n", json!(["a", "b"])),
        ("people[?age > `28` && n != 'a'].n | [0]", json!("b")),
        ("people[?!age].n", json!(["c"])),
        ("people[?(age == `30` || age == `25`)].n", json!(["a", "d"])),
        ("ops.*.n", json!([1, 2])),
        ("*.b.c.d", json!(["value"])),
        ("nested[]", json!([0, 1, 2, 3, [4]])),
        ("nested[][]", json!([0, 1, 2, 3, 4])),
        ("rows[].in[].s", json!([1, 2, 3])),
        ("rows[*].in[*].s", json!([[1, 2], [3]])),
        ("rows[*].in[*].s | []", json!([1, 2, 3])),
        ("rows[*].in | [0]", json!([{"s": 1}, {"s": 2}])),
        ("people[*].n | length(@)", json!(4)),
        ("people[0].[n, age]", json!(["a", 30])),
        ("people[*].{who: n, years: age} | [2]", json!({"who": "c", "years": null})),
        ("people[*].[n][0]", json!(["a", "b", "c", "d"])),
        ("[a.b.c.d, text]", json!(["value", "abc"])),
        ("nothing.[a]", json!(null)),
        ("empty || 'x'", json!("x")),
        ("empty && 'x'", json!([])),
        ("!empty", json!(true)),
        ("`0` || 'x'", json!(0)),
        ("`[1, 2]` == `[1, 2]`", json!(true)),
        ("`1` == `1.0`", json!(true)),
        ("'1' == `1`", json!(false)),
        ("'a' < 'b'", json!(null)),
        ("@.text", json!("abc")),
        ("'it\\'s'", json!("it's")),
        ("`\"a\\`b\"`", json!("a`b")),
        ("list[?@ >= `4`]", json!([4, 5])),
        ("a.b | c", json!({"d": "value"})),
        ("not_null(nothing, text)", json!("abc")),
        ("sort(people[*].n)[-1]", json!("d")),
        ("max(list)", json!(5)),
        ("min(empty)", json!(null)),
        ("sum(list)", json!(15)),
        ("avg(list)", json!(2.5)),
        ("join('-', people[*].n)", json!("a-b-c-d")),
        ("keys(ops)", json!(["x", "y", "z"])),
        ("length(text)", json!(3)),
        ("reverse('한글')", json!("글한")),
        ("to_string(list)", json!("[0,1,2,3,4,5]")),
        ("to_number('7')", json!(7)),
        ("to_array(text)", json!(["abc"])),
        ("type(nothing)", json!("null")),
        ("values(ops)[0].n", json!(1)),
        ("merge(ops, `{\"x\": 1}`).x", json!(1)),
        ("contains(text, 'b')", json!(true)),
        ("abs(`-2`)", json!(2)),
        ("ceil(`1.2`)", json!(2)),
        ("floor(`1.8`)", json!(1)),
        ("lower('AbC')", json!("abc")),
    ];
    for (expression, want) in cases {
        assert_eq!(find(expression, &data), Ok(want), "{expression}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("", 1, "ends too early"),
        ("a.", 3, "ends too early"),
        ("a b", 3, "\"b\" is not expected"),
        ("한", 1, "means nothing"),
        ("a[", 3, "ends too early"),
        ("a[?b", 5, "] is expected"),
        ("a[1:2:0]", 9, "steps of 0"),
        ("a[1:2:3:4]", 9, ": is not expected"),
        ("'open", 1, "not closed"),
        ("foo(a)", 1, "there is no function foo()"),
        ("length()", 1, "does not take 0 arguments"),
        ("sort_by(a, &b)", 12, "not known here"),
        ("a == ", 6, "ends too early"),
        ("(a", 3, ") is expected"),
        ("{a: b", 6, "} is expected"),
        ("{1: b}", 3, "1 is not expected"),
        ("99999999999999999999", 1, "not a whole number"),
    ];
    for (expression, at, reason) in cases {
        match Expression::parse(expression) {
            Err(PathError::Syntax { at: place, reason: told }) => {
                assert!(place == at && told.contains(reason), "{expression}: {place}: {told}");
            }
            other => panic!("{expression}: {other:?}"),
        }
    }
    let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
    assert!(
        matches!(Expression::parse(&deep), Err(PathError::Syntax { reason, .. }) if reason.contains("deeply"))
    );
    assert!(Expression::parse(&"!".repeat(1_000)).is_err());
    assert!(Expression::parse(&"a.".repeat(10_000)).is_err());
    assert_eq!(
        find("length(`1`)", &Value::Null),
        Err(PathError::Argument { function: "length", given: "number" })
    );
}

#[test]
fn what_is_made_is_bounded() {
    let doubling = format!("@{}", " | [@, @]".repeat(40));
    assert_eq!(find(&doubling, &json!([1, 2])), Err(PathError::TooMuch));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-c@.*|&!=<>\\[\\]?(){},:'`\"0-9 -]{0,40}") {
        if let Ok(expression) = Expression::parse(&text) {
            let data = json!({"a": [{"b": 1}, [2, 3]], "b": {"c": "x"}, "c": null});
            prop_assert_eq!(expression.search(&data), expression.search(&data));
        }
    }
}
