use super::{parse, problems};
use crate::SeriesLimit;

fn limit(label: &str, value: Option<&str>, max_series: u64) -> SeriesLimit {
    SeriesLimit { label: label.to_owned(), value: value.map(str::to_owned), max_series }
}

const GOOD: &str = "storage:
  bongsu:
    series_limits:
    - label: job
      max_series: 500000
    - label: tenant
      value: trial
      max_series: 10
";

#[test]
fn limits_are_read_and_printed() {
    let config = parse(GOOD).unwrap().config;
    assert_eq!(
        config.storage.bongsu.series_limits,
        [limit("job", None, 500_000), limit("tenant", Some("trial"), 10)]
    );
    let printed = config.print();
    assert!(printed.contains(GOOD.trim_end()), "{printed}");
    assert_eq!(parse(&printed).unwrap().config.storage, config.storage);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let head = "storage:\n  bongsu:\n    series_limits:\n";
    let table = [
        ("      - max_series: 5\n", "missing required field \"label\""),
        ("      - label: job\n", "missing required field \"max_series\""),
        ("      - {label: '', max_series: 5}\n", "the label of a series limit must not be empty"),
        ("      - {label: a, value: '', max_series: 5}\n", "cannot be about the empty value"),
        (
            "      - {label: a, max_series: 5}\n      - {label: a, max_series: 6}\n",
            "a second series limit for each value of label \"a\"",
        ),
        ("      - {label: a, series: 5}\n", "unknown field \"series\""),
    ];
    for (body, expected) in table {
        let told = problems(&format!("{head}{body}"));
        assert!(told.iter().any(|p| p.contains(expected)), "{body}: {told:?}");
    }
}
