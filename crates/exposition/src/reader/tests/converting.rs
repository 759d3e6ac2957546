use super::*;

const HISTOGRAMS: &str = r#"# HELP h text
# TYPE h histogram
h_bucket{a="1",le="0.5"} 2
h_bucket{a="1",le="1"} 2
h_bucket{a="1",le="+Inf"} 3
h_sum{a="1"} 10
h_count{a="1"} 3
h_bucket{a="2",le="1"} 1.5
h_bucket{a="2",le="+Inf"} 2.5
h_sum{a="2"} 1
h_count{a="2"} 2.5
# TYPE g gauge
g_bucket{le="1"} 7
"#;

#[test]
fn makes_native_histograms_of_classic_ones() {
    let options = Options { convert_classic: true, ..Options::default() };
    let found = read(HISTOGRAMS.as_bytes(), BodyFormat::Text, options);
    assert_eq!(
        found,
        [
            "help h text",
            "type h histogram",
            r#"{__name__="h", a="1"} {count:3, sum:10, [-Inf,0.5]:2, (1,+Inf]:1}"#,
            r#"{__name__="h", a="2"} {count:2.5, sum:1, [-Inf,1]:1.5, (1,+Inf]:1}"#,
            "type g gauge",
            r#"{__name__="g_bucket", le="1"} 7"#,
        ]
    );
}

#[test]
fn keeps_classic_samples_if_asked() {
    let options = Options { convert_classic: true, keep_classic: true, ..Options::default() };
    let found = read(HISTOGRAMS.as_bytes(), BodyFormat::Text, options);
    assert_eq!(found.len(), 2 + 5 + 1 + 4 + 1 + 2);
    assert_eq!(found[7], r#"{__name__="h", a="1"} {count:3, sum:10, [-Inf,0.5]:2, (1,+Inf]:1}"#);
}

#[test]
fn ends_a_histogram_at_the_end_of_the_body() {
    let options = Options { convert_classic: true, ..Options::default() };
    let body = "# TYPE h histogram\nh_count 1\nh_bucket{le=\"1\"} 1 # {id=\"x\"} 0.5\n# EOF";
    let found = read(body.as_bytes(), BodyFormat::OpenMetrics, options);
    assert_eq!(found[1..], [r#"{__name__="h"} {count:1, sum:0, [-Inf,1]:1} #{id="x"} 0.5"#]);
}

#[test]
fn drops_what_contradicts_itself() {
    let options = Options { convert_classic: true, ..Options::default() };
    let body = "# TYPE h histogram\nh_bucket{le=\"1\"} 5\nh_bucket{le=\"2\"} 4\nh_count 5\nx 1\n";
    let found = read(body.as_bytes(), BodyFormat::Text, options);
    assert_eq!(found, ["type h histogram", r#"{__name__="x"} 1"#]);
}
