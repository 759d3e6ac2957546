//! Answers of the API and what promtool prints for them. Whole commands are compared with it in `tests/tool_query.rs`.

use super::*;

fn both(answer: &str) -> (String, String) {
    let value: Value = serde_json::from_str(answer).unwrap();
    let (mut json, mut text) = (Vec::new(), Vec::new());
    json_line(&mut json, &value_json(&value)).unwrap();
    value_text(&mut text, value).unwrap();
    (String::from_utf8(text).unwrap(), String::from_utf8(json).unwrap())
}

#[test]
fn values_are_printed_as_promtool_does() {
    for (answer, text, json) in [
        (
            r#"{"resultType":"scalar","result":[1435781451.781,"1e+06"]}"#,
            "scalar: 1000000 @[1435781451.781]\n",
            "[1435781451.781,\"1000000\"]\n",
        ),
        (r#"{"resultType":"string","result":[5,"<a>"]}"#, "<a>\n", "[5,\"\\u003ca\\u003e\"]\n"),
        (r#"{"resultType":"vector","result":[]}"#, "\n", "[]\n"),
        (
            r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"b"},"value":[1,"+Inf"]},{"metric":{},"value":[1,"NaN"]}]}"#,
            "up{job=\"a\\\"b\"} => +Inf @[1]\n{} => NaN @[1]\n",
            "[{\"metric\":{\"__name__\":\"up\",\"job\":\"a\\\"b\"},\"value\":[1,\"+Inf\"]},{\"metric\":{},\"value\":[1,\"NaN\"]}]\n",
        ),
        (
            r#"{"resultType":"matrix","result":[{"metric":{"b":"1","a":"2"},"values":[[1,"1"],[2.5,"2"]]},{"metric":{"c":"1"},"values":[[1,"3"]]}]}"#,
            "{c=\"1\"} =>\n3 @[1]\n{a=\"2\", b=\"1\"} =>\n1 @[1]\n2 @[2.5]\n",
            "[{\"metric\":{\"a\":\"2\",\"b\":\"1\"},\"values\":[[1,\"1\"],[2.5,\"2\"]]},{\"metric\":{\"c\":\"1\"},\"values\":[[1,\"3\"]]}]\n",
        ),
        (
            r#"{"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[1,{"count":"3","sum":"4.5","buckets":[[3,"-0.001","0.001","1"],[0,"1","2e+06","2"]]}]}]}"#,
            "h => Count: 3.000000, Sum: 4.500000, Buckets: [[-0.001,0.001]:1 (1,2e+06]:2] @[1]\n",
            "[{\"metric\":{\"__name__\":\"h\"},\"histogram\":[1,{\"count\":\"3\",\"sum\":\"4.5\",\"buckets\":[[3,\"-0.001\",\"0.001\",\"1\"],[0,\"1\",\"2000000\",\"2\"]]}]}]\n",
        ),
    ] {
        assert_eq!(both(answer), (text.to_owned(), json.to_owned()), "{answer}");
    }
}
