use super::{Alert, Data, FUNCTIONS, kv};
use crate::gotime::Time;
use crate::{Host, Limits, Template, Value};

struct At(i64);

impl Host for At {
    fn now_ms(&self) -> i64 {
        self.0
    }
    fn route_label(&self, name: &str) -> Result<String, String> {
        Ok(format!("<{name}>"))
    }
}

fn data() -> Value {
    let alert = |status: &str, name: &str| Alert {
        status: status.to_owned(),
        labels: kv([("alertname", name), ("a", "1"), ("severity", "page")]),
        annotations: kv([("summary", "s")]),
        starts_at: Time::from_ms(1_353_755_652_000),
        ends_at: Time::zero(),
        generator_url: "http://p/graph".to_owned(),
        fingerprint: "abc".to_owned(),
    };
    let data = Data {
        receiver: "team".to_owned(),
        status: "firing".to_owned(),
        alerts: vec![alert("firing", "Down"), alert("resolved", "Slow")],
        group_labels: kv([("alertname", "Down"), ("a", "1")]),
        common_labels: kv([("alertname", "Down"), ("a", "1"), ("severity", "page")]),
        common_annotations: kv([("summary", "s")]),
        route_labels: kv([("team", "x")]),
        external_url: "http://am".to_owned(),
        notification_reason: "new".to_owned(),
    };
    data.into_value()
}

fn render(text: &str) -> Result<String, String> {
    let template = Template::parse("t", text, FUNCTIONS).map_err(|e| e.to_string())?;
    template.execute(&data(), &At(1_353_755_712_000), Limits::default()).map_err(|e| e.message().to_owned())
}

#[test]
fn functions_and_data() {
    for (text, want) in [
        // The subject line of the default templates.
        (
            r#"[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }}"#,
            "[FIRING:1] Down 1 (page)",
        ),
        ("{{ range .Alerts.Resolved }}{{ .Labels.alertname }}{{ end }}", "Slow"),
        (
            "{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}",
            "alertname=Down;a=1;severity=page;",
        ),
        (
            "{{ .CommonLabels }} {{ .CommonLabels.SortedPairs }}",
            "alertname=Down, a=1, severity=page alertname=Down, a=1, severity=page",
        ),
        ("{{ .CommonLabels.nothing }}|{{ .Nothing2 }}", ""),
        ("{{ .GroupLabels.Names }} {{ .GroupLabels.Names.Join \"+\" }}", "[alertname a] alertname+a"),
        (r#"{{ (index .Alerts 0).StartsAt.Format "2006-01-02" }}"#, "2012-11-24"),
        (r#"{{ (index .Alerts 0).StartsAt | tz "Asia/Seoul" | date "15:04 MST" }}"#, "20:14 KST"),
        ("{{ since (index .Alerts 0).StartsAt }} {{ (index .Alerts 0).EndsAt.IsZero }}", "1m0s true"),
        ("{{ humanizeDuration 3661 }} {{ now.Unix }}", "1h 1m 1s 1353755712"),
        ("{{ title \"aB cd's\" }} {{ trimSpace \"  x \" }}", "Ab Cd's x"),
        ("{{ base64encode \"a?b>\" }} {{ base64decode \"YT9iPg==\" }}", "YT9iPg== a?b>"),
        ("{{ urlUnescape \"a%20b+c\" }}", "a b c"),
        (r#"{{ $l := list 1 "a" }}{{ $l = append $l true }}{{ $l }} {{ len $l }}"#, "[1 a true] 3"),
        (
            r#"{{ $d := dict "k" 1 "j" "x" }}{{ $d.k }} {{ $d.j }} {{ $d | toJson }}"#,
            r#"1 x {"j":"x","k":1}"#,
        ),
        (
            r#"{{ .GroupLabels | toJson }} {{ "<é>" | toJson }}"#,
            r#"{"a":"1","alertname":"Down"} "\u003cé\u003e""#,
        ),
        (
            r#"{{ (index .Alerts 0) | toJson }}"#,
            r#"{"status":"firing","labels":{"a":"1","alertname":"Down","severity":"page"},"annotations":{"summary":"s"},"startsAt":"2012-11-24T11:14:12Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p/graph","fingerprint":"abc"}"#,
        ),
        (r#"{{ routeLabels "team" }} {{ stringSlice "a" "b" | join "+" }}"#, "<team> a+b"),
        (r#"{{ (toDate "2006-01-02" "2020-02-03").Year }} {{ (toDate "x" "y").IsZero }}"#, "2020 true"),
        (r#"{{ reReplaceAll "(.*)\\.x" "$1" "a.x" }} {{ match "^a" "ba" }}"#, "a false"),
    ] {
        if text.contains("Nothing2") {
            assert_eq!(render(text), Err("can't evaluate field Nothing2 in type *template.Data".to_owned()));
            continue;
        }
        assert_eq!(render(text), Ok(want.to_owned()), "{text}");
    }
}

#[test]
fn mistakes() {
    for (text, want) in [
        (r#"{{ dict "a" }}"#, "error calling dict: dict requires an even number of arguments"),
        ("{{ dict 1 2 }}", "error calling dict: dict keys must be strings"),
        (
            r#"{{ mustToDate "2006" "x" }}"#,
            r#"error calling mustToDate: parsing time "x" as "2006": cannot parse "x" as "2006""#,
        ),
        (r#"{{ tz "No/Where" now }}"#, "error calling tz: unknown time zone No/Where"),
        (r#"{{ base64decode "a!" }}"#, "error calling base64decode: illegal base64 data at input byte 2"),
        (
            r#"{{ toJson (1e308 | printf "%f" | len) | join "x" }}"#,
            "wrong type for value; expected []string; got string",
        ),
    ] {
        assert_eq!(render(text), Err(want.to_owned()), "{text}");
    }
}

#[test]
fn bombs_are_defused() {
    for text in [
        r#"{{ $x := "aaaaaaaaaa" }}{{ range list 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 }}{{ $x = printf "%s%s%s" $x $x $x }}{{ end }}"#,
        r#"{{ $x := list 1 }}{{ range $i := 1000000 }}{{ $x = list $x $x }}{{ end }}"#,
        r#"{{ $x := list 1 }}{{ range $i := 1000000 }}{{ $x = append $x 1 2 3 4 5 6 7 8 }}{{ end }}"#,
        r#"{{ range $i := 1000000 }}{{ range $j := 1000000 }}{{ end }}{{ end }}"#,
        r#"{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#,
        r#"{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#,
        r#"{{ range $i := 1000000 }}0123456789{{ end }}"#,
    ] {
        assert!(render(text).is_err(), "{text}");
    }
}
