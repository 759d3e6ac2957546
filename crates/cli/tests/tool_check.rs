//! `check` comes to promtool's verdict, by exit code.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use peer::{ours, theirs};

#[test]
fn configurations() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("good.yml", "scrape_configs: [{job_name: a, static_configs: [{targets: ['h:1']}]}]\n"),
        ("unknown.yml", "scrape_configs: [{job_name: a, intervall: 5s}]\n"),
        ("broken.yml", "scrape_configs: [\n"),
        ("rules.yml", "rule_files: [nowhere.yml]\n"),
        ("no_rules.yml", "rule_files: ['*.rules']\n"),
        ("tls.yml", "scrape_configs: [{job_name: a, tls_config: {cert_file: c, key_file: k}}]\n"),
        ("sd.yml", "scrape_configs: [{job_name: a, file_sd_configs: [{files: [nowhere.json]}]}]\n"),
        ("slow.yml", "scrape_configs: [{job_name: a, scrape_interval: 10m}]\n"),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    for (args, code) in [
        (&["good.yml"][..], 0),
        (&["unknown.yml"], 1),
        (&["broken.yml"], 1),
        (&["rules.yml"], 1),
        (&["--syntax-only", "rules.yml"], 0),
        (&["--agent", "rules.yml"], 1),
        (&["no_rules.yml"], 0),
        (&["tls.yml"], 1),
        (&["tls.yml", "--syntax-only"], 0),
        (&["sd.yml"], 0),
        (&["good.yml", "sd.yml"], 0),
        (&["good.yml", "unknown.yml"], 1),
        (&["nowhere.yml"], 1),
        (&["--lint=none", "slow.yml"], 0),
        (&[], 1),
    ] {
        let args = [&["check", "config"], args].concat();
        let (ours, theirs) = (ours(dir.path(), &args, ""), theirs(dir.path(), &args, ""));
        assert_eq!(
            (ours.code, theirs.code),
            (Some(code), Some(code)),
            "{args:?}: {} / {}",
            ours.err,
            theirs.err
        );
    }
    // Came after 2.42.
    for (args, code) in [
        (&["check", "config", "--lint=all", "slow.yml"][..], 0),
        (&["check", "config", "--lint=too-long-scrape-interval", "--lint-fatal", "slow.yml"], 3),
        (&["check", "--query.lookback-delta=15m", "config", "--lint=all", "--lint-fatal", "slow.yml"], 0),
    ] {
        assert_eq!(ours(dir.path(), args, "").code, Some(code), "{args:?}");
    }
    let told = ours(dir.path(), &["check", "config", "unknown.yml"], "").err;
    assert!(
        told.contains("unknown.yml:1:32: scrape_configs[0].intervall: unknown field \"intervall\""),
        "{told}"
    );
}

#[test]
fn web_configurations() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text, code) in [
        ("empty.yml", "", 0),
        ("unknown.yml", "users: {}\n", 1),
        ("no_cert.yml", "tls_server_config: {cert_file: c, key_file: k}\n", 1),
        (
            "users.yml",
            "basic_auth_users: {a: $2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay}\n",
            0,
        ),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
        let args = ["check", "web-config", name];
        let (ours, theirs) = (ours(dir.path(), &args, ""), theirs(dir.path(), &args, ""));
        assert_eq!(
            (ours.code, theirs.code),
            (Some(code), Some(code)),
            "{name}: {} / {}",
            ours.err,
            theirs.err
        );
    }
    let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(dir.path().join("c"), identity.cert.pem()).unwrap();
    std::fs::write(dir.path().join("k"), identity.signing_key.serialize_pem()).unwrap();
    assert_eq!(ours(dir.path(), &["check", "web-config", "no_cert.yml"], "").err, "no_cert.yml SUCCESS\n");
}

#[test]
fn expositions() {
    let dir = tempfile::tempdir().unwrap();
    for body in [
        "",
        "# HELP a_seconds text\n# TYPE a_seconds gauge\na_seconds 1\n",
        "# TYPE foo_counter counter\nfoo_counter 1\n# HELP x_ms help\n# TYPE x_ms gauge\nx_ms{le=\"1\",camelCase=\"x\"} 1\nx_ms{le=\"2\"} 2\n",
        "# HELP s_summary q\n# TYPE s_summary summary\ns_summary{quantile=\"0.5\"} 1\ns_summary{quantile=\"0.9\"} 1\ns_summary_sum 1\ns_summary_count 1\n\
         # HELP h q\n# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        "# HELP r:x_kilobytes_total q\n# TYPE r:x_kilobytes_total gauge\nr:x_kilobytes_total 1\nu_days 3\n",
    ] {
        let args = ["check", "metrics"];
        assert_eq!(ours(dir.path(), &args, body), theirs(dir.path(), &args, body), "{body}");
    }
    assert_eq!(ours(dir.path(), &["check", "metrics"], "a{ 1\n").code, Some(1));
    assert_eq!(ours(dir.path(), &["check", "metrics", "--lint=none"], "").code, Some(1));
}

#[test]
fn a_server_that_is_not_there_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("--url=http://127.0.0.1:{port}");
    let ended = ours(dir.path(), &["check", "ready", &url], "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("connection refused"), "{}", ended.err);
}
