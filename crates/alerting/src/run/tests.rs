use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::post;
use model::Labels;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::matchers::{Syntax, parse};

fn options(dir: Option<&Path>) -> Options {
    Options {
        data_dir: dir.map(Path::to_path_buf),
        retention: SignedDuration::from_hours(120),
        maintenance_interval: Duration::from_secs(900),
        gc_interval: Duration::from_secs(1800),
        start_delay: SignedDuration::ZERO,
        bounds: Bounds::default(),
        limits: Limits::default(),
        silence_guard: None,
        ledger: None,
        external_url: "http://am".to_owned(),
        user_agent: "test".to_owned(),
        log_silences: false,
        features: Features::default(),
    }
}

/// A webhook that answers with the given statuses one after another, the last for ever, and shows what it got.
async fn hook(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<serde_json::Value>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    let handler = move |body: String| async move {
        let n = count.fetch_add(1, Ordering::Relaxed).min(statuses.len() - 1);
        let status = http::StatusCode::from_u16(statuses[n]).unwrap();
        sender.send(serde_json::from_str(&body).unwrap()).ok();
        (status, "why")
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/"), receiver)
}

fn config(url: &str) -> Config {
    let text = format!(
        "route: {{receiver: ops, group_by: [job], group_wait: 0s, group_interval: 1h}}\n\
         receivers: [{{name: ops, webhook_configs: [{{url: '{url}'}}]}}]\n"
    );
    Config::read(&text, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0
}

fn report(labels: &[(&str, &str)]) -> Report {
    Report { labels: Labels::from_pairs(labels.iter().copied()), ..Report::default() }
}

fn silence() -> Silence {
    let now = Timestamp::now();
    Silence {
        id: String::new(),
        matcher_sets: vec![parse("a=b", Syntax::Utf8).unwrap().value],
        receiver_matcher_sets: Vec::new(),
        starts_at: now,
        ends_at: later(now, SignedDuration::from_hours(1)),
        updated_at: now,
        created_by: "me".to_owned(),
        comment: "test".to_owned(),
        annotations: Default::default(),
    }
}

#[tokio::test]
async fn an_alert_reaches_its_webhook_after_failures() {
    let (url, mut got) = hook(&[503, 200]).await;
    let registry = Registry::new();
    let am = Alertmanager::open(options(None), config(&url), &registry).unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(am.clone().run(stop.clone()));
    assert!(am.handle_alerts(vec![report(&[("alertname", "down"), ("job", "j")])]).is_empty());
    for _ in 0..2 {
        let document = got.recv().await.unwrap();
        assert_eq!(document["alerts"][0]["labels"]["alertname"], "down");
        assert_eq!(document["groupKey"], "{}:{job=\"j\"}");
    }
    while am.read(|manager, _| manager.log().is_empty()) {
        tokio::task::yield_now().await;
    }
    let metrics = exposition::write(
        &registry.gather(),
        exposition::format::negotiate("", exposition::format::Encoding::ALL),
    );
    let metrics = String::from_utf8(metrics).unwrap();
    for line in [
        "alertmanager_notifications_total{integration=\"webhook\"} 1\n",
        "alertmanager_notification_requests_total{integration=\"webhook\"} 2\n",
        "alertmanager_notification_requests_failed_total{integration=\"webhook\"} 1\n",
        "alertmanager_notifications_failed_total{integration=\"webhook\",reason=\"serverError\"} 0\n",
        "alertmanager_alerts{state=\"active\"} 1\n",
        "alertmanager_alerts_received_total{status=\"firing\",version=\"v2\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_cannot_arrive_is_given_up_at_once() {
    let (url, mut got) = hook(&[400]).await;
    let am = Alertmanager::open(options(None), config(&url), &Registry::new()).unwrap();
    tokio::spawn(am.clone().run(CancellationToken::new()));
    am.handle_alerts(vec![report(&[("job", "j")])]);
    got.recv().await.unwrap();
    let failure = loop {
        let decisions = am.manager.lock().take_decisions();
        let failed = decisions.into_iter().find_map(|decision| match decision.what {
            crate::manager::What::Failed { error, .. } => Some(error),
            _other => None,
        });
        if let Some(error) = failed {
            break error;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(failure, "after 1 attempts: unexpected status code 400: why");
    assert!(got.try_recv().is_err());
}

#[tokio::test]
async fn silences_and_the_log_survive_any_end() {
    let dir = tempfile::tempdir().unwrap();
    let (url, mut got) = hook(&[200]).await;
    let am = Alertmanager::open(options(Some(dir.path())), config(&url), &Registry::new()).unwrap();
    tokio::spawn(am.clone().run(CancellationToken::new()));
    let id = am.set_silence(silence()).unwrap();
    am.handle_alerts(vec![report(&[("job", "j")])]);
    got.recv().await.unwrap();
    let size = || std::fs::metadata(dir.path().join("nflog")).unwrap().len();
    while size() == 0 {
        tokio::task::yield_now().await;
    }
    // No farewell: the next one finds everything, and tells nothing twice.
    let again = Alertmanager::open(options(Some(dir.path())), config(&url), &Registry::new()).unwrap();
    assert_eq!(again.read(|m, _| (m.silences().get(&id).is_some(), m.log().len())), (true, 1));
    tokio::spawn(again.clone().run(CancellationToken::new()));
    again.handle_alerts(vec![report(&[("job", "j")]), report(&[("job", "k")])]);
    assert_eq!(got.recv().await.unwrap()["groupLabels"]["job"], "k");
    // Files written anew hold the same.
    again.expire_silence(&id).unwrap();
    again.compact();
    let last = Alertmanager::open(options(Some(dir.path())), config(&url), &Registry::new()).unwrap();
    let ended = last.read(|m, now| m.silences().get(&id).unwrap().ends_at <= now);
    assert!(ended);
}

#[tokio::test]
async fn a_damaged_file_is_kept_aside_and_its_good_part_used() {
    let dir = tempfile::tempdir().unwrap();
    let am = Alertmanager::open(options(Some(dir.path())), config("http://127.0.0.1:1/"), &Registry::new())
        .unwrap();
    let first = am.set_silence(silence()).unwrap();
    let path = dir.path().join("silences");
    let good = std::fs::read(&path).unwrap().len();
    let second = am.set_silence(silence()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let am = Alertmanager::open(options(Some(dir.path())), config("http://127.0.0.1:1/"), &Registry::new())
        .unwrap();
    let known = |id: &str| am.read(|m, _| m.silences().get(id).is_some());
    assert_eq!((known(&first), known(&second)), (true, false));
    assert_eq!(std::fs::read(&path).unwrap().len(), good);
    assert!(dir.path().join("silences.damaged").exists());
    am.set_silence(silence()).unwrap();
    let again =
        Alertmanager::open(options(Some(dir.path())), config("http://127.0.0.1:1/"), &Registry::new())
            .unwrap();
    assert_eq!(again.read(|m, _| m.silences().iter().count()), 2);
}

#[tokio::test]
async fn a_reload_gives_up_what_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap(); // accepts, never answers
    let hung = format!("http://{}/", listener.local_addr().unwrap());
    let am = Alertmanager::open(options(None), config(&hung), &Registry::new()).unwrap();
    tokio::spawn(am.clone().run(CancellationToken::new()));
    am.handle_alerts(vec![report(&[("job", "j")])]);
    let (_connection, _) = listener.accept().await.unwrap();
    let (url, mut got) = hook(&[200]).await;
    am.reload(config(&url)).unwrap();
    assert_eq!(got.recv().await.unwrap()["groupLabels"]["job"], "j");
}

/// A receiver whose server takes connections and never answers, with many groups behind a narrow gate.
#[tokio::test]
async fn a_hung_receiver_delays_no_other() {
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, mut got) = hook(&[200]).await;
    let text = format!(
        "route: {{receiver: hung, group_by: [n], group_wait: 0s, group_interval: 1h, routes: [{{matchers: [to=both], receiver: hung, \
         continue: true}}, {{matchers: [to=both], receiver: quick}}]}}\n\
         receivers:\n- {{name: hung, labels: {{bongsu_concurrency: '2'}}, webhook_configs: [{{url: 'http://{}/'}}]}}\n\
         - {{name: quick, webhook_configs: [{{url: '{url}'}}]}}\n",
        hung.local_addr().unwrap()
    );
    let config = Config::read(&text, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0;
    let am = Alertmanager::open(options(None), config, &Registry::new()).unwrap();
    tokio::spawn(am.clone().run(CancellationToken::new()));
    const GROUPS: usize = 50;
    let reports =
        (0..GROUPS).map(|n| report(&[("alertname", "A"), ("n", &n.to_string()), ("to", "both")])).collect();
    am.handle_alerts(reports);
    let mut told = std::collections::BTreeSet::new();
    while told.len() < GROUPS {
        let document = got.recv().await.unwrap();
        told.insert(document["groupLabels"]["n"].as_str().unwrap().to_owned());
    }
    // Two tries hang, the rest waits at the gate.
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(hung.accept().await.unwrap());
    }
    while am.read(|manager, _| manager.log().len()) < GROUPS {
        tokio::task::yield_now().await;
    }
    tokio::select! {
        biased;
        _ = hung.accept() => panic!("more tries at once than allowed"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn receivers_are_told_apart_in_metrics_if_asked() {
    let (url, mut got) = hook(&[200]).await;
    let registry = Registry::new();
    let features = Features { receiver_names_in_metrics: true, ..Features::default() };
    let options = Options { features, ..options(None) };
    let am = Alertmanager::open(options, config(&url), &registry).unwrap();
    tokio::spawn(am.clone().run(CancellationToken::new()));
    am.handle_alerts(vec![report(&[("job", "j")])]);
    got.recv().await.unwrap();
    while am.read(|manager, _| manager.log().is_empty()) {
        tokio::task::yield_now().await;
    }
    let format = exposition::format::negotiate("", exposition::format::Encoding::ALL);
    let metrics = String::from_utf8(exposition::write(&registry.gather(), format)).unwrap();
    for line in [
        "alertmanager_notifications_total{integration=\"webhook\",receiver_name=\"ops\"} 1\n",
        "alertmanager_notifications_failed_total{integration=\"webhook\",reason=\"other\",receiver_name=\"ops\"} 0\n",
        "alertmanager_notification_latency_seconds_count{integration=\"webhook\",receiver_name=\"ops\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
}

/// Starts a server that says the same bytes on every connection and then closes it, or keeps it open.
async fn raw(says: Vec<u8>, stays: bool) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _any_part_of_it = stream.read(&mut request).await;
            stream.write_all(&says).await.ok();
            if stays {
                open.push(stream);
            }
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn hostile_servers_are_left() {
    let body =
        |length: usize, body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (says, stays, expected) in [
        (String::new(), true, Some("context deadline exceeded")),
        ("garbage\r\n\r\n".to_owned(), true, Some("malformed HTTP response")),
        (redirect.to_owned(), false, Some("redirects")),
        (body(100, "lies about its length"), false, None),
        (body(4 << 20, &"x".repeat(4 << 20)), false, None),
    ] {
        let shown: String = says.chars().take(40).collect();
        // Only who says nothing is waited for.
        let timeout = if says.is_empty() { "200ms" } else { "14s" };
        let url = raw(says.into_bytes(), stays).await;
        let text = format!(
            "route: {{receiver: ops}}\nreceivers: [{{name: ops, webhook_configs: [{{url: '{url}', timeout: {timeout}}}]}}]\n"
        );
        let config = Config::read(&text, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0;
        let am = Alertmanager::open(options(None), config, &Registry::new()).unwrap();
        let trials =
            am.try_receiver("ops", Labels::from_pairs([("a", "b")]), Default::default()).await.unwrap();
        match (&trials[0].failure, expected) {
            (None, None) => {}
            (Some((reason, retryable)), Some(expected)) => {
                assert!(reason.contains(expected) && *retryable, "{shown:?}: {reason}");
            }
            (failure, _) => panic!("{shown:?}: {failure:?}"),
        }
    }
    let nobody = Alertmanager::open(options(None), config("http://127.0.0.1:1/"), &Registry::new()).unwrap();
    assert!(nobody.try_receiver("none", Labels::empty(), Default::default()).await.is_none());
}
