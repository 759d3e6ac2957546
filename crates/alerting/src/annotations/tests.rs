use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_put_in_comes_out_sorted() {
    for (pairs, expected) in [
        (vec![], vec![]),
        (vec![("a", "")], vec![("a", "")]),
        (vec![("b", "2:x"), ("a", "봉수")], vec![("a", "봉수"), ("b", "2:x")]),
        (vec![("a", "1"), ("", "0"), ("a", "2")], vec![("", "0"), ("a", "2")]),
    ] {
        let annotations: Annotations = pairs.iter().copied().collect();
        assert_eq!(annotations.iter().collect::<Vec<_>>(), expected, "{pairs:?}");
        assert_eq!((annotations.len(), annotations.is_empty()), (expected.len(), expected.is_empty()));
    }
}

#[test]
fn more_pairs_replace_those_of_the_same_name() {
    let annotations = Annotations::from([("a", "1"), ("b", "2")]);
    let more = annotations.with([("b", "3"), ("c", "4")]);
    assert_eq!(more, Annotations::from([("a", "1"), ("b", "3"), ("c", "4")]));
    assert_eq!((more.get("b"), more.get("d")), (Some("3"), None));
    assert_eq!(format!("{annotations:?}"), r#"{"a": "1", "b": "2"}"#);
}

proptest! {
    #[test]
    fn it_is_a_map(map in proptest::collection::btree_map(".{0,8}", ".{0,40}", 0..8)) {
        let annotations = Annotations::from(map.clone());
        let back: BTreeMap<String, String> =
            annotations.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        prop_assert_eq!(back, map);
    }
}
