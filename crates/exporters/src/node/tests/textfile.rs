//! Files that others leave.

use super::*;

#[test]
fn good_files_count_and_bad_ones_are_told() {
    let (root, mut host) = fake(&[
        ("a/one.prom", "# HELP jobs Done.\n# TYPE jobs counter\njobs{q=\"x\"} 1\nplain 2\n"),
        ("a/two.prom", "# TYPE jobs counter\njobs{q=\"y\"} 3\n"),
        ("a/readme.txt", "not metrics"),
        ("b/broken.prom", "jobs{ 1\n"),
        ("b/dated.prom", "dated 1 1600000000000\n"),
        ("b/other.prom", "# HELP jobs Something else.\n# TYPE jobs counter\njobs{q=\"z\"} 4\n"),
    ]);
    let directory = |name: &str| root.path().join(name).display().to_string();
    let mut shown = |directories: &[String]| -> Vec<String> {
        host.textfile_directories = directories.to_vec();
        let all = lines(&host, "textfile");
        all.iter().map(|l| l.replace(&directory(""), "")).filter(|l| !l.contains("mtime")).collect()
    };
    let good = [r#"jobs{q="x"} 1"#, r#"jobs{q="y"} 3"#, "node_textfile_scrape_error{} 0", "plain{} 2"];
    assert_eq!(shown(&[directory("a")]), good);
    let with_errors = good.map(|l| l.replace("error{} 0", "error{} 1"));
    assert_eq!(shown(&[directory("a"), directory("b")]), with_errors);
    assert_eq!(shown(&[directory("?")]), with_errors);
    assert_eq!(shown(&[directory("missing")]), ["node_textfile_scrape_error{} 1"]);
    assert_eq!(shown(&[]), ["node_textfile_scrape_error{} 0"]);
}

#[test]
fn files_tell_when_they_were_written_and_help_is_made_up() {
    let (root, mut host) = fake(&[("a/x.prom", "plain 2\n")]);
    host.textfile_directories = vec![root.path().join("a").display().to_string()];
    let all = collect(&host, ALL.iter().filter(|c| c.name == "textfile"));
    let family = |name: &str| all.iter().find(|f| f.name == name).unwrap();
    let path = root.path().join("a/x.prom").display().to_string();
    assert_eq!(family("plain").help, format!("Metric read from {path}"));
    let modified = &family("node_textfile_mtime_seconds").metrics[0];
    assert_eq!(modified.labels.get("file"), path);
    assert!(
        matches!(modified.value, MetricValue::Number(seconds, None) if seconds > 1e9 && seconds.fract() == 0.0)
    );
}

#[test]
fn a_file_cannot_break_what_collectors_tell() {
    let text = "# TYPE node_load1 counter\nnode_load1 99\n# TYPE node_load5 gauge\nnode_load5 99\nnode_load5{x=\"y\"} 1\n";
    let (root, mut host) = fake(&[("a/x.prom", text), ("proc/loadavg", "0.1 0.2 0.3 1/2 3\n")]);
    host.textfile_directories = vec![root.path().join("a").display().to_string()];
    let all = collect(&host, ALL.iter().filter(|c| ["textfile", "loadavg"].contains(&c.name)));
    let shown = |name: &str| -> Vec<String> {
        let family = all.iter().find(|f| f.name == name).unwrap();
        family.metrics.iter().map(|m| format!("{} {:?}", m.labels, m.value)).collect()
    };
    assert_eq!(shown("node_load1"), ["{} Number(0.1, None)"]);
    assert_eq!(shown("node_load5"), ["{} Number(0.2, None)", r#"{x="y"} Number(1.0, None)"#]);
}
