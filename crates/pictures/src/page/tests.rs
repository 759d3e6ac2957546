use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::document::Dashboard;
use crate::fetch::{Answer, Source, SourceInfo, fetch};
use crate::fonts::Fonts;
use crate::paint;

/// Runs what never has to wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a test waits"),
    }
}

/// Answers every query with two series, and remembers what was asked.
struct Fake {
    known: Vec<SourceInfo>,
    asked: Mutex<Vec<String>>,
}

impl Fake {
    fn new() -> Fake {
        let info = SourceInfo {
            uid: "p".to_owned(),
            name: "P".to_owned(),
            kind: "prometheus".to_owned(),
            is_default: true,
            scrape_ms: 15_000.0,
        };
        Fake { known: vec![info], asked: Mutex::new(Vec::new()) }
    }
}

impl Source for Fake {
    fn known(&self) -> &[SourceInfo] {
        &self.known
    }

    fn prometheus<'a>(
        &'a self,
        _uid: &'a str,
        path: String,
        form: Vec<(&'static str, String)>,
    ) -> Answer<'a, Value> {
        let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.asked.lock().unwrap().push(format!("{path}?{}", form.join("&")));
        let sample = |job: &str, value: f64| {
            let values: Vec<Value> = (0..20)
                .map(|i| json!([1_700_000_000 + i * 60, (value + f64::from(i)).to_string()]))
                .collect();
            json!({"metric": {"job": job}, "values": values})
        };
        let answer = match path.as_str() {
            path if path.starts_with("label/") => Ok(json!(["웹", "db"])),
            "query" => {
                Ok(json!({"resultType": "vector", "result": [{"metric": {"job": "웹"}, "value": [1, "5"]}]}))
            }
            _ if form[0].contains("broken") => Err("bad_data: 1:1: parse error".to_owned()),
            _range => Ok(json!({"resultType": "matrix", "result": [sample("웹", 1.0), sample("db", 50.0)]})),
        };
        Box::pin(ready(answer))
    }

    fn frames(&self, _query: Value, _span: (i64, i64)) -> Answer<'_, Vec<Value>> {
        Box::pin(ready(Err("no such kind".to_owned())))
    }
}

fn read_time(text: &str, now: &Zoned, _is_end: bool) -> Result<i64, String> {
    match text {
        "now" => Ok(now.timestamp().as_millisecond()),
        "now-1h" => Ok(now.timestamp().as_millisecond() - 3_600_000),
        other => other.parse().map_err(|_| format!("invalid time {other:?}")),
    }
}

fn wish() -> Wish {
    Wish {
        width: 800,
        height: None,
        dark: false,
        korean: true,
        from: Some("now-1h".to_owned()),
        to: Some("now".to_owned()),
        zone: Some("Asia/Seoul".to_owned()),
        zone_default: TimeZone::UTC,
        variables: Default::default(),
        panel: None,
        now_ms: 1_700_003_600_000,
        login: "kim".to_owned(),
        read_time,
    }
}

fn document() -> Value {
    json!({
        "uid": "u", "title": "부하 $job", "templating": {"list": [
            {"name": "job", "label": "작업", "type": "query", "query": "label_values(up, job)", "multi": true, "includeAll": true,
             "current": {"value": ["$__all"]}},
        ]},
        "panels": [
            {"id": 1, "type": "timeseries", "title": "요청 $job", "repeat": "job", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 6},
             "targets": [{"expr": "rate(http_requests_total{job=~\"$job\"}[$__rate_interval])", "legendFormat": "{{job}}"}]},
            {"id": 2, "type": "stat", "title": "지금", "gridPos": {"x": 0, "y": 6, "w": 6, "h": 4},
             "targets": [{"expr": "up", "instant": true}, {"refId": "B", "expr": "broken("}]},
            {"id": 3, "type": "row", "title": "접힘", "collapsed": true, "gridPos": {"x": 0, "y": 10, "w": 24, "h": 1},
             "panels": [{"id": 4, "type": "table", "targets": [{"expr": "hidden", "format": "table"}]}]},
            {"id": 5, "type": "geomap", "title": "지도", "gridPos": {"x": 6, "y": 6, "w": 6, "h": 4}, "targets": [{"expr": "never"}]},
        ],
    })
}

fn picture(wish: &Wish, source: &Fake) -> Picture {
    let dashboard = Dashboard::read(&document()).unwrap();
    draw(&now(fetch(&dashboard, wish, source)).unwrap(), wish).unwrap()
}

#[test]
fn a_dashboard_is_drawn_with_its_variables_and_troubles() {
    let source = Fake::new();
    let picture = picture(&wish(), &source);
    for text in [
        "부하 All",
        "작업: All",
        "요청 웹",
        "요청 db",
        "지금",
        "B: bad_data: 1:1: parse error",
        "접힘",
        "geomap",
        "최근 1h",
        "Asia/Seoul",
    ] {
        assert!(picture.svg.contains(text), "{text}:\n{}", picture.svg);
    }
    let asked = source.asked.lock().unwrap().join("\n");
    assert!(asked.contains("query_range?query=rate(http_requests_total{job=~\"웹\"}[1m])"), "{asked}");
    assert!(
        asked.contains("step=15.000") && !asked.contains("hidden") && !asked.contains("never"),
        "{asked}"
    );
}

#[test]
fn a_panel_alone_fills_the_picture() {
    let source = Fake::new();
    let wish = Wish { panel: Some(4), height: Some(300), ..wish() };
    let picture = picture(&wish, &source);
    assert_eq!((picture.width, picture.height), (800, 300));
    assert!(source.asked.lock().unwrap().iter().any(|asked| asked.contains("hidden")));
    let dashboard = Dashboard::read(&document()).unwrap();
    let missing = now(fetch(&dashboard, &Wish { panel: Some(9), ..wish }, &source));
    assert!(matches!(missing, Err(PictureError::NoPanel { panel: 9, .. })));
}

#[test]
fn sizes_and_ranges_are_bounded() {
    for (width, height) in [(0, 100), (100, 0), (20_001, 100), (20_000, 20_000)] {
        assert!(matches!(check(width, height), Err(PictureError::Size { .. })), "{width}x{height}");
    }
    let dashboard = Dashboard::read(&document()).unwrap();
    for wish in [
        Wish { from: Some("yesterday".to_owned()), ..wish() },
        Wish { zone: Some("Mars/Base".to_owned()), ..wish() },
    ] {
        assert!(matches!(now(fetch(&dashboard, &wish, &Fake::new())), Err(PictureError::Time(_))));
    }
}

#[test]
fn pixels_and_pages_are_made_of_it() {
    let picture = picture(&wish(), &Fake::new());
    let fonts = Fonts::load(None);
    assert!(!fonts.database.is_empty(), "no fonts: run scripts/test-setup");
    let png = paint::png(&picture, 2.0, &fonts).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (picture.width * 2, picture.height * 2));
    assert!(png.len() > 20_000, "{} bytes: is it blank?", png.len());
    let pdf = paint::pdf(std::slice::from_ref(&picture), "제목", &fonts).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 5_000);
    let none = Fonts::load(Some(std::path::Path::new("/nonexistent")));
    let error = paint::png(&picture, 1.0, &none).unwrap_err().to_string();
    assert!(error.contains("fonts-noto-cjk") && error.contains("/nonexistent"), "{error}");
}

/// Every dashboard that others wrote is drawn without a panic, whatever it asks.
#[test]
fn dashboards_of_others_are_drawn() {
    let folder = std::env::var("CONFORMANCE_DIR").unwrap_or_else(|_| "../../../shared".to_owned());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("dashboards");
    let mut count = 0;
    for place in [root.clone(), root.join("kube-prometheus")] {
        for entry in std::fs::read_dir(&place).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let document: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let dashboard = Dashboard::read(&document).unwrap();
            let wish = Wish {
                from: None,
                to: None,
                zone: Some("utc".to_owned()),
                read_time: |_, now, is_end| {
                    Ok(now.timestamp().as_millisecond() - if is_end { 0 } else { 3_600_000 })
                },
                ..wish()
            };
            let fetched = now(fetch(&dashboard, &wish, &Fake::new())).unwrap();
            let picture = draw(&fetched, &wish).unwrap();
            resvg::usvg::Tree::from_str(&picture.svg, &resvg::usvg::Options::default()).unwrap();
            assert!(!picture.svg.contains("is not drawn in pictures"), "{}", path.display());
            assert!(!picture.svg.contains("is not applied in pictures"), "{}", path.display());
            count += 1;
        }
    }
    assert!(count == 0 || count >= 30, "{count}");
}
