//! A configuration from real use works as it is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use harness::program::{Server, label_set};
use harness::target::Target;
use harness::{free_port, until};

/// Targets of the job that scrapes once a minute. Scrapes are spread over the interval by hash, so with many targets the
/// first comes soon.
const TARGETS: usize = 24;

const METRICS: &str = "\
# TYPE requests_total counter
requests_total{job=\"own\",instance=\"own:1\"} 5
# TYPE temperature gauge
temperature 21.5
deployed{environment=\"canary\"} 1
";

#[test]
fn a_configuration_from_real_use() {
    let dir = tempfile::tempdir().unwrap();
    let targets: Vec<Target> = (0..TARGETS).map(|_| Target::fixed(METRICS)).collect();
    let addresses: Vec<String> = targets.iter().map(|t| format!("'{}'", t.address)).collect();
    let own_port = free_port();
    let config = format!(
        "global:
  scrape_interval: 5s
  evaluation_interval: 5s

rule_files:
  - 'rules/*.yml'

scrape_configs:
  - job_name: 'prometheus'
    static_configs:
      - targets: ['localhost:{own_port}']

  - job_name: 'shop'
    honor_labels: true
    scrape_interval: 60s
    scrape_timeout: 20s
    static_configs:
      - targets: [{}]
        labels:
          environment: 'production'
          service: 'shop'
",
        addresses.join(", ")
    );
    std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    let rules = "groups:\n  - name: g\n    rules:\n      - record: r\n        expr: up\n";
    std::fs::write(dir.path().join("rules/some.yml"), rules).unwrap();

    let server = Server::start(dir.path(), &[&format!("--web.listen-address=127.0.0.1:{own_port}")]);

    let up = "up{job='shop'} == 1";
    let (instance, _) = until("the first target", || server.query(up).pop());
    let instance = instance["instance"].as_str();
    let placed = |pairs: &[(&str, &str)]| {
        let mut labels = label_set(&[("environment", "production"), ("service", "shop")]);
        labels.extend(label_set(pairs));
        labels
    };
    let by_target = |name: &str| server.query(&format!("{name}{{instance='{instance}'}}"));

    // The target's own labels win over the job's and the group's; where it sets none, these are added.
    let own = server.query("requests_total");
    let want = placed(&[("__name__", "requests_total"), ("job", "own"), ("instance", "own:1")]);
    assert_eq!(own, [(want, "5".to_owned())]);
    let want = placed(&[("__name__", "temperature"), ("job", "shop"), ("instance", instance)]);
    assert_eq!(by_target("temperature"), [(want, "21.5".to_owned())]);
    let own = [("__name__", "deployed"), ("environment", "canary"), ("job", "shop"), ("instance", instance)];
    let want = placed(&own);
    assert_eq!(by_target("deployed"), [(want, "1".to_owned())]);

    let pools = server.api("targets", &[("state", "active")]);
    let shop = pools["activeTargets"].as_array().unwrap().iter().find(|t| t["scrapePool"] == "shop").unwrap();
    assert_eq!((shop["scrapeInterval"].as_str(), shop["scrapeTimeout"].as_str()), (Some("1m"), Some("20s")));

    server.until_value("up{job='prometheus'}", "1");
    server.until_value("r{job='prometheus'}", "1");
    assert!(server.stop().success());
}
