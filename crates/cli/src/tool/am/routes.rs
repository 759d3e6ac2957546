//! `config routes`: the routing tree, and the way of an alert through it.

use std::io::Write;
use std::path::Path;

use alerting::config::Config;
use alerting::route::{Route, Tree};
use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command};
use model::Labels;
use serde_json::Value;

use super::super::texts;
use super::client::Client;
use super::labels::{pairs, syntax};
use super::{Outcome, check_config, flag, switch, text};

pub(super) fn command() -> Command {
    let about = "Prints alert routing tree, of a configuration file or of a running Alertmanager.";
    let test = Command::new("test")
        .about("Test alert routing: prints the receivers of an alert with these labels, in the order of the routes.")
        .arg(flag(
            "verify.receivers",
            "NAMES",
            "Checks if specified receivers matches resolved receivers. The command fails if the labelset does not route to the \
             specified receivers.",
        ))
        .arg(switch("tree", "Prints out matching routes tree."))
        .arg(Arg::new("labels").help("List of labels to be tested against the configured routes.").num_args(0..));
    Command::new("routes")
        .about(about)
        .arg(flag("config.file", "FILE", "Config file to be tested.").global(true))
        .subcommand(Command::new("show").about(about))
        .subcommand(test)
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("test", args)) => test(args, out),
        Some((_show, args)) => show(args, out),
        None => show(matches, out),
    }
}

fn show(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let tree = tree(matches)?;
    writeln!(out, "Routing tree:")?;
    writeln!(out, "{}", drawn(&branch(&tree, 0)))?;
    Ok(Outcome::Passed)
}

fn test(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let tree = tree(matches)?;
    let labels =
        pairs(&texts(matches, "labels"), "Labels", syntax(matches)?).context("Failed to parse labels")?;
    let labels = Labels::from_pairs(labels);
    if matches.get_flag("tree") {
        writeln!(out, "Matching routes:")?;
        writeln!(out, "{}\n", drawn(&matching_branch(&tree, 0, &labels)))?;
    }
    let receivers: Vec<&str> = tree
        .matching(&labels)
        .into_iter()
        .map(|number| tree.nodes()[number].options.receiver.as_str())
        .collect();
    let receivers = receivers.join(",");
    writeln!(out, "{receivers}")?;
    match text(matches, "verify.receivers").filter(|expected| !expected.is_empty()) {
        Some(expected) if expected != receivers => {
            writeln!(out, "WARNING: Expected receivers did not match resolved receivers.")?;
            Ok(Outcome::Failed)
        }
        Some(_) | None => Ok(Outcome::Passed),
    }
}

/// Reads the routes of a file or of a server.
fn tree(matches: &ArgMatches) -> anyhow::Result<Tree> {
    let syntax = syntax(matches)?;
    let config = match (text(matches, "config.file"), text(matches, "alertmanager.url")) {
        (Some(file), url) => {
            if url.is_some() {
                eprintln!("Warning: --config.file flag overrides the --alertmanager.url.");
            }
            check_config::read(file, syntax)?
        }
        (None, Some(_)) => {
            let status = Client::new(matches)?.get("/status", &[])?;
            let original = status.pointer("/config/original").and_then(Value::as_str);
            let original = original.context("the server does not show its configuration")?;
            Config::read(original, "the server's configuration", Path::new(""), syntax)?.0
        }
        (None, None) => bail!("You have to specify one of --config.file or --alertmanager.url flags."),
    };
    Ok(Tree::new(&config.route))
}

/// A node of a drawing.
struct Branch {
    text: String,
    branches: Vec<Branch>,
}

fn described(route: &Route, continues: bool, receiver: bool) -> String {
    let mut text =
        if route.matchers.0.is_empty() { "default-route".to_owned() } else { route.matchers.to_string() };
    if continues && route.continues {
        text.push_str("  continue: true");
    }
    if receiver {
        text.push_str("  receiver: ");
        text.push_str(&route.options.receiver);
    }
    text
}

fn branch(tree: &Tree, number: usize) -> Branch {
    let route = &tree.nodes()[number];
    let branches = route.routes.iter().map(|child| branch(tree, *child)).collect();
    Branch { text: described(route, true, true), branches }
}

/// The part of the tree that an alert takes.
fn matching_branch(tree: &Tree, number: usize, labels: &Labels) -> Branch {
    let route = &tree.nodes()[number];
    let mut branches = Vec::new();
    for child in &route.routes {
        let node = &tree.nodes()[*child];
        if node.matchers.match_labels(labels) {
            branches.push(matching_branch(tree, *child, labels));
            if !node.continues {
                break;
            }
        }
    }
    Branch { text: described(route, false, branches.is_empty()), branches }
}

/// Draws a tree as the original does.
fn drawn(root: &Branch) -> String {
    fn draw(branch: &Branch, indent: &str, is_last: bool, out: &mut String) {
        let (edge, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│\u{a0}\u{a0} ") };
        out.push_str(&format!("{indent}{edge}{}\n", branch.text));
        let indent = format!("{indent}{below}");
        let last = branch.branches.len().saturating_sub(1);
        for (at, inner) in branch.branches.iter().enumerate() {
            draw(inner, &indent, at == last, out);
        }
    }
    let mut out = ".\n".to_owned();
    draw(root, "", true, &mut out);
    out
}
