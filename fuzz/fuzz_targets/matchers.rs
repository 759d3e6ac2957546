//! Any text as matchers, in each syntax: what is read prints itself, and reads again as the same.
#![no_main]

use alerting::matchers::{Syntax, parse};
use libfuzzer_sys::fuzz_target;
use model::Labels;

fuzz_target!(|text: &str| {
    let labels = Labels::from_pairs([("alertname", "fuzz"), ("job", "j")]);
    for syntax in [Syntax::Classic, Syntax::Utf8, Syntax::Fallback] {
        let Ok(read) = parse(text, syntax) else { continue };
        let matchers = read.value;
        let matches = matchers.match_labels(&labels);
        let printed: Vec<String> = matchers.0.iter().map(ToString::to_string).collect();
        let again = parse(&printed.join(","), Syntax::Utf8).expect("what we print is read").value;
        assert_eq!(again, matchers, "{printed:?}");
        assert_eq!(again.match_labels(&labels), matches);
    }
});
