//! `query` against Debian's Prometheus prints what Debian's promtool prints.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use peer::{make_blocks, ours, theirs};

/// A Prometheus that ends with the test.
struct Prometheus {
    child: Child,
    url: String,
}

impl Prometheus {
    /// Starts on `db` in `dir` and waits until it is ready.
    fn start(dir: &Path) -> Prometheus {
        std::fs::write(dir.join("empty.yml"), "").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new("prometheus")
            .args(["--config.file=empty.yml", "--storage.tsdb.path=db", "--storage.tsdb.retention.time=100y"])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(dir)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Server is ready") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "prometheus ended before it was ready");
        }
        // Goes on reading, so that it can go on writing.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Prometheus { child, url: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn answers_look_as_in_promtool() {
    let dir = tempfile::tempdir().unwrap();
    make_blocks(dir.path());
    let server = Prometheus::start(dir.path());
    let url = server.url.as_str();
    let mut lines = 0;
    for format in ["promql", "json"] {
        for args in [
            &["instant", "--time=1700000600", url, "a"][..],
            &["instant", "--time=2023-11-14T22:23:20Z", url, "a"],
            &["instant", "--time=1700000600", url, "a[5m]"],
            &["instant", "--time=1700000600.5", url, "1e7 + time()"],
            &["instant", "--time=1700000600", url, "sum(a) / 0"],
            &["instant", "--time=1700000600", url, "nothing"],
            &["instant", "--time=1700000600", url, "label_replace(a, \"i\", \"<&>\\\"ü\", \"\", \"\")"],
            &["range", "--start=1700000600", "--end=1700001200", "--step=1m", url, "a"],
            &["range", "--start=1700000600", "--end=1700001200", url, "{__name__=\"a\"}"],
            &["range", "--start=1700000600", "--end=1700001200", "--step=90s", url, "sum without (i) (a)"],
            &["series", "--match=a", "--match={i=\"1\"}", url],
            &["series", "--match=nothing", url],
            &["labels", url, "i"],
            &["labels", "--match={i=\"1\"}", "--start=1700000600", "--end=1700001200", url, "__name__"],
            &["labels", url, "nothing"],
            // What goes wrong.
            &["instant", "--time=1700000600", url, "sum("],
            &["instant", "--time=soon", url, "a"],
            &["instant", "--time=5", "http://127.0.0.1:1", "a"],
            &["range", "--start=5", "--end=5", url, "a"],
            &["range", "--start=0", "--end=1700001200", "--step=1s", url, "a"],
            &["series", "--match={", url],
        ] {
            let args = [&["query", "--format", format], args].concat();
            let ended = ours(dir.path(), &args, "");
            assert_eq!(ended, theirs(dir.path(), &args, ""), "{args:?}");
            lines += ended.out.lines().count();
        }
    }
    assert!(lines > 100, "only {lines} lines: the server has no data");
    assert_eq!(ours(dir.path(), &["check", "healthy", "--url", url], "").code, Some(0));
    assert_eq!(ours(dir.path(), &["check", "ready", "--url", url], "").code, Some(0));
    assert_eq!(ours(dir.path(), &["check", "ready", "--url", &format!("{url}/x")], "").code, Some(1));
}

#[test]
fn the_client_s_file_and_headers_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("http.yml"), "basic_auth: {username: a, password: b}\n").unwrap();
    std::fs::write(dir.path().join("bad.yml"), "basic: {}\n").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/prefix/", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0);
        }
        let body = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#;
        let answer =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
        // Only when the whole question has come may the connection end.
        reader.read_to_end(&mut Vec::new()).unwrap();
        head.to_lowercase()
    });
    let args = ["query", "instant", "--http.config.file=http.yml", "--header=X-Scope=t1", &url, "2"];
    let ended = ours(dir.path(), &args, "");
    assert_eq!((ended.out.as_str(), ended.code), ("scalar: 2 @[1]\n", Some(0)), "{}", ended.err);
    let head = heard.join().unwrap();
    assert!(head.starts_with("post /prefix/api/v1/query http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: basic ytpi\r\n"), "{head}"); // a:b, in lower case
    assert!(head.contains("\r\nx-scope: t1\r\n"), "{head}");
    let args = ["query", "instant", "--http.config.file=bad.yml", &url, "2"];
    assert_eq!(ours(dir.path(), &args, "").code, Some(1));
}
