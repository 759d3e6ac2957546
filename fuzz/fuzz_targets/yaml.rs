//! Any text as YAML: a tree and a configuration, or mistakes with their places.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yaml::Report;

fuzz_target!(|text: &str| {
    let report = Report::new("fuzz.yml");
    let tree = yaml::parse(text, &report);
    assert!(tree.is_some() || report.problem_count() > 0, "no tree and no reason");
    // The rule reader stands for all typed readers above the tree.
    let _ = rules::file::RuleFile::parse(text, &rules::file::Options::default());
});
