//! The alerts, and their way to the server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Whole requests, made before anything is measured.
pub(super) struct Load {
    requests: Vec<Vec<u8>>,
    alerts: usize,
}

impl Load {
    /// Makes alerts as Kubernetes clusters have them, dealt out to the groups in turn.
    pub(super) fn new(alerts: usize, groups: usize, per_request: usize) -> Load {
        let now = Timestamp::now();
        let ends = now.checked_add(SignedDuration::from_hours(1)).unwrap().to_string();
        let starts = now.to_string();
        let alert = |n: usize| {
            json!({
                "labels": {
                    "alertname": format!("KubePodCrashLooping{}", n % 50),
                    "cluster": format!("prod-{}", n % groups % 7),
                    "container": "app",
                    "group": format!("group-{}", n % groups),
                    "instance": format!("10.{}.{}.{}:8080", n / 65_536, n / 256 % 256, n % 256),
                    "job": "kubernetes-pods",
                    "namespace": format!("team-{}", n % 97),
                    "pod": format!("service-{}-5d4f7c9b8-{n:06x}", n % groups),
                    "severity": if n.is_multiple_of(3) { "critical" } else { "warning" },
                },
                "annotations": {
                    "description": format!("Pod team-{}/service-{} (app) is in waiting state (reason: CrashLoopBackOff).", n % 97, n % groups),
                    "runbook_url": "https://runbooks.example.com/runbooks/kubernetes/kubepodcrashlooping",
                    "summary": "Pod is crash looping.",
                },
                "startsAt": starts,
                "endsAt": ends,
                "generatorURL": "http://prometheus.monitoring.svc:9090/graph?g0.expr=max_over_time%28kube_pod_container_status_waiting_reason%5B5m%5D%29&g0.tab=1",
            })
        };
        let all: Vec<serde_json::Value> = (0..alerts).map(alert).collect();
        let request = |alerts: &[serde_json::Value]| {
            let body = serde_json::to_vec(alerts).unwrap();
            let head = format!(
                "POST /api/v2/alerts HTTP/1.1\r\nHost: am\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body].concat()
        };
        Load { requests: all.chunks(per_request).map(request).collect(), alerts }
    }

    /// Sends everything once.
    pub(super) fn send_all(&self, port: u16, senders: usize) {
        let next = AtomicUsize::new(0);
        self.send(port, senders, || {
            let at = next.fetch_add(1, Ordering::Relaxed);
            (at < self.requests.len()).then_some(at)
        });
    }

    /// Sends everything again and again for some time. Returns how many alerts were accepted.
    pub(super) fn send_for(&self, port: u16, senders: usize, time: Duration) -> usize {
        let (next, begun) = (AtomicUsize::new(0), Instant::now());
        self.send(port, senders, || {
            (begun.elapsed() < time).then(|| next.fetch_add(1, Ordering::Relaxed) % self.requests.len())
        });
        next.into_inner() * self.alerts / self.requests.len()
    }

    fn send(&self, port: u16, senders: usize, next: impl Fn() -> Option<usize> + Sync) {
        std::thread::scope(|scope| {
            for _ in 0..senders {
                scope.spawn(|| {
                    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut answers = BufReader::new(stream.try_clone().unwrap());
                    let mut stream = stream;
                    while let Some(at) = next() {
                        stream.write_all(&self.requests[at]).unwrap();
                        read_answer(&mut answers);
                    }
                });
            }
        });
    }
}

fn read_answer(answers: &mut BufReader<TcpStream>) {
    let (mut line, mut length) = (String::new(), 0);
    answers.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    loop {
        line.clear();
        answers.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    std::io::copy(&mut answers.take(length), &mut std::io::sink()).unwrap();
}
