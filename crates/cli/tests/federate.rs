//! Federation between Bongsu and Debian's Prometheus, in both directions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::BTreeMap;
use std::path::Path;

use harness::program::{Sample, Server};
use harness::target::Target;
use harness::until;

const METRICS: &str = "\
# TYPE requests counter
requests{path=\"/a\"} 17
requests{path=\"/b\\\"c\\\\d\\ne\",instance=\"own\"} 1e-300
# TYPE level gauge
level{region=\"own\"} -0.5
odd{v=\"nan\"} NaN
odd{v=\"inf\"} -Inf
# TYPE took histogram
took_bucket{le=\"0.5\"} 1
took_bucket{le=\"+Inf\"} 3
took_sum 4.25
took_count 3
";

const FAST: &str = "scrape_interval: 300ms, scrape_timeout: 300ms";

/// The source has series with an instance, and some without one and without a job.
fn source_config(target: &str) -> String {
    format!(
        "global: {{{FAST}, external_labels: {{region: east, replica: 'a'}}}}
scrape_configs:
- job_name: plain
  static_configs: [{{targets: ['{target}']}}]
- job_name: bare
  static_configs: [{{targets: ['{target}'], labels: {{kind: bare}}}}]
  metric_relabel_configs: [{{regex: instance|job, action: labeldrop}}]
"
    )
}

fn reader_config(source: &str) -> String {
    format!(
        "global: {{{FAST}}}
scrape_configs:
- job_name: federate
  honor_labels: true
  metrics_path: /federate
  params: {{'match[]': ['{{job=\"plain\",__name__!~\"scrape_.*\"}}', '{{kind=\"bare\",__name__=~\"requests|level|odd|took_.*\"}}']}}
  static_configs: [{{targets: ['{source}']}}]
"
    )
}

/// What the reader should have: what the source has, with the external labels that it adds. The reader adds its own job
/// where there is none, but not its instance: the source says that there is none.
fn told(source: &Server) -> Vec<Sample> {
    let selected =
        "{job='plain',__name__!~'scrape_.*'} or {kind='bare',__name__=~'requests|level|odd|took_.*'}";
    let mut samples = source.query(selected);
    for (labels, _) in &mut samples {
        for (name, value) in [("region", "east"), ("replica", "a"), ("job", "federate")] {
            labels.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    samples.sort();
    samples
}

fn federates(source: fn(&Path, &[&str]) -> Server, reader: fn(&Path, &[&str]) -> Server) {
    let (source_dir, reader_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = Target::fixed(METRICS);
    std::fs::write(source_dir.path().join("prometheus.yml"), source_config(&target.address)).unwrap();
    let source = source(source_dir.path(), &[]);
    source.until_value("count({job='plain',__name__!~'scrape_.*'})", "10");
    source.until_value("count({kind='bare',__name__!~'scrape_.*|up'})", "9");
    let want = told(&source);
    assert_eq!(want.len(), 19, "{want:?}");

    std::fs::write(reader_dir.path().join("prometheus.yml"), reader_config(&source.address)).unwrap();
    let reader = reader(reader_dir.path(), &[]);
    reader.until_value("count({replica='a'})", "19");
    assert_eq!(reader.query("{replica='a'}"), want);
    let own: Vec<BTreeMap<String, String>> =
        reader.query("up{job='federate'}").into_iter().map(|(labels, _)| labels).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    // The samples are as old as they are at the source.
    let time = |server: &Server| server.value("max_over_time(timestamp(level{job='plain'})[1m:100ms])");
    let newest = until("a sample", || time(&reader)).parse::<f64>().unwrap();
    assert!(newest <= time(&source).unwrap().parse().unwrap());
}

#[test]
fn bongsu_reads_from_prometheus() {
    federates(Server::start_prometheus, Server::start);
}

#[test]
fn prometheus_reads_from_bongsu() {
    federates(Server::start, Server::start_prometheus);
}

#[test]
fn bongsu_reads_from_bongsu() {
    federates(Server::start, Server::start);
}
