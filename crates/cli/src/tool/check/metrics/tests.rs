//! Samples find their families.

use super::*;

#[test]
fn samples_are_counted_by_family() {
    let body = "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 1\nh_sum{a=\"1\"} 1\nh_count{a=\"1\"} 1\n\
                h_bucket{a=\"2\",le=\"1\"} 1\nh_bucket{a=\"2\",le=\"+Inf\"} 1\nh_sum{a=\"2\"} 1\nh_count{a=\"2\"} 1\n\
                # TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\n# TYPE empty gauge\n# HELP g text\ng{a=\"1\"} 1\ng{a=\"2\"} 1\ng_sum 1\n";
    let families = read(body.as_bytes()).unwrap();
    let counts: Vec<_> =
        families.iter().map(|f| (f.name.as_str(), f.metrics.len(), f.cardinality())).collect();
    assert_eq!(counts, [("h", 2, 8), ("s", 1, 3), ("g", 2, 2), ("g_sum", 1, 1)]);
    assert_eq!(families[2].help.as_deref(), Some("text"));
    let mut printed = Vec::new();
    print_cardinality(&mut printed, &families[1..3]).unwrap();
    let want = "Metric    Cardinality    Percentage    \ns         3              60.00%        \n\
                g         2              40.00%        \nTotal     5              100%          \n";
    assert_eq!(String::from_utf8(printed).unwrap(), want);
}
