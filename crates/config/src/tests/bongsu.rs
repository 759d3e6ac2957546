//! `storage.bongsu`: rules by selector.

use std::time::Duration;

use tsdb::tiers::{Beside, Downsample};

use super::{parse, problems};

const RULES: &str = r#"
storage:
  bongsu:
    dense_after: 7d
    retention:
    - match: '{job="kube-state-metrics"}'
      keep: 15d
    - match: '{__name__=~"node_.*"}'
      keep: 400d
      resolution: 5m
      after: 7d
    - match: up
      keep: 0s
    - match: '{__name__=~"istio_.*"}'
      tiers:
      - {resolution: 5m, after: 7d}
      - {resolution: 1h, after: 90d}
    - match: 'go_info{job!="a"}'
      resolution: 1h
      after: 1d
    - match: '{__name__=~"http_.*"}'
      keep: 15d
      tiers:
      - {resolution: 5m, keep: 90d}
      - {resolution: 1h, keep: 0s}
"#;

#[test]
fn rules_are_read_and_printed() {
    let config = parse(RULES).unwrap().config;
    let bongsu = &config.storage.bongsu;
    let policy = bongsu.policy();
    const DAY: i64 = 86_400_000;
    assert_eq!(policy.dense_after_ms, 7 * DAY);
    let rules: Vec<_> =
        policy.rules.iter().map(|r| (r.matchers.len(), r.keep_ms, r.downsample.clone())).collect();
    let to = |resolution_ms, after_ms| Downsample { resolution_ms, after_ms };
    assert_eq!(
        rules,
        [
            (1, Some(15 * DAY), vec![]),
            (1, Some(400 * DAY), vec![to(300_000, 7 * DAY)]),
            (1, Some(0), vec![]),
            (1, None, vec![to(300_000, 7 * DAY), to(3_600_000, 90 * DAY)]),
            (2, None, vec![to(3_600_000, DAY)]),
            (1, Some(15 * DAY), vec![]),
        ]
    );
    let beside = |resolution_ms, keep_ms| Beside { resolution_ms, keep_ms };
    let all: Vec<_> = policy.rules.iter().flat_map(|r| r.beside.clone()).collect();
    assert_eq!(all, [beside(300_000, 90 * DAY), beside(3_600_000, 0)]);
    assert_eq!(bongsu.retention[1].keep, Some(Duration::from_secs(400 * 86_400)));
    let printed = config.print();
    assert_eq!(parse(&printed).unwrap().config.storage.bongsu, *bongsu, "{printed}");
    assert!(!parse("storage: {bongsu: }\n").unwrap().config.print().contains("bongsu"));
}

#[test]
fn mistakes_are_told_at_their_place() {
    let rule = |text: &str| format!("storage: {{bongsu: {{retention: [{text}]}}}}\n");
    for (text, expected) in [
        ("{keep: 1d}", "missing"),
        ("{match: 'a{'}", "\"a{\" is no series selector"),
        ("{match: a}", "the rule says nothing"),
        ("{match: a, resolution: 5m}", "a resolution needs \"after\""),
        ("{match: a, after: 5m}", "\"after\" needs a resolution"),
        (
            "{match: a, resolution: 7m, after: 1d}",
            "must be a whole part of 2h and at least 1s, such as 5m or 1h, not 7m",
        ),
        ("{match: a, resolution: 4h, after: 1d}", "not 4h"),
        ("{match: a, resolution: 100ms, after: 1d}", "not 100ms"),
        (
            "{match: a, keep: 1d, resolution: 5m, after: 2d}",
            "samples are kept for 1d only, so nothing becomes 2d old",
        ),
        (
            "{match: a, tiers: [{resolution: 5m, after: 2d}, {resolution: 1h, after: 1d}]}",
            "must be more than 2d",
        ),
        (
            "{match: a, tiers: [{resolution: 5m, after: 1d}, {resolution: 12m, after: 2d}]}",
            "a multiple of 5m",
        ),
        ("{match: a, tiers: [{resolution: 5m, after: 1d}, {resolution: 1m, after: 2d}]}", "a multiple of 5m"),
        ("{match: a, tiers: [{resolution: 5m}]}", "a resolution needs \"after\""),
        (
            "{match: a, resolution: 5m, after: 1d, tiers: [{resolution: 1h, after: 2d}]}",
            "the first of the tiers",
        ),
        (
            "{match: a, keep: 1d, tiers: [{resolution: 5m, after: 1h}, {resolution: 1h, after: 2d}]}",
            "kept for 1d only",
        ),
        ("{match: a, tiers: [{keep: 1d}]}", "missing"),
        ("{match: a, tiers: [{resolution: 5m, keep: 1d, after: 1h}]}", "not both"),
        ("{match: a, tiers: [{resolution: 7m, keep: 1d}]}", "not 7m"),
        (
            "{match: a, tiers: [{resolution: 5m, keep: 1d}, {resolution: 1h, after: 2d}]}",
            "this one cannot replace them",
        ),
        (
            "{match: a, tiers: [{resolution: 5m, after: 1d}, {resolution: 1h, keep: 2d}]}",
            "none can stand beside",
        ),
        ("{match: a, tiers: [{resolution: 5m, keep: 9d}, {resolution: 12m, keep: 9d}]}", "a multiple of 5m"),
        ("{match: a, keep: 1d, resolutoin: 5m}", "did you mean \"resolution\"?"),
    ] {
        let told = problems(&rule(text)).join("\n");
        assert!(told.contains(expected) && told.contains("storage.bongsu.retention[0]"), "{text}: {told}");
    }
}
