//! Selection against a plain filter over all series.

use std::collections::BTreeMap;

use model::Labels;

use super::*;

struct PlainIndex {
    series: Vec<Labels>,
    postings: BTreeMap<(String, String), Vec<u32>>,
    all: Vec<u32>,
}

impl PlainIndex {
    fn new(series: Vec<Labels>) -> PlainIndex {
        let mut postings: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
        for (i, labels) in series.iter().enumerate() {
            for (n, v) in labels {
                postings.entry((n.to_owned(), v.to_owned())).or_default().push(i as u32);
            }
        }
        let all = (0..series.len() as u32).collect();
        PlainIndex { series, postings, all }
    }
}

fn begins(value: &str, prefixes: &[String]) -> bool {
    prefixes.is_empty() || prefixes.iter().any(|p| value.starts_with(p.as_str()))
}

impl IndexRead for PlainIndex {
    fn all_postings(&self) -> Result<Postings<'_>, SelectError> {
        Ok(Postings::Slice(&self.all))
    }
    fn postings(&self, name: &str, value: &str) -> Result<Postings<'_>, SelectError> {
        let key = (name.to_owned(), value.to_owned());
        Ok(self.postings.get(&key).map_or(Postings::EMPTY, |l| Postings::Slice(l)))
    }
    fn postings_where(
        &self,
        name: &str,
        prefixes: &[String],
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<Postings<'_>>, SelectError> {
        let of_name = self.postings.iter().filter(|((n, v), _)| n == name && begins(v, prefixes));
        Ok(of_name.filter(|((_, v), _)| accept(v)).map(|(_, l)| Postings::Slice(l)).collect())
    }
    fn visit_label_values(
        &self,
        name: &str,
        prefixes: &[String],
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError> {
        let of_name = self.postings.keys().filter(|(n, v)| n == name && begins(v, prefixes));
        of_name.for_each(|(_, v)| visit(v));
        Ok(())
    }
    fn label_value_count(&self, name: &str) -> usize {
        self.postings.keys().filter(|(n, _)| n == name).count()
    }
    fn visit_label_values_of(
        &self,
        series: &[u32],
        name: &str,
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError> {
        let values = series.iter().map(|&i| self.series[i as usize].get(name));
        values.filter(|v| !v.is_empty()).for_each(visit);
        Ok(())
    }
    fn label_names(&self) -> Result<Vec<String>, SelectError> {
        Ok(self.postings.keys().map(|(n, _)| n.clone()).collect::<BTreeSet<_>>().into_iter().collect())
    }
    fn label_names_of(&self, series: &[u32], names: &mut BTreeSet<String>) -> Result<(), SelectError> {
        names.extend(series.iter().flat_map(|&i| self.series[i as usize].iter().map(|(n, _)| n.to_owned())));
        Ok(())
    }
}

fn index() -> PlainIndex {
    let mut series = Vec::new();
    for i in 0..40 {
        let (i, n) = (i % 8, i);
        let mut pairs = vec![("__name__", format!("m{}", n % 2)), ("n", n.to_string())];
        if i % 3 > 0 {
            pairs.push(("i", ["", "a", "b", "", "b5", "ab", "", "1"][i].to_owned()));
        }
        series.push(Labels::from_pairs(pairs));
    }
    PlainIndex::new(series)
}

fn matchers() -> Vec<Matcher> {
    let mut all = Vec::new();
    for op in [MatchOp::Equal, MatchOp::NotEqual, MatchOp::Regex, MatchOp::NotRegex] {
        for name in ["i", "n", "missing"] {
            for value in ["", "a", "1", "a|b", "a|", "b.*", ".*", ".+", "x?", "2.+", "m1"] {
                all.push(Matcher::new(op, name, value).unwrap());
            }
        }
    }
    all
}

#[test]
fn every_pair_of_matchers_selects_what_a_filter_selects() {
    let index = index();
    let all = matchers();
    for a in &all {
        for b in &all {
            let pair = [a.clone(), b.clone()];
            let passes = |l: &Labels| pair.iter().all(|m| m.matches(l.get(&m.name)));
            let expected: Vec<u32> =
                (0..index.series.len() as u32).filter(|&i| passes(&index.series[i as usize])).collect();
            let found = series_matching(&index, &pair, &Cancel::default()).unwrap();
            assert_eq!(found, expected, "{{{a},{b}}}");

            let mut values: Vec<&str> = expected.iter().map(|&i| index.series[i as usize].get("i")).collect();
            values.sort_unstable();
            values.dedup();
            values.retain(|v| !v.is_empty());
            assert_eq!(label_values(&index, "i", &pair, &Cancel::default()).unwrap(), values, "{{{a},{b}}}");
        }
    }
}

#[test]
fn no_matchers_select_all() {
    let index = index();
    assert_eq!(series_matching(&index, &[], &Cancel::default()).unwrap().len(), 40);
    assert_eq!(label_names(&index, &[], &Cancel::default()).unwrap(), ["__name__", "i", "n"]);
    let absent = [Matcher::equal("i", "")];
    assert_eq!(label_names(&index, &absent, &Cancel::default()).unwrap(), ["__name__", "n"]);
}

#[test]
fn a_cancelled_selection_stops() {
    let cancel = Cancel::default();
    cancel.cancel();
    let result = series_matching(&index(), &[Matcher::equal("n", "1")], &cancel);
    assert!(matches!(result, Err(SelectError::Cancelled)));
}
