//! Finding series and values by their labels.

use std::collections::BTreeSet;

use super::*;
use crate::select::{IndexRead, label_values};

fn fill(head: &Arc<Head>, labels: &[Labels], t: i64) {
    let mut batch = head.batch();
    for l in labels {
        let series = batch.resolve(l).unwrap();
        batch.sample(series, t, 1.0).unwrap();
    }
    Box::new(batch).commit().unwrap();
}

fn pods(n: usize) -> Vec<Labels> {
    (0..n)
        .map(|i| {
            Labels::from_pairs([
                ("__name__", format!("m{}", i % 3)),
                ("job", ["a", "b"][i % 2].to_owned()),
                ("pod", format!("pod-{:04}", i * 7919 % n)),
            ])
        })
        .collect()
}

/// Values by prefix, by substring and among few series are what a plain filter finds, in order or not.
#[test]
fn values_are_found_in_order_and_out_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let head = open_in(dir.path(), i64::MIN).0;
    let all = pods(5000);
    fill(&head, &all[..3000], 1000);
    head.order_values();
    fill(&head, &all[3000..], 2000);
    let matchers = [
        vec![],
        vec![Matcher::new(model::MatchOp::Regex, "pod", "pod-1[0-4].*").unwrap()],
        vec![Matcher::new(model::MatchOp::Regex, "pod", "pod-00.*|pod-49.+").unwrap()],
        vec![Matcher::new(model::MatchOp::Regex, "pod", ".*99.*").unwrap(), Matcher::equal("job", "a")],
        vec![
            Matcher::new(model::MatchOp::NotRegex, "pod", "pod-[1-4].*").unwrap(),
            Matcher::equal("__name__", "m1"),
        ],
    ];
    for ordered in [false, true] {
        for set in &matchers {
            let expected: BTreeSet<String> = all
                .iter()
                .filter(|l| set.iter().all(|m| m.matches(l.get(&m.name))))
                .map(|l| l.get("pod").to_owned())
                .collect();
            let found = label_values(&head.index(), "pod", set, &Default::default()).unwrap();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{set:?}, ordered: {ordered}");
        }
        head.order_values();
    }
}

/// A new series does not wait for a select that walks through values, nor does a walk lose values meanwhile.
#[test]
fn series_are_created_while_values_are_walked() {
    let dir = tempfile::tempdir().unwrap();
    let head = open_in(dir.path(), i64::MIN).0;
    let all = pods(5000);
    fill(&head, &all[..4000], 1000);
    let mut seen = 0;
    head.index().visit_label_values("job", &[], &mut |_| seen += 1).unwrap();
    assert_eq!(seen, 2);
    let mut rest = all[4000..].chunks(100);
    let index = head.index();
    let lists = index.postings_where("pod", &[], &mut |_| true).unwrap();
    for some in rest.by_ref() {
        fill(&head, some, 2000);
    }
    assert_eq!(lists.len(), 4000);
    let now = index.postings_where("pod", &[], &mut |_| true).unwrap();
    assert_eq!(now.len(), 5000);
}

#[test]
fn label_names_of_many_and_of_few_series() {
    let dir = tempfile::tempdir().unwrap();
    let head = open_in(dir.path(), i64::MIN).0;
    let labels = |i: usize| {
        let mut pairs =
            vec![("__name__", "m".to_owned()), ("i", (i % 50).to_string()), ("k", (i / 50).to_string())];
        if i < 10 {
            pairs.push(("rare", "yes".to_owned()));
        }
        Labels::from_pairs(pairs)
    };
    fill(&head, &(0..3000).map(labels).collect::<Vec<_>>(), 1000);
    fill(&head, &[Labels::from_pairs([("__name__", "other"), ("only_here", "x")])], 1000);
    let names =
        |set: &[Matcher]| crate::select::label_names(&head.index(), set, &Default::default()).unwrap();
    assert_eq!(names(&[Matcher::equal("__name__", "m")]), ["__name__", "i", "k", "rare"]);
    assert_eq!(names(&[Matcher::equal("i", "49")]), ["__name__", "i", "k"]);
    assert_eq!(names(&[Matcher::equal("k", "0")]), ["__name__", "i", "k", "rare"]);
    assert_eq!(names(&[Matcher::equal("k", "none")]), Vec::<String>::new());
}
