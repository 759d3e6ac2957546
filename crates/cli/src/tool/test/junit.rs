//! Results as JUnit's XML, which build servers show.

/// The tests of one file.
#[derive(Debug, Default)]
pub(super) struct Suite {
    pub(super) name: String,
    /// When it was run, as `2006-01-02T15:04:05`.
    pub(super) timestamp: String,
    pub(super) cases: Vec<Case>,
}

/// One test.
#[derive(Debug, Default)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) failures: Vec<String>,
    /// Why it could not be run.
    pub(super) error: String,
}

/// Writes all suites.
pub(super) fn xml(suites: &[Suite]) -> String {
    let mut out = String::from("<testsuites>");
    for suite in suites {
        let tests = suite.cases.iter().filter(|case| case.error.is_empty()).count();
        let failures: usize = suite.cases.iter().map(|case| case.failures.len()).sum();
        let errors = suite.cases.len() - tests;
        out.push_str(&format!(
            "<testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\" timestamp=\"{}\">",
            escape(&suite.name),
            escape(&suite.timestamp)
        ));
        for case in &suite.cases {
            out.push_str(&format!("<testcase name=\"{}\">", escape(&case.name)));
            for failure in &case.failures {
                out.push_str(&format!("<failure>{}</failure>", escape(failure)));
            }
            if !case.error.is_empty() {
                out.push_str(&format!("<error>{}</error>", escape(&case.error)));
            }
            out.push_str("</testcase>");
        }
        out.push_str("</testsuite>");
    }
    out.push_str("</testsuites>");
    out
}

/// Escapes as Go's `encoding/xml`.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c if c < ' ' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_counted() {
        let case = |name: &str, failures: &[&str], error: &str| Case {
            name: name.to_owned(),
            failures: failures.iter().map(|f| (*f).to_owned()).collect(),
            error: error.to_owned(),
        };
        let suite = Suite {
            name: "a.yml".to_owned(),
            timestamp: "t".to_owned(),
            cases: vec![case("x", &["1 < 2\n"], ""), case("unknown", &[], "broken")],
        };
        assert_eq!(
            xml(&[suite]),
            "<testsuites><testsuite name=\"a.yml\" tests=\"1\" failures=\"1\" errors=\"1\" skipped=\"0\" timestamp=\"t\">\
             <testcase name=\"x\"><failure>1 &lt; 2&#xA;</failure></testcase>\
             <testcase name=\"unknown\"><error>broken</error></testcase></testsuite></testsuites>"
        );
    }
}
