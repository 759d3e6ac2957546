//! `promql`: print queries in the usual layout, change their label matchers, tell what they do.

mod explain;

use std::io::Write;

use ::promql::ast::{Expr, ExprKind, VectorSelector};
use ::promql::{ParseOptions, parse};
use clap::{ArgMatches, Command};
use model::Matcher;
use model::matcher::MatchOp;

use crate::tool::{Outcome, argument, features, flag, text};

/// The name of this family.
pub(super) const NAME: &str = "promql";

const OPERATORS: [MatchOp; 4] = [MatchOp::Equal, MatchOp::NotEqual, MatchOp::Regex, MatchOp::NotRegex];

pub(super) fn command() -> Command {
    let query = || argument("query", "PromQL query.").allow_hyphen_values(true);
    let set = Command::new("set")
        .about("Set a label matcher in every selector of the query.")
        .arg(
            flag("type", "TYPE", "Type of the label matcher to set.")
                .short('t')
                .default_value("=")
                .value_parser(OPERATORS.map(MatchOp::as_str)),
        )
        .arg(query())
        .arg(argument("name", "Name of the label matcher to set."))
        .arg(argument("value", "Value of the label matcher to set."));
    let delete = Command::new("delete")
        .about("Delete a label's matchers from every selector of the query.")
        .arg(query())
        .arg(argument("name", "Name of the label to delete."));
    Command::new(NAME)
        .about("PromQL formatting and editing. Under the name promtool it requires the --experimental flag.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(explain::command())
        .subcommand(Command::new("format").about("Format PromQL query to pretty printed form.").arg(query()))
        .subcommand(
            Command::new("label-matchers")
                .about("Edit label matchers contained within an existing PromQL query.")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(set)
                .subcommand(delete),
        )
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let edit = match matches.subcommand() {
        Some((explain::NAME, args)) => return explain::run(args, out),
        Some(("label-matchers", edits)) => edits.subcommand(),
        other => other,
    };
    let (edit, args) = edit.expect("the parser demands a command");
    let options = features::enabled(args).map_or_else(ParseOptions::default, |enabled| enabled.parse);
    let mut expr = parse(text(args, "query").unwrap_or_default(), &options)?;
    let name = || text(args, "name").unwrap_or_default();
    match edit {
        "set" => {
            let typed = text(args, "type").unwrap_or_default();
            let op = OPERATORS.into_iter().find(|op| op.as_str() == typed).unwrap_or(MatchOp::Equal);
            let matcher = Matcher::new(op, name(), text(args, "value").unwrap_or_default())?;
            for_each_selector(&mut expr, &mut |selector| set(selector, &matcher));
        }
        "delete" => for_each_selector(&mut expr, &mut |s| s.matchers.retain(|m| *m.name != *name())),
        _format => {}
    }
    writeln!(out, "{}", expr.pretty())?;
    Ok(Outcome::Passed)
}

fn set(selector: &mut VectorSelector, matcher: &Matcher) {
    let mut found = false;
    for same in selector.matchers.iter_mut().filter(|m| m.name == matcher.name) {
        *same = matcher.clone();
        found = true;
    }
    if !found {
        selector.matchers.push(matcher.clone());
    }
}

/// Calls `change` with every selector of an expression, those of ranges included.
fn for_each_selector(expr: &mut Expr, change: &mut dyn FnMut(&mut VectorSelector)) {
    match &mut expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => {}
        ExprKind::Vector(selector) => change(selector),
        ExprKind::Matrix(matrix) => change(&mut matrix.selector),
        ExprKind::Subquery(subquery) => for_each_selector(&mut subquery.expr, change),
        ExprKind::Call(call) => call.args.iter_mut().for_each(|arg| for_each_selector(arg, change)),
        ExprKind::Aggregate(aggregate) => {
            if let Some(param) = &mut aggregate.param {
                for_each_selector(param, change);
            }
            for_each_selector(&mut aggregate.expr, change);
        }
        ExprKind::Binary(binary) => {
            for_each_selector(&mut binary.left, change);
            for_each_selector(&mut binary.right, change);
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => for_each_selector(expr, change),
    }
}
