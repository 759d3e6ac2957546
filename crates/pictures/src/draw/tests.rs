use std::sync::Arc;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use resvg::usvg;

use super::svg::{escape, number};
use super::text::{fitted, width, wrapped};
use super::*;
use crate::field::time_text::Clock;
use crate::field::{color, decorate};
use crate::frame::{Cell, Field, Frame, Kind};

const SPAN: (f64, f64) = (1_700_000_000_000.0, 1_700_003_600_000.0);
const EVIL: &str = "<script>alert(1)</script>\"'&]]>\u{0}\u{7}";

fn look(dark: bool) -> Arc<Look> {
    Arc::new(Look { dark, korean: true, clock: Clock { zone: TimeZone::UTC, now_ms: SPAN.1 as i64 } })
}

/// Series of one value a minute.
fn series(names: &[&str], value: fn(usize) -> f64) -> Vec<Frame> {
    let frame = |name: &&str| {
        let times = (0..60).map(|i| Cell::Number(SPAN.0 + f64::from(i) * 60_000.0)).collect();
        let values = (0..60).map(|i| Cell::Number(value(i))).collect();
        let mut field = Field::new("Value", Kind::Number, values);
        field.config.insert("displayNameFromDS".to_owned(), (*name).into());
        Frame { fields: vec![Field::new("Time", Kind::Time, times), field], ..Frame::default() }
    };
    names.iter().map(frame).collect()
}

fn drawn(kind: &str, frames: Vec<Frame>, options: Value, config: Value) -> String {
    let look = look(true);
    let tables = decorate(frames, &defaults(kind), &config, &look, &|text, _, _| text.to_owned());
    let theme = Theme::of(true);
    let input = Input {
        kind,
        tables: &tables,
        options: &options,
        span: SPAN,
        step_ms: 60_000.0,
        look: &look,
        theme: &theme,
        words: "# 제목\n- **item** [link](http://x) <b>bold</b><script>evil()</script>",
    };
    let mut canvas = Canvas::new(400.0, 240.0);
    panel(&mut canvas, Area { x: 8.0, y: 30.0, w: 384.0, h: 200.0 }, &input);
    let (svg, is_cut) = canvas.finish();
    assert!(!is_cut);
    svg
}

const KINDS: [&str; 14] = [
    "timeseries",
    "trend",
    "stat",
    "gauge",
    "bargauge",
    "piechart",
    "barchart",
    "histogram",
    "table",
    "logs",
    "state-timeline",
    "status-history",
    "heatmap",
    "text",
];

#[test]
fn every_panel_draws_whatever_it_is_given() {
    let values: [fn(usize) -> f64; 5] = [
        |i| (i as f64 / 9.0).sin() * 40.0 + 50.0,
        |_| 0.0,
        |i| if i % 7 == 0 { f64::NAN } else { -1e300 * i as f64 },
        |i| if i == 3 { f64::INFINITY } else { 1e-12 },
        |i| i as f64 * 1e15,
    ];
    for kind in KINDS {
        assert!(is_known(kind));
        for value in values {
            let svg = drawn(
                kind,
                series(&["서버 1", EVIL], value),
                json!({"pieType": "donut", "displayLabels": ["name"]}),
                json!({}),
            );
            let tree = usvg::Tree::from_str(&svg, &usvg::Options::default());
            assert!(tree.is_ok(), "{kind}: {:?}\n{svg}", tree.err());
            assert!(!svg.contains("<script") && !svg.contains("\"NaN"), "{kind}: {svg}");
        }
        let empty = drawn(kind, Vec::new(), json!({}), json!({}));
        assert_eq!(empty.contains("데이터 없음"), kind != "text", "{kind}");
    }
    assert!(drawn("nodeGraph", series(&["a"], |_| 1.0), json!({}), json!({})).contains("nodeGraph"));
}

#[test]
fn options_change_what_is_drawn() {
    let wave: fn(usize) -> f64 = |i| (i as f64 / 9.0).sin() * 40.0 + 50.0;
    let custom = |custom: Value| json!({"defaults": {"custom": custom}});
    let plain = drawn("timeseries", series(&["a", "b"], wave), json!({}), json!({}));
    let cases = [
        ("timeseries", json!({}), custom(json!({"fillOpacity": 20}))),
        ("timeseries", json!({}), custom(json!({"drawStyle": "bars"}))),
        ("timeseries", json!({}), custom(json!({"drawStyle": "points"}))),
        ("timeseries", json!({}), custom(json!({"lineInterpolation": "stepAfter"}))),
        ("timeseries", json!({}), custom(json!({"lineInterpolation": "smooth"}))),
        ("timeseries", json!({}), custom(json!({"stacking": {"mode": "normal"}}))),
        ("timeseries", json!({}), custom(json!({"stacking": {"mode": "percent"}}))),
        ("timeseries", json!({}), custom(json!({"scaleDistribution": {"type": "log", "log": 10}}))),
        ("timeseries", json!({}), custom(json!({"thresholdsStyle": {"mode": "line+area"}}))),
        ("timeseries", json!({}), custom(json!({"axisLabel": "축", "axisPlacement": "right"}))),
        ("timeseries", json!({}), custom(json!({"lineStyle": {"fill": "dash"}}))),
        ("timeseries", json!({}), custom(json!({"transform": "negative-Y"}))),
        ("timeseries", json!({"legend": {"showLegend": false}}), json!({})),
        ("timeseries", json!({"legend": {"displayMode": "table", "calcs": ["mean", "max"]}}), json!({})),
        (
            "timeseries",
            json!({"legend": {"displayMode": "table", "placement": "right", "calcs": ["mean"]}}),
            json!({}),
        ),
        ("timeseries", json!({}), json!({"defaults": {"unit": "bytes", "min": 0, "max": 1000}})),
    ];
    let mut seen = vec![plain];
    for (kind, options, config) in cases {
        let svg = drawn(kind, series(&["a", "b"], wave), options.clone(), config.clone());
        usvg::Tree::from_str(&svg, &usvg::Options::default()).unwrap();
        assert!(!seen.contains(&svg), "{options} {config} changes nothing");
        seen.push(svg);
    }
}

#[test]
fn many_points_cost_no_more_than_pixels() {
    let times = (0..200_000).map(|i| Cell::Number(SPAN.0 + f64::from(i) * 18.0)).collect();
    let values = (0..200_000).map(|i| Cell::Number(f64::from(i % 977))).collect();
    let fields = vec![Field::new("Time", Kind::Time, times), Field::new("Value", Kind::Number, values)];
    let svg = drawn("timeseries", vec![Frame { fields, ..Frame::default() }], json!({}), json!({}));
    assert!(svg.len() < 60_000, "{}", svg.len());
}

#[test]
fn cells_of_tables_have_colours_and_an_order() {
    let fields = vec![
        Field::new("이름", Kind::Text, ["b", "a"].map(|t| Cell::Text(t.to_owned())).to_vec()),
        Field::new("v", Kind::Number, vec![Cell::Number(1.0), Cell::Number(90.0)]),
    ];
    let config = json!({"overrides": [{"matcher": {"id": "byName", "options": "v"}, "properties": [
        {"id": "custom.cellOptions", "value": {"type": "color-background"}}, {"id": "unit", "value": "percent"},
    ]}]});
    let options =
        json!({"sortBy": [{"displayName": "v", "desc": true}], "footer": {"show": true, "reducer": ["sum"]}});
    let svg = drawn("table", vec![Frame { fields, ..Frame::default() }], options, config);
    let place = |text: &str| svg.find(text).unwrap();
    assert!(place("90%") < place(">1%") && place(">이름<") < place("90%") && svg.contains(">91%<"), "{svg}");
    assert!(svg.contains(&color::named("red", true).to_string()));
}

#[test]
fn texts_lose_their_marks_and_tags() {
    let blocks = words::blocks(
        "# Title\n\nplain **bold** [site](http://x) ![i](y)\n- one\n<h2>Head</h2><p>a &lt;b&gt;</p><style>x{}</style>\n---\n1 < 2",
    );
    let texts: Vec<&str> = blocks.iter().map(|(text, ..)| text.as_str()).collect();
    assert_eq!(texts, ["Title", "plain bold site", "• one", "Head", "a <b>", "1 < 2"]);
}

#[test]
fn ticks_are_round() {
    assert_eq!(
        ticks::numbers(0.0, 100.0, 5.0, false),
        [0.0, 20.0, 40.0, 60.0, 80.0, 100.0].map(|v: f64| v).to_vec()
    );
    assert_eq!(ticks::numbers(0.0, 4096.0, 4.0, true), [0.0, 1024.0, 2048.0, 3072.0, 4096.0]);
    assert_eq!(ticks::numbers(5.0, 5.0, 4.0, false), [5.0]);
    let seoul = TimeZone::get("Asia/Seoul").unwrap();
    let (instants, step) = ticks::instants(SPAN.0, SPAN.0 + 86_400_000.0, 6.0, &seoul);
    let texts: Vec<String> =
        instants.iter().map(|at| ticks::instant_text(*at, step, 86_400_000.0, &seoul)).collect();
    assert_eq!(texts, ["12:00", "18:00", "00:00", "06:00"]);
}

#[test]
fn numbers_of_drawings_are_short() {
    for (value, want) in [(1.0, "1"), (1.005, "1"), (0.126, "0.13"), (f64::NAN, "0"), (1e300, "10000000")] {
        assert_eq!(number(value), want);
    }
}

proptest! {
    #[test]
    fn no_text_gets_out_of_its_place(text in "\\PC*", size in 8.0f64..40.0, room in 10.0f64..400.0) {
        let escaped = escape(&text);
        prop_assert!(!escaped.contains(['<', '>', '"']));
        let document = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{escaped}</text></svg>");
        prop_assert!(usvg::Tree::from_str(&document, &usvg::Options::default()).is_ok());
        prop_assert!(width(&fitted(&text, size, room), size) <= room + 0.01);
        prop_assert!(wrapped(&text, size, room, 5).len() <= 5);
    }
}
