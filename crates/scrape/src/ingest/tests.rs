//! Scrapes against the plain reference storage, with bodies as text.

use std::sync::Arc;

use model::value::is_stale;
use model::{Labels, Matcher, MetricType, relabel};
use storage::memory::MemoryStorage;
use storage::{Queryable, Samples, SelectRequest, TimeRange};

use super::*;
use crate::target::{Found, tests::config as base_config};

struct Bench {
    storage: Arc<MemoryStorage>,
    ingester: Ingester,
    config: Config,
    features: Features,
}

impl Bench {
    fn new(change: impl FnOnce(&mut Config)) -> Bench {
        let mut config = base_config();
        config.params.clear();
        change(&mut config);
        Bench {
            storage: Arc::new(MemoryStorage::default()),
            ingester: Ingester::default(),
            config,
            features: Features::default(),
        }
    }

    fn target(&self) -> Target {
        let own = Labels::from_pairs([("__address__", "h:1")]);
        match Target::build(&self.config, &own, &Labels::empty()).unwrap() {
            Found::Kept(target) => *target,
            Found::Dropped(labels) => panic!("dropped: {labels}"),
        }
    }

    fn answer(&mut self, t: i64, answer: Result<Answer<'_>, ScrapeError>) -> Outcome {
        let target = self.target();
        let rules = Rules { config: &self.config, target: &target, features: self.features };
        self.ingester.record(self.storage.as_ref(), rules, t, answer, 0, || Duration::from_millis(250))
    }

    fn scrape(&mut self, t: i64, body: &str) -> Outcome {
        self.answer(t, Ok(Answer { body: body.as_bytes(), content_type: Some("text/plain; version=0.0.4") }))
    }

    fn openmetrics(&mut self, t: i64, body: &str) -> Outcome {
        let content_type = Some("application/openmetrics-text; version=1.0.0; charset=utf-8");
        self.answer(t, Ok(Answer { body: body.as_bytes(), content_type }))
    }

    fn fail(&mut self, t: i64) -> Outcome {
        self.answer(t, Err(ScrapeError::Request("connection refused".into())))
    }

    fn end(&mut self, t: i64) {
        let target = self.target();
        let rules = Rules { config: &self.config, target: &target, features: self.features };
        self.ingester.end(self.storage.as_ref(), rules, t).unwrap();
    }

    /// All samples of series with this name: `labels without name, job and instance: t=value …`.
    fn stored(&self, name: &str) -> Vec<String> {
        let matchers = [Matcher::equal("__name__", name)];
        let view = self.storage.view(TimeRange::ALL).unwrap();
        let mut request = SelectRequest::new(&matchers, TimeRange::ALL);
        request.sorted = true;
        let set = view.select(&request).unwrap();
        let line = |i: usize| {
            let mut samples = Samples::default();
            set.read(i, TimeRange::ALL, &mut samples).unwrap();
            let value = |v: f64| if is_stale(v) { "stale".to_owned() } else { model::number::format_g(v) };
            let text: Vec<String> =
                samples.t.iter().zip(&samples.v).map(|(t, v)| format!("{t}={}", value(*v))).collect();
            format!("{}: {}", set.labels(i).without(&["__name__", "job", "instance"]), text.join(" "))
        };
        (0..set.len()).map(line).collect()
    }
}

#[test]
fn a_scrape_stores_its_samples_and_reports_on_itself() {
    let mut b = Bench::new(|_| {});
    let outcome = b.scrape(1000, "# TYPE a counter\na 1\na{x=\"1\"} 2\nb 3 500\n");
    assert!(outcome.error.is_none(), "{outcome:?}");
    assert_eq!((outcome.scraped, outcome.kept, outcome.series_added), (3, 3, 3));
    assert_eq!(b.stored("a"), ["{}: 1000=1", "{x=\"1\"}: 1000=2"]);
    assert_eq!(b.stored("b"), ["{}: 500=3"]);
    assert_eq!(b.stored("up"), ["{}: 1000=1"]);
    assert_eq!(b.stored("scrape_duration_seconds"), ["{}: 1000=0.25"]);
    assert_eq!(b.stored("scrape_samples_scraped"), ["{}: 1000=3"]);
    assert_eq!(b.stored("scrape_samples_post_metric_relabeling"), ["{}: 1000=3"]);
    assert_eq!(b.stored("scrape_series_added"), ["{}: 1000=3"]);
    assert_eq!(b.stored("scrape_timeout_seconds"), [] as [String; 0]);
    assert_eq!(b.scrape(2000, "a 5\na{x=\"1\"} 6\nb 4 600\n").series_added, 0);
    assert_eq!(b.stored("a"), ["{}: 1000=1 2000=5", "{x=\"1\"}: 1000=2 2000=6"]);
    assert_eq!(b.ingester.metadata().lock().get("a").map(|m| m.kind), Some(MetricType::Counter));
}

#[test]
fn what_vanishes_is_marked_stale_once() {
    let mut b = Bench::new(|_| {});
    b.scrape(1000, "a 1\nb 1\nc 1 900\n");
    b.scrape(2000, "a 2\n");
    b.scrape(3000, "a 3\n");
    assert_eq!(b.stored("b"), ["{}: 1000=1 2000=stale"]);
    assert_eq!(b.stored("c"), ["{}: 900=1"], "series with own timestamps are not marked");
    let mut b = Bench::new(|c| c.track_timestamps_staleness = true);
    b.scrape(1000, "a 1\nc 1 900\n");
    b.scrape(2000, "a 2\n");
    assert_eq!(b.stored("c"), ["{}: 900=1 2000=stale"], "unless that is asked for");
}

#[test]
fn a_failed_scrape_marks_everything_and_recovery_goes_on() {
    let mut b = Bench::new(|_| {});
    b.scrape(1000, "a 1\nb 1\n");
    let outcome = b.fail(2000);
    assert_eq!(outcome.error.map(|e| e.to_string()).as_deref(), Some("connection refused"));
    b.fail(3000);
    b.scrape(4000, "b 4\na 4\n");
    assert_eq!(b.stored("a"), ["{}: 1000=1 2000=stale 4000=4"]);
    assert_eq!(b.stored("b"), ["{}: 1000=1 2000=stale 4000=4"]);
    assert_eq!(b.stored("up"), ["{}: 1000=1 2000=0 3000=0 4000=1"]);
    assert_eq!(b.stored("scrape_series_added"), ["{}: 1000=2 2000=0 3000=0 4000=0"]);
}

#[test]
fn nothing_of_a_malformed_body_is_stored() {
    let mut b = Bench::new(|_| {});
    b.scrape(1000, "a 1\nb 1\n");
    let outcome = b.scrape(2000, "a 2\nnew 1\nb{x= 1\n");
    let error = outcome.error.unwrap().to_string();
    assert!(error.starts_with("line 3: "), "{error}");
    assert_eq!(b.stored("a"), ["{}: 1000=1 2000=stale"]);
    assert_eq!(b.stored("b"), ["{}: 1000=1 2000=stale"]);
    assert_eq!(b.stored("new"), [] as [String; 0]);
    assert_eq!(b.stored("up"), ["{}: 1000=1 2000=0"]);
    b.scrape(3000, "a 3\nnew 3\n");
    assert_eq!(b.stored("a"), ["{}: 1000=1 2000=stale 3000=3"]);
    assert_eq!(b.stored("new"), ["{}: 3000=3"]);
}

#[test]
fn unknown_content_types_fail_unless_there_is_a_fallback() {
    let html = Answer { body: b"a 1\n", content_type: Some("text/html") };
    let mut b = Bench::new(|_| {});
    assert!(matches!(b.answer(1000, Ok(html)).error, Some(ScrapeError::ContentType(_))));
    let mut b =
        Bench::new(|c| c.fallback_scrape_protocol = Some(crate::config::ScrapeProtocol::PrometheusText0_0_4));
    assert!(b.answer(1000, Ok(html)).error.is_none());
    assert_eq!(b.stored("a"), ["{}: 1000=1"]);
}

#[test]
fn the_sample_limit_counts_on_and_stores_nothing() {
    let mut b = Bench::new(|c| c.limits.sample_limit = 2);
    b.scrape(1000, "a 1\nb 1\n");
    let outcome = b.scrape(2000, "a 2\nb 2\nc 2\nd 2\n");
    assert_eq!(outcome.error.map(|e| e.to_string()).as_deref(), Some("sample limit exceeded"));
    assert_eq!((outcome.scraped, outcome.kept), (4, 4));
    assert_eq!(b.stored("a"), ["{}: 1000=1 2000=stale"]);
    assert_eq!(b.stored("scrape_samples_scraped"), ["{}: 1000=2 2000=4"]);
}

#[test]
fn relabelling_and_limits_apply_to_stored_labels() {
    let drop_b = relabel::Fields {
        action: relabel::Action::Drop,
        source_labels: Some(vec!["__name__".into()]),
        regex: Some("b".into()),
        ..relabel::Fields::default()
    };
    let mut b = Bench::new(|c| {
        c.metric_relabel_configs = vec![relabel::Config::new(drop_b, relabel::NameScheme::Utf8).unwrap()];
        c.limits.label_value_length_limit = 5;
    });
    let outcome = b.scrape(1000, "a 1\nb{long=\"123456789\"} 1\n");
    assert_eq!((outcome.scraped, outcome.kept, outcome.series_added), (2, 1, 1));
    let outcome = b.scrape(2000, "a{long=\"123456789\"} 1\n");
    assert!(outcome.label_limit_hit);
    assert!(outcome.error.unwrap().to_string().starts_with("label_value_length_limit exceeded (metric: a,"));
}

#[test]
fn duplicates_and_old_samples_are_counted_not_fatal() {
    let mut b = Bench::new(|_| {});
    let outcome = b.scrape(5000, "a 1\na 2\nb 1 4000\n");
    assert_eq!((outcome.refused.duplicate, outcome.kept), (1, 3));
    assert_eq!(b.stored("a"), ["{}: 5000=1"]);
    let outcome = b.scrape(6000, "a 1\nb 2 3000\n");
    assert_eq!(outcome.refused.out_of_order, 1);
    assert!(outcome.error.is_none());
    assert_eq!(b.stored("b"), ["{}: 4000=1"]);
    let mut b = Bench::new(|c| c.honor_timestamps = false);
    b.scrape(5000, "a 1 123\n");
    assert_eq!(b.stored("a"), ["{}: 5000=1"]);
}

#[test]
fn a_vanished_target_is_marked_but_not_its_successor() {
    let mut b = Bench::new(|_| {});
    b.scrape(1000, "a 1\n");
    b.end(2000);
    assert_eq!(b.stored("a"), ["{}: 1000=1 2000=stale"]);
    assert_eq!(b.stored("up"), ["{}: 1000=1 2000=stale"]);

    let mut b = Bench::new(|_| {});
    b.scrape(1000, "a 1\n");
    let mut successor = Ingester::default();
    std::mem::swap(&mut b.ingester, &mut successor);
    b.scrape(3000, "a 3\n");
    std::mem::swap(&mut b.ingester, &mut successor);
    b.end(2000);
    assert_eq!(b.stored("a"), ["{}: 1000=1 3000=3"]);
    assert_eq!(b.stored("up"), ["{}: 1000=1 3000=1"]);
}

#[test]
fn exemplars_and_start_times_are_stored() {
    let mut b = Bench::new(|_| {});
    b.features.start_zero = true;
    let body = "# TYPE c counter\nc_total 5.0 # {trace_id=\"abc\"} 0.5 0.9\nc_created 0.4\n# EOF\n";
    assert!(b.openmetrics(1000, body).error.is_none());
    assert_eq!(b.stored("c_total"), ["{}: 400=0 1000=5"]);
    let view = b.storage.view(TimeRange::ALL).unwrap();
    let found = view.exemplars(&[vec![Matcher::equal("__name__", "c_total")]], TimeRange::ALL).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].1[0].labels.get("trace_id"), found[0].1[0].timestamp_ms), ("abc", Some(900)));
}

#[test]
fn samples_keep_their_start_times_when_asked_to() {
    let mut b = Bench::new(|_| {});
    b.features.start_storage = true;
    for (t, value) in [(1000, 5), (2000, 6)] {
        let body = format!("# TYPE c counter\nc_total {value}.0\nc_created 0.4\n# EOF\n");
        assert!(b.openmetrics(t, &body).error.is_none());
    }
    assert_eq!(b.stored("c_total"), ["{}: 1000=5 2000=6"], "no zero sample, and no series of its own");
    let view = b.storage.view(TimeRange::ALL).unwrap();
    let matchers = [Matcher::equal("__name__", "c_total")];
    let found = view.select(&storage::SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    let mut samples = storage::Samples::default();
    found.read(0, TimeRange::ALL, &mut samples).unwrap();
    assert_eq!(samples.starts, [400, 400]);
}

#[test]
fn extra_metrics_are_stored_when_asked_for() {
    let mut b = Bench::new(|c| {
        c.extra_scrape_metrics = true;
        c.limits.sample_limit = 9;
    });
    b.scrape(1000, "a 1\n");
    assert_eq!(b.stored("scrape_timeout_seconds"), ["{}: 1000=10"]);
    assert_eq!(b.stored("scrape_sample_limit"), ["{}: 1000=9"]);
    assert_eq!(b.stored("scrape_body_size_bytes"), ["{}: 1000=0"]);
}
