//! Replicas of `bongsu alertmanager`: three of them in network namespaces, cut apart and joined.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::program::{BONGSU, Running, run};
use harness::{http, until};
use serde_json::{Value, json};

/// Runs `ip`, which must succeed.
fn ip(args: &str) {
    let words: Vec<&str> = args.split(' ').collect();
    let (code, out, err) = run("ip", &words);
    assert_eq!(
        code, 0,
        "`ip {args}` failed: {out}{err}(this test makes network namespaces: it needs root, and iproute2 from `make test-setup`)"
    );
}

/// Two networks, each a bridge: one between the replicas, one on which we and the receiver reach them.
struct Network {
    tag: String,
    size: usize,
}

impl Network {
    fn new(size: usize) -> Network {
        let network = Network { tag: format!("b{}", std::process::id() % 100_000), size };
        let tag = &network.tag;
        // The rest of a run with the same number that was killed.
        network.remove();
        for (kind, subnet) in [("m", 1), ("c", 2)] {
            ip(&format!("link add {tag}{kind} type bridge"));
            ip(&format!("link set {tag}{kind} up"));
            if kind == "m" {
                ip(&format!("addr add 10.213.{subnet}.254/24 dev {tag}{kind}"));
            }
        }
        for node in 1..=size {
            ip(&format!("netns add {tag}n{node}"));
            ip(&format!("-n {tag}n{node} link set lo up"));
            for (kind, subnet) in [("m", 1), ("c", 2)] {
                ip(&format!("link add {tag}{kind}{node} type veth peer name eth{kind} netns {tag}n{node}"));
                ip(&format!("link set {tag}{kind}{node} master {tag}{kind} up"));
                ip(&format!("-n {tag}n{node} addr add 10.213.{subnet}.{node}/24 dev eth{kind}"));
                ip(&format!("-n {tag}n{node} link set eth{kind} up"));
            }
        }
        network
    }

    /// Takes a replica off the network of the replicas, or puts it back.
    fn connect(&self, node: usize, connected: bool) {
        ip(&format!("link set {}c{node} {}", self.tag, if connected { "up" } else { "down" }));
    }

    fn remove(&self) {
        for node in 1..=self.size {
            run("ip", &["netns", "del", &format!("{}n{node}", self.tag)]);
            for kind in ["m", "c"] {
                run("ip", &["link", "del", &format!("{}{kind}{node}", self.tag)]);
            }
        }
        for kind in ["m", "c"] {
            run("ip", &["link", "del", &format!("{}{kind}", self.tag)]);
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A webhook on an address that the namespaces reach.
fn hook() -> Arc<Mutex<Vec<String>>> {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = told.clone();
    let listener = TcpListener::bind("10.213.1.254:8080").unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            // Read until the JSON document is whole.
            let document = loop {
                let read = stream.read(&mut buffer).unwrap_or(0);
                request.extend_from_slice(&buffer[..read]);
                let body = request.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
                if let Some(document) =
                    body.and_then(|at| serde_json::from_slice::<Value>(&request[at..]).ok())
                {
                    break document;
                }
                if read == 0 {
                    break Value::Null;
                }
            };
            kept.lock()
                .unwrap()
                .push(document["groupLabels"]["alertname"].as_str().unwrap_or("?").to_owned());
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
        }
    });
    told
}

struct Replica {
    _process: Running,
    api: String,
}

impl Replica {
    fn start(network: &Network, dir: &Path, node: usize) -> Replica {
        let data = dir.join(format!("data-{node}"));
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &format!("{}n{node}", network.tag), BONGSU, "alertmanager"]);
        command.current_dir(dir).args(["--config.file=am.yml", "--log.level=debug"]);
        command.arg(format!("--storage.path={}", data.display()));
        command.arg(format!("--web.listen-address=10.213.1.{node}:9093"));
        command.arg(format!("--cluster.listen-address=10.213.2.{node}:9094"));
        command.arg(format!("--cluster.peer-name=am-{node}"));
        command.args((1..=network.size).map(|peer| format!("--cluster.peer=10.213.2.{peer}:9094")));
        command.args([
            "--cluster.peer-timeout=3s",
            "--cluster.gossip-interval=100ms",
            "--cluster.probe-interval=500ms",
        ]);
        command.args([
            "--cluster.probe-timeout=250ms",
            "--cluster.reconnect-interval=1s",
            "--cluster.label=test",
        ]);
        Replica { _process: Running::start(&mut command), api: format!("10.213.1.{node}:9093") }
    }

    fn get(&self, path: &str) -> Option<Value> {
        let answer = http::send(&self.api, "GET", path, &[], b"").ok()?;
        (answer.status == 200).then(|| answer.json())
    }

    fn post(&self, path: &str, document: &Value) -> Value {
        let headers = [("Content-Type", "application/json")];
        let answer = http::send(&self.api, "POST", path, &headers, document.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    }

    fn peers(&self) -> Option<usize> {
        let cluster = self.get("/api/v2/status")?["cluster"].clone();
        (cluster["status"] == "ready").then(|| cluster["peers"].as_array().unwrap().len())
    }

    fn silence(&self, comment: &str) -> String {
        let now = jiff::Timestamp::now();
        let until = now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        let silence = json!({
            "matchers": [{ "name": "other", "value": "thing", "isRegex": false }],
            "startsAt": now.to_string(), "endsAt": until.to_string(), "createdBy": "me", "comment": comment,
        });
        self.post("/api/v2/silences", &silence)["silenceID"].as_str().unwrap().to_owned()
    }

    fn silences(&self) -> Vec<String> {
        let Some(Value::Array(all)) = self.get("/api/v2/silences") else { return Vec::new() };
        let mut ids: Vec<String> = all.iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

fn alert(name: &str) -> Value {
    let until = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_mins(30)).unwrap();
    json!([{ "labels": { "alertname": name }, "endsAt": until.to_string() }])
}

/// As every Prometheus does: tells all replicas.
fn fire(replicas: &[Replica], name: &str) {
    for replica in replicas {
        replica.post("/api/v2/alerts", &alert(name));
    }
}

fn count(told: &Mutex<Vec<String>>, name: &str) -> usize {
    told.lock().unwrap().iter().filter(|told| *told == name).count()
}

/// Looks on for as long as the others would wait before they sent too.
fn look_on(told: &Mutex<Vec<String>>, name: &str, want: usize) {
    let begun = Instant::now();
    until("the time in which others would send", || {
        assert!(count(told, name) <= want, "{name} was told too often: {:?}", told.lock().unwrap());
        (begun.elapsed() > Duration::from_secs(8)).then_some(())
    });
    assert_eq!(count(told, name), want);
}

#[test]
fn three_replicas_cut_apart_and_joined_notify_once_and_keep_every_silence() {
    let network = Network::new(3);
    let dir = tempfile::tempdir().unwrap();
    let told = hook();
    let config = "route: {receiver: ops, group_by: [alertname], group_wait: 200ms, group_interval: 5m}\n\
                  receivers: [{name: ops, webhook_configs: [{url: 'http://10.213.1.254:8080/'}]}]\n";
    std::fs::write(dir.path().join("am.yml"), config).unwrap();
    let replicas: Vec<Replica> = (1..=3).map(|node| Replica::start(&network, dir.path(), node)).collect();
    let whole = || replicas.iter().all(|replica| replica.peers() == Some(3)).then_some(());
    until("three replicas that see one another", whole);

    fire(&replicas, "before");
    until("the first notification", || (count(&told, "before") > 0).then_some(()));
    look_on(&told, "before", 1);
    let mut silences = vec![replicas[0].silence("before")];
    until("the silence everywhere", || replicas.iter().all(|r| r.silences() == silences).then_some(()));

    network.connect(3, false);
    until("two sides", || {
        let seen: Vec<Option<usize>> = replicas.iter().map(Replica::peers).collect();
        (seen == [Some(2), Some(2), Some(1)]).then_some(())
    });
    silences.extend([replicas[1].silence("one side"), replicas[2].silence("other side")]);
    fire(&replicas, "within");
    until("a notification from each side", || (count(&told, "within") == 2).then_some(()));
    look_on(&told, "within", 2);

    network.connect(3, true);
    until("one cluster again", whole);
    silences.sort();
    until("all silences everywhere", || replicas.iter().all(|r| r.silences() == silences).then_some(()));
    fire(&replicas, "after");
    until("a notification after", || (count(&told, "after") > 0).then_some(()));
    look_on(&told, "after", 1);
    assert_eq!((count(&told, "before"), count(&told, "within")), (1, 2), "nothing was said again");
}
