use super::*;
use crate::config::{EscapingScheme, Limits, Scheme, ScrapeProtocol};

pub(crate) fn config() -> Config {
    Config {
        job_name: "job".into(),
        honor_labels: false,
        honor_timestamps: true,
        track_timestamps_staleness: false,
        params: vec![("module".into(), vec!["a b".into(), "c".into()])],
        scrape_interval: Duration::from_secs(15),
        scrape_timeout: Duration::from_secs(10),
        scrape_protocols: ScrapeProtocol::DEFAULT.to_vec(),
        fallback_scrape_protocol: None,
        scrape_native_histograms: false,
        always_scrape_classic_histograms: false,
        convert_classic_histograms_to_nhcb: false,
        scrape_failure_log_file: None,
        metrics_path: "/metrics".into(),
        scheme: Scheme::Https,
        enable_compression: true,
        limits: Limits::default(),
        native_histogram_bucket_limit: 0,
        native_histogram_min_bucket_factor: 0.0,
        metric_name_validation_scheme: relabel::NameScheme::Utf8,
        metric_name_escaping_scheme: EscapingScheme::AllowUtf8,
        extra_scrape_metrics: false,
        discovery: Vec::new(),
        client: transport::config::HttpClientConfig::default(),
        relabel_configs: Vec::new(),
        metric_relabel_configs: Vec::new(),
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}

fn kept(own: &[(&str, &str)], group: &[(&str, &str)]) -> Result<Target, TargetError> {
    match Target::build(&config(), &labels(own), &labels(group))? {
        Found::Kept(target) => Ok(*target),
        Found::Dropped(labels) => panic!("dropped: {labels}"),
    }
}

#[test]
fn a_target_gets_defaults_instance_and_url() {
    let own = [("__address__", "host:80"), ("__meta_x", "1"), ("a", "own"), ("__param_module", "x&y")];
    let target = kept(&own, &[("a", "group"), ("b", "2")]).unwrap();
    assert_eq!(target.labels.to_string(), r#"{a="own", b="2", instance="host:80", job="job"}"#);
    assert_eq!(target.url, "https://host:80/metrics?module=x%26y&module=c");
    assert_eq!((target.interval.as_secs(), target.timeout.as_secs()), (15, 10));
    assert_eq!(target.discovered.get("__meta_x"), "1");
    assert!(!target.all_labels().has("__meta_x"));
    assert_eq!(target.discovered.get("__scrape_interval__"), "15s");
}

#[test]
fn own_labels_may_change_path_scheme_and_timing() {
    let own = [
        ("__address__", "[::1]:9100"),
        ("__scheme__", "http"),
        ("__metrics_path__", "/a b?c"),
        ("__scrape_interval__", "1m"),
        ("__scrape_timeout__", "59s"),
        ("instance", "named"),
        ("__scrape_native_histograms__", "true"),
    ];
    let target = kept(&own, &[]).unwrap();
    assert_eq!(target.url, "http://[::1]:9100/a%20b%3Fc?module=a+b&module=c");
    assert_eq!((target.interval.as_secs(), target.timeout.as_secs()), (60, 59));
    assert_eq!(target.labels.get("instance"), "named");
    assert!(target.histograms.native);
}

#[test]
fn what_cannot_be_scraped_says_why() {
    for (own, want) in [
        (&[("x", "y")][..], "no address"),
        (&[("__address__", "http://host")], r#""http://host" is not a valid hostname"#),
        (
            &[("__address__", "h"), ("__scrape_interval__", "x")],
            r#"error parsing scrape interval: not a valid duration string: "x""#,
        ),
        (&[("__address__", "h"), ("__scrape_interval__", "0")], "scrape interval cannot be 0"),
        (
            &[("__address__", "h"), ("__scrape_timeout__", "1m")],
            r#"scrape timeout cannot be greater than scrape interval ("1m" > "15s")"#,
        ),
        (
            &[("__address__", "h"), ("__scrape_native_histograms__", "maybe")],
            r#"error parsing scrape native histograms: invalid syntax: "maybe""#,
        ),
    ] {
        assert_eq!(kept(own, &[]).unwrap_err().to_string(), want, "{own:?}");
    }
}

#[test]
fn dropped_targets_keep_what_was_discovered() {
    let mut config = config();
    let fields = relabel::Fields {
        action: relabel::Action::Drop,
        source_labels: Some(vec!["__address__".into()]),
        regex: Some("h.*".into()),
        ..relabel::Fields::default()
    };
    config.relabel_configs = vec![relabel::Config::new(fields, relabel::NameScheme::Utf8).unwrap()];
    let found = Target::build(&config, &labels(&[("__address__", "h"), ("__meta_a", "b")]), &Labels::empty())
        .unwrap();
    let Found::Dropped(discovered) = found else { panic!("kept") };
    assert_eq!((discovered.get("__meta_a"), discovered.get("job")), ("b", "job"));
}

#[test]
fn offsets_spread_over_the_interval_and_stay() {
    let interval = Duration::from_secs(15);
    let target = |i: u32| kept(&[("__address__", &format!("host-{i}:80"))], &[]).unwrap();
    let now = Duration::from_millis(1_795_132_800_123);
    let phase =
        |t: &Target, seed: u64, now: Duration| (now + t.offset(seed, now)).as_nanos() % interval.as_nanos();
    let mut buckets = [0; 15];
    for i in 0..1500 {
        let target = target(i);
        let p = phase(&target, 7, now);
        assert_eq!(
            p,
            phase(&target, 7, now + Duration::from_millis(4321)),
            "the phase does not depend on the start"
        );
        assert!(target.offset(7, now) <= interval);
        buckets[(p / 1_000_000_000) as usize] += 1;
    }
    assert!(buckets.iter().all(|n| (60..=140).contains(n)), "{buckets:?}");
    assert_ne!(phase(&target(1), 7, now), phase(&target(1), 8, now));
    assert_ne!(offset_seed("a", &labels(&[("r", "0")])), offset_seed("a", &labels(&[("r", "1")])));
}
