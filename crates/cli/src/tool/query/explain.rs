//! `query explain`: what each part of a query did, as a tree.

use std::io::{self, Write};

use clap::{ArgMatches, Command};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::time::Time;
use super::{Failure, is_json, post, range_form, time_of, with_range_flags};
use crate::tool::http::{Server, header_flag};
use crate::tool::{argument, flag, switch, text};

pub(super) const NAME: &str = "explain";

pub(super) fn command() -> Command {
    let command = Command::new(NAME)
        .about(
            "Run a query and print what each part of it read and cost. Needs a Bongsu server. A range query if --start, --end or \
             --step is given.",
        )
        .arg(
            flag("time", "TIME", "Query evaluation time (RFC3339 or Unix timestamp).")
                .allow_hyphen_values(true),
        )
        .arg(switch("no-cache", "Evaluate every step, whatever the server kept of former answers."))
        .arg(header_flag());
    with_range_flags(command).args([
        argument("server", "Bongsu server to query."),
        argument("expr", "PromQL query expression.").allow_hyphen_values(true),
    ])
}

#[derive(Deserialize)]
struct Answer {
    explain: Option<serde_json::Value>,
}

/// A part of the plan, as the API tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::tool) struct Node {
    pub(in crate::tool) kind: String,
    #[serde(default)]
    pub(in crate::tool) detail: String,
    pub(in crate::tool) expr: String,
    pub(in crate::tool) series: u64,
    pub(in crate::tool) samples: u64,
    pub(in crate::tool) bytes: u64,
    #[serde(default)]
    pub(in crate::tool) cache_hits: u64,
    pub(in crate::tool) seconds: f64,
    pub(in crate::tool) self_seconds: f64,
    #[serde(default)]
    pub(in crate::tool) tier: Option<String>,
    #[serde(default)]
    pub(in crate::tool) children: Vec<Node>,
}

pub(super) fn run(server: &Server, args: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let is_range = ["start", "end", "step"].iter().any(|name| args.contains_id(name));
    let (path, mut form) = if is_range {
        ("/api/v1/query_range", range_form(args)?)
    } else {
        let time = time_of(args, "time", "evaluation time")?.unwrap_or_else(Time::now);
        let mut form = Serializer::new(String::new());
        form.append_pair("query", text(args, "expr").unwrap_or_default());
        form.append_pair("time", &time.to_string());
        ("/api/v1/query", form.finish())
    };
    form.push_str("&explain=true");
    if args.get_flag("no-cache") {
        form.push_str("&nocache=true");
    }
    let answer: Answer = post(server, path, &form)?;
    let Some(explained) = answer.explain else {
        return Err(Failure::Usage("the server explains nothing: it is no Bongsu, or an old one".to_owned()));
    };
    if is_json(args) {
        super::print::json_line(out, &explained)?;
        return Ok(());
    }
    let node: Node = serde_json::from_value(explained)
        .map_err(|e| Failure::Usage(format!("cannot read the server's explanation: {e}")))?;
    Ok(print_plan(out, &node)?)
}

/// Draws a plan as a tree.
pub(in crate::tool) fn print_plan(out: &mut dyn Write, node: &Node) -> io::Result<()> {
    print(out, node, "", "")
}

fn print(out: &mut dyn Write, node: &Node, first: &str, rest: &str) -> io::Result<()> {
    let detail = if node.detail.is_empty() { String::new() } else { format!(" {}", node.detail) };
    writeln!(out, "{first}{}{detail}  {}", node.kind, one_line(&node.expr))?;
    let deeper = if node.children.is_empty() { "  " } else { "│ " };
    let mut facts = format!(
        "{} series, {} samples, {}, {} ({} by itself)",
        node.series,
        node.samples,
        ::tsdb::tools::human_bytes(node.bytes),
        millis(node.seconds),
        millis(node.self_seconds)
    );
    if node.cache_hits > 0 {
        facts.push_str(&format!(", {} cache hits", node.cache_hits));
    }
    if let Some(tier) = &node.tier {
        facts.push_str(&format!(", tier {tier}"));
    }
    writeln!(out, "{rest}{deeper}{facts}")?;
    for (i, child) in node.children.iter().enumerate() {
        let (branch, line) =
            if i + 1 < node.children.len() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        print(out, child, &format!("{rest}{branch}"), &format!("{rest}{line}"))?;
    }
    Ok(())
}

fn millis(seconds: f64) -> String {
    format!("{:.3} ms", seconds * 1000.0)
}

/// A part of an expression may stand on several lines.
fn one_line(expr: &str) -> String {
    expr.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_drawn_as_a_tree() {
        let leaf = |expr: &str| serde_json::json!({"kind": "select", "expr": expr, "series": 2, "samples": 240, "bytes": 3840, "seconds": 0.001, "selfSeconds": 0.001, "cacheHits": 1, "tier": "5m"});
        let node = serde_json::json!({"kind": "binary", "detail": "+", "expr": "a\n +  b", "series": 1, "samples": 1, "bytes": 16, "seconds": 0.0025, "selfSeconds": 0.0005, "children": [leaf("a"), leaf("b")]});
        let mut out = Vec::new();
        print(&mut out, &serde_json::from_value(node).unwrap(), "", "").unwrap();
        let facts = "2 series, 240 samples, 3.75 KiB, 1.000 ms (1.000 ms by itself), 1 cache hits, tier 5m";
        let want = format!(
            "binary +  a + b\n│ 1 series, 1 samples, 16 B, 2.500 ms (0.500 ms by itself)\n├─ select  a\n│    {facts}\n└─ select  b\n     {facts}\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
