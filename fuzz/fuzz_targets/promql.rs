//! Any text as a query, a selector, a series description and a test script: an error, or what prints and reads back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use promql::functions::extensions::Extensions;
use promql::parser::{parse_selector, parse_series};
use promql::{ParseOptions, parse};

fuzz_target!(|text: &str| {
    for options in [ParseOptions::ALL, ParseOptions { extensions: Extensions::ALL, ..ParseOptions::ALL }] {
        let Ok(expr) = parse(text, &options) else { continue };
        for printed in [expr.to_string(), expr.pretty()] {
            let again = parse(&printed, &options).expect("what is printed can be read");
            assert_eq!(again.to_string(), expr.to_string());
        }
        promql::json::tree(&expr);
    }
    let _ = parse_selector(text);
    let _ = promql::promqltest::queries(text, &ParseOptions::ALL);
    // A description may expand to a million values, which would be all that is measured.
    if !text.contains('x') {
        let _ = parse_series(text);
    }
});
