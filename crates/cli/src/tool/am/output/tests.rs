use serde_json::{Value, json};

use super::table::write_table;
use super::*;

fn printed(format: &str, print: impl FnOnce(&Output, &mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    print(&Output::new(format, DATE_LAYOUT), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn columns_are_go_s() {
    for (rows, want) in [
        (&["a\tbb\t", "ccc\td\t"][..], "a    bb  \nccc  d   \n"),
        (&["봉수\tx\t", "ab\ty\t"], "봉수  x  \nab  y  \n"),
        (
            &["Status:\tready", "Name:\tn", "", "Address\tName", "10.0.0.1:9094\tam\t"],
            "Status:  ready\nName:    n\n\nAddress        Name\n10.0.0.1:9094  am  \n",
        ),
        (&["\t\t"], "    \n"),
    ] {
        let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        let mut out = Vec::new();
        write_table(&rows, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}

#[test]
fn alerts_in_all_formats() {
    let alert = |name: &str, starts: &str| {
        json!({
            "annotations": { "summary": "a<b" },
            "endsAt": "2026-11-21T01:00:00.000Z",
            "startsAt": starts,
            "status": { "state": "active" },
            "generatorURL": "http://p/",
            "labels": { "severity": "page", "alertname": name },
        })
    };
    let alerts = vec![alert("late", "2026-11-21T00:10:00.000Z"), alert("early", "2026-11-21T00:05:00.5Z")];
    let of = |format| printed(format, |output, out| output.alerts(alerts.clone(), out).unwrap());
    assert_eq!(
        of("simple"),
        "Alertname  Starts At                Summary  State   \n\
         early      2026-11-21 00:05:00 UTC  a<b      active  \n\
         late       2026-11-21 00:10:00 UTC  a<b      active  \n"
    );
    assert!(of("extended").contains("alertname=\"early\" severity=\"page\"  summary=\"a<b\"  2026-11-21"));
    let line = of("json");
    assert!(line.contains(r#""summary":"a\u003cb""#) && line.ends_with("]\n"), "{line}");
    let back: Vec<Value> = serde_json::from_str(&line).unwrap();
    assert_eq!(back, alerts, "in the server's order");
    assert_eq!(printed("json", |output, out| output.alerts(Vec::new(), out).unwrap()), "[]\n");
}

#[test]
fn silences_in_all_formats() {
    let silence = json!({
        "id": "1", "status": { "state": "active" }, "updatedAt": "2026-11-21T00:00:00.000Z", "comment": "why",
        "createdBy": "me", "endsAt": "2026-11-21T02:00:00.000Z", "startsAt": "2026-11-21T00:00:00.000Z",
        "matchers": [
            { "isEqual": true, "isRegex": false, "name": "a", "value": "b" },
            { "isEqual": false, "isRegex": true, "name": "c", "value": "d.*" },
            { "isRegex": false, "name": "old", "value": "\"" },
        ],
    });
    let of = |format| printed(format, |output, out| output.silences(vec![silence.clone()], out).unwrap());
    assert_eq!(
        of("simple"),
        "ID  Matchers                 Ends At                  Created By  Comment  \n\
         1   a=\"b\" c!~\"d.*\" old=\"\\\"\"  2026-11-21 02:00:00 UTC  me          why      \n"
    );
    assert!(of("extended").contains("{a=\"b\",c!~\"d.*\",old=\"\\\"\"}"));
}

#[test]
fn status_in_all_formats() {
    let status = json!({
        "cluster": {
            "name": "am-0", "status": "ready",
            "peers": [{ "address": "10.0.0.10:9094", "name": "b" }, { "address": "10.0.0.9:9094", "name": "a" }],
        },
        "config": { "original": "route: {}\n" },
        "uptime": "2026-11-21T00:00:00.000Z",
        "versionInfo": { "version": "0.34.0" },
    });
    let cluster = |format| printed(format, |output, out| output.cluster(&status, out).unwrap());
    assert_eq!(cluster("simple"), "Cluster Status:  ready\nNode Name:       am-0\n");
    assert_eq!(
        cluster("extended"),
        "Cluster Status:  ready\nNode Name:       am-0\n\nAddress         Name\n10.0.0.9:9094   a  \n10.0.0.10:9094  b  \n"
    );
    assert!(cluster("json").starts_with(r#"{"name":"am-0","#));
    let config = |format| printed(format, |output, out| output.config(&status, out).unwrap());
    assert_eq!(config("simple"), "route: {}\n\n");
    assert!(config("extended").contains("\nversion 0.34.0\n") && config("extended").ends_with("00.000Z\n"));
}
