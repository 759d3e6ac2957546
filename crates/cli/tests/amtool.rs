//! `bongsu amtool` beside Debian's amtool: same server, same words, same output.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::process::Command;

use harness::program::{BONGSU, Server, run};

const CONFIG: &str = r#"
route:
  receiver: ops
  group_by: [job]
  routes:
  - matchers: ['severity="page"']
    receiver: page
    continue: true
    routes:
    - {matchers: ['team=~"a|b"', 'x!="y z"'], receiver: ab}
  - {match: {service: db}, receiver: db}
inhibit_rules: [{source_matchers: [alertname="NodeDown"], target_matchers: [severity="warn"], equal: [instance]}]
receivers: [{name: ops}, {name: page}, {name: ab}, {name: db}]
templates: ['*.tmpl']
"#;

fn start(ours: bool, dir: &Path) -> Server {
    std::fs::write(dir.join("am.yml"), CONFIG).unwrap();
    let template = "{{ define \"x\" }}{{ .Status }}{{ range .Alerts }} {{ range .Labels.SortedPairs }}{{ .Name }}={{ .Value }},{{ end }} {{ .Fingerprint }}{{ end }}{{ end }}\n";
    std::fs::write(dir.join("a.tmpl"), template).unwrap();
    let mut command = Command::new(if ours { BONGSU } else { "prometheus-alertmanager" });
    if ours {
        command.arg("alertmanager");
    }
    command.args(["--config.file=am.yml", "--storage.path=data", "--cluster.listen-address="]);
    Server::on_any_port(&mut command, dir)
}

/// Runs ours, which must succeed.
fn amtool(server: &Server, args: &[&str]) -> String {
    let url = format!("--alertmanager.url=http://{}", server.address);
    let (code, out, err) = run(BONGSU, &[&["amtool", url.as_str()], args].concat());
    assert_eq!(code, 0, "amtool {args:?}: {out}{err}");
    out
}

/// Runs both and compares what they print and how they end.
fn compare(args: &[&str]) {
    let (code, out, err) = run("amtool", args);
    let (our_code, our_out, our_err) = run(BONGSU, &[&["amtool"], args].concat());
    assert_eq!((our_out, our_code), (out, code), "amtool {args:?}: ours: {our_err}, theirs: {err}");
    assert_eq!(our_err.is_empty(), err.is_empty(), "amtool {args:?}: ours: {our_err}, theirs: {err}");
}

#[test]
fn the_same_server_is_shown_alike() {
    for ours in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let server = start(ours, dir.path());
        amtool(&server, &["silence", "add", "Quiet", "x=~a.*", "-c", "why <not>", "-a", "봉수", "-d", "30m"]);
        amtool(&server, &["silence", "add", "other!=thing", "a=b", "-c", "long", "-a", "me", "-d", "9h"]);
        let ended = amtool(&server, &["silence", "add", "ended=yes", "-c", "over"]);
        amtool(&server, &["silence", "expire", ended.trim()]);
        for alert in [
            &["NodeDown", "instance=h1", "severity=page", "--annotation=summary=down <b> & out"][..],
            &["Slow", "instance=h1", "severity=warn", "--start=2026-01-02T03:04:05Z"],
            &["Quiet", "x=abc", "--generator-url=http://g/?a=b&c"],
            &["alertname=느림", "severity=page", "team=a"],
        ] {
            amtool(&server, &[&["alert", "add"], alert].concat());
        }
        let url = format!("--alertmanager.url=http://{}", server.address);
        let both = |args: &[&str]| {
            // Theirs warns of a newer server on standard error; ours of an older one.
            compare(&[&[url.as_str(), "--no-version-check"], args].concat());
        };
        for format in ["simple", "extended", "json"] {
            // Newer servers say more than their tool knows.
            if ours && format == "json" {
                continue;
            }
            for args in [
                &["alert"][..],
                &["alert", "query", "-s", "-i", "-a"],
                &["alert", "query", "--silenced"],
                &["alert", "query", "NodeDown"],
                &["alert", "query", "severity=~p.*", "--receiver=page"],
                &["alert", "query", "nothing=here"],
                &["silence"],
                &["silence", "query", "Quiet"],
                &["silence", "query", "--expired"],
                &["silence", "query", "--within=2h"],
                &["silence", "query", "--created-by=봉수"],
                &["cluster"],
                &["cluster", "show"],
            ] {
                both(&[args, &["-o", format]].concat());
            }
        }
        for args in [
            &["silence", "query", "-q", "a=b"][..],
            &["alert", "--date.format=Jan _2 15:04:05.000 2006 -0700", "-o", "extended"],
            &["config", "show"],
            &["config", "routes"],
            &["config", "routes", "test", "severity=page", "team=a"],
            &["alert", "query", "=~"],
            &["silence", "expire"],
            &["silence", "expire", "no-such-name"],
            &["silence", "add", "a=b"],
            &["silence", "add", "-c", "x"],
            &["silence", "add", "a=b", "-c", "x", "-d", "0s"],
            &["silence", "update"],
        ] {
            both(args);
        }
    }
}

#[test]
fn files_are_judged_alike() {
    let dir = tempfile::tempdir().unwrap();
    drop(start(true, dir.path()));
    let file = |name: &str| dir.path().join(name).display().to_string();
    let config = format!("--config.file={}", file("am.yml"));
    std::fs::write(dir.path().join("bad.yml"), "route: {receiver: nobody}\n").unwrap();
    std::fs::write(
        dir.path().join("data.json"),
        r#"{"status":"firing","alerts":[{"labels":{"a":"<b>"},"fingerprint":"f","startsAt":"2026-01-02T03:04:05Z"}]}"#,
    )
    .unwrap();
    let (glob, data) =
        (format!("--template.glob={}", file("*.tmpl")), format!("--template.data={}", file("data.json")));
    for args in [
        &["check-config", &file("am.yml")][..],
        &["config", "routes", &config],
        &["config", "routes", "show", &config],
        &["config", "routes", "test", &config, "severity=page", "team=a"],
        &["config", "routes", "test", &config, "--tree", "severity=page", "team=a", "service=db"],
        &["config", "routes", "test", &config, "--tree", "nothing=known"],
        &["config", "routes", "test", &config, "--verify.receivers=ops", "a=b"],
        &["config", "routes", "test", &config, "--verify.receivers=page", "a=b"],
        &["config", "routes", "test", &config, "a!=b"],
        &["check-config", "no-such-file.yml"],
        &["template", "render", &glob, "--template.text={{ template \"x\" . }}"],
        &[
            "template",
            "render",
            &glob,
            &data,
            "--template.text={{ template \"x\" . }} {{ (index .Alerts 0).StartsAt.Year }}",
        ],
        &[
            "template",
            "render",
            &glob,
            &data,
            "--template.type=html",
            "--template.text=<p>{{ template \"x\" . }}</p>",
        ],
        &["template", "render", &glob, "--template.text={{ .CommonLabels.Values }} {{ toUpper .Receiver }}"],
        &["template", "render", &glob, "--template.text={{ nope }}"],
    ] {
        // Warnings about precedence of the default URL are Debian's own.
        let (code, out, _) = run("amtool", args);
        let (our_code, our_out, our_err) = run(BONGSU, &[&["amtool"], args].concat());
        assert_eq!((our_out, our_code), (out, code), "amtool {args:?}: {our_err}");
    }
    // The reasons differ in words: ours names line and column.
    let (code, out, err) = run(BONGSU, &["amtool", "check-config", &file("am.yml"), &file("bad.yml")]);
    assert_eq!(code, 1);
    assert!(out.contains("bad.yml'  FAILED: ") && out.contains("undefined receiver \"nobody\""), "{out}");
    assert!(err.contains("failed to validate 1 file(s)"), "{err}");
}

#[test]
fn silences_are_changed_and_carried_over() {
    let (dir, other_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (server, other) = (start(true, dir.path()), start(false, other_dir.path()));
    let id = amtool(
        &server,
        &["silence", "add", "a=b", "c!~d|e", "-c", "why", "-a", "me", "--annotation=ticket=42"],
    );
    let id = id.trim();
    let updated = amtool(&server, &["silence", "update", id, "-d", "5h", "-c", "because"]);
    assert!(
        updated.contains("because") && updated.contains(id),
        "an active silence keeps its name: {updated}"
    );
    let shown = server.get(&format!("/api/v2/silence/{id}")).json();
    assert_eq!((&shown["comment"], &shown["annotations"]["ticket"]), (&"because".into(), &"42".into()));
    amtool(&server, &["silence", "add", "second=one", "-c", "x", "--end=2099-01-02T03:04:05Z"]);

    let file = dir.path().join("silences.json");
    std::fs::write(&file, amtool(&server, &["silence", "query", "-o", "json"])).unwrap();
    let imported = amtool(&other, &["silence", "import", "-w", "3", file.to_str().unwrap()]);
    assert_eq!(imported.lines().count(), 2, "{imported}");
    let comparable = |server: &Server| {
        let mut rows: Vec<String> = amtool(server, &["silence", "query", "--no-version-check"])
            .lines()
            .map(|line| line.split_once("  ").unwrap().1.trim().to_owned())
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(comparable(&server), comparable(&other));
    // Once more: they are known now, and stay two.
    amtool(&server, &["silence", "import", file.to_str().unwrap()]);
    assert_eq!(amtool(&server, &["silence", "-q"]).lines().count(), 2);
    amtool(&server, &["silence", "import", "--force", file.to_str().unwrap()]);
    assert_eq!(amtool(&server, &["silence", "-q"]).lines().count(), 4);
}

#[test]
fn defaults_come_from_the_users_file() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(true, dir.path());
    let config = dir.path().join(".config/amtool");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("config.yml"),
        format!("alertmanager.url: http://{}\nauthor: team@example.com\nrequire-comment: false\noutput: extended\n", server.address),
    )
    .unwrap();
    let amtool = |args: &[&str]| {
        let output = Command::new(BONGSU).arg("amtool").args(args).env("HOME", dir.path()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    amtool(&["silence", "add", "a=b"]);
    let shown = amtool(&["silence"]);
    assert!(
        shown.starts_with("ID") && shown.contains("Updated At") && shown.contains("team@example.com"),
        "{shown}"
    );
    assert!(
        amtool(&["silence", "-o", "simple"]).starts_with("ID")
            && !amtool(&["silence", "-o", "simple"]).contains("Updated At")
    );
}

#[test]
fn it_answers_to_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("amtool");
    std::os::unix::fs::symlink(BONGSU, &link).unwrap();
    let (code, out, _) = run(&link, &["--version"]);
    assert!(code == 0 && out.starts_with("amtool, version 0.34.0"), "{out}");
    let (code, out, _) = run(&link, &["--help"]);
    assert_eq!(code, 0);
    for word in ["alert", "silence", "check-config", "cluster", "config", "template"] {
        assert!(out.contains(word), "{out}");
    }
    let (code, _, err) = run(&link, &["alert", "--alertmanager.url=http://127.0.0.1:1"]);
    assert!(code == 1 && err.starts_with("amtool: error: "), "{err}");
}
