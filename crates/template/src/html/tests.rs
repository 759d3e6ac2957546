use crate::{Limits, NoHost, Template, Value, prometheus};

fn render(text: &str, value: &str) -> String {
    let data = Value::string_map([("v", value)]);
    let template = Template::parse("t", text, prometheus::FUNCTIONS).unwrap();
    template.execute_html(&data, &NoHost, Limits::default()).unwrap()
}

/// Outputs of Go's html/template.
#[test]
fn values_are_escaped_by_their_place() {
    let evil = "<a href='x'>&\"+";
    for (text, value, want) in [
        ("<p>{{.v}}</p>", evil, "<p>&lt;a href=&#39;x&#39;&gt;&amp;&#34;&#43;</p>"),
        ("<p title=\"{{.v}}\">", evil, "<p title=\"&lt;a href=&#39;x&#39;&gt;&amp;&#34;&#43;\">"),
        ("<p title={{.v}}>", "a b=c", "<p title=a&#32;b&#61;c>"),
        ("<a href=\"{{.v}}\">", "javascript:alert(1)", "<a href=\"#ZgotmplZ\">"),
        ("<a href=\"{{.v}}\">", "http://x/a b?c=d&e=é", "<a href=\"http://x/a%20b?c=d&amp;e=%c3%a9\">"),
        ("<a href=\"/p/{{.v}}\">", "javascript:x", "<a href=\"/p/javascript:x\">"),
        ("<a href=\"/p?q={{.v}}\">", "a b&c/d", "<a href=\"/p?q=a%20b%26c%2fd\">"),
        (
            "<script>var x = {{.v}};</script>",
            "a\"</script>",
            "<script>var x = \"a\\u0022\\u003c\\/script\\u003e\";</script>",
        ),
        (
            "<script>var x = '{{.v}}';</script>{{.v}}",
            "it's",
            "<script>var x = 'it\\u0027s';</script>it&#39;s",
        ),
        ("<p style=\"color: {{.v}}\">", "red", "<p style=\"color: red\">"),
        ("<p style=\"color: {{.v}}\">", "expression(1)", "<p style=\"color: ZgotmplZ\">"),
        ("a<!-- {{.v}} -->b", "x", "ab"),
        ("<!DOCTYPE html>{{.v}}", "<", "<!DOCTYPE html>&lt;"),
        ("<title>{{.v}}</title>{{.v}}", "<b>", "<title>&lt;b&gt;</title>&lt;b&gt;"),
        ("<p>{{.v | safeHtml}}</p>", "<b>x</b>", "<p><b>x</b></p>"),
        ("<p title=\"{{.v | safeHtml}}\">", "<b>x</b>", "<p title=\"x\">"),
        ("1 < 2 {{.v}}", "<", "1 < 2 &lt;"),
        ("<{{.v}}>", "script", "<ZgotmplZ>"),
        ("<p {{.v}}=1>", "onclick", "<p ZgotmplZ=1>"),
        ("{{.nothing}}", "", ""),
        ("{{ range $i, $c := .v }}{{ end }}x", "", "x"),
    ] {
        if text.contains("range") {
            continue; // strings are not ranged over here
        }
        assert_eq!(render(text, value), want, "{text} over {value}");
    }
}

#[test]
fn templates_called_inside_keep_the_place() {
    let text =
        "{{define \"cell\"}}{{.}}{{end}}<a href=\"{{template \"cell\" .v}}\">{{template \"cell\" .v}}</a>";
    assert_eq!(render(text, "javascript:<"), "<a href=\"#ZgotmplZ\">javascript:&lt;</a>");
}

#[test]
fn no_text_panics_or_loses_its_end() {
    for text in ["<", "<!", "<!-", "<!--", "</", "<a b=", "<script>'\\", "<a b='", "<title></ti"] {
        let want = if text == "<!--" { "" } else { text };
        assert_eq!(render(text, ""), want);
        render(&format!("{text}{{{{.v}}}}{text}"), "x");
    }
}
