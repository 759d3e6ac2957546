//! One configuration and the same targets, scraped by Debian's Prometheus and by Bongsu: both store the same.
//!
//! Each case is a job with one target that answers its scrapes, one after another, from a script; each server has a
//! target of its own, so both read the script from its start. Compared is what can be seen at each scrape: which series
//! are alive (staleness markers included) with which values, and after the last scrape all samples of all series.
//!
//! Reasoned differences, left out or spelled out below:
//! - Debian's version is 2.42. It takes any content type for text, does not write bounds as `1.0`, and knows no UTF-8
//!   names: 3.14, which Bongsu follows, does. Cases keep to what both have in common.
//! - `scrape_duration_seconds` differs between any two runs.
//! - [`a_scrape_that_fails_half_way_marks_all_series`]: Prometheus, in 3.14 too, does not mark the series that it had read
//!   before the bad line, so they look alive with old values although the target is down. Bongsu marks all.
//! - Of a scrape that fails half way Prometheus keeps new series without samples in its index; Bongsu does not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use harness::program::{Sample, Server};
use harness::target::{Reply, Target};
use harness::until;

/// Answers compared of each target.
const STEPS: usize = 4;

struct Case {
    name: &'static str,
    /// Lines of its job, beside name and target.
    job: &'static str,
    /// Answers by scrape; the last is repeated.
    script: Vec<Reply>,
}

fn texts(bodies: &[&str]) -> Vec<Reply> {
    bodies.iter().map(|b| Reply::text(*b)).collect()
}

fn case(name: &'static str, job: &'static str, bodies: &[&str]) -> Case {
    Case { name, job, script: texts(bodies) }
}

fn openmetrics(body: &str) -> Reply {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8".to_owned();
    Reply { headers: vec![("Content-Type".to_owned(), kind)], ..Reply::text(body) }
}

fn gzip(body: &str) -> Reply {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    let mut reply = Reply::text(encoder.finish().unwrap());
    reply.headers.push(("Content-Encoding".to_owned(), "gzip".to_owned()));
    reply
}

fn status(code: u16, body: &str) -> Reply {
    Reply { status: code, ..Reply::text(body) }
}

fn redirect(to: &str) -> Reply {
    let mut reply = status(302, "");
    reply.headers.push(("Location".to_owned(), to.to_owned()));
    reply
}

const CONFLICTS: &[&str] = &[
    "a{job=\"own\",instance=\"me\",exported_job=\"x\"} 1\nb{instance=\"\"} 2\nc{zone=\"z\"} 3\nd{job=\"\",exported_instance=\"e\"} 4\n",
];

const RELABELS: &str = r#"
  metric_relabel_configs:
  - {source_labels: [__name__], regex: 'go_.*', action: drop}
  - {source_labels: [__name__], regex: '(http|rpc|up).*', action: keep}
  - {source_labels: [path], regex: '/api/v([0-9]+)/(.*)', target_label: api, replacement: '${2}_v$1'}
  - {source_labels: [path, code], separator: '-', target_label: joined}
  - {source_labels: [code], modulus: 7, target_label: shard, action: hashmod}
  - {source_labels: [path], target_label: path_low, action: lowercase}
  - {source_labels: [path], target_label: path_up, action: uppercase}
  - {regex: 'tmp_(.+)', replacement: 'kept_$1', action: labelmap}
  - {regex: 'tmp_.*', action: labeldrop}
  - {source_labels: [left], target_label: right, action: dropequal}
  - {regex: 'case|__name__|job|instance|api|code|joined|shard|path.*|kept_.*', action: labelkeep}
  - {source_labels: [__name__], regex: 'rpc_(.*)', target_label: __name__, replacement: 'call_$1'}
"#;

const RELABELLED: &str = "go_gc 1
http_requests{path=\"/api/v1/query\",code=\"200\",tmp_pod=\"p\",left=\"l\",right=\"r\"} 1
http_requests{path=\"/api/V2/Ämter\",code=\"500\",left=\"l\",right=\"r\"} 2
http_requests{path=\"/dropped\",left=\"same\",right=\"same\"} 3
rpc_calls{code=\"1\",left=\"1\"} 4
other 5
";

const TARGET_RELABELS: &str = r#"
  params: {module: [one], x: [y]}
  relabel_configs:
  - {source_labels: [__address__], regex: '(.*):(.*)', target_label: host, replacement: '$1'}
  - {source_labels: [__param_module], target_label: module}
  - {source_labels: [__scheme__, __metrics_path__], target_label: where}
  - {source_labels: [__meta_nothing], target_label: absent}
  - {source_labels: [case], target_label: __tmp_case}
  - {source_labels: [__tmp_case], target_label: again, replacement: '<$1>'}
  - {source_labels: [instance], target_label: instance, replacement: fixed}
"#;

const NUMBERS: &str = "# HELP n A \\\\ help\\n text
# TYPE n gauge
n{v=\"nan\"} NaN
n{v=\"inf\"} +Inf
n{v=\"minus inf\"} -Inf
n{v=\"infinity\"} Infinity
n{v=\"small\"} 4.9e-324
n{v=\"hex\"} 0x1p-2
n{v=\"minus zero\"} -0
n{v=\"big\"}\t1.7976931348623157e308
n { v = \"blanks\" , w=\"\", }  12
n{v=\"escapes \\\\ \\\" \\n 한\"} 1
# a comment
n{v=\"no line feed at the end\"} 5";

fn cases(now_ms: i64) -> Vec<Case> {
    let huge = format!("a{{huge=\"{}\"}} 1\n", "x".repeat(100_000));
    let timed = |offset: i64, value: i64| {
        let t = now_ms + offset;
        format!(
            "own{{a=\"1\"}} {value} {t}\nold{{a=\"1\"}} {value} {}\nnone {value}\n",
            now_ms - 60_000 - offset
        )
    };
    let [t1, t2, t3] = [timed(-30_000, 1), timed(-20_000, 2), "none 3\n".to_owned()];
    let seconds = (now_ms / 1000) as f64;
    let om = format!(
        "# TYPE c counter\n# HELP c Help.\nc_total{{a=\"b\"}} 5 {seconds} # {{trace_id=\"x\"}} 0.5 {seconds}\nc_created{{a=\"b\"}} 100\n# TYPE g gauge\ng 1.5\n# TYPE i info\ni_info{{v=\"1\"}} 1\n# EOF\n"
    );
    let limit = "  sample_limit: 2";
    vec![
        case("plain", "", &["a 1\nb{x=\"y\"} 2\n", "a 2\nb{x=\"y\"} 3\n"]),
        case("conflicts", "", CONFLICTS),
        case("honor_labels", "  honor_labels: true", CONFLICTS),
        case("own_timestamps", "", &[&t1, &t2, &t3]),
        case("ignored_timestamps", "  honor_timestamps: false", &[&t1, &t2, &t3]),
        case("malformed", "", &["a 1\n", "}} 2\na 2\n", "a 3\n"]),
        case("bad_value", "", &["a 1\n", "a one\n", "a 3\n"]),
        case("bad_label", "", &["a 1\n", "a{b=c} 1\n", "a{b=\"c\" 1\n", "a{\"} 1\n"]),
        case("bad_comment", "", &["# TYPE a nothing\na 1\n", "# HELP\na 1\n", "#\n# TYPE\na 2\n"]),
        case("vanishing", "", &["a 1\nb 1\nc 1\n", "b 2\n", "c 3\nb 3\n", ""]),
        case("duplicates", "", &["a 1\na 2\nb 1\n", "b 1\na 3\na 3\n"]),
        case("duplicate_labels", "", &["a 1\n", "a{b=\"1\",b=\"2\"} 2\n", "a 3\n"]),
        case(
            "written_differently",
            "",
            &["a{x=\"1\",y=\"2\"} 1\n", "a{y=\"2\",x=\"1\"} 2\n", "a{y=\"2\", x=\"1\",} 3\n"],
        ),
        case("numbers", "", &[NUMBERS]),
        case("huge_label", "", &[&huge]),
        case("empty", "", &["a 1\n", "", "\n\n", "# only a comment\n"]),
        Case {
            name: "not_found",
            job: "",
            script: vec![
                Reply::text("a 1\n"),
                status(404, "a 2\n"),
                status(500, "a 3\n"),
                Reply::text("a 4\n"),
            ],
        },
        Case {
            name: "no_content",
            job: "",
            script: vec![Reply::text("a 1\n"), status(204, ""), Reply::text("a 4\n")],
        },
        Case { name: "gzip", job: "", script: vec![gzip("a 1\n"), Reply::text("a 2\n"), gzip("a 3\nb 3\n")] },
        Case {
            name: "broken_gzip",
            job: "",
            script: vec![gzip("a 1\n"), Reply { body: b"nonsense".to_vec(), ..gzip("") }, gzip("a 3\n")],
        },
        Case {
            name: "redirect",
            job: "  follow_redirects: false",
            script: vec![Reply::text("a 1\n"), redirect("/x"), Reply::text("a 3\n")],
        },
        case("relabel", RELABELS, &[RELABELLED]),
        case("target_relabel", TARGET_RELABELS, &["a 1\n"]),
        case("name_lost", "  metric_relabel_configs: [{regex: __name__, action: labeldrop}]", &["a 1\n"]),
        case(
            "sample_limit",
            limit,
            &["a 1\nb 1\na{x=\"1\"} 1\n", "a 2\nb 2\n", "b 3\n", "b 4\na{x=\"1\"} 4\n"],
        ),
        case(
            "label_limit",
            "  label_limit: 4",
            &["a{x=\"1\"} 1\n", "a{x=\"1\",y=\"2\"} 2\n", "a{x=\"1\"} 3\n"],
        ),
        case(
            "label_value_limit",
            "  label_value_length_limit: 20",
            &["a{x=\"1\"} 1\n", "a{x=\"123456789012345678901\"} 2\n"],
        ),
        case(
            "label_name_limit",
            "  label_name_length_limit: 10",
            &["a{x=\"1\"} 1\n", "a{x23456789012=\"1\"} 2\n"],
        ),
        case("body_limit", "  body_size_limit: 20B", &["a 1\n", "a 2\nbcdefghijklmno 2\npqrst 2\n", "a 3\n"]),
        case(
            "histogram",
            "",
            &[
                "# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3.5\nh_count 2\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\n",
            ],
        ),
        Case { name: "openmetrics", job: "", script: vec![openmetrics(&om)] },
    ]
}

/// A server and what it scrapes.
struct Side {
    server: Server,
    _dir: tempfile::TempDir,
}

impl Side {
    fn start(cases: &[Case], start: impl FnOnce(&Path) -> Server) -> Side {
        let dir = tempfile::tempdir().unwrap();
        let mut config = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n".to_owned();
        for Case { name, job, script } in cases {
            let script = script.clone();
            let target = Target::start(move |request| script[request.number.min(script.len() - 1)].clone());
            config += &format!(
                "- job_name: {name}\n{job}\n  static_configs:\n  - targets: ['{}']\n",
                target.address
            );
            // The address is another for each server.
            config += &format!("    labels: {{instance: target, case: {name}}}\n");
        }
        std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
        let server = start(dir.path());
        Side { server, _dir: dir }
    }

    /// Waits until a case's script was read to its end; returns the times of its scrapes.
    fn scrape_times(&self, case: &str) -> Vec<String> {
        let query = format!("up{{case=\"{case}\"}}[1h]");
        until(&format!("{STEPS} scrapes of {case}"), || {
            let data = self.server.api("query", &[("query", &query)]);
            let values = data["result"][0]["values"].as_array()?;
            let times: Vec<String> = values.iter().map(|v| v[0].to_string()).collect();
            (times.len() >= STEPS).then(|| times[..STEPS].to_vec())
        })
    }

    /// What is alive at a time.
    fn alive(&self, case: &str, time: &str) -> Vec<Sample> {
        let query = format!("{{case=\"{case}\",__name__!=\"scrape_duration_seconds\"}}");
        self.server.query_at(&query, Some(time))
    }

    /// All values of all series up to a time.
    fn values(&self, case: &str, time: &str) -> BTreeMap<String, Vec<String>> {
        let query = format!("{{case=\"{case}\",__name__!=\"scrape_duration_seconds\"}}[1h]");
        let data = self.server.api("query", &[("query", &query), ("time", time)]);
        let series = data["result"].as_array().unwrap().iter();
        series
            .map(|s| {
                let values = s["values"].as_array().unwrap().iter();
                (s["metric"].to_string(), values.map(|v| v[1].to_string()).collect())
            })
            .collect()
    }

    /// Series of a case as `/api/v1/series` tells them.
    fn series(&self, case: &str) -> Vec<String> {
        let data = self.server.api("series", &[("match[]", &format!("{{case=\"{case}\"}}"))]);
        let mut series: Vec<String> = data.as_array().unwrap().iter().map(ToString::to_string).collect();
        series.sort();
        series
    }
}

fn both(cases: &[Case]) -> (Side, Side) {
    let theirs = Side::start(cases, |dir| Server::start_prometheus(dir, &[]));
    let ours = Side::start(cases, |dir| Server::start(dir, &[]));
    (ours, theirs)
}

#[test]
fn what_is_stored_is_the_same() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let cases = cases(now.as_millis() as i64);
    let (ours, theirs) = both(&cases);
    let mut differences = String::new();
    for Case { name, .. } in &cases {
        let (our_times, their_times) = (ours.scrape_times(name), theirs.scrape_times(name));
        let mut compare = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                differences += &format!("{name}, {what}:\n  ours:   {ours}\n  theirs: {theirs}\n");
            }
        };
        for (step, (our_time, their_time)) in our_times.iter().zip(&their_times).enumerate() {
            let (ours, theirs) = (ours.alive(name, our_time), theirs.alive(name, their_time));
            compare(&format!("alive after scrape {}", step + 1), format!("{ours:?}"), format!("{theirs:?}"));
        }
        let (our_end, their_end) = (&our_times[STEPS - 1], &their_times[STEPS - 1]);
        let (our_values, their_values) = (ours.values(name, our_end), theirs.values(name, their_end));
        compare("all samples", format!("{our_values:?}"), format!("{their_values:?}"));
        compare("series", format!("{:?}", ours.series(name)), format!("{:?}", theirs.series(name)));
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Names and values alive after each scrape, `scrape_*` left out.
fn alive_by_step(side: &Side, case: &str) -> Vec<String> {
    let alive = |time: &String| {
        let samples = side.alive(case, time).into_iter();
        let named = samples.map(|(labels, value)| format!("{}={value}", labels["__name__"]));
        let own: Vec<String> = named.filter(|n| !n.starts_with("scrape_")).collect();
        own.join(" ")
    };
    side.scrape_times(case).iter().map(alive).collect()
}

#[test]
fn a_scrape_that_fails_half_way_marks_all_series() {
    let cases = [
        case("malformed", "", &["a 1\nb 1\n", "a 2\n}}\nb 2\n", "a 3\n"]),
        case("over_limit", "  sample_limit: 2", &["a 1\nb 1\n", "a 2\nb 2\nc 2\n", "a 3\n"]),
        Case {
            name: "no_end",
            job: "",
            script: ["a 1\nb 1\n# EOF\n", "a 2\nb 2\n", "a 3\n# EOF\n"].map(openmetrics).to_vec(),
        },
    ];
    let (ours, theirs) = both(&cases);
    for Case { name, .. } in &cases {
        assert_eq!(alive_by_step(&ours, name), ["a=1 b=1 up=1", "up=0", "a=3 up=1", "a=3 up=1"], "{name}");
        // When this fails, Prometheus does the same, and the cases belong into the list above.
        assert_ne!(alive_by_step(&theirs, name)[1], "up=0", "{name}");
    }
}
