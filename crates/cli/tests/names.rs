//! Called by the name of the original, the program takes its arguments and answers as it does.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::PathBuf;
use std::process::Command;

use harness::program::{BONGSU, Server, run};
use harness::target::Target;

/// A directory with the program under another name.
fn named(name: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::os::unix::fs::symlink(BONGSU, &path).unwrap();
    (dir, path)
}

#[test]
fn prometheus_by_name() {
    let (dir, prometheus) = named("prometheus");
    for (args, code, out_has, err_has) in [
        (&["--version"][..], 0, "prometheus, version 3.", ""),
        (&["--help"], 0, "--storage.tsdb.path", ""),
        (&["--help"], 0, "--web.enable-lifecycle", ""),
        (&["--storage.tsdb.pth=x"], 2, "", "--storage.tsdb.path"),
        (&["--no-such-thing-at-all"], 2, "", "--no-such-thing-at-all"),
        (&["stray"], 2, "", "stray"),
        (&["--query.timeout=soon"], 2, "", "soon"),
        (&["--log.level=loud"], 2, "", "loud"),
        (&["--config.file=/no/such/file.yml"], 2, "", "/no/such/file.yml"),
    ] {
        let output = Command::new(&prometheus).args(args).current_dir(dir.path()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}: {out}{err}");
        assert!(out.contains(out_has), "{args:?}: {out}");
        assert!(err.contains(err_has), "{args:?}: {err}");
    }

    // A unit file's usual arguments, some of which mean nothing here: said at start, and it runs.
    let target = Target::fixed("a 1\n");
    let config = format!(
        "scrape_configs:\n- job_name: t\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\n  static_configs: [{{targets: ['{}']}}]\n",
        target.address
    );
    std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
    let args = [
        "--web.console.libraries=/usr/share/prometheus/console_libraries",
        "--storage.tsdb.retention.time=30d",
        "--web.enable-lifecycle",
        "--storage.tsdb.wal-compression",
        "--enable-feature=exemplar-storage,promql-at-modifier",
    ];
    let server = Server::listening(&mut Command::new(&prometheus), dir.path(), &args);
    harness::until("readiness", || (server.get("/-/ready").status == 200).then_some(()));
    server.until_value("a", "1");
    assert!(server.log().contains("web.console.libraries"), "{}", server.log());
    let flags = server.api("status/flags", &[]);
    assert_eq!(flags["storage.tsdb.retention.time"], "30d");
    assert_eq!(server.api("status/runtimeinfo", &[])["storageRetention"], "30d");
    // A second server on the same directory is refused, and the first is not hurt.
    let data = format!("--storage.tsdb.path={}", dir.path().join("data").display());
    let config = format!("--config.file={}", dir.path().join("prometheus.yml").display());
    let (code, _out, err) = run(&prometheus, &[&data, &config, "--web.listen-address=127.0.0.1:0"]);
    assert!(code == 1 && err.contains("lock"), "{code}: {err}");
    let address = format!("--web.listen-address={}", server.address);
    let (code, _out, err) = run(&prometheus, &["--storage.tsdb.path=other", &config, &address]);
    assert!(code == 1 && err.contains(&server.address), "{code}: {err}");
    assert_eq!(server.value("a").as_deref(), Some("1"));
    // The end by request.
    assert_eq!(server.post("/-/quit", &[], b"").status, 200);
    let mut server = server;
    assert!(server.process.wait().success());
}

#[test]
fn other_names_and_roles() {
    let (_dir, promtool) = named("promtool");
    let (code, out, _err) = run(&promtool, &["--version"]);
    assert!(code == 0 && out.starts_with("promtool, version 3."), "{out}");
    let (_dir, exporter) = named("node_exporter");
    let (code, out, _err) = run(&exporter, &["--help"]);
    assert!(code == 0 && out.contains("--web.telemetry-path"), "{out}");
    for (args, code, out_has, err_has) in [
        (&["version"][..], 0, "bongsu", ""),
        (&["--version"], 0, "bongsu", ""),
        (&["--help"], 0, "bongsu server", ""),
        (&["server", "--help"], 0, "--config.file", ""),
        (&["serve"], 2, "", "serve"),
        (&["tool", "no-such-tool"], 1, "", "no-such-tool"),
    ] {
        let (got, out, err) = run(BONGSU, args);
        assert_eq!(got, code, "{args:?}: {out}{err}");
        assert!(out.contains(out_has), "{args:?}: {out}");
        assert!(err.contains(err_has), "{args:?}: {err}");
    }
}
