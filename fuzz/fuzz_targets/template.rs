//! Any text as a template, in text and HTML, and as a format: an error or an output within its bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use template::{Limits, NoHost, Template, Value, alertmanager, prometheus};

fuzz_target!(|text: &str| {
    let limits = Limits { steps_max: 10_000, bytes_max: 10_000 };
    let data = Value::string_map([("a", "<b>"), ("c", "1.5")]);
    for functions in [prometheus::FUNCTIONS, alertmanager::FUNCTIONS] {
        let Ok(template) = Template::parse("t", text, functions) else { continue };
        if let Ok(out) = template.execute(&data, &NoHost, limits) {
            assert!(out.len() <= limits.bytes_max);
        }
        let _ = template.execute_html(&data, &NoHost, limits);
    }
    let args = [Value::int(-7), Value::Float(0.1), data];
    if let Ok(out) = template::format::sprintf(text, &args, limits.bytes_max) {
        assert!(out.len() <= limits.bytes_max);
    }
});
